package parquetguard

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// The compact protocol's types, as they stand in field headers and list headers.
const (
	True   = 1
	False  = 2
	Byte   = 3
	I16    = 4
	I32    = 5
	I64    = 6
	Double = 7
	Binary = 8
	List   = 9
	Set    = 10
	Struct = 12
)

// maxDepth bounds nesting; Parquet's own structs go six deep.
const maxDepth = 16

// ErrThrift is in every error of a Reader.
var ErrThrift = errors.New("malformed Thrift data")

// Reader walks over one struct of Thrift's compact protocol, without allocating.
type Reader struct {
	b     []byte
	pos   int
	items int // structs in lists that may still be met: the library allocates some hundred bytes for each before it reads them
}

// NewReader reads the struct that b begins with, which may hold so many structs in lists.
func NewReader(b []byte, items int) *Reader { return &Reader{b: b, items: items} }

// Pos is how many bytes were read.
func (r *Reader) Pos() int { return r.pos }

// Field is what a struct's field header says; Value is that of the integer types.
type Field struct {
	ID    int
	Kind  byte
	Value int64
}

func (r *Reader) byte() (byte, error) {
	if r.pos >= len(r.b) {
		return 0, fmt.Errorf("%w: it ends at byte %d", ErrThrift, r.pos)
	}
	r.pos++
	return r.b[r.pos-1], nil
}

func (r *Reader) uvarint() (uint64, error) {
	v, n := binary.Uvarint(r.b[r.pos:])
	if n <= 0 {
		return 0, fmt.Errorf("%w: bad integer at byte %d", ErrThrift, r.pos)
	}
	r.pos += n
	return v, nil
}

func (r *Reader) varint() (int64, error) {
	v, err := r.uvarint()
	return int64(v>>1) ^ -int64(v&1), err
}

// skip moves over n bytes that must be there.
func (r *Reader) skip(n uint64) error {
	if n > uint64(len(r.b)-r.pos) {
		return fmt.Errorf("%w: %d bytes announced at byte %d, %d left", ErrThrift, n, r.pos, len(r.b)-r.pos)
	}
	r.pos += int(n)
	return nil
}

// Walk reads a struct up to its end and shows each field to visit, which may be nil. If visit reads a field's value
// itself (a nested struct), it returns true.
func (r *Reader) Walk(depth int, visit func(Field) (bool, error)) error {
	if depth > maxDepth {
		return fmt.Errorf("%w: nested more than %d deep", ErrThrift, maxDepth)
	}
	for id := 0; ; {
		header, err := r.byte()
		if err != nil || header == 0 {
			return err
		}
		f := Field{Kind: header & 15}
		if delta := int(header >> 4); delta != 0 {
			id += delta
		} else {
			v, err := r.varint()
			if err != nil {
				return err
			}
			id = int(int16(v))
		}
		f.ID = id
		if f.Kind == I16 || f.Kind == I32 || f.Kind == I64 {
			if f.Value, err = r.varint(); err != nil {
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
			if err := r.rest(f.Kind, depth); err != nil {
				return err
			}
		}
	}
}

// rest moves over the value of a field whose header, and integer if it is one, have been read.
func (r *Reader) rest(kind byte, depth int) error {
	switch kind {
	case True, False, I16, I32, I64:
		return nil
	}
	return r.skipValue(kind, depth)
}

// skipValue moves over one value as it stands in a list.
func (r *Reader) skipValue(kind byte, depth int) error {
	switch kind {
	case True, False, Byte:
		return r.skip(1)
	case I16, I32, I64:
		_, err := r.uvarint()
		return err
	case Double:
		return r.skip(8)
	case Binary:
		n, err := r.uvarint()
		if err != nil {
			return err
		}
		return r.skip(n)
	case List, Set:
		return r.list(depth)
	case Struct:
		return r.Walk(depth+1, nil)
	}
	return fmt.Errorf("%w: type %d at byte %d", ErrThrift, kind, r.pos) // maps too: Parquet has none
}

func (r *Reader) list(depth int) error {
	kind, n, err := r.listHeader()
	if err != nil {
		return err
	}
	if depth > maxDepth {
		return fmt.Errorf("%w: nested more than %d deep", ErrThrift, maxDepth)
	}
	for range n {
		if err := r.skipValue(kind, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// listHeader reads the header of a list and checks that the announced elements can be there: each takes a byte at
// least.
func (r *Reader) listHeader() (kind byte, n int, err error) {
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
		return 0, 0, fmt.Errorf("%w: a list of %d at byte %d, %d bytes left", ErrThrift, size, r.pos, len(r.b)-r.pos)
	}
	if kind > Binary { // others take no more room in memory than some times their bytes
		if r.items -= int(size); r.items < 0 {
			return 0, 0, fmt.Errorf("%w: a list of %d at byte %d is one too many: want larger row groups, or the file is damaged", ErrThrift, size, r.pos)
		}
	}
	return kind, int(size), nil
}
