package parquetguard

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
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

// A walk shows each field with its number and moves over values of every kind, in structs and in lists.
func TestThriftWalk(t *testing.T) {
	parts := []struct {
		b    string
		want Field
	}{
		{"\x11", Field{1, True, 0}},
		{"\x12", Field{2, False, 0}},
		{"\x13\x07", Field{3, Byte, 0}},
		{"\x14\x03", Field{4, I16, -2}},
		{"\x35\x04", Field{7, I32, 2}},
		{"\x16\xac\x02", Field{8, I64, 150}},
		{"\x17\x0012345\x006", Field{9, Double, 0}},
		{"\x18\x03abc", Field{10, Binary, 0}},
		{"\x05\x90\x03\x01", Field{200, I32, -1}}, // a number of its own
		{"\x1c\x15\x04\x18\x01x\x00", Field{201, Struct, 0}},
		{"\x19\x21\x01\x02", Field{202, List, 0}},
		{"\x1a\x23\x01\x02", Field{203, Set, 0}},
		{"\x19\x25\x90\x03\x01", Field{204, List, 0}},
		{"\x19\x17\x0012345\x006", Field{205, List, 0}},
		{"\x19\x28\x01x\x02yz", Field{206, List, 0}},
		{"\x19\x1c\x15\x04\x00", Field{207, List, 0}},
		{"\x19\x19\x15\x04", Field{208, List, 0}},
		{"\x06\x05\x01", Field{-3, I64, -1}},
	}
	var b []byte
	var want, got []Field
	for _, p := range parts {
		b, want = append(b, p.b...), append(want, p.want)
	}
	r := NewReader(append(b, 0, 'x'), 2)
	err := r.Walk(0, func(f Field) (bool, error) {
		got = append(got, f)
		return false, nil
	})
	if err != nil || r.Pos() != len(b)+1 || !slices.Equal(got, want) {
		t.Errorf("%v after %d of %d bytes\n%v, want\n%v", err, r.Pos(), len(b)+1, got, want)
	}
	for n := range len(b) + 1 { // cut anywhere it has no end
		if err := NewReader(b[:n], 2).Walk(0, nil); !errors.Is(err, ErrThrift) {
			t.Errorf("%d bytes of it: %v", n, err)
		}
	}
}
