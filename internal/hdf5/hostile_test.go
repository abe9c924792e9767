package hdf5

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"
)

// fileOf is an open file of which only the given bytes exist, without a superblock.
func fileOf(data []byte) *File {
	f := &File{r: bytes.NewReader(data), size: int64(len(data)), offsetSize: 8, lengthSize: 8}
	f.budget.Store(1 << 20)
	f.chunks.init()
	return f
}

// message1 is a message of an object header of version 1.
func message1(kind uint16, data []byte) []byte {
	le := binary.LittleEndian
	out := le.AppendUint16(le.AppendUint16(nil, kind), uint16(len(data)))
	return append(append(out, 0, 0, 0, 0), data...)
}

func numbers64(values ...uint64) []byte {
	var out []byte
	for _, v := range values {
		out = binary.LittleEndian.AppendUint64(out, v)
	}
	return out
}

// header1 is an object header of version 1.
func header1(messages ...[]byte) []byte {
	body := bytes.Join(messages, nil)
	out := []byte{1, 0, byte(len(messages)), 0, 1, 0, 0, 0}
	out = binary.LittleEndian.AppendUint32(out, uint32(len(body)))
	return append(append(out, 0, 0, 0, 0), body...)
}

func TestHeaderThatGoesBack(t *testing.T) {
	f := fileOf(header1(message1(msgContinuation, numbers64(16, 24))))
	if _, err := f.Object(0); err == nil || !strings.Contains(err.Error(), "going back to 16") {
		t.Error(err)
	}
	// Two pieces that lead to each other, at other places each time, end with the file.
	data := make([]byte, 4096)
	copy(data, header1(message1(msgContinuation, numbers64(40, 24))))
	for at := uint64(40); at+48 < 4096; at++ {
		copy(data[at:], message1(msgContinuation, numbers64(at+1, 24)))
	}
	if _, err := fileOf(data).Object(0); err == nil {
		t.Error("no error")
	}
}

// node1 is a node of a version 1 B-tree of a group, with children at the addresses.
func node1(level byte, children ...uint64) []byte {
	out := append([]byte("TREE"), btree1Group, level, byte(len(children)), 0)
	out = append(out, numbers64(undefined, undefined)...)
	for _, c := range children {
		out = append(out, numbers64(0, c)...)
	}
	return out
}

func TestTreeThatGoesBack(t *testing.T) {
	none := func([]byte, uint64) error { return nil }
	if err := fileOf(node1(1, 0, 0)).btree1(0, btree1Group, 8, none); err == nil || !strings.Contains(err.Error(), "expected kind 0 and level 0") {
		t.Error(err)
	}
	if err := fileOf(node1(200, 0)).btree1(0, btree1Group, 8, none); err == nil || !strings.Contains(err.Error(), "level 200") {
		t.Error(err)
	}
	// A tree whose nodes all have two children, the same one: 2^20 leaves in 21 nodes.
	var data []byte
	for level := byte(20); level > 0; level-- {
		next := uint64(len(data) + len(node1(0, 0, 0)))
		data = append(data, node1(level, next, next)...)
	}
	data = append(data, node1(0, 0, 0)...)
	if err := fileOf(data).btree1(0, btree1Group, 8, none); !errors.Is(err, errBudget) {
		t.Error(err)
	}
}

