package weights

import (
	"fmt"
	"math"
	"strconv"
)

// What Caffe's layers compute is in their parameters (caffe.proto): a layer without the parameters of its kind is that
// of a file of tensors alone.

// caffeKinds are the operators of Caffe's types of layers, by the name of V2 and the number of V1, and the fields of
// their parameters in both.
var caffeKinds = []struct {
	name       string
	v1         uint64
	op         string
	field, old int
	read       func(*Step, caffeFields)
}{
	{"Convolution", 4, "Conv", 106, 10, (*Step).caffeConv},
	{"InnerProduct", v1InnerProduct, "Gemm", 117, 17, (*Step).caffeInner},
	{"LRN", 15, "LRN", 118, 18, (*Step).caffeLRN},
	{"Pooling", 17, "MaxPool", 121, 19, (*Step).caffePool},
	{"ReLU", 18, "Relu", 123, 30, (*Step).caffeReLU},
	{"Softmax", 20, "Softmax", 125, 39, nil},
	{"Dropout", 6, "Dropout", 108, 12, nil},
	{"Flatten", 8, "Flatten", 135, 0, nil},
	{"Split", 22, "Split", 0, 0, nil},
	{"Data", 5, "Data", 0, 0, nil},
	{"ImageData", 12, "Data", 0, 0, nil},
	{"HDF5Data", 9, "Data", 0, 0, nil},
	{"MemoryData", 29, "Data", 0, 0, nil},
	{"WindowData", 24, "Data", 0, 0, nil},
	{"DummyData", 32, "Data", 0, 0, nil},
	{"Input", 0, "Data", 0, 0, nil},
	{"Python", 0, "Data", 0, 0, nil},
	{"Silence", 36, "Data", 0, 0, nil},
	{"Accuracy", 1, "Data", 0, 0, nil},
}

// caffeTerms are Caffe's words.
var caffeTerms = map[string]string{
	"kernel_shape": "kernel_size", "strides": "stride", "dilations": "dilation", "pads": "pad", "ceil_mode": "round_mode", "size": "local_size", "bias": "k",
}

// caffeFields are the numbers of a message of parameters by field, those of type float by their bits.
type caffeFields map[int][]uint64

// maxCaffeNumbers bounds the numbers of one field of parameters.
const maxCaffeNumbers = 16

// step makes the operator of a layer of a kind, of which params are the parameters; a kind of V1 is a number.
func (r *caffeReader) step(name, kind string, old uint64, v1 bool, params map[int]wireField) (*Step, error) {
	s := &Step{Op: kind, Name: name, Node: "layer " + strconv.Quote(name), Group: 1, terms: caffeTerms}
	if v1 {
		s.Op = fmt.Sprintf("a layer of V1's type %d", old)
	}
	for _, k := range caffeKinds {
		if v1 && (k.v1 == 0 || k.v1 != old) || !v1 && k.name != kind {
			continue
		}
		s.Op = k.op
		field := k.field
		if v1 {
			field = k.old
		}
		f, ok := params[field]
		if !ok || k.read == nil {
			s.Unsaid = !ok
			return s, nil
		}
		fields, err := r.parameters(f)
		if err != nil {
			return nil, err
		}
		k.read(s, fields)
		return s, nil
	}
	return s, nil
}

func (r *caffeReader) parameters(field wireField) (caffeFields, error) {
	out := caffeFields{}
	err := r.each(field.start, field.next, func(f wireField) error {
		add := func(v uint64) error {
			if len(out[f.number]) < maxCaffeNumbers {
				out[f.number] = append(out[f.number], v)
			}
			return nil
		}
		switch f.kind {
		case wire32:
			v, err := r.float(f)
			if err != nil {
				return err
			}
			return add(uint64(math.Float32bits(v)))
		case wireVarint:
			return add(f.value)
		}
		if repeated := f.number == 3 || f.number == 4 || f.number == 6 || f.number == 18; repeated && f.next-f.start <= maxCaffeNumbers {
			if r.numbers(f, add) == nil { // packed; else a filler
				return nil
			}
		}
		if out[f.number] == nil {
			out[f.number] = []uint64{}
		}
		return nil
	})
	return out, err
}

