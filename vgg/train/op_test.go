package train

import (
	"math"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// numbered gives n numbers from -1 to 1, those of testdata/golden.py.
func numbered[T number](n, seed int) []T {
	s := make([]T, n)
	for i := range s {
		h := (uint64(i)*2654435761 + uint64(seed)*40503 + 12345) % 4294967296
		h = (h ^ h>>15) * 73244475 % 4294967296
		h = (h ^ h>>13) % 65536
		s[i] = T(float64(h)/32768 - 1)
	}
	return s
}

// checkKernel compares the gradients of Σ c·out, with fixed c, with central differences in double precision, for the first
// inputs (those that have a gradient).
func checkKernel(t *testing.T, k kernel[float64], out int, in [][]float64, inputs int) {
	t.Helper()
	c := numbered[float64](out, 99)
	value := func() float64 {
		o := make([]float64, out)
		k.forward(o, in)
		sum := 0.0
		for i, v := range o {
			sum += c[i] * v
		}
		return sum
	}
	o := make([]float64, out)
	k.forward(o, in)
	for i := range inputs {
		dx := numbered[float64](len(in[i]), 5) // must be overwritten
		k.backward(i, dx, in, o, c)
		for j, x := range in[i] {
			const h = 1e-6
			in[i][j] = x + h
			up := value()
			in[i][j] = x - h
			down := value()
			in[i][j] = x
			if want := (up - down) / (2 * h); math.Abs(dx[j]-want) > 1e-7*(1+math.Abs(want)) {
				t.Fatalf("%T: gradient of input %d at %d is %v, differences give %v", k, i, j, dx[j], want)
			}
		}
	}
}

type panicking struct{ kernel[float32] }

func (panicking) forward([]float32, [][]float32) { panic("out of cheese") }

// The tape machine runs ops in its own goroutine: a panic there would end the program.
func TestOpPanicIsError(t *testing.T) {
	g := &graph[float32]{expr: gorgonia.NewGraph(), needs: map[*gorgonia.Node]bool{}}
	x, _ := g.input("x", tensor.Shape{2, 3})
	if _, err := g.apply("faulty", panicking{}, tensor.Shape{2, 3}, 0, x); err != nil {
		t.Fatal(err)
	}
	g.machine = gorgonia.NewTapeMachine(g.expr)
	if err := g.run(); err == nil || !strings.Contains(err.Error(), "out of cheese") || !strings.Contains(err.Error(), "faulty") {
		t.Errorf("%v", err)
	}
}

func TestFloatsRefuses(t *testing.T) {
	v := gorgonia.Value(newDense(tensor.Shape{2, 2}, []float32{1, 2, 3, 4}))
	for name, f := range map[string]func() error{
		"shape": func() error { _, err := floats[float32]("op", []tensor.Shape{{2, 3}}, []gorgonia.Value{v}); return err },
		"type":  func() error { _, err := floats[float64]("op", []tensor.Shape{{2, 2}}, []gorgonia.Value{v}); return err },
		"count": func() error { _, err := floats[float32]("op", nil, []gorgonia.Value{v}); return err },
		"nil":   func() error { _, err := floats[float32]("op", []tensor.Shape{{2}}, []gorgonia.Value{nil}); return err },
	} {
		if f() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// Two ops of one kind on the same inputs but with other parameters must stay two.
func TestOpsAreTold(t *testing.T) {
	g := &graph[float32]{expr: gorgonia.NewGraph(), needs: map[*gorgonia.Node]bool{}}
	x, data := g.input("x", tensor.Shape{1, 2})
	b, _ := g.input("b", tensor.Shape{2})
	copy(data, []float32{-1, 2})
	plain, err := g.apply("plain", bias[float32]{1, 2, 1, false}, tensor.Shape{1, 2}, 0, x, b)
	if err != nil {
		t.Fatal(err)
	}
	cut, err := g.apply("cut", bias[float32]{1, 2, 1, true}, tensor.Shape{1, 2}, 0, x, b)
	if err != nil {
		t.Fatal(err)
	}
	g.machine = gorgonia.NewTapeMachine(g.expr)
	for range 2 {
		if err := g.run(); err != nil {
			t.Fatal(err)
		}
		p, err1 := read[float32](plain)
		c, err2 := read[float32](cut)
		if err1 != nil || err2 != nil || p[0] != -1 || c[0] != 0 || c[1] != 2 {
			t.Errorf("%v %v %v %v", p, c, err1, err2)
		}
		data[1] = 2
	}
}
