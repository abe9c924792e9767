package datasets

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"unicode/utf16"
)

// The devkit's data/meta.mat is a MATLAB file of version 5 (MATLAB, "MAT-File
// Format", level 5) with one variable, the struct array synsets, whose
// elements have among others the fields
//
//	ILSVRC2012_ID   a number: what the ground truth file counts by
//	WNID            a string: the WordNet id, such as n02119789
//
// Nothing else of the format is read here.

// devkitSynset is one element of the array.
type devkitSynset struct {
	id   int
	wnid string
}

// Bounds of meta.mat: the official one has 1,860 synsets in 177 kB.
const (
	maxMetaBytes    = 16 << 20 // of the file, and again of what is packed in it
	maxMetaSynsets  = 100_000
	maxMetaFields   = 64
	maxMetaVariable = 64 // of the variables before synsets
)

// The types of data elements and the classes of arrays that are told apart.
const (
	matInt8, matUint8, matInt16, matUint16, matInt32, matUint32 = 1, 2, 3, 4, 5, 6
	matSingle, matDouble, matMatrix, matCompressed              = 7, 9, 14, 15
	matUTF8, matUTF16                                           = 16, 17

	matClassStruct = 2
	matClassChar   = 4
)

// readMeta reads the synsets of a meta.mat.
func readMeta(r io.Reader) ([]devkitSynset, error) {
	data, err := readLimited(r, maxMetaBytes)
	if err != nil {
		return nil, err
	}
	m := matReader{order: binary.LittleEndian}
	const header = 128
	switch {
	case len(data) >= 8 && string(data[:8]) == "\x89HDF\r\n\x1a\n":
		return nil, errors.New("is a MATLAB file of version 7.3: save it again with -v6 or -v7")
	case len(data) < header || (string(data[126:128]) != "IM" && string(data[126:128]) != "MI"):
		return nil, errors.New("want a MATLAB file of version 5, as the development kit has it")
	case string(data[126:128]) == "MI":
		m.order = binary.BigEndian
	}
	data = data[header:]
	for n := 0; len(data) > 0 && n < maxMetaVariable; n++ {
		var e matElement
		if e, data, err = m.next(data, true); err != nil {
			return nil, err
		}
		synsets, err := m.variable(e)
		if synsets != nil || err != nil {
			return synsets, err
		}
	}
	return nil, errors.New("want the variable synsets, found none")
}

// readLimited reads all of r, which may have at most limit bytes.
func readLimited(r io.Reader, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("larger than %d bytes", limit)
	}
	return data, nil
}

type matReader struct{ order binary.ByteOrder }

// matElement is a tag and what it announces.
type matElement struct {
	kind uint32
	data []byte
}

var errMatCut = errors.New("ends in the middle of a value: it was cut or damaged")

// next splits off the first element. Compressed ones, which are not padded,
// stand at the top only.
func (m matReader) next(b []byte, top bool) (e matElement, rest []byte, err error) {
	if len(b) < 8 {
		return e, nil, errMatCut
	}
	e.kind = m.order.Uint32(b)
	if small := e.kind >> 16; small != 0 { // up to 4 bytes in the tag itself
		if small > 4 {
			return e, nil, fmt.Errorf("a small element of %d bytes, at most 4 fit", small)
		}
		e.kind &= 0xffff
		e.data = b[4 : 4+small]
		return e, b[8:], nil
	}
	size := int64(m.order.Uint32(b[4:]))
	b = b[8:]
	if size > int64(len(b)) {
		return e, nil, errMatCut
	}
	e.data = b[:size]
	if !top || e.kind != matCompressed {
		size = min((size+7)/8*8, int64(len(b)))
	}
	return e, b[size:], nil
}

// variable reads a variable; nil if it is not the synsets.
func (m matReader) variable(e matElement) ([]devkitSynset, error) {
	if e.kind == matCompressed {
		z, err := zlib.NewReader(bytes.NewReader(e.data))
		if err != nil {
			return nil, err
		}
		plain, err := readLimited(z, maxMetaBytes)
		if err != nil {
			return nil, fmt.Errorf("unpack a variable: %w", err)
		}
		if e, _, err = m.next(plain, false); err != nil {
			return nil, err
		}
	}
	if e.kind != matMatrix {
		return nil, nil
	}
	a, err := m.array(e.data)
	if err != nil || a.name != "synsets" {
		return nil, err
	}
	if a.class != matClassStruct {
		return nil, fmt.Errorf("want synsets to be an array of structs, found class %d", a.class)
	}
	return m.synsets(a)
}

// matArray is an array up to its values.
type matArray struct {
	class byte
	count int // of elements
	name  string
	rest  []byte // what follows the name
}

