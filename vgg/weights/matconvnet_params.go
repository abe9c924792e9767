package weights

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"fc7/internal/matfile"
)

// What MatConvNet's layers compute is in their fields (SimpleNN) or in those of their block (DagNN); see the manual of
// vl_nnconv, vl_nnpool, vl_nnnormalize and vl_simplenn_tidy for what they are and mean where they are left out.

// matconvnetOps are the operators of both kinds of nets.
var matconvnetOps = map[string]string{
	"conv": "Conv", "dagnn.Conv": "Conv", "pool": "MaxPool", "dagnn.Pooling": "MaxPool", "relu": "Relu", "dagnn.ReLU": "Relu",
	"lrn": "LRN", "normalize": "LRN", "dagnn.LRN": "LRN", "dropout": "Dropout", "dagnn.DropOut": "Dropout", "softmax": "Softmax", "dagnn.SoftMax": "Softmax",
}

var matconvnetTerms = map[string]string{
	"kernel_shape": "pool", "strides": "stride", "dilations": "dilate", "pads": "pad", "ceil_mode": "pad", "size": "param", "alpha": "param", "beta": "param", "bias": "param",
}

// step reads the operator of a layer of a type whose fields are those of v.
func (m *matconvnet) step(name, kind string, v matfile.Value) error {
	s := Step{Op: kind, Name: name, Node: "layer " + strconv.Quote(name), terms: matconvnetTerms}
	if op := matconvnetOps[kind]; op != "" {
		s.Op = op
	}
	read := matconvnetFields{v: v}
	switch s.Op {
	case "Conv":
		s.Strides, s.Pads, s.Dilations = read.sides("stride"), read.pads(), read.sides("dilate")
		read.options(&s)
		if s.Strides == nil && s.Pads == nil {
			s.Unsaid = true
		}
		if s.Pads == nil {
			s.Pads = []int{0, 0, 0, 0}
		}
	case "MaxPool":
		s.Kernel = read.sides("pool")
		if s.Kernel == nil {
			s.Kernel = read.sides("poolSize")
		}
		if s.Strides, s.Pads = read.sides("stride"), read.pads(); s.Strides == nil {
			s.Strides = []int{1, 1}
		}
		if method := read.text("method"); method != "max" && method != "" {
			s.odd("method", "max", method)
		}
		read.options(&s)
	case "LRN":
		if p := read.numbers("param"); len(p) == 4 {
			s.Norm = Norm{Size: int(min(max(p[0], 0), 1<<20)), K: p[1], Alpha: p[2], Beta: p[3]}
		} else {
			s.odd("param", "[N kappa alpha beta]", fmt.Sprint(p))
		}
	case "Relu":
		if leak := read.numbers("leak"); len(leak) > 0 && leak[0] != 0 {
			s.odd("leak", "0", fmt.Sprint(leak[0]))
		}
	}
	m.steps = append(m.steps, s)
	return read.err
}

// matconvnetFields reads fields of a struct; the first error stays.
type matconvnetFields struct {
	v   matfile.Value
	err error
}

func (f *matconvnetFields) field(name string) matfile.Value {
	v, err := fieldOf(f.v, 0, name)
	f.failed(name, err)
	return v
}

func (f *matconvnetFields) failed(name string, err error) {
	if err != nil && f.err == nil {
		f.err = fmt.Errorf("%s: %w", name, err)
	}
}

// maxMatConvNetNumbers bounds what is read of a field of settings.
const maxMatConvNetNumbers = 16

func (f *matconvnetFields) numbers(name string) []float64 {
	v := f.field(name)
	if v == nil || matfile.Len(v) > maxMatConvNetNumbers {
		return nil
	}
	n, err := matfile.Numbers(v)
	f.failed(name, err)
	return n
}

func (f *matconvnetFields) text(name string) string {
	v := f.field(name)
	if v == nil {
		return ""
	}
	t, err := matfile.Text(v)
	f.failed(name, err)
	return t
}

// sides are one number for both or two, height and width; nil: not said.
func (f *matconvnetFields) sides(name string) []int {
	n := f.whole(name)
	if len(n) == 1 {
		return []int{n[0], n[0]}
	}
	return n
}

// whole are numbers that must be whole to be right: others become -1.
func (f *matconvnetFields) whole(name string) (out []int) {
	for _, v := range f.numbers(name) {
		if n := int(v); v == float64(n) && v >= 0 && v < 1<<20 {
			out = append(out, n)
		} else {
			out = append(out, -1)
		}
	}
	return out
}

// pads are those of top, bottom, left and right, in ONNX's order.
func (f *matconvnetFields) pads() []int {
	switch n := f.whole("pad"); len(n) {
	case 0:
		return nil
	case 1:
		return []int{n[0], n[0], n[0], n[0]}
	case 4:
		return []int{n[0], n[2], n[1], n[3]}
	default:
		return append(n, -1) // no number of pads that there may be
	}
}

// options are arguments for vl_nnconv and vl_nnpool: some say how to compute, others would change what.
func (f *matconvnetFields) options(s *Step) {
	list := f.field("opts")
	if list == nil || list.Class() != "cell" {
		return
	}
	for i := range min(matfile.Len(list), maxMatConvNetNumbers) {
		v, err := list.Cell(i)
		if err != nil {
			f.failed("opts", err)
			return
		}
		if v.Class() != "char" {
			continue
		}
		t, err := matfile.Text(v)
		if err != nil {
			f.failed("opts", err)
			return
		}
		if !slices.Contains([]string{"cudnn", "nocudnn", "verbose", "cudnnworkspacelimit"}, strings.ToLower(t)) {
			s.odd("opts", "options of cuDNN", t)
		}
	}
}
