package train

import (
	"errors"
	"fmt"
	"hash"
	"hash/fnv"

	"github.com/chewxy/hm"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// number is what an op computes in: float32 to train, float64 to check gradients.
type number interface{ float32 | float64 }

// kernel is the arithmetic of an op. Its slices are dense and row-major, of the op's shapes; a scalar is a slice of one.
type kernel[T number] interface {
	// forward overwrites all of out.
	forward(out []T, in [][]T)
	// backward overwrites all of dx, the gradient of input i, given the output and its gradient dout.
	backward(i int, dx []T, in [][]T, out, dout []T)
}

// op makes a kernel an op of Gorgonia. It owns the tensor that it returns and overwrites it in the next run; so no reuse of
// registers by the tape machine can touch a value that is read after the run.
type op[T number] struct {
	kernel  kernel[T]
	name    string // tells it from other ops: Gorgonia takes ops of one name on the same inputs for one
	in      []tensor.Shape
	out     tensor.Shape // nil: a scalar
	differs []bool       // the inputs whose gradient is wanted
	result  *tensor.Dense
}

// apply adds an op to the graph of its inputs.
func apply[T number](o *op[T], inputs ...*gorgonia.Node) (*gorgonia.Node, error) {
	for _, n := range inputs {
		o.in = append(o.in, n.Shape())
	}
	n, err := gorgonia.ApplyOp(o, inputs...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.name, err)
	}
	return n, nil
}

func (o *op[T]) Arity() int { return len(o.in) }

func (o *op[T]) Type() hm.Type { return signature[T](append(o.in[:len(o.in):len(o.in)], o.out)) }

func (o *op[T]) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) { return o.out.Clone(), nil }

func (o *op[T]) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	in, err := floats[T](o.name, o.in, inputs)
	if err != nil {
		return nil, err
	}
	return compute(o.name, o.out, &o.result, func(out []T) { o.kernel.forward(out, in) })
}

func (o *op[T]) DiffWRT(int) []bool { return o.differs }

func (o *op[T]) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	grads := make(gorgonia.Nodes, len(inputs))
	for i, wanted := range o.differs {
		if !wanted {
			continue
		}
		children := append(inputs[:len(inputs):len(inputs)], output, grad)
		n, err := gorgonia.ApplyOp(&gradient[T]{of: o, i: i}, children...)
		if err != nil {
			return nil, fmt.Errorf("gradient of %s: %w", o.name, err)
		}
		grads[i] = n
	}
	return grads, nil
}

func (o *op[T]) ReturnsPtr() bool      { return false }
func (o *op[T]) CallsExtern() bool     { return false }
func (o *op[T]) OverwritesInput() int  { return -1 }
func (o *op[T]) String() string        { return fmt.Sprintf("%s%v", o.name, o.in) }
func (o *op[T]) WriteHash(h hash.Hash) { fmt.Fprint(h, o.String()) }
func (o *op[T]) Hashcode() uint32      { return hashcode(o) }

// gradient is the op of one input's gradient: its inputs are those of the op, the op's output and the gradient of that.
type gradient[T number] struct {
	of     *op[T]
	i      int
	result *tensor.Dense
}

func (g *gradient[T]) shapes() []tensor.Shape {
	return append(g.of.in[:len(g.of.in):len(g.of.in)], g.of.out, g.of.out)
}

func (g *gradient[T]) Arity() int    { return len(g.of.in) + 2 }
func (g *gradient[T]) Type() hm.Type { return signature[T](append(g.shapes(), g.of.in[g.i])) }

func (g *gradient[T]) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) {
	return g.of.in[g.i].Clone(), nil
}

func (g *gradient[T]) Do(inputs ...gorgonia.Value) (gorgonia.Value, error) {
	v, err := floats[T](g.String(), g.shapes(), inputs)
	if err != nil {
		return nil, err
	}
	n := len(g.of.in)
	return compute(g.String(), g.of.in[g.i], &g.result, func(dx []T) {
		g.of.kernel.backward(g.i, dx, v[:n], v[n], v[n+1])
	})
}

func (g *gradient[T]) ReturnsPtr() bool      { return false }
func (g *gradient[T]) CallsExtern() bool     { return false }
func (g *gradient[T]) OverwritesInput() int  { return -1 }
func (g *gradient[T]) String() string        { return fmt.Sprintf("gradient %d of %v", g.i, g.of) }
func (g *gradient[T]) WriteHash(h hash.Hash) { fmt.Fprint(h, g.String()) }
func (g *gradient[T]) Hashcode() uint32      { return hashcode(g) }

func hashcode(o interface{ WriteHash(hash.Hash) }) uint32 {
	h := fnv.New32a()
	o.WriteHash(h)
	return h.Sum32()
}

func dtype[T number]() tensor.Dtype {
	if _, ok := any(T(0)).(float32); ok {
		return tensor.Float32
	}
	return tensor.Float64
}

// signature is the type of a function from tensors of the first shapes to one of the last.
func signature[T number](shapes []tensor.Shape) hm.Type {
	types := make([]hm.Type, len(shapes))
	for i, s := range shapes {
		if len(s) == 0 {
			types[i] = dtype[T]()
		} else {
			types[i] = gorgonia.TensorType{Dims: len(s), Of: dtype[T]()}
		}
	}
	return hm.NewFnType(types...)
}

// floats are the numbers of values, which must have the shapes.
func floats[T number](name string, shapes []tensor.Shape, values []gorgonia.Value) ([][]T, error) {
	if len(values) != len(shapes) {
		return nil, fmt.Errorf("%s: %d inputs, expected %d", name, len(values), len(shapes))
	}
	f := make([][]T, len(values))
	for i, v := range values {
		var err error
		if f[i], err = numbers[T](v); err != nil {
			return nil, fmt.Errorf("%s: input %d: %w", name, i, err)
		}
		if len(f[i]) != shapes[i].TotalSize() {
			return nil, fmt.Errorf("%s: input %d has %d numbers, expected the shape %v", name, i, len(f[i]), shapes[i])
		}
	}
	return f, nil
}

func numbers[T number](v gorgonia.Value) ([]T, error) {
	if v == nil {
		return nil, errors.New("no value")
	}
	switch d := v.Data().(type) {
	case []T:
		return d, nil
	case T:
		return []T{d}, nil
	}
	return nil, fmt.Errorf("values of type %T", v.Data())
}

// compute runs f on the op's own tensor, made in the first run, or on a scalar. A panic becomes an error: the tape machine
// runs ops in a goroutine of its own, where nobody else could catch it.
func compute[T number](name string, shape tensor.Shape, result **tensor.Dense, f func([]T)) (v gorgonia.Value, err error) {
	defer func() {
		if r := recover(); r != nil {
			v, err = nil, fmt.Errorf("%s: %v", name, r)
		}
	}()
	if len(shape) == 0 {
		var one [1]T
		f(one[:])
		return scalar(one[0]), nil
	}
	if *result == nil {
		*result = newDense(shape, make([]T, shape.TotalSize()))
	}
	out, err := numbers[T](*result)
	if err != nil {
		return nil, err
	}
	f(out)
	return *result, nil
}

func scalar[T number](x T) gorgonia.Value {
	if dtype[T]() == tensor.Float32 {
		return gorgonia.NewF32(float32(x))
	}
	return gorgonia.NewF64(float64(x))
}

// newDense is a tensor on the slice, which it shares.
func newDense[T number](shape tensor.Shape, data []T) *tensor.Dense {
	return tensor.New(tensor.WithShape(shape.Clone()...), tensor.WithBacking(data))
}
