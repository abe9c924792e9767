package matfile

import (
	"encoding/binary"
	"io"
	"math"
	"unicode/utf16"
)

// Written is what a file of MATLAB is to have: float64, []float64 (a row), string, []string (a column of cells), or
// []Struct (a column).
type Written any

// Struct is an element of a struct array: names of fields, of which all elements have the same, and what they are.
type Struct struct {
	Fields []string
	Values []Written
}

// Write writes variables as a file of version 5, little-endian and not compressed. Names and values go in pairs.
func Write(w io.Writer, names []string, values []Written) error {
	file := make([]byte, 128)
	copy(file, "MATLAB 5.0 MAT-file")
	for i := len("MATLAB 5.0 MAT-file"); i < 116; i++ {
		file[i] = ' '
	}
	binary.LittleEndian.PutUint16(file[124:], 0x0100)
	copy(file[126:], "IM")
	for i, v := range values {
		file = appendMatrix(file, names[i], v)
	}
	_, err := w.Write(file)
	return err
}

// The types of elements and classes of arrays that are written; see [MAT-File Format], tables 1-1 and 1-3.
//
// [MAT-File Format]: https://www.mathworks.com/help/pdf_doc/matlab/matfile_format.pdf
const (
	wroteInt8, wroteUint16, wroteInt32, wroteUint32, wroteDouble, wroteMatrix = 1, 4, 5, 6, 9, 14

	wroteCells, wroteStructs, wroteText, wroteNumbers = 1, 2, 4, 6
)

// appendElement appends data with its tag, to a multiple of 8 bytes.
func appendElement(to []byte, kind uint32, data []byte) []byte {
	to = binary.LittleEndian.AppendUint32(to, kind)
	to = binary.LittleEndian.AppendUint32(to, uint32(len(data)))
	to = append(to, data...)
	return append(to, make([]byte, -len(data)&7)...)
}

func words(values ...uint32) (data []byte) {
	for _, v := range values {
		data = binary.LittleEndian.AppendUint32(data, v)
	}
	return data
}

func appendMatrix(to []byte, name string, v Written) []byte {
	var class, rows, columns uint32 = wroteNumbers, 1, 1
	var content []byte
	switch v := v.(type) {
	case float64:
		content = appendNumbers(nil, v)
	case []float64:
		columns, content = uint32(len(v)), appendNumbers(nil, v...)
	case string:
		var data []byte
		text := utf16.Encode([]rune(v))
		for _, c := range text {
			data = binary.LittleEndian.AppendUint16(data, c)
		}
		class, columns, content = wroteText, uint32(len(text)), appendElement(nil, wroteUint16, data)
	case []string:
		class, rows = wroteCells, uint32(len(v))
		for _, text := range v {
			content = appendMatrix(content, "", text)
		}
	case []Struct:
		class, rows, content = wroteStructs, uint32(len(v)), structs(v)
	}
	var data []byte
	data = appendElement(data, wroteUint32, words(class, 0))
	data = appendElement(data, wroteInt32, words(rows, columns))
	data = appendElement(data, wroteInt8, []byte(name))
	return appendElement(to, wroteMatrix, append(data, content...))
}

func appendNumbers(to []byte, values ...float64) []byte {
	var data []byte
	for _, v := range values {
		data = binary.LittleEndian.AppendUint64(data, math.Float64bits(v))
	}
	return appendElement(to, wroteDouble, data)
}

// structs are the names of the fields, and the fields of each element.
func structs(all []Struct) []byte {
	const name = 32 // bytes of a field's name, with the zero behind it
	var names []byte
	if len(all) > 0 {
		for _, f := range all[0].Fields {
			names = append(names, append([]byte(f), make([]byte, name-len(f))...)...)
		}
	}
	to := append(words(wroteInt32|4<<16), words(name)...) // as a small element, which readers want here
	to = appendElement(to, wroteInt8, names)
	for _, s := range all {
		for _, v := range s.Values {
			to = appendMatrix(to, "", v)
		}
	}
	return to
}
