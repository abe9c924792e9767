package weights

import (
	"errors"
	"fmt"
)

// Protocol buffers are read as far as Caffe's and ONNX's files need it (protobuf.dev/programming-guides/encoding): a
// message is a row of fields, each a tag (number and wire type) and a value. Fields are walked over the file, so that
// what is not asked for is passed over without being read.

// The wire types; groups (3 and 4) are refused.
const (
	wireVarint = 0
	wire64     = 1
	wireBytes  = 2
	wire32     = 5
)

// maxWireFields bounds the fields read from a file; a VGG's has some hundreds, an ONNX graph a few thousand.
const maxWireFields = 1 << 20

// wireReader reads fields at positions of a file through a small window.
type wireReader struct {
	src    *source
	window []byte
	at     int64 // of the window in the file
	fields int
}

// wireField is one field: value is a varint's number, and [start, next) are its bytes.
type wireField struct {
	number      int
	kind        int
	value       uint64
	start, next int64
}

func (w *wireReader) byte(pos int64) (byte, error) {
	if i := pos - w.at; i >= 0 && i < int64(len(w.window)) {
		return w.window[i], nil
	}
	const windowBytes = 512
	if cap(w.window) == 0 {
		w.window = make([]byte, windowBytes)
	}
	w.window = w.window[:min(windowBytes, w.src.size-pos)]
	w.at = pos
	if _, err := w.src.ReadAt(w.window, pos); err != nil {
		w.window = w.window[:0]
		return 0, err
	}
	return w.window[0], nil
}

// varint reads the number at pos, which lies before end.
func (w *wireReader) varint(pos, end int64) (value uint64, next int64, err error) {
	for shift := 0; shift < 64; shift += 7 {
		if pos >= end {
			return 0, 0, errors.New("truncated: expected a number, found the end of its message")
		}
		b, err := w.byte(pos)
		if err != nil {
			return 0, 0, err
		}
		pos++
		value |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return value, pos, nil
		}
	}
	return 0, 0, fmt.Errorf("byte %d: expected a number of at most 10 bytes, found a longer one", pos)
}

// field reads the field at pos of a message that ends at end. A value that reaches beyond end is an error, but the
// field's number and start are told with it.
func (w *wireReader) field(pos, end int64) (wireField, error) {
	if w.fields++; w.fields > maxWireFields {
		return wireField{}, fmt.Errorf("expected at most %d fields, found more", maxWireFields)
	}
	tag, at, err := w.varint(pos, end)
	if err != nil {
		return wireField{}, err
	}
	if tag>>3 == 0 || tag>>3 >= 1<<29 {
		return wireField{}, fmt.Errorf("byte %d: expected a field's number, found %d", pos, tag>>3)
	}
	f := wireField{number: int(tag >> 3), kind: int(tag & 7), start: at}
	var size uint64
	switch f.kind {
	case wireVarint:
		f.value, f.next, err = w.varint(at, end)
		return f, err
	case wire64:
		size = 8
	case wire32:
		size = 4
	case wireBytes:
		if size, f.start, err = w.varint(at, end); err != nil {
			return wireField{}, err
		}
	default:
		return wireField{}, fmt.Errorf("byte %d: expected a wire type of protocol buffers, groups apart, found %d", pos, f.kind)
	}
	if size > uint64(end-f.start) {
		return f, fmt.Errorf("truncated: field %d at byte %d: expected %d bytes, found %d; fetch the file again",
			f.number, pos, size, end-f.start)
	}
	f.next = f.start + int64(size)
	return f, nil
}

// each calls do with every field of the message at [start, end).
func (w *wireReader) each(start, end int64, do func(wireField) error) error {
	for start < end {
		f, err := w.field(start, end)
		if err != nil {
			return err
		}
		if err := do(f); err != nil {
			return err
		}
		start = f.next
	}
	return nil
}

// text reads a field of at most most bytes.
func (w *wireReader) text(f wireField, most int64) (string, error) {
	n := f.next - f.start
	if f.kind != wireBytes || n > most {
		return "", fmt.Errorf("byte %d: expected a name of at most %d bytes, found %d bytes of wire type %d", f.start, most, n, f.kind)
	}
	raw := make([]byte, n)
	_, err := w.src.ReadAt(raw, f.start)
	return string(raw), err
}

// numbers calls do with the numbers of a repeated varint field, packed or not.
func (w *wireReader) numbers(f wireField, do func(uint64) error) error {
	if f.kind == wireVarint {
		return do(f.value)
	}
	if f.kind != wireBytes {
		return fmt.Errorf("byte %d: expected whole numbers, found wire type %d", f.start, f.kind)
	}
	for pos := f.start; pos < f.next; {
		value, next, err := w.varint(pos, f.next)
		if err != nil {
			return err
		}
		if err := do(value); err != nil {
			return err
		}
		pos = next
	}
	return nil
}
