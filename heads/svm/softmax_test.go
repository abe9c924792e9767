package svm

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// blobs is n rows of d values of k classes that overlap.
func blobs(n, d, k int) (x []float32, class []int) {
	r := rand.New(rand.NewPCG(uint64(n), uint64(d)))
	mean := make([]float64, k*d)
	for i := range mean {
		mean[i] = r.NormFloat64()
	}
	for i := range n {
		c := i % k
		class = append(class, c)
		for j := range d {
			x = append(x, float32(mean[c*d+j]+1.5*r.NormFloat64()+0.3*float64(j%3)))
		}
	}
	return x, class
}

// multinomial is f and the norm of its gradient, from their definitions, of W and b; of two classes in w = W_1 - W_0.
func multinomial(m *Model, x []float32, class []int, c float64) (f, norm float64) {
	k, d := len(m.Weights), m.D
	grad := make([][]float64, k)
	for i := range grad {
		grad[i] = append(append([]float64{}, m.Weights[i]...), 0)
		square := dot64(m.Weights[i], m.Weights[i])
		if k == 2 { // ½‖w‖² = ‖w/2‖² twice
			square *= 2
		}
		f += square / 2
	}
	for i, own := range class {
		row, z, sum := x[i*d:(i+1)*d], make([]float64, k), 0.0
		for j := range z {
			z[j] = dot(row, m.Weights[j]) + m.Bias[j]
			sum += math.Exp(z[j])
		}
		f += c * (math.Log(sum) - z[own])
		for j := range z {
			p := math.Exp(z[j]) / sum
			if j == own {
				p--
			}
			axpy(c*p, row, grad[j])
			grad[j][d] += c * p
		}
	}
	if k == 2 {
		w := append([]float64{}, grad[1]...)
		for j := range d {
			w[j] += m.Weights[1][j] // that of w = 2 W_1
		}
		return f, math.Sqrt(dot64(w, w))
	}
	for _, g := range grad {
		norm += dot64(g, g)
	}
	return f, math.Sqrt(norm)
}

// TestSoftmaxOptimum: the objective that is told is that of the model, whose gradient is as near 0 as the tolerance
// asks.
func TestSoftmaxOptimum(t *testing.T) {
	for _, c := range []struct {
		n, d, k int
		cost    float64
	}{{90, 5, 3, 1}, {90, 5, 3, 100}, {60, 4, 2, 1}, {60, 4, 2, 30}, {50, 300, 2, 1}, {700, 20, 7, 0.1}, {1200, 255, 40, 10}, {1200, 256, 5, 1}, {40, 600, 4, 1000}} {
		x, class := blobs(c.n, c.d, c.k)
		p := Problem{X: Dense(x, c.d), Y: OneVsRest(class, c.k)}
		m, stats, err := Train(t.Context(), p, Options{C: c.cost, Loss: Softmax})
		if err != nil {
			t.Fatal(err)
		}
		f, norm := multinomial(m, x, class, c.cost)
		s := stats.Classes[0]
		if !s.Converged || math.Abs(f-s.Primal) > 2e-6*f || norm*norm/2 > 4e-6*f {
			t.Errorf("%+v: f %g, told %g; |gradient| %g, %+v", c, f, s.Primal, norm, s)
		}
		if s.Rows != c.n || s.Positives != (c.n+c.k-1)/c.k {
			t.Errorf("%+v: %+v", c, s)
		}
	}
}

