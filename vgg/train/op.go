package train

import (
	"errors"
	"fmt"
	"hash"
	"hash/fnv"

	"github.com/chewxy/hm"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"fc7/internal/f32"
)

// kernel is the arithmetic of an op. Its slices are dense and row-major, of the op's shapes; a scalar is a slice of
// one.
type kernel interface {
	// forward overwrites out.
	forward(out []float32, in [][]float32)
	// backward overwrites dx, the gradient of input i, given the output and its gradient dout; where add is set, which
	// it is for parameters alone, it adds to dx. It may change dout, but only so that a second call finds the same.
	backward(i int, dx []float32, in [][]float32, out, dout []float32, add bool)
}

// shared is what the kernels of one graph have in common.
type shared struct {
	ws   *f32.Workspace
	n    int  // images of the batch that count; kernels leave the others alone
	add  bool // gradients of parameters are added to what is there
	pass int  // counts the runs
	// weight is that of an image in the mean over a step, for a loss whose targets do not hold it.
	weight float64
}

// masked cuts a gradient off where a ReLU did, once a run, whichever of an op's gradients comes first.
type masked struct {
	relu bool
	last int // pass in which it was done
}

func (m *masked) mask(s *shared, dout, out []float32) {
	if m.relu && m.last != s.pass {
		f32.Mask(s.ws, dout, out)
		m.last = s.pass
	}
}

// op makes a kernel an op of Gorgonia. It owns the tensor that it returns and overwrites it in the next run; so no
// reuse of registers by the tape machine can touch a value that is read after the run.
type op struct {
	kernel  kernel
	s       *shared
	name    string // tells it from other ops: Gorgonia takes ops of one name on the same inputs for one
	in      []tensor.Shape
	out     tensor.Shape // nil: a scalar
	params  []*param     // the inputs that are parameters; nil for the others
	differs []bool       // the inputs whose gradient is wanted
	result  *tensor.Dense
}

// apply adds an op to the graph of its inputs.
func apply(o *op, inputs ...*gorgonia.Node) (*gorgonia.Node, error) {
	for _, n := range inputs {
		o.in = append(o.in, n.Shape())
	}
	n, err := gorgonia.ApplyOp(o, inputs...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.name, err)
	}
	return n, nil
}

func (o *op) Arity() int { return len(o.in) }

func (o *op) Type() hm.Type { return signature(append(o.in[:len(o.in):len(o.in)], o.out)) }

func (o *op) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) { return o.out.Clone(), nil }

func (o *op) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	in, err := floats(o.name, o.in, inputs)
	if err != nil {
		return nil, err
	}
	return compute(o.name, o.out, &o.result, func(out []float32) { o.kernel.forward(out, in) })
}

func (o *op) DiffWRT(int) []bool { return o.differs }

func (o *op) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	grads := make(gorgonia.Nodes, len(inputs))
	for i, wanted := range o.differs {
		if !wanted {
			continue
		}
		g := &gradient{of: o, i: i}
		if p := o.params[i]; p != nil {
			g.result, g.parameter = p.shapedGradient, true
		}
		children := append(inputs[:len(inputs):len(inputs)], output, grad)
		n, err := gorgonia.ApplyOp(g, children...)
		if err != nil {
			return nil, fmt.Errorf("gradient of %s: %w", o.name, err)
		}
		grads[i] = n
	}
	return grads, nil
}

func (o *op) ReturnsPtr() bool      { return false }
func (o *op) CallsExtern() bool     { return false }
func (o *op) OverwritesInput() int  { return -1 }
func (o *op) String() string        { return fmt.Sprintf("%s%v", o.name, o.in) }
func (o *op) WriteHash(h hash.Hash) { fmt.Fprint(h, o.String()) }
func (o *op) Hashcode() uint32      { return hashcode(o) }

// gradient is the op of one input's gradient: its inputs are those of the op, the op's output and the gradient of that.
// The gradient of a parameter goes to the parameter's own memory, so that it exists once.
type gradient struct {
	of        *op
	i         int
	parameter bool
	result    *tensor.Dense
}