// TestPromises: sizes that the file cannot hold are refused before anything is allocated for them.
func TestPromises(t *testing.T) {
	space := append([]byte{2, 1, 0, 1}, numbers64(1<<40)...)
	float := []byte{0x11, 0x20, 31, 0, 4, 0, 0, 0, 0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0}
	contiguous := append([]byte{3, layoutContiguous}, numbers64(undefined, 1<<42)...)
	for name, c := range map[string]struct {
		messages [][]byte
		want     string
	}{
		"never written": {[][]byte{message1(msgDataspace, space), message1(msgDatatype, float), message1(msgLayout, contiguous)}, "expected at most the"},
		"beyond the end": {[][]byte{
			message1(msgDataspace, space), message1(msgDatatype, float),
			message1(msgLayout, append([]byte{3, layoutContiguous}, numbers64(8, 1<<42)...)),
		}, "found the file's end"},
		"huge chunks": {[][]byte{
			message1(msgDataspace, space), message1(msgDatatype, float),
			message1(msgLayout, append(append([]byte{3, layoutChunked, 2}, numbers64(undefined)...), 0, 0, 0, 0x7f, 4, 0, 0, 0)),
		}, "expected chunks of at most"},
		"countless chunks": {[][]byte{
			message1(msgDataspace, space), message1(msgDatatype, float),
			message1(msgLayout, append(append([]byte{3, layoutChunked, 2}, numbers64(undefined)...), 1, 0, 0, 0, 4, 0, 0, 0)),
		}, "expected at most 16777216 chunks"},
		"uncountable": {[][]byte{
			message1(msgDataspace, append([]byte{2, 2, 0, 1}, numbers64(1<<40, 1<<40)...)), message1(msgDatatype, float), message1(msgLayout, contiguous),
		}, "more elements than"},
		"uncountable bytes": {[][]byte{
			message1(msgDataspace, append([]byte{2, 1, 0, 1}, numbers64(1<<61)...)), message1(msgDatatype, float), message1(msgLayout, contiguous),
		}, "more bytes than"},
		"without shape": {[][]byte{message1(msgDatatype, float), message1(msgLayout, contiguous)}, "expected a message of kind 1"},
	} {
		o, err := fileOf(header1(c.messages...)).Object(0)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, err := o.Dataset(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, expected %q", name, err, c.want)
		}
	}
}

// TestFixedArrayHeader: an index of chunks says how many it has and how long its entries are; what cannot be is
// refused.
func TestFixedArrayHeader(t *testing.T) {
	for _, h := range []struct {
		client, entry, pageBits byte
		chunks                  uint64
		good                    bool
	}{
		{0, 8, 10, 2, true},
		{1, 13, 10, 2, true},
		{1, 20, 30, 2, true},
		{0, 7, 10, 2, false},
		{1, 12, 10, 2, false}, // no room for a size
		{1, 21, 10, 2, false}, // a size of 9 bytes
		{2, 20, 10, 2, false},
		{1, 20, 31, 2, false},
		{1, 20, 10, 3, false},
	} {
		block := append([]byte{'F', 'A', 'H', 'D', 0, h.client, h.entry, h.pageBits}, numbers64(h.chunks, undefined)...)
		block = binary.LittleEndian.AppendUint32(block, lookup3(block))
		c := &chunked{d: &Dataset{f: fileOf(block)}, grid: []int{2, 1}}
		err := c.readFixedArray(map[int]chunkEntry{})
		if (err == nil) != h.good || err != nil && !strings.Contains(err.Error(), "expected a fixed array of 2 chunks") {
			t.Errorf("%+v: %v", h, err)
		}
	}
}

func TestTruncated(t *testing.T) {
	f := openFixture(t, "earliest.h5")
	cut := make([]byte, f.size-1000)
	if _, err := f.r.ReadAt(cut, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(bytes.NewReader(cut), int64(len(cut))); err == nil || !strings.Contains(err.Error(), "truncated") {
		t.Error(err)
	}
}

// TestChecksums hold lookup3 against its author's figures, and Fletcher-32 against plain sums.
func TestChecksums(t *testing.T) {
	if got := lookup3(nil); got != 0xdeadbeef {
		t.Errorf("lookup3 of nothing is %08x", got)
	}
	if got := lookup3([]byte("Four score and seven years ago")); got != 0x17770551 {
		t.Errorf("lookup3 is %08x", got)
	}
	long := bytes.Repeat([]byte{0xff, 0xfe, 0x80}, 5000)
	carry := []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 2} // to be carried twice
	for _, data := range [][]byte{long, long[:720], long[:722], carry, append(carry, carry...), nil} {
		var a, b uint64
		for i := 0; i < len(data); i += 2 {
			a += uint64(data[i])<<8 | uint64(data[i+1])
			b += a
		}
		if got, want := fletcher32(data), uint32(b%65535)<<16|uint32(a%65535); got != want {
			t.Errorf("Fletcher-32 of %d bytes is %08x, expected %08x", len(data), got, want)
		}
	}
}
