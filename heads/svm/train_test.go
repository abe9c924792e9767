package svm

import (
	"context"
	"errors"
	"math"
	"reflect"
	"slices"
	"testing"
)

// Models and statistics are the same bit for bit for any number of threads and whichever classes are trained together.
func TestSameForAnyNumberOfThreads(t *testing.T) {
	p := several(100, 12, 13)
	o := Options{C: 3, Bias: 1, Epsilon: 1e-5, Seed: 5, Threads: 1}
	want, stats, err := Train(t.Context(), p, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, threads := range []int{2, 3, 8, 40} {
		o.Threads = threads
		got, s, err := Train(t.Context(), p, o)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) || !reflect.DeepEqual(s.Classes, stats.Classes) {
			t.Errorf("%d threads gave another result than 1", threads)
		}
	}
	for _, k := range []int{0, 6, 12} {
		alone := p
		alone.Y = p.Y[k : k+1]
		got, _, err := Train(t.Context(), alone, o)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got.Weights[0], want.Weights[k]) {
			t.Errorf("class %d alone gave another result than among %d", k, len(p.Y))
		}
	}
}

func TestSeedsAgree(t *testing.T) {
	p := several(150, 20, 2)
	a, sa, err := Train(t.Context(), p, Options{Epsilon: 1e-8, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	b, sb, err := Train(t.Context(), p, Options{Epsilon: 1e-8, Seed: 2, noShrinking: true})
	if err != nil {
		t.Fatal(err)
	}
	for k := range p.Y {
		if math.Abs(sa.Classes[k].Primal-sb.Classes[k].Primal) > 1e-9*sa.Classes[k].Primal {
			t.Errorf("class %d: primal %v and %v", k, sa.Classes[k].Primal, sb.Classes[k].Primal)
		}
		for d := range a.Weights[k] {
			if math.Abs(a.Weights[k][d]-b.Weights[k][d]) > 1e-6 {
				t.Errorf("class %d weight %d: %v and %v", k, d, a.Weights[k][d], b.Weights[k][d])
			}
		}
	}
}

// Rows picks rows as if the others were not there, and label 0 does so for one class.
func TestRowsAndZeroLabels(t *testing.T) {
	full := several(60, 6, 1)
	part := Problem{Y: [][]int8{nil}}
	var rows []int
	var x []float32
	for i := range full.X.N {
		if full.Y[0][i] != 0 && i%3 != 0 {
			rows = append(rows, i)
			x = append(x, full.row(i)...)
			part.Y[0] = append(part.Y[0], full.Y[0][i])
		}
	}
	part.X = Dense(x, full.X.D)
	o := Options{Epsilon: 1e-9}
	want, _, err := Train(t.Context(), part, o)
	if err != nil {
		t.Fatal(err)
	}
	full.Rows = rows
	got, _, err := Train(t.Context(), full, o)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Error("Rows gave another model than the rows alone")
	}
	full.Rows = nil
	for i := range full.X.N {
		if i%3 == 0 {
			full.Y[0][i] = 0
		}
	}
	got, s, err := Train(t.Context(), full, o)
	if err != nil {
		t.Fatal(err)
	}
	if s.Classes[0].Rows != part.X.N {
		t.Errorf("%d rows, expected %d", s.Classes[0].Rows, part.X.N)
	}
	for d := range want.Weights[0] {
		if math.Abs(got.Weights[0][d]-want.Weights[0][d]) > 1e-6 {
			t.Errorf("weight %d: %v with zero labels, %v without the rows", d, got.Weights[0][d], want.Weights[0][d])
		}
	}
}

func TestDegenerateProblems(t *testing.T) {
	line := func(y ...int8) Problem {
		return Problem{X: Dense([]float32{1, 2, 3}, 1), Y: [][]int8{y}}
	}
	for name, c := range map[string]struct {
		p      Problem
		o      Options
		primal float64
	}{
		// ½w² + Σ max(0, 1-wx)²: w = 2/3 has the first row active only: w - 2(1-w) = 0.
		"one class":          {line(1, 1, 1), Options{}, 1. / 3},
		"negatives only":     {line(-1, -1, -1), Options{}, 1. / 3},
		"no labels":          {line(0, 0, 0), Options{}, 0},
		"zero rows, squared": {Problem{X: Dense(make([]float32, 4), 2), Y: [][]int8{{1, -1}}}, Options{C: 2}, 4},
		"zero rows, hinge":   {Problem{X: Dense(make([]float32, 4), 2), Y: [][]int8{{1, -1}}}, Options{C: 2, Loss: Hinge}, 4},
		"single row":         {Problem{X: Dense([]float32{3}, 1), Y: [][]int8{{1}}}, Options{}, 1. / 19},
		"contradiction":      {Problem{X: Dense([]float32{1, 1}, 1), Y: [][]int8{{1, -1}}}, Options{}, 2},
	} {
		c.o.Epsilon = 1e-9
		m, s, err := Train(t.Context(), c.p, c.o)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := s.Classes[0]; math.Abs(got.Primal-c.primal) > 1e-8 || !got.Converged || math.Abs(got.Gap) > 1e-8 {
			t.Errorf("%s: %+v, expected primal %v", name, got, c.primal)
		}
		for _, w := range m.Weights[0] {
			if math.IsNaN(w) {
				t.Errorf("%s: weight NaN", name)
			}
		}
	}
}

// Extreme costs and values end with finite weights, and with statistics that do not promise more than there is.
func TestExtremes(t *testing.T) {
	for _, scale := range []float32{1e-18, 1e-6, 1, 1e6, 1e18} {
		p := several(30, 4, 2)
		for _, row := range p.X.Blocks[0].Rows {
			for d := range row {
				row[d] *= scale
			}
		}
		for _, c := range []float64{1e-30, 1e-9, 1, 1e9, 1e30} {
			for _, loss := range []Loss{SquaredHinge, Hinge, Logistic} {
				o := Options{C: c, Loss: loss, Bias: 1, MaxIterations: 100}
				m, s, err := Train(t.Context(), p, o)
				if err != nil {
					t.Fatal(err)
				}
				for k, st := range s.Classes {
					got := objective(p, k, m, o)
					if math.IsNaN(got) || math.IsInf(got, 0) || math.Abs(st.Primal-got) > 1e-6*got {
						t.Errorf("scale %g C %g %v: primal %v, from the weights %v", scale, c, loss, st.Primal, got)
					}
					if st.Converged != (st.Violation <= DefaultEpsilon) {
						t.Errorf("scale %g C %g %v: %+v", scale, c, loss, st)
					}
				}
			}
		}
	}
}

// Newton's method loses its way where values of 1e-6 meet a cost of 1e30; what descent had found is kept then, to the
// last bit.
func TestPolishKeepsTheBetter(t *testing.T) {
	p := several(30, 4, 2)
	for _, row := range p.X.Blocks[0].Rows {
		for d := range row {
			row[d] *= 1e-6
		}
	}
	for _, loss := range []Loss{SquaredHinge, Hinge} {
		o := Options{C: 1e30, Loss: loss, Bias: 1, MaxIterations: 10, noNewton: true}
		before, descent, err := Train(t.Context(), p, o)
		if err != nil {
			t.Fatal(err)
		}
		o.noNewton = false
		after, polished, err := Train(t.Context(), p, o)
		if err != nil {
			t.Fatal(err)
		}
		for k, was := range descent.Classes {
			now := polished.Classes[k]
			if now.NewtonSteps == 0 || now.Converged {
				t.Fatalf("%v: Newton's method was to fail: %+v", loss, now)
			}
			if was.NewtonSteps = now.NewtonSteps; now != was {
				t.Errorf("%v: descent ended with %+v, and Newton's method kept %+v", loss, was, now)
			}
			if !slices.Equal(before.Weights[k], after.Weights[k]) || before.Bias[k] != after.Bias[k] {
				t.Errorf("%v: class %d has other weights", loss, k)
			}
		}
	}
}

// The round in single precision ends where its noise hides what is left, not after its 100 passes.
func TestShortRoundEnds(t *testing.T) {
	for _, c := range []float64{0.01, 0.1} {
		o := Options{C: c, Epsilon: 1e-9, noNewton: true}
		_, s, err := Train(t.Context(), several(60, 20, 2), o)
		if err != nil {
			t.Fatal(err)
		}
		for k, st := range s.Classes {
			if !st.Converged || st.Iterations > shortPasses*3/4 {
				t.Errorf("C %g, class %d: %+v", c, k, st)
			}
		}
	}
}

// Weights of 1e38 and more are beyond single precision, in which the round of short weights would end with NaN. With
// rows x, x and -x of positive labels the minimum of ½‖w‖² + 2C (1 - wᵀx)² + C (1 + wᵀx)² is w = 2C x / (1 + 6C‖x‖²).
func TestBeyondSinglePrecision(t *testing.T) {
	x := []float32{3e-40, 1e-40, 3e-40, 1e-40, -3e-40, -1e-40}
	const c = 1e79
	m, s, err := Train(t.Context(), Problem{X: Dense(x, 2), Y: [][]int8{{1, 1, 1}}}, Options{C: c, Epsilon: 1e-9})
	if err != nil || !s.converged() {
		t.Fatalf("%+v, %v", s, err)
	}
	for d, v := range x[:2] {
		if want := 2 * c * float64(v) / (1 + 6*c*SquaredNorm(x[:2])); !(math.Abs(m.Weights[0][d]-want) <= 1e-6*want) {
			t.Errorf("weight %d is %g, want %g", d, m.Weights[0][d], want)
		}
	}
}

func TestHonestAboutTheLimit(t *testing.T) {
	p := several(200, 10, 1)
	o := Options{C: 1000, Epsilon: 1e-10, MaxIterations: 3, noNewton: true}
	_, s, err := Train(t.Context(), p, o)
	if err != nil {
		t.Fatal(err)
	}
	if c := s.Classes[0]; c.Converged || s.converged() || c.Iterations != 3 || c.Violation <= o.Epsilon {
		t.Errorf("%+v", c)
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := Train(ctx, several(100, 5, 4), Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestGroupSize(t *testing.T) {
	for _, c := range [][3]int{{1, 4096, 2}, {20, 4096, 2}, {20, 4096, 1}, {102, 512, 2}, {257, 12288, 16}, {3, 1 << 20, 2}} {
		size := groupSize(c[0], c[1], c[2])
		if size < 1 || size > 1 && size*c[1]*4 > groupBytes {
			t.Errorf("%v: groups of %d", c, size)
		}
		if groups := (c[0] + size - 1) / size; groups < min(c[0], c[2]) {
			t.Errorf("%v: %d groups leave threads idle", c, groups)
		}
	}
}

func BenchmarkTrain(b *testing.B) {
	p := several(1000, 256, 20)
	for b.Loop() {
		if _, _, err := Train(b.Context(), p, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