func (p caffeFields) or(field int, usual uint64) uint64 {
	if v := p[field]; len(v) > 0 {
		return v[len(v)-1]
	}
	return usual
}

func (p caffeFields) float(field int, usual float32) float64 {
	return float64(math.Float32frombits(uint32(p.or(field, uint64(math.Float32bits(usual))))))
}

// sides are the numbers for height and width, from a field of both or from one of each; nil: not said.
func (p caffeFields) sides(both, height, width int) []int {
	v := p[both]
	switch {
	case len(p[height]) > 0 || len(p[width]) > 0:
		return []int{small(p.or(height, 0)), small(p.or(width, 0))}
	case len(v) == 1:
		return []int{small(v[0]), small(v[0])}
	}
	var out []int
	for _, n := range v {
		out = append(out, small(n))
	}
	return out
}

// small is a number that is 32 bits long where it is right.
func small(v uint64) int { return int(min(v, math.MaxInt32)) }

// around are the same pads before and after.
func around(pad []int) []int {
	if len(pad) == 0 {
		return nil
	}
	return append(append([]int(nil), pad...), pad...)
}

// unknown notes fields that caffe.proto has not: those of a fork.
func (s *Step) unknown(p caffeFields, last int) {
	for field, v := range p {
		if field > last {
			s.odd(fmt.Sprintf("field %d", field), "none, as in Caffe's own files", fmt.Sprint(v))
		}
	}
}

func (s *Step) caffeConv(p caffeFields) {
	s.Kernel, s.Strides, s.Pads = p.sides(4, 11, 12), p.sides(6, 13, 14), around(p.sides(3, 9, 10))
	s.Dilations, s.Group = p.sides(18, -1, -1), small(p.or(5, 1))
	s.NoBias = p.or(2, 1) == 0
	if axis := p.or(16, 1); axis != 1 {
		s.odd("axis", "1", fmt.Sprint(int32(axis)))
	}
	s.unknown(p, 18)
}

func (s *Step) caffeInner(p caffeFields) {
	s.NoBias = p.or(2, 1) == 0
	if axis := p.or(5, 1); axis != 1 {
		s.odd("axis", "1", fmt.Sprint(int32(axis)))
	}
	if p.or(6, 0) != 0 {
		s.odd("transpose", "false", "true")
	}
	s.unknown(p, 6)
}

func (s *Step) caffeLRN(p caffeFields) {
	size := small(p.or(1, 5))
	s.Norm = Norm{Size: size, K: p.float(5, 1), Alpha: p.float(2, 1) / float64(max(size, 1)), Beta: p.float(3, 0.75)}
	if p.or(4, 0) != 0 {
		s.odd("norm_region", "ACROSS_CHANNELS", "WITHIN_CHANNEL")
	}
	s.unknown(p, 6)
}

func (s *Step) caffePool(p caffeFields) {
	for _, field := range []int{2, 3, 4} { // of one number: the last counts
		if v := p[field]; len(v) > 1 {
			p[field] = v[len(v)-1:]
		}
	}
	s.Kernel, s.Strides, s.Pads = p.sides(2, 5, 6), p.sides(3, 7, 8), around(p.sides(4, 9, 10))
	switch method := p.or(1, 0); method {
	case 0:
	case 1:
		s.odd("pool", "MAX", "AVE")
	default:
		s.odd("pool", "MAX", fmt.Sprintf("method %d", method))
	}
	if p.or(12, 0) != 0 {
		s.odd("global_pooling", "false", "true")
	}
	s.Ceil = p.or(13, 0) == 0 // Caffe rounds up; its newest versions can do otherwise
	s.unknown(p, 13)
}

func (s *Step) caffeReLU(p caffeFields) {
	if slope := p.float(1, 0); slope != 0 {
		s.odd("negative_slope", "0", fmt.Sprint(slope))
	}
	s.unknown(p, 2)
}
