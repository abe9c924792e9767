package parquetguard

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"
)

func TestThriftWalkBounds(t *testing.T) {
	list := func(kind byte, n uint64) []byte { // field 1: a list of n elements, none of which follows
		return binary.AppendUvarint([]byte{0x19, 0xf0 | kind}, n)
	}
	for name, b := range map[string][]byte{
		"nothing":               {},
		"no end":                {0x15, 2},
		"list of 2^31":          list(Struct, 1<<31),
		"list of 2^63":          list(I32, 1<<63),
		"string of 2^40":        binary.AppendUvarint([]byte{0x18}, 1<<40),
		"nested without end":    bytes.Repeat([]byte{0x1c}, 1000),
		"lists in lists":        append([]byte{0x19}, bytes.Repeat([]byte{0x19}, 1000)...),
		"map":                   {0x1b, 1, 0x55, 2, 2, 0},
		"type 13":               {0x1d, 0},
		"overlong integer":      append([]byte{0x15}, bytes.Repeat([]byte{0xff}, 11)...),
		"more structs than let": append(append(list(Struct, 200), make([]byte, 200)...), 0),
	} {
		r := NewReader(b, 100)
		if err := r.Walk(0, nil); !errors.Is(err, ErrThrift) {
			t.Errorf("%s: %v", name, err)
		}
	}
	r := NewReader(append(append(list(Struct, 100), make([]byte, 100)...), 0), 100)
	if err := r.Walk(0, nil); err != nil || r.pos != len(r.b) {
		t.Errorf("100 empty structs: %v after %d of %d bytes", err, r.pos, len(r.b))
	}
}