// array reads the flags, the size and the name of an array.
func (m matReader) array(b []byte) (a matArray, err error) {
	var flags, dims, name matElement
	for _, e := range []*matElement{&flags, &dims, &name} {
		if *e, b, err = m.next(b, false); err != nil {
			return a, err
		}
	}
	if flags.kind != matUint32 || len(flags.data) < 4 || dims.kind != matInt32 || len(dims.data)%4 != 0 {
		return a, errors.New("an array without flags and dimensions")
	}
	a.class, a.name, a.rest = byte(m.order.Uint32(flags.data)), string(name.data), b
	a.count = 1
	for d := dims.data; len(d) > 0; d = d[4:] {
		n := int64(m.order.Uint32(d))
		if n > maxMetaBytes || int64(a.count)*n > maxMetaBytes {
			return a, errors.New("an array of more values than the file can hold")
		}
		a.count *= int(n)
	}
	return a, nil
}

// synsets reads the elements of the struct array, each all of its fields.
func (m matReader) synsets(a matArray) ([]devkitSynset, error) {
	fields, b, err := m.fields(a.rest)
	if err != nil {
		return nil, err
	}
	if a.count > maxMetaSynsets {
		return nil, fmt.Errorf("%d synsets, want at most %d", a.count, maxMetaSynsets)
	}
	var all []devkitSynset
	for i := range a.count {
		var s devkitSynset
		for _, name := range fields {
			var e matElement
			if e, b, err = m.next(b, false); err != nil {
				return nil, err
			}
			switch name {
			case "ILSVRC2012_ID":
				s.id, err = m.integer(e)
			case "WNID":
				s.wnid, err = m.text(e)
			}
			if err != nil {
				return nil, fmt.Errorf("synset %d, %s: %w", i+1, name, err)
			}
		}
		if s.id < 1 || !isWNID(s.wnid) {
			return nil, fmt.Errorf("synset %d: want ILSVRC2012_ID and WNID, such as 1 and n02119789, found %d and %q", i+1, s.id, shorten(s.wnid))
		}
		all = append(all, s)
	}
	return all, nil
}

// fields reads the names of a struct's fields.
func (m matReader) fields(b []byte) (names []string, rest []byte, err error) {
	var length, text matElement
	if length, b, err = m.next(b, false); err == nil {
		text, b, err = m.next(b, false)
	}
	if err != nil {
		return nil, nil, err
	}
	if len(length.data) < 4 {
		return nil, nil, errMatCut
	}
	n := int(m.order.Uint32(length.data))
	if n < 1 || n > 64 || len(text.data)%n != 0 || len(text.data)/n > maxMetaFields {
		return nil, nil, fmt.Errorf("field names of %d bytes in %d bytes", n, len(text.data))
	}
	for d := text.data; len(d) > 0; d = d[n:] {
		name, _, _ := bytes.Cut(d[:n], []byte{0})
		names = append(names, string(name))
	}
	return names, b, nil
}

// value reads an array of plain values.
func (m matReader) value(e matElement) (a matArray, data matElement, err error) {
	if e.kind != matMatrix {
		return a, data, fmt.Errorf("want an array, found element type %d", e.kind)
	}
	if a, err = m.array(e.data); err != nil {
		return a, data, err
	}
	data, _, err = m.next(a.rest, false)
	return a, data, err
}

// integer reads a single whole number, which MATLAB stores in the smallest type that holds it.
func (m matReader) integer(e matElement) (int, error) {
	a, data, err := m.value(e)
	if err != nil {
		return 0, err
	}
	size := map[uint32]int{matInt8: 1, matUint8: 1, matInt16: 2, matUint16: 2, matInt32: 4, matUint32: 4, matSingle: 4, matDouble: 8}[data.kind]
	if a.count != 1 || size == 0 || len(data.data) != size {
		return 0, fmt.Errorf("want one number, found %d values in %d bytes of type %d", a.count, len(data.data), data.kind)
	}
	var x float64
	switch d := data.data; data.kind {
	case matSingle:
		x = float64(math.Float32frombits(m.order.Uint32(d)))
	case matDouble:
		x = math.Float64frombits(m.order.Uint64(d))
	case matInt8, matUint8:
		x = float64(d[0])
	case matInt16, matUint16:
		x = float64(m.order.Uint16(d))
	default:
		x = float64(m.order.Uint32(d))
	}
	if x != math.Trunc(x) || x < 0 || x > math.MaxInt32 {
		return 0, fmt.Errorf("want a whole number, found %v", x)
	}
	return int(x), nil
}

// text reads a string.
func (m matReader) text(e matElement) (string, error) {
	a, data, err := m.value(e)
	if err != nil {
		return "", err
	}
	if a.class != matClassChar {
		return "", fmt.Errorf("want a string, found an array of class %d", a.class)
	}
	switch data.kind {
	case matInt8, matUint8, matUTF8:
		return string(data.data), nil
	case matUint16, matUTF16:
		var units []uint16
		for d := data.data; len(d) > 1; d = d[2:] {
			units = append(units, m.order.Uint16(d))
		}
		return string(utf16.Decode(units)), nil
	}
	return "", fmt.Errorf("a string of element type %d", data.kind)
}
