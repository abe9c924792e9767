package matfile

import (
	"encoding/binary"
	"fmt"
	"io"
)

// Types of data elements (MAT-File Format, table "Data Types").
const (
	miInt8       = 1
	miUint8      = 2
	miInt16      = 3
	miUint16     = 4
	miInt32      = 5
	miUint32     = 6
	miSingle     = 7
	miDouble     = 9
	miInt64      = 12
	miUint64     = 13
	miMatrix     = 14
	miCompressed = 15
	miUTF8       = 16
	miUTF16      = 17
	miUTF32      = 18
)

// codes are the types of numbers, as NumPy writes them without the byte order.
var codes = map[uint32]string{
	miInt8: "i1", miUint8: "u1", miInt16: "i2", miUint16: "u2", miInt32: "i4", miUint32: "u4", miSingle: "f4", miDouble: "f8",
	miInt64: "i8", miUint64: "u8", miUTF8: "u1", miUTF16: "u2", miUTF32: "u4",
}

// element is a data element: its tag was read, its data were not.
type element struct {
	kind  uint32
	start int64 // of the data
	n     int64 // bytes of data
	next  int64 // where the next element begins
}

// scanner reads elements one after the other from [at, end) of data.
type scanner struct {
	r     io.ReaderAt
	order binary.ByteOrder
	at    int64
	end   int64
}

// element reads the tag at the scanner's place and moves behind the element. Elements of at most 4 bytes may have tag
// and data in 8 bytes (small data element format).
func (s *scanner) element() (element, error) {
	var tag [8]byte
	if s.end-s.at < int64(len(tag)) {
		return element{}, fmt.Errorf("expected an element at byte %d, found the end at %d", s.at, s.end)
	}
	if _, err := s.r.ReadAt(tag[:], s.at); err != nil {
		return element{}, err
	}
	first := s.order.Uint32(tag[:4])
	e := element{kind: first, start: s.at + 8, n: int64(s.order.Uint32(tag[4:]))}
	if small := first >> 16; small != 0 {
		e = element{kind: first & 0xffff, start: s.at + 4, n: int64(small), next: s.at + 8}
		if small > 4 {
			return e, fmt.Errorf("expected a small element of at most 4 bytes at byte %d, found %d", s.at, small)
		}
		s.at = e.next
		return e, nil
	}
	if e.n > s.end-e.start {
		return e, fmt.Errorf("expected an element within %d bytes at byte %d, found one of %d: the file is truncated or damaged",
			s.end-e.start, s.at, e.n)
	}
	e.next = e.start + e.n
	if e.kind != miCompressed {
		e.next = min(e.next+(8-e.n%8)%8, s.end) // the last may lack its padding
	}
	s.at = e.next
	return e, nil
}

// expect reads an element of a kind.
func (s *scanner) expect(what string, kinds ...uint32) (element, error) {
	e, err := s.element()
	if err != nil {
		return e, fmt.Errorf("%s: %w", what, err)
	}
	for _, k := range kinds {
		if e.kind == k {
			return e, nil
		}
	}
	return e, fmt.Errorf("%s: expected an element of type %d, found type %d at byte %d", what, kinds[0], e.kind, e.start)
}

// bytes returns the data of a small element.
func (s *scanner) bytes(e element) ([]byte, error) {
	if e.n > maxText {
		return nil, fmt.Errorf("expected at most %d bytes, found %d", maxText, e.n)
	}
	b := make([]byte, e.n)
	_, err := s.r.ReadAt(b, e.start)
	return b, err
}

// ints returns the data of an element of 32-bit numbers.
func (s *scanner) ints(what string, kinds ...uint32) ([]int32, error) {
	e, err := s.expect(what, kinds...)
	if err != nil {
		return nil, err
	}
	b, err := s.bytes(e)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	out := make([]int32, len(b)/4)
	for i := range out {
		out[i] = int32(s.order.Uint32(b[4*i:]))
	}
	return out, nil
}

// code is the NumPy code of an element's type, "" for one that has no numbers.
func (s *scanner) code(e element) string {
	c := codes[e.kind]
	switch {
	case c == "":
		return ""
	case c[1] == '1':
		return "|" + c
	case s.order == binary.BigEndian:
		return ">" + c
	}
	return "<" + c
}
