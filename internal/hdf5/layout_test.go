package hdf5

import (
	"slices"
	"strings"
	"testing"
)

// A link may say its kind, its order of creation and the characters of its name, whose length takes 1 to 8 bytes.
func TestLinkMessage(t *testing.T) {
	const name = "größe"
	for _, flags := range []byte{0, 1, 2, 3, 4, 8, 16, 8 | 4 | 16 | 1} {
		b := []byte{1, flags}
		if flags&8 != 0 {
			b = append(b, 0)
		}
		if flags&4 != 0 {
			b = append(b, numbers64(7)...)
		}
		if flags&16 != 0 {
			b = append(b, 1)
		}
		b = append(b, numbers64(uint64(len(name)))[:1<<(flags&3)]...)
		b = append(append(b, name...), numbers64(4711)...)
		l := &linkReader{f: fileOf(nil)}
		if err := l.link(b); err != nil || !slices.Equal(l.links, []Link{{Name: name, Address: 4711}}) {
			t.Errorf("flags %#x: %+v, %v", flags, l.links, err)
		}
		if err := l.link(b[:len(b)-1]); err == nil || !strings.Contains(err.Error(), "link") {
			t.Errorf("flags %#x, cut: %v", flags, err)
		}
	}
}

// What elements that were never written are: in each version of the message, where it says so, and where it does not.
func TestFillValue(t *testing.T) {
	for _, c := range []struct {
		data string
		want string
	}{
		{"\x01\x02\x02\x01\x04\x00\x00\x00abcd", "abcd"},
		{"\x01\x02\x02\x00\x00\x00\x00\x00", ""},
		{"\x02\x02\x02\x01\x04\x00\x00\x00abcd", "abcd"},
		{"\x02\x02\x02\x01\x00\x00\x00\x00", ""}, // the default
		{"\x02\x02\x02\x00", ""},                 // undefined, and no size follows
		{"\x03\x2a\x04\x00\x00\x00abcd", "abcd"},
		{"\x03\x0a", ""},
	} {
		d := &Dataset{f: fileOf(nil), Type: Type{size: 4}}
		o := &Object{f: d.f, messages: []message{{kind: msgFillValue, data: []byte(c.data)}}}
		if err := d.readFill(o); err != nil || string(d.fill) != c.want {
			t.Errorf("%q: %q, %v", c.data, d.fill, err)
		}
	}
	for data, want := range map[string]string{
		"\x03\x2a\x02\x00\x00\x00ab": "expected a fill value of 4 bytes, found 2",
		"\x03\x2a\x04\x00\x00\x00ab": "expected more",
		"\x04\x2a":                   "expected a fill value of version 1 to 3, found 4",
	} {
		d := &Dataset{f: fileOf(nil), Type: Type{size: 4}}
		o := &Object{f: d.f, messages: []message{{kind: msgFillValue, data: []byte(data)}}}
		if err := d.readFill(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", data, err, want)
		}
	}
}

// An array in one chunk says the chunk's size and mask where it is filtered, and only there.
func TestSingleChunk(t *testing.T) {
	for flags, want := range map[byte]chunkIndex{
		0: {kind: indexSingle, addr: 4711},
		1: {kind: indexSingle, addr: 4711, edgesPlain: true},
		2: {kind: indexSingle, addr: 4711, stored: 99, mask: 5},
		3: {kind: indexSingle, addr: 4711, stored: 99, mask: 5, edgesPlain: true},
	} {
		b := []byte{flags, 2, 1, 6, 4, indexSingle}
		if flags&2 != 0 {
			b = append(append(b, numbers64(99)...), 5, 0, 0, 0)
		}
		b = append(b, numbers64(4711)...)
		d := &Dataset{f: fileOf(nil), Shape: []int{6}, Type: Type{size: 4}}
		if err := d.chunked4(&cursor{b: b}, nil); err != nil || d.chunks.index != want || d.chunks.bytes != 24 {
			t.Errorf("flags %d: %+v, %v", flags, d.chunks, err)
		}
	}
}