// TestSoftmaxPreconditioned: the guess of the inverse Hessian changes the steps only.
func TestSoftmaxPreconditioned(t *testing.T) {
	x, class := blobs(600, 30, 6)
	p := Problem{X: Dense(x, 30), Y: OneVsRest(class, 6)}
	o, err := Options{C: 5, Loss: Softmax, Epsilon: 1e-4}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	s, err := newSoftmax(t.Context(), p, p.all(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.team.Close()
	with, err := s.minimise(o)
	if err != nil || s.gram == nil {
		t.Fatal(err, s.gram == nil)
	}
	clear(s.w)
	m := &minimiser{softmax: s, o: o, plain: true}
	without, err := m.run()
	if err != nil || math.Abs(with.f-without.f) > 1e-6*with.f || with.passes >= without.passes {
		t.Errorf("%v: %+v with it, %+v without", err, with, without)
	}
}

// TestFactor: what M's factors make of M's columns is the identity; where rounding leaves M without a positive pivot,
// they stay finite and descend.
func TestFactor(t *testing.T) {
	x, class := blobs(300, 150, 3)
	p := Problem{X: Dense(x, 150), Y: OneVsRest(class, 3)}
	o, _ := Options{C: 1, Loss: Softmax}.withDefaults()
	for _, scale := range []float64{1, 1e7} {
		s, err := newSoftmax(t.Context(), p, p.all(), o)
		if err != nil {
			t.Fatal(err)
		}
		defer s.team.Close()
		o.C = scale
		m := &minimiser{softmax: s, o: o, curve: 0.2}
		if err := m.precondition(); err != nil {
			t.Fatal(err)
		}
		w := s.width
		mat := &factor{m: make([]float32, w*w)}
		mat.fill(s, 0.2*scale)
		for j := 0; j < w; j += s.k {
			v := make([]float64, s.k*w)
			for c := range min(s.k, w-j) {
				for i := range w {
					v[c*w+i] = float64(mat.m[min(i, j+c)*w+max(i, j+c)])
				}
			}
			before := slices.Clone(v)
			m.inverse.apply(s, v)
			for c := range min(s.k, w-j) {
				down := 0.0
				for i := range w {
					down += v[c*w+i] * before[c*w+i]
					if want := map[bool]float64{true: 1}[i == j+c]; scale == 1 && math.Abs(v[c*w+i]-want) > 1e-3 {
						t.Fatalf("%d, %d: %g", i, j+c, v[c*w+i])
					}
				}
				if !(down > 0) || math.IsInf(down, 0) {
					t.Fatalf("C = %g, column %d: %g", o.C, j+c, down)
				}
			}
		}
	}
}

// TestSoftmaxIsReproducible: the same bits for any number of threads.
func TestSoftmaxIsReproducible(t *testing.T) {
	x, class := blobs(1100, 70, 20)
	p := Problem{X: Dense(x, 70), Y: OneVsRest(class, 20)}
	var want *Model
	for _, threads := range []int{1, 2, 7} {
		got, _, err := Train(t.Context(), p, Options{C: 3, Loss: Softmax, Threads: threads})
		if err != nil {
			t.Fatal(err)
		}
		if want == nil {
			want = got
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%d threads gave another result than 1", threads)
		}
	}
}

// TestSoftmaxBlocks: rows in blocks with factors are those that they stand for, and rows of no label are left out.
func TestSoftmaxBlocks(t *testing.T) {
	x, class := blobs(80, 6, 4)
	whole := Problem{X: Dense(x, 6), Y: OneVsRest(class, 4)}
	left, right := make([]float32, 0, 240), make([]float32, 0, 240)
	half := make([]float64, 80)
	for i := range 80 {
		left = append(left, x[6*i:6*i+2]...)
		for _, v := range x[6*i+2 : 6*i+6] {
			right = append(right, 2*v)
		}
		half[i] = 0.5
	}
	a, b := Dense(left, 2), Dense(right, 4).Scaled(half)
	parts := Problem{X: Matrix{N: 80, D: 6, Blocks: []Block{a.Blocks[0], b.Blocks[0]}}, Y: whole.Y}
	parts.X.Blocks[1].Scale = half
	want, _, err := Train(t.Context(), whole, Options{Loss: Softmax})
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := Train(t.Context(), parts, Options{Loss: Softmax})
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v: another model", err)
	}
	few := class[:60:60]
	for range 20 {
		few = append(few, -1)
	}
	got, stats, err := Train(t.Context(), Problem{X: whole.X, Y: OneVsRest(few, 4)}, Options{Loss: Softmax})
	if err != nil || stats.Classes[0].Rows != 60 {
		t.Fatal(err, stats)
	}
	want, _, err = Train(t.Context(), Problem{X: Dense(x[:360], 6), Y: OneVsRest(class[:60], 4)}, Options{Loss: Softmax})
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v: rows of no label count", err)
	}
}

