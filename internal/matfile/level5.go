package matfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// classes are MATLAB's array types by number (MAT-File Format, table "MATLAB Array Types").
var classes = map[byte]string{
	1: "cell", 2: "struct", 3: "object", 4: "char", 5: "sparse", 6: "double", 7: "single", 8: "int8", 9: "uint8", 10: "int16",
	11: "uint16", 12: "int32", 13: "uint32", 14: "int64", 15: "uint64", 16: "function_handle", 17: "opaque",
}

const (
	// maxValues bounds the arrays of a file; MatConvNet's VGG-16 has a few hundred, with class names some thousands.
	maxValues = 1 << 18
	maxDepth  = 32
	// keptArray and keptTotal bound what is kept of compressed arrays, so that small ones need no second inflation.
	keptArray = 2 << 20
	keptTotal = 64 << 20
)

// level5 is an array of a version 5 file.
type level5 struct {
	name     string
	class    string
	dims     []int
	fields   []string
	children []*level5 // of cells; of structs field by field, element by element
	array    *Array
}

// reader5 reads the values of a file.
type reader5 struct {
	order  binary.ByteOrder
	most   int64 // bytes of a compressed variable
	values int
	kept   int64
}

func openLevel5(r io.ReaderAt, size, most int64, bigEndian bool) ([]Variable, error) {
	rd := &reader5{order: binary.LittleEndian, most: most}
	if bigEndian {
		rd.order = binary.BigEndian
	}
	var variables []Variable
	top := &scanner{r: r, order: rd.order, at: headerBytes, end: size}
	for top.end-top.at >= 8 {
		e, err := top.element()
		if err != nil {
			return nil, err
		}
		v, err := rd.variable(top, e)
		if err != nil {
			return nil, err
		}
		if v != nil && v.name != "" { // MATLAB's own data on objects have no name
			variables = append(variables, Variable{v.name, v})
		}
	}
	return variables, nil
}

// variable reads a top element, compressed or not.
func (rd *reader5) variable(top *scanner, e element) (*level5, error) {
	switch e.kind {
	case miMatrix:
		return rd.matrix(&scanner{r: top.r, order: rd.order, at: e.start, end: e.start + e.n}, nil, 0)
	case miCompressed:
		in, err := newInflater(top.r, e.start, e.n)
		if err != nil {
			return nil, err
		}
		s := &scanner{r: in, order: rd.order, end: in.most}
		inner, err := s.expect("compressed variable", miMatrix)
		if err != nil {
			return nil, err
		}
		if inner.n > rd.most {
			return nil, fmt.Errorf("expected compressed variables of at most %d bytes, found one of %d", rd.most, inner.n)
		}
		in.size = inner.start + inner.n
		v, err := rd.matrix(&scanner{r: in, order: rd.order, at: inner.start, end: in.size}, in, 0)
		if err != nil {
			return nil, err
		}
		return v, in.verify()
	}
	return nil, nil
}

// matrix reads an array (MAT-File Format, "miMATRIX Format"). in is where it is inflated from, nil for the file itself.
func (rd *reader5) matrix(s *scanner, in *inflater, depth int) (*level5, error) {
	if rd.values++; rd.values > maxValues || depth > maxDepth {
		return nil, fmt.Errorf("expected at most %d arrays, %d deep, found more", maxValues, maxDepth)
	}
	v := &level5{class: "double", dims: []int{0, 0}}
	if s.at == s.end {
		return v, nil // an empty array may have no description
	}
	flags, err := s.ints("array flags", miUint32)
	if err != nil {
		return nil, err
	}
	if len(flags) < 1 {
		return nil, errors.New("array flags: expected 8 bytes, found none")
	}
	const isLogical, isComplex = 0x200, 0x800
	if v.class = classes[byte(flags[0])]; v.class == "" {
		return nil, fmt.Errorf("expected a class of arrays from 1 to 17, found %d", byte(flags[0]))
	}
	if v.class == "opaque" {
		name, err := rd.text(s, "name")
		v.name = name
		return v, err
	}
	dims, err := s.ints("sizes", miInt32)
	if err != nil {
		return nil, err
	}
	v.dims = v.dims[:0]
	for _, d := range dims {
		v.dims = append(v.dims, int(d))
	}
	if err := checkDims(v.dims); err != nil {
		return nil, err
	}
	if v.name, err = rd.text(s, "name"); err != nil {
		return nil, err
	}
	if err := rd.content(v, s, in, depth); err != nil {
		return nil, fmt.Errorf("%s %q: %w", v.class, v.name, err)
	}
	switch {
	case flags[0]&isComplex != 0:
		v.class = "complex"
	case flags[0]&isLogical != 0:
		v.class = "logical"
	}
	return v, nil
}

