package hdf5

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"
)

// summed puts the checksum behind a block.
func summed(b []byte) []byte { return binary.LittleEndian.AppendUint32(b, lookup3(b)) }

// messages2 are messages of an object header of version 2, which carry their order of creation or do not.
func messages2(ordered bool, messages ...message) (b []byte) {
	for i, m := range messages {
		b = binary.LittleEndian.AppendUint16(append(b, byte(m.kind)), uint16(len(m.data)))
		b = append(b, 0)
		if ordered {
			b = binary.LittleEndian.AppendUint16(b, uint16(i+1))
		}
		b = append(b, m.data...)
	}
	return b
}

// An object header of version 2 may have times, limits of its attributes, sizes of 1 to 8 bytes, and messages that
// carry their order of creation, here and where it goes on.
func TestHeader2(t *testing.T) {
	want := []message{{kind: msgFillValue, data: []byte{3, 0}}, {kind: msgLink, data: []byte("link")}, {kind: msgAttribute, data: nil}, {kind: msgLayout, data: []byte{9}}}
	for _, flags := range []byte{0, 1, 2, 3, 4, 0x10, 0x20, 0x37} {
		ordered := flags&4 != 0
		head := append([]byte("OHDR"), 2, flags)
		if flags&0x20 != 0 {
			head = append(head, bytes.Repeat([]byte{0xaa}, 16)...)
		}
		if flags&0x10 != 0 {
			head = append(head, 0xbb, 0xbb, 0xbb, 0xbb)
		}
		rest := summed(append([]byte("OCHK"), messages2(ordered, want[2:]...)...))
		body := func(at int) []byte {
			next := message{kind: msgContinuation, data: numbers64(uint64(at), uint64(len(rest)))}
			return messages2(ordered, want[0], want[1], next)
		}
		n := len(body(0))
		head = append(head, numbers64(uint64(n))[:1<<(flags&3)]...)
		at := len(head) + n + 4
		o, err := fileOf(append(summed(append(head, body(at)...)), rest...)).Object(0)
		if err != nil {
			t.Errorf("flags %#x: %v", flags, err)
			continue
		}
		if fmt.Sprint(o.messages) != fmt.Sprint(want) {
			t.Errorf("flags %#x: %v, want %v", flags, o.messages, want)
		}
	}
}