// TestSoftmaxStandardised: a model of standardised columns is that of rows that are standardised before, for rows as
// they are.
func TestSoftmaxStandardised(t *testing.T) {
	const n, d, k = 120, 5, 3
	x, class := blobs(n, d, k)
	for i := range n {
		x[i*d+1] = 40 + 100*x[i*d+1]
		x[i*d+4] = 7 // nothing to divide by
	}
	p := Problem{X: Dense(x, d), Y: OneVsRest(class, k)}
	m, stats, err := Train(t.Context(), p, Options{C: 2, Loss: Softmax, Standardise: true, Epsilon: 1e-4})
	if err != nil {
		t.Fatal(err)
	}
	by := make([]float32, len(x))
	for j := range d {
		mean, square := 0.0, 0.0
		for i := range n {
			mean += float64(x[i*d+j]) / n
		}
		for i := range n {
			square += (float64(x[i*d+j]) - mean) * (float64(x[i*d+j]) - mean) / n
		}
		for i := range n {
			by[i*d+j] = float32((float64(x[i*d+j]) - mean) / max(math.Sqrt(square), 1e-9))
		}
	}
	q := Problem{X: Dense(by, d), Y: p.Y}
	w, other, err := Train(t.Context(), q, Options{C: 2, Loss: Softmax, Epsilon: 1e-4})
	if err != nil || math.Abs(other.Classes[0].Primal-stats.Classes[0].Primal) > 1e-6*other.Classes[0].Primal {
		t.Fatal(err, other.Classes[0].Primal, stats.Classes[0].Primal)
	}
	a, err := m.DecisionBatch(p.X, nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := w.DecisionBatch(q.X, nil)
	if err != nil {
		t.Fatal(err)
	}
	for c := range a {
		for i := range a[c] {
			if math.Abs(a[c][i]-b[c][i]) > 0.01 {
				t.Fatalf("class %d, row %d: %g, want %g", c, i, a[c][i], b[c][i])
			}
		}
	}
}

// TestSoftmaxPath: each model of a path is the one of its cost.
func TestSoftmaxPath(t *testing.T) {
	x, class := blobs(200, 12, 5)
	p := Problem{X: Dense(x, 12), Y: OneVsRest(class, 5)}
	costs := []float64{10, 0.1, 1}
	models, stats, err := TrainPath(t.Context(), p, Options{Loss: Softmax}, costs)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range costs {
		_, one, err := Train(t.Context(), p, Options{C: c, Loss: Softmax})
		if err != nil {
			t.Fatal(err)
		}
		f, _ := multinomial(models[i], x, class, c)
		if want := one.Classes[0].Primal; math.Abs(f-want) > 3e-6*want || !stats[i].converged() {
			t.Errorf("C = %g: %g, want %g", c, f, want)
		}
	}
}

func TestSoftmaxRefuses(t *testing.T) {
	x, class := blobs(30, 4, 3)
	p := Problem{X: Dense(x, 4), Y: OneVsRest(class, 3)}
	for _, c := range []struct {
		o      Options
		change func(y [][]int8)
		want   string
	}{
		{o: Options{Bias: 1}, want: "intercepts of its own"},
		{o: Options{PositiveWeight: 2}, want: "weights of 2 and 1"},
		{o: Options{C: -1}, want: "C is -1"},
		{change: func(y [][]int8) { y[1][0] = 1 }, want: "row 0 is of class 0 and of class 1"},
		{change: func(y [][]int8) { y[0][0] = -1 }, want: "row 0 is of none of the classes"},
		{change: func(y [][]int8) {
			for k := range y {
				clear(y[k])
			}
		}, want: "0 rows of 3 classes"},
	} {
		q := Problem{X: p.X, Y: OneVsRest(class, 3)}
		if c.change != nil {
			c.change(q.Y)
		}
		c.o.Loss = Softmax
		if _, _, err := Train(t.Context(), q, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
	if _, _, err := Train(t.Context(), p, Options{Standardise: true}); err == nil || !strings.Contains(err.Error(), "softmax can standardise") {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := Train(ctx, p, Options{Loss: Softmax}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	q := Problem{X: p.X, Y: p.Y[:1]}
	for i := range q.Y[0] {
		q.Y[0][i] = 1
	}
	if _, _, err := Train(t.Context(), q, Options{Loss: Softmax}); err == nil || !strings.Contains(err.Error(), "at least two") {
		t.Error(err)
	}
}

func TestExp(t *testing.T) {
	for x := 0.0; x > -699; x -= 0.0137 {
		if got, want := exp(x), math.Exp(x); math.Abs(got-want) > 1e-9*want {
			t.Fatalf("exp(%g): %g, want %g", x, got, want)
		}
	}
	if got := fmt.Sprint(exp(-701), exp(math.Inf(-1)), exp(math.NaN()), exp(0)); got != "0 0 0 1" {
		t.Error(got)
	}
}

// TestExps: four at a time are, to the last bit, one at a time.
func TestExps(t *testing.T) {
	var x []float64
	for v := 0.0; v > -720; v -= 0.731 {
		x = append(x, v)
	}
	x = append(x, math.Inf(-1), -3, math.NaN(), -1)
	for n := range 9 {
		got := slices.Clone(x[len(x)-n:])
		exps(got, 0)
		for i, v := range x[len(x)-n:] {
			if got[i] != exp(v) {
				t.Errorf("%d: exp(%g) is %g, alone %g", n, v, got[i], exp(v))
			}
		}
	}
	got := slices.Clone(x)
	sum, want := exps(got, 2), 0.0
	for i, v := range x {
		if got[i] != exp(v-2) {
			t.Errorf("exp(%g) is %g, alone %g", v-2, got[i], exp(v-2))
		}
		want += got[i]
	}
	if math.Abs(sum-want) > 1e-14*want {
		t.Errorf("the sum is %g, not %g", sum, want)
	}
}

// TestSoftmaxWithoutScores: where there is no room for the scores of all rows, steps are tried, to the same end.
func TestSoftmaxWithoutScores(t *testing.T) {
	for _, classes := range []int{2, 6} {
		x, class := blobs(600, 30, classes)
		p := Problem{X: Dense(x, 30), Y: OneVsRest(class, classes)}
		o, err := Options{C: 50, Loss: Softmax}.withDefaults()
		if err != nil {
			t.Fatal(err)
		}
		var ends [2]ending
		for i := range ends {
			s, err := newSoftmax(t.Context(), p, p.all(), o)
			if err != nil {
				t.Fatal(err)
			}
			defer s.team.Close()
			if i == 1 {
				s.kept = nil
			}
			if ends[i], err = s.minimise(o); err != nil || !ends[i].converged {
				t.Errorf("%v: %+v", err, ends[i])
			}
		}
		if a, b := ends[0], ends[1]; math.Abs(a.f-b.f) > 2e-6*a.f || a.passes > b.passes {
			t.Errorf("%d classes: %+v with scores, %+v without", classes, a, b)
		}
	}
}

// TestSomeProducts: some of the rows stand for all in XᵀX, whichever tile they are in, in order of their classes too.
func TestSomeProducts(t *testing.T) {
	const n, d = 3*softmaxTile + 71, 300
	x, class := blobs(n, d, 3)
	p := Problem{X: Dense(x, d), Y: OneVsRest(class, 3)}
	o, _ := Options{Loss: Softmax}.withDefaults()
	s, err := newSoftmax(t.Context(), p, p.all(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.team.Close()
	every := s.every()
	if err := s.products(); err != nil || every < 3 {
		t.Fatal(err, every)
	}
	for _, at := range [][2]int{{0, 0}, {7, 290}, {d, d}, {3, d}} {
		want, used := 0.0, 0.0
		for i := 0; i < n; i += every {
			of := func(j int) float64 {
				if j == d {
					return 1
				}
				return float64(x[i*d+j])
			}
			want += of(at[0]) * of(at[1])
			used++
		}
		want *= n / used
		if got := float64(s.gram[at[0]*s.width+at[1]]); math.Abs(got-want) > 1e-4*math.Max(1, math.Abs(want)) {
			t.Errorf("%v: %g, want %g", at, got, want)
		}
	}
}
