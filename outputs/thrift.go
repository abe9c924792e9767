package outputs

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Parquet's footer and page headers are structs in Thrift's compact protocol. The library decodes them trustingly: a list's
// length becomes an allocation before its elements are read. thriftReader walks the bytes first, without allocating.

// The compact protocol's types, as they stand in field headers and list headers.
const (
	thriftTrue   = 1
	thriftFalse  = 2
	thriftByte   = 3
	thriftI16    = 4
	thriftI32    = 5
	thriftI64    = 6
	thriftDouble = 7
	thriftBinary = 8
	thriftList   = 9
	thriftSet    = 10
	thriftMap    = 11
	thriftStruct = 12
)

// maxThriftDepth bounds nesting; Parquet's own structs go six deep.
const maxThriftDepth = 16

var errThrift = errors.New("malformed Thrift data")

// thriftReader reads one struct from b.
type thriftReader struct {
	b     []byte
	pos   int
	items int // list elements that may still be met: the library allocates some hundred bytes for each before it reads them
}

// thriftField is what a struct's field header says; value is that of the integer types.
type thriftField struct {
	id    int
	kind  byte
	value int64
}

func (r *thriftReader) byte() (byte, error) {
	if r.pos >= len(r.b) {
		return 0, fmt.Errorf("%w: it ends at byte %d", errThrift, r.pos)
	}
	r.pos++
	return r.b[r.pos-1], nil
}

func (r *thriftReader) uvarint() (uint64, error) {
	v, n := binary.Uvarint(r.b[r.pos:])
	if n <= 0 {
		return 0, fmt.Errorf("%w: bad integer at byte %d", errThrift, r.pos)
	}
	r.pos += n
	return v, nil
}

func (r *thriftReader) varint() (int64, error) {
	v, err := r.uvarint()
	return int64(v>>1) ^ -int64(v&1), err
}

// skip moves over n bytes that must be there.
func (r *thriftReader) skip(n uint64) error {
	if n > uint64(len(r.b)-r.pos) {
		return fmt.Errorf("%w: %d bytes announced at byte %d, %d left", errThrift, n, r.pos, len(r.b)-r.pos)
	}
	r.pos += int(n)
	return nil
}

// walk reads a struct up to its end and shows each field to visit, which may be nil. If visit reads a field's value itself
// (a nested struct), it returns true.
func (r *thriftReader) walk(depth int, visit func(thriftField) (bool, error)) error {
	if depth > maxThriftDepth {
		return fmt.Errorf("%w: nested more than %d deep", errThrift, maxThriftDepth)
	}
	for id := 0; ; {
		header, err := r.byte()
		if err != nil || header == 0 {
			return err
		}
		f := thriftField{kind: header & 15}
		if delta := int(header >> 4); delta != 0 {
			id += delta
		} else {
			v, err := r.varint()
			if err != nil {
				return err
			}
			id = int(int16(v))
		}
		f.id = id
		if f.kind == thriftI16 || f.kind == thriftI32 || f.kind == thriftI64 {
			if f.value, err = r.varint(); err != nil {
				return err
			}
		}
		done := false
		if visit != nil {
			if done, err = visit(f); err != nil {
				return err
			}
		}
		if !done {
			if err := r.rest(f.kind, depth); err != nil {
				return err
			}
		}
	}
}

// rest moves over the value of a field whose header, and integer if it is one, have been read.
func (r *thriftReader) rest(kind byte, depth int) error {
	switch kind {
	case thriftTrue, thriftFalse, thriftI16, thriftI32, thriftI64:
		return nil
	}
	return r.value(kind, depth)
}

// value moves over one value as it stands in a list.
func (r *thriftReader) value(kind byte, depth int) error {
	switch kind {
	case thriftTrue, thriftFalse, thriftByte:
		return r.skip(1)
	case thriftI16, thriftI32, thriftI64:
		_, err := r.uvarint()
		return err
	case thriftDouble:
		return r.skip(8)
	case thriftBinary:
		n, err := r.uvarint()
		if err != nil {
			return err
		}
		return r.skip(n)
	case thriftList, thriftSet:
		return r.list(depth)
	case thriftStruct:
		return r.walk(depth+1, nil)
	}
	return fmt.Errorf("%w: type %d at byte %d", errThrift, kind, r.pos) // maps too: Parquet has none
}

func (r *thriftReader) list(depth int) error {
	kind, n, err := r.listHeader()
	if err != nil {
		return err
	}
	if depth > maxThriftDepth {
		return fmt.Errorf("%w: nested more than %d deep", errThrift, maxThriftDepth)
	}
	for range n {
		if err := r.value(kind, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// listHeader checks that the announced elements can be there: each takes a byte at least.
func (r *thriftReader) listHeader() (kind byte, n int, err error) {
	header, err := r.byte()
	if err != nil {
		return 0, 0, err
	}
	kind, size := header&15, uint64(header>>4)
	if size == 15 {
		if size, err = r.uvarint(); err != nil {
			return 0, 0, err
		}
	}
	if size > uint64(len(r.b)-r.pos) {
		return 0, 0, fmt.Errorf("%w: a list of %d at byte %d, %d bytes left", errThrift, size, r.pos, len(r.b)-r.pos)
	}
	if kind >= thriftBinary { // numbers take no more room in memory than eight times their bytes
		if r.items -= int(size); r.items < 0 {
			return 0, 0, fmt.Errorf("%w: too many list elements", errThrift)
		}
	}
	return kind, int(size), nil
}