func (g *gradient) shapes() []tensor.Shape {
	return append(g.of.in[:len(g.of.in):len(g.of.in)], g.of.out, g.of.out)
}

func (g *gradient) Arity() int    { return len(g.of.in) + 2 }
func (g *gradient) Type() hm.Type { return signature(append(g.shapes(), g.of.in[g.i])) }

func (g *gradient) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) {
	return g.of.in[g.i].Clone(), nil
}

func (g *gradient) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	v, err := floats(g.String(), g.shapes(), inputs)
	if err != nil {
		return nil, err
	}
	n := len(g.of.in)
	return compute(g.String(), g.of.in[g.i], &g.result, func(dx []float32) {
		g.of.kernel.backward(g.i, dx, v[:n], v[n], v[n+1], g.parameter && g.of.s.add)
	})
}

func (g *gradient) ReturnsPtr() bool      { return false }
func (g *gradient) CallsExtern() bool     { return false }
func (g *gradient) OverwritesInput() int  { return -1 }
func (g *gradient) String() string        { return fmt.Sprintf("gradient %d of %v", g.i, g.of) }
func (g *gradient) WriteHash(h hash.Hash) { fmt.Fprint(h, g.String()) }
func (g *gradient) Hashcode() uint32      { return hashcode(g) }

func hashcode(o interface{ WriteHash(hash.Hash) }) uint32 {
	h := fnv.New32a()
	o.WriteHash(h)
	return h.Sum32()
}

// signature is the type of a function from tensors of the first shapes to one of the last.
func signature(shapes []tensor.Shape) hm.Type {
	types := make([]hm.Type, len(shapes))
	for i, s := range shapes {
		if len(s) == 0 {
			types[i] = tensor.Float32
		} else {
			types[i] = gorgonia.TensorType{Dims: len(s), Of: tensor.Float32}
		}
	}
	return hm.NewFnType(types...)
}

// floats are the numbers of values, which must have the shapes.
func floats(name string, shapes []tensor.Shape, values []gorgonia.Value) ([][]float32, error) {
	if len(values) != len(shapes) {
		return nil, fmt.Errorf("%s: %d inputs, expected %d", name, len(values), len(shapes))
	}
	f := make([][]float32, len(values))
	for i, v := range values {
		var err error
		if f[i], err = numbers(v); err != nil {
			return nil, fmt.Errorf("%s: input %d: %w", name, i, err)
		}
		if len(f[i]) != shapes[i].TotalSize() {
			return nil, fmt.Errorf("%s: input %d has %d numbers, expected the shape %v", name, i, len(f[i]), shapes[i])
		}
	}
	return f, nil
}

func numbers(v gorgonia.Value) ([]float32, error) {
	if v == nil {
		return nil, errors.New("no value")
	}
	switch d := v.Data().(type) {
	case []float32:
		return d, nil
	case float32:
		return []float32{d}, nil
	}
	return nil, fmt.Errorf("values of type %T", v.Data())
}

// compute runs f on the op's own tensor, made in the first run, or on a scalar. A panic becomes an error: the tape
// machine runs ops in a goroutine of its own, where nobody else could catch it.
func compute(name string, shape tensor.Shape, result **tensor.Dense, f func([]float32)) (v gorgonia.Value, err error) {
	defer func() {
		if r := recover(); r != nil {
			v, err = nil, fmt.Errorf("%s: %v", name, r)
		}
	}()
	if len(shape) == 0 {
		var one [1]float32
		f(one[:])
		return gorgonia.NewF32(one[0]), nil
	}
	if *result == nil {
		*result = newDense(shape, f32.Make(shape.TotalSize()))
	}
	out, err := numbers(*result)
	if err != nil {
		return nil, err
	}
	f(out)
	return *result, nil
}

// newDense is a tensor on the slice, which it shares.
func newDense(shape tensor.Shape, data []float32) *tensor.Dense {
	return tensor.New(tensor.WithShape(shape.Clone()...), tensor.WithBacking(data))
}