// text reads an element of single-byte characters.
func (rd *reader5) text(s *scanner, what string) (string, error) {
	e, err := s.expect(what, miInt8, miUint8, miUTF8)
	if err != nil {
		return "", err
	}
	b, err := s.bytes(e)
	return string(b), err
}

func (rd *reader5) content(v *level5, s *scanner, in *inflater, depth int) error {
	switch v.class {
	case "cell":
		return rd.members(v, Len(v), s, in, depth)
	case "object":
		if _, err := rd.text(s, "class name"); err != nil {
			return err
		}
		fallthrough
	case "struct":
		return rd.structure(v, s, in, depth)
	case "sparse", "function_handle":
		return nil
	}
	return rd.numbers(v, s, in)
}

// structure reads the names of a struct's fields and then the fields of each element.
func (rd *reader5) structure(v *level5, s *scanner, in *inflater, depth int) error {
	length, err := s.ints("length of field names", miInt32)
	if err != nil {
		return err
	}
	names, err := rd.text(s, "field names")
	if err != nil {
		return err
	}
	if len(length) != 1 || length[0] < 1 || len(names)%int(length[0]) != 0 {
		return fmt.Errorf("expected field names of one length, found lengths %v in %d bytes", length, len(names))
	}
	for ; len(names) > 0; names = names[length[0]:] {
		name, _, _ := strings.Cut(names[:length[0]], "\x00")
		v.fields = append(v.fields, name)
	}
	n := Len(v)
	if n > maxValues || n*len(v.fields) > maxValues {
		return fmt.Errorf("expected at most %d fields, found %d of %d elements", maxValues, len(v.fields), n)
	}
	return rd.members(v, n*len(v.fields), s, in, depth)
}

func (rd *reader5) members(v *level5, n int, s *scanner, in *inflater, depth int) error {
	for range n { // each takes 8 bytes or fails
		e, err := s.expect("member", miMatrix)
		if err != nil {
			return err
		}
		child, err := rd.matrix(&scanner{r: s.r, order: s.order, at: e.start, end: e.start + e.n}, in, depth+1)
		if err != nil {
			return err
		}
		v.children = append(v.children, child)
	}
	return nil
}

// numbers finds the elements of an array, its real part.
func (rd *reader5) numbers(v *level5, s *scanner, in *inflater) error {
	e, err := s.element()
	if err != nil {
		return err
	}
	code := s.code(e)
	if code == "" {
		return fmt.Errorf("expected numbers, found an element of type %d at byte %d", e.kind, e.start)
	}
	n := Len(v)
	if e.kind == miUTF8 {
		v.dims = []int{1, int(e.n)} // a character may take several bytes
	} else if want := int64(n) * int64(width(code)); e.n != want {
		return fmt.Errorf("expected %d bytes for sizes %v in %s, found %d", want, v.dims, code, e.n)
	}
	v.array = &Array{Code: code, Data: s.r, Start: e.start, Bytes: e.n}
	if in != nil && e.n <= keptArray && rd.kept+e.n <= keptTotal {
		kept := make([]byte, e.n)
		if _, err := s.r.ReadAt(kept, e.start); err != nil {
			return err
		}
		rd.kept += e.n
		v.array.Data, v.array.Start = memory(kept), 0
	}
	return nil
}

// memory is bytes that are read by position.
type memory []byte

func (m memory) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 || off > int64(len(m)) || len(p) > len(m)-int(off) {
		return 0, io.ErrUnexpectedEOF
	}
	return copy(p, m[off:]), nil
}

func (v *level5) Class() string { return v.class }

func (v *level5) Dims() []int { return v.dims }

func (v *level5) Field(i int, name string) (Value, error) {
	at := slices.Index(v.fields, name)
	if at < 0 {
		return nil, nil
	}
	if i < 0 || i >= Len(v) {
		return nil, fmt.Errorf("expected an element of %d, found %d", Len(v), i)
	}
	return v.children[i*len(v.fields)+at], nil
}

func (v *level5) Cell(i int) (Value, error) {
	if v.class != "cell" || i < 0 || i >= len(v.children) {
		return nil, fmt.Errorf("expected element %d of a cell array, found a %s of %d", i, v.class, len(v.children))
	}
	return v.children[i], nil
}

func (v *level5) Array() (*Array, error) {
	if v.array == nil || v.class == "complex" {
		return nil, fmt.Errorf("expected real numbers, found a %s array", v.class)
	}
	return v.array, nil
}
