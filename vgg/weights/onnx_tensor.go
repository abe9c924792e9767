package weights

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"unicode/utf8"

	"fc7/internal/escape"
)

// Fields of a TensorProto.
const (
	tensorDims     = 1
	tensorType     = 2
	tensorSegment  = 3
	tensorFloats   = 4
	tensorInt32s   = 5
	tensorInt64s   = 7
	tensorName     = 8
	tensorRaw      = 9
	tensorDoubles  = 10
	tensorUint64s  = 11
	tensorExternal = 13
	tensorLocation = 14
)

// onnxDtypes are the element types of TensorProto.DataType.
var onnxDtypes = map[uint64]Dtype{
	1: F32, 2: U8, 3: I8, 4: U16, 5: I16, 6: I32, 7: I64, 9: Bool, 10: F16, 11: F64, 12: U32, 13: U64, 16: BF16,
}

// onnxString is the one type without numbers that a VGG's graph may have.
const onnxString = 8

// maxONNXNumbers bounds the elements that are held in memory, as those that the file has as varints must be.
const maxONNXNumbers = 1 << 24

// onnxTensor is what a TensorProto said.
type onnxTensor struct {
	name     string
	dims     []int
	kind     uint64
	pieces   int // of data
	data     wireField
	numbers  []uint64 // where elements are varints
	hasRaw   bool
	external map[string]string
	outside  bool
}

// tensor reads a TensorProto; nil and no error for one without numbers.
func (r *onnxReader) tensor(field wireField) (*Tensor, error) {
	var p onnxTensor
	if err := r.each(field.start, field.next, func(f wireField) error { return r.tensorField(f, &p) }); err != nil {
		return nil, fmt.Errorf("tensor %q: %w", escape.Short(p.name), err)
	}
	if p.kind == onnxString {
		return nil, nil
	}
	t, err := r.tensorOf(&p)
	if err != nil {
		return nil, fmt.Errorf("tensor %q: %w", escape.Short(p.name), err)
	}
	return t, nil
}

func (r *onnxReader) tensorField(f wireField, p *onnxTensor) (err error) {
	switch f.number {
	case tensorName:
		if p.name, err = r.text(f, maxONNXName); err == nil && !utf8.ValidString(p.name) {
			err = errors.New("expected a name in UTF-8")
		}
	case tensorType:
		p.kind = f.value
	case tensorDims:
		err = r.numbers(f, func(v uint64) error {
			if len(p.dims) == maxRank || v > math.MaxInt {
				return fmt.Errorf("expected at most %d axes of sizes from 0 on, found more or %d", maxRank, int64(v))
			}
			p.dims = append(p.dims, int(v))
			return nil
		})
	case tensorSegment:
		err = errors.New("expected a whole tensor, found a segment of one")
	case tensorRaw, tensorFloats, tensorDoubles:
		if f.kind != wireBytes || p.pieces > 0 {
			return errors.New("expected the elements in one packed piece; save the model again with onnx.save")
		}
		p.pieces, p.data, p.hasRaw = 1, f, f.number == tensorRaw
	case tensorInt32s, tensorInt64s, tensorUint64s:
		err = r.numbers(f, func(v uint64) error {
			if len(p.numbers) == maxONNXNumbers {
				return fmt.Errorf("expected at most %d elements outside raw_data, found more; save the model again with onnx.save", maxONNXNumbers)
			}
			p.numbers = append(p.numbers, v)
			return nil
		})
	case tensorExternal:
		if f.kind == wireBytes {
			err = r.externalEntry(f, p)
		}
	case tensorLocation:
		p.outside = f.value == 1
	}
	return err
}

// externalEntry reads a key and a value of where the elements are.
func (r *onnxReader) externalEntry(field wireField, p *onnxTensor) error {
	var key, value string
	err := r.each(field.start, field.next, func(f wireField) (err error) {
		switch f.number {
		case 1:
			key, err = r.text(f, maxONNXName)
		case 2:
			value, err = r.text(f, maxONNXName)
		}
		return err
	})
	if p.external == nil {
		p.external = map[string]string{}
	}
	p.external[key] = value
	return err
}

func (r *onnxReader) tensorOf(p *onnxTensor) (*Tensor, error) {
	d, known := onnxDtypes[p.kind]
	if !known {
		return nil, fmt.Errorf("expected numbers of 8 to 64 bits, found ONNX's element type %d", p.kind)
	}
	n, err := elements(p.dims, d.size())
	if err != nil {
		return nil, err
	}
	t := &Tensor{Name: p.name, Shape: p.dims, Dtype: d, path: r.src.path, changed: r.src.changed, data: r.src, start: p.data.start}
	switch {
	case p.outside || p.external["location"] != "":
		return t, r.outside(t, p, int64(n)*int64(d.size()))
	case p.pieces == 0 && len(p.numbers) > 0:
		return t, t.holdNumbers(p.numbers, n)
	}
	if !p.hasRaw && p.pieces > 0 && d != F32 && d != F64 {
		return nil, fmt.Errorf("expected elements of type %s, found floating-point ones", d)
	}
	if found, want := p.data.next-p.data.start, int64(n)*int64(d.size()); found != want {
		return nil, fmt.Errorf("expected %d bytes for shape %v of %s, found %d", want, p.dims, d, found)
	}
	return t, nil
}

// holdNumbers keeps elements that the file has as varints, of which each takes a byte or more.
func (t *Tensor) holdNumbers(numbers []uint64, n int) error {
	if len(numbers) != n || t.Dtype == F32 || t.Dtype == F64 {
		return fmt.Errorf("expected %d elements of %s, found %d whole numbers", n, t.Dtype, len(numbers))
	}
	size := t.Dtype.size()
	raw := make([]byte, n*size)
	for i, v := range numbers {
		var b [8]byte
		binary.LittleEndian.PutUint64(b[:], v)
		copy(raw[i*size:], b[:size])
	}
	t.data, t.start = heldBytes(raw), 0
	return nil
}

// heldBytes are elements in memory.
type heldBytes []byte

func (b heldBytes) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 || off > int64(len(b)) || len(p) > len(b)-int(off) {
		return 0, io.ErrUnexpectedEOF
	}
	return copy(p, b[off:]), nil
}

// outside finds elements that lie in a file beside the model.
func (r *onnxReader) outside(t *Tensor, p *onnxTensor, bytes int64) error {
	name := p.external["location"]
	part := r.external[name]
	if part == nil {
		var err error
		if part, err = r.src.beside(name); err != nil {
			return fmt.Errorf("external data: %w", err)
		}
		r.external[name] = part
	}
	off, length := int64(0), bytes
	for key, to := range map[string]*int64{"offset": &off, "length": &length} {
		if text := p.external[key]; text != "" {
			n, err := strconv.ParseInt(text, 10, 64)
			if err != nil || n < 0 {
				return fmt.Errorf("external data: expected a whole number as %s, found %q", key, escape.Short(text))
			}
			*to = n
		}
	}
	if length != bytes || off > part.size || bytes > part.size-off {
		return fmt.Errorf("external data: expected %d bytes from %d on in %s of %d bytes, the model says %d",
			bytes, off, part.path, part.size, length)
	}
	t.data, t.start, t.changed = part, off, part.changed
	return nil
}

// repeated is a tensor of one value throughout (ConstantOfShape), which takes no room.
type repeated []byte

func (b repeated) ReadAt(p []byte, off int64) (int, error) {
	from := int(off % int64(len(b)))
	for i := range p {
		p[i] = b[from]
		if from++; from == len(b) {
			from = 0
		}
	}
	return len(p), nil
}
