package train

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"fc7/internal/f32"
)

// numbered gives n numbers from -1 to 1, those of testdata/golden.py.
func numbered(n, seed int) []float32 {
	s := make([]float32, n)
	for i := range s {
		h := (uint64(i)*2654435761 + uint64(seed)*40503 + 12345) % 4294967296
		h = (h ^ h>>15) * 73244475 % 4294967296
		h = (h ^ h>>13) % 65536
		s[i] = float32(float64(h)/32768 - 1)
	}
	return s
}

// newShared is for kernels on their own, with n images.
func newShared(t *testing.T, n int) *shared {
	team := f32.NewTeam(2)
	t.Cleanup(team.Close)
	return &shared{ws: f32.NewWorkspace(team), n: n, pass: 1}
}

// checkKernel compares a kernel with its definition in double precision, and its gradients of Σ c·out, with fixed c,
// with central differences of the definition, for the first inputs (those that have a gradient). Where the definition
// has a kink within the difference, neither side is right, and the place is left out.
func checkKernel(t *testing.T, s *shared, k kernel, in [][]float32, inputs int, definition func(in [][]float64) []float64) {
	t.Helper()
	const h = 1e-5
	wide := make([][]float64, len(in))
	for i, x := range in {
		for _, v := range x {
			wide[i] = append(wide[i], float64(v))
		}
	}
	want := definition(wide)
	out := numbered(len(want), 98) // must be overwritten
	k.forward(out, in)
	compare(t, k, "output", out, want)
	c := numbered(len(want), 99)
	value := func() (sum float64) {
		for i, v := range definition(wide) {
			sum += float64(c[i]) * v
		}
		return sum
	}
	dout := make([]float32, len(c))
	for i := range inputs {
		var differences []float64
		middle := value()
		for j, x := range wide[i] {
			wide[i][j] = x + h
			up := value()
			wide[i][j] = x - h
			down := value()
			wide[i][j] = x
			d := (up - down) / (2 * h)
			if math.Abs((up-middle)-(middle-down)) > 1e-3*h*(1+math.Abs(d)) {
				d = math.NaN()
			}
			differences = append(differences, d)
		}
		s.pass++
		copy(dout, c)
		dx := numbered(len(in[i]), 5) // must be overwritten
		k.backward(i, dx, in, out, dout, false)
		compare(t, k, fmt.Sprintf("gradient of input %d", i), dx, differences)
	}
}

// compare demands agreement to the precision of single sums; a NaN is not compared, but may not be everything.
func compare(t *testing.T, k kernel, what string, got []float32, want []float64) {
	t.Helper()
	largest, compared := 0.0, 0
	for _, v := range want {
		if v == v {
			largest = max(largest, math.Abs(v))
			compared++
		}
	}
	if 2*compared < len(want) {
		t.Fatalf("%T: %s: only %d of %d values can be compared", k, what, compared, len(want))
	}
	for j, v := range want {
		if math.Abs(float64(got[j])-v) > 2e-5*(largest+1e-6) {
			t.Fatalf("%T: %s at %d is %v, expected %v (largest %v)", k, what, j, got[j], v, largest)
		}
	}
}

type panicking struct{ kernel }

func (panicking) forward([]float32, [][]float32) { panic("out of cheese") }

// The tape machine runs ops in its own goroutine: a panic there would end the program.
func TestOpPanicIsError(t *testing.T) {
	g := &graph{shared: newShared(t, 1), expr: gorgonia.NewGraph(), needs: map[*gorgonia.Node]bool{}}
	x, _ := g.input("x", tensor.Shape{2, 3})
	if _, err := g.apply("faulty", panicking{}, tensor.Shape{2, 3}, 0, x); err != nil {
		t.Fatal(err)
	}
	g.machine = gorgonia.NewTapeMachine(g.expr)
	if err := g.run(1, false); err == nil || !strings.Contains(err.Error(), "out of cheese") || !strings.Contains(err.Error(), "faulty") {
		t.Errorf("%v", err)
	}
}

func TestFloatsRefuses(t *testing.T) {
	v := gorgonia.Value(newDense(tensor.Shape{2, 2}, []float32{1, 2, 3, 4}))
	for name, f := range map[string]func() error{
		"shape": func() error { _, err := floats("op", []tensor.Shape{{2, 3}}, []gorgonia.Value{v}); return err },
		"type": func() error {
			d := tensor.New(tensor.WithShape(2, 2), tensor.WithBacking([]float64{1, 2, 3, 4}))
			_, err := floats("op", []tensor.Shape{{2, 2}}, []gorgonia.Value{d})
			return err
		},
		"count": func() error { _, err := floats("op", nil, []gorgonia.Value{v}); return err },
		"nil":   func() error { _, err := floats("op", []tensor.Shape{{2}}, []gorgonia.Value{nil}); return err },
	} {
		if f() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// Two ops of one kind on the same inputs but with other parameters must stay two.
func TestOpsAreTold(t *testing.T) {
	g := &graph{shared: newShared(t, 1), expr: gorgonia.NewGraph(), needs: map[*gorgonia.Node]bool{}}
	x, data := g.input("x", tensor.Shape{1, 2})
	w, weights := g.input("w", tensor.Shape{2, 2})
	b, _ := g.input("b", tensor.Shape{2})
	copy(data, []float32{-1, 2})
	copy(weights, []float32{1, 0, 0, 1})
	linearOp := func(name string, relu bool) *gorgonia.Node {
		n, err := g.apply(name, &linear{g.shared, masked{relu: relu}, f32.Dense{D: 2, O: 2}}, tensor.Shape{1, 2}, 0, x, w, b)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	plain, cut := linearOp("plain", false), linearOp("cut", true)
	g.machine = gorgonia.NewTapeMachine(g.expr)
	for range 2 {
		if err := g.run(1, false); err != nil {
			t.Fatal(err)
		}
		p, err1 := read(plain)
		c, err2 := read(cut)
		if err1 != nil || err2 != nil || p[0] != -1 || c[0] != 0 || c[1] != 2 {
			t.Errorf("%v %v %v %v", p, c, err1, err2)
		}
		data[1] = 2
	}
}
