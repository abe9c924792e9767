package svm

import (
	"math"
	"strings"
	"testing"
)

// cut is the same problem in three blocks of rows with factors; stretch tells by what power of two rows are from what
// they stand for.
func cut(p Problem, stretch int) Problem {
	edges := []int{0, p.X.D / 3, p.X.D / 2, p.X.D}
	m := Matrix{N: p.X.N, D: p.X.D}
	for n, at := range edges[1:] {
		b := Block{Width: at - edges[n]}
		for r := range p.X.N {
			f := float32(math.Ldexp(1, r%3+n*stretch))
			var row []float32
			for _, v := range p.row(r)[edges[n]:at] {
				row = append(row, f*v)
			}
			b.Rows, b.Scale = append(b.Rows, row), append(b.Scale, 1/float64(f))
		}
		m.Blocks = append(m.Blocks, b)
	}
	for r := range m.N { // one block knows its squares
		m.Blocks[1].Squares = append(m.Blocks[1].Squares, SquaredNorm(m.Blocks[1].Rows[r]))
	}
	p.X = m
	return p
}

// Rows in pieces with factors give the model of the rows that they stand for, by each method of the solver.
func TestBlocksAgreeWithDense(t *testing.T) {
	p := several(120, 15, 3)
	for _, stretch := range []int{0, 2, -2, 50, -50} { // the last two are more than single precision is trusted with
		q := cut(p, stretch)
		for _, o := range []Options{
			{C: 1}, {C: 1e7, Bias: 1, MaxIterations: 20}, {Loss: Hinge, C: 0.5}, {Loss: Logistic, C: 3, Bias: 2}, {Loss: Logistic, C: 1e6},
		} {
			o.Epsilon = 1e-6
			want, a, err := Train(t.Context(), p, o)
			if err != nil {
				t.Fatal(err)
			}
			got, b, err := Train(t.Context(), q, o)
			if err != nil {
				t.Fatal(err)
			}
			for k := range p.Y {
				x, y := a.Classes[k], b.Classes[k]
				if math.Abs(x.Primal-y.Primal) > 1e-6*x.Primal || x.Converged != y.Converged {
					t.Errorf("stretch %d %+v class %d: %+v in one piece, %+v in three", stretch, o, k, x, y)
				}
				if from := objective(q, k, got, o); math.Abs(from-y.Primal) > 1e-9*from {
					t.Errorf("stretch %d %+v class %d: primal %v, from the weights %v", stretch, o, k, y.Primal, from)
				}
			}
			one, err := want.DecisionBatch(p.X, nil)
			if err != nil {
				t.Fatal(err)
			}
			three, err := got.DecisionBatch(q.X, nil)
			if err != nil {
				t.Fatal(err)
			}
			for k := range one {
				for i := range one[k] {
					if math.Abs(one[k][i]-three[k][i]) > 1e-3*(1+math.Abs(one[k][i])) {
						t.Fatalf("stretch %d %+v class %d row %d: score %v in one piece, %v in three", stretch, o, k, i, one[k][i], three[k][i])
					}
				}
			}
		}
	}
}

// LIBLINEAR's optima are found for rows in pieces too.
func TestObjectivesOfLIBLINEARInPieces(t *testing.T) {
	for name, cases := range readGolden(t, "golden.json") {
		if _, ok := recipes[name]; !ok {
			continue
		}
		p := cut(problemNamed(t, name), 1)
		if p.X.D < 3 {
			continue // blocks have a column at least
		}
		for _, g := range cases {
			o := g.options()
			o.Epsilon = 1e-7
			m, s, err := Train(t.Context(), p, o)
			if err != nil {
				t.Fatal(err)
			}
			if got := objective(p, 0, m, o); !s.converged() || math.Abs(got-g.Objective) > 1e-5*g.Objective {
				t.Errorf("%s %+v: primal %v, LIBLINEAR %v", name, o, got, g.Objective)
			}
		}
	}
}

func TestSquare(t *testing.T) {
	m := Matrix{N: 2, D: 3, Blocks: []Block{
		{Width: 2, Rows: [][]float32{{3, 4}, {0, 0}}, Scale: []float64{0.5, math.Inf(1)}},
		{Width: 1, Rows: [][]float32{{2}, {5}}, Squares: []float64{4, 25}},
	}}
	if a, b := m.Square(0), m.Square(1); a != 25./4+4 || b != 25 {
		t.Error(a, b)
	}
}

func TestBadMatrices(t *testing.T) {
	block := func() Block { return Block{Width: 2, Rows: [][]float32{{1, 2}, {3, 4}}} }
	for name, c := range map[string]struct {
		change func(*Matrix)
		want   string
	}{
		"few rows":       {func(m *Matrix) { m.Blocks[0].Rows = m.Blocks[0].Rows[:1] }, "with 1 rows"},
		"few factors":    {func(m *Matrix) { m.Blocks[0].Scale = []float64{1} }, "1 factors"},
		"few squares":    {func(m *Matrix) { m.Blocks[1].Squares = []float64{1} }, "1 squares"},
		"narrow":         {func(m *Matrix) { m.D = 5 }, "4 columns in all, expected 5"},
		"no row":         {func(m *Matrix) { m.Blocks[1].Rows[1] = nil }, "row 1 has 0 values"},
		"infinite value": {func(m *Matrix) { m.Blocks[1].Rows[1][0] = float32(math.Inf(1)) }, "row 1, column 2"},
		"no width":       {func(m *Matrix) { m.Blocks[0].Width = 0 }, "a block of 0 columns"},
		"far too large":  {func(m *Matrix) { m.Blocks[0].Scale = []float64{1, 1e200} }, "norm of row 1 overflows"},
	} {
		m := Matrix{N: 2, D: 4, Blocks: []Block{block(), block()}}
		c.change(&m)
		if _, _, err := Train(t.Context(), Problem{X: m, Y: [][]int8{{1, -1}}}, Options{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, expected %q", name, err, c.want)
		}
	}
}
