package protocol

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"fc7/heads/svm"
	"fc7/internal/half"
)

func one(v ...float32) svm.Block { return Block([][]float32{v}, len(v)) }

// values is row i of a matrix, put together.
func values(m svm.Matrix, i int) []float32 {
	var out []float32
	for _, b := range m.Blocks {
		for _, v := range b.Rows[i] {
			x := float64(v)
			if b.Scale != nil {
				x *= b.Scale[i]
			}
			out = append(out, float32(x))
		}
	}
	return out
}

// Rows that stay where they are, with factors, stand for the descriptors that other programs get, for every recipe.
func TestMatrixIsDescriptors(t *testing.T) {
	const n = 40
	r := rand.New(rand.NewPCG(5, 6))
	widths := []int{7, 7, 7}
	var flat [][]float32
	var blocks []svm.Block
	for s, w := range widths {
		x := make([]float32, n*w)
		for i := range x {
			x[i] = float32(math.Ldexp(max(0, r.NormFloat64()), 3*s))
		}
		clear(x[5*w : 6*w]) // a row of zeros at all scales
		clear(x[(6+s)*w : (7+s)*w])
		flat = append(flat, x)
		blocks = append(blocks, svm.Dense(x, w).Blocks[0])
	}
	for scales := 1; scales <= 3; scales++ {
		for _, how := range []How{Mean, Max, Stack} {
			for _, l2 := range []L2{L2After, L2Before, L2Both, L2None} {
				recipe := Recipe{Aggregate: how, L2: l2, Scales: []int{256, 384, 512}[:scales], Widths: widths[:scales]}
				want, _, err := recipe.Descriptors(flat[:scales], n)
				if err != nil {
					t.Fatal(err)
				}
				m, _, err := recipe.Matrix(blocks[:scales], n)
				if err != nil {
					t.Fatal(err)
				}
				if m.N != n || m.D != recipe.Width() {
					t.Fatalf("%v: %d x %d", recipe, m.N, m.D)
				}
				for i := range n {
					for d, v := range values(m, i) {
						if w := want[i*m.D+d]; math.Abs(float64(v-w)) > 3e-7*(1e-3+math.Abs(float64(w))) {
							t.Fatalf("%v: row %d value %d: %v, in one piece %v", recipe, i, d, v, w)
						}
					}
				}
				if copies := m.Blocks[0].Rows[1]; (how == Stack || scales == 1) && &copies[0] != &blocks[0].Rows[1][0] {
					t.Errorf("%v: rows were copied", recipe)
				}
			}
		}
	}
}

// A row that a scale lacks is missing, and disturbs no other.
func TestMatrixOfMissingRows(t *testing.T) {
	a, b := Block([][]float32{{3}, nil, {0}}, 1), Block([][]float32{{4}, {5}, {2}}, 1)
	for how, want := range map[How][]float32{Stack: {0, 1}, Mean: {1}} {
		m, _, err := Recipe{Aggregate: how, Scales: []int{1, 2}, Widths: []int{1, 1}}.Matrix([]svm.Block{a, b}, 3)
		if err != nil {
			t.Fatal(err)
		}
		if m.Blocks[0].Rows[1] != nil || !slices.Equal(values(m, 2), want) {
			t.Errorf("%s: %+v, last row %v, expected %v", how, m, values(m, 2), want)
		}
	}
}

func TestMatrixRefuses(t *testing.T) {
	r := Recipe{Aggregate: Stack, Scales: []int{256, 384}, Widths: []int{2, 2}}
	for want, blocks := range map[string][]svm.Block{
		"1 scales, expected 2":          {one(1, 2)},
		"scale 384: 1 rows of 3":        {one(1, 2), one(1, 2, 3)},
		"scale 256: 2 rows of 2":        {Block([][]float32{{1, 2}, {3, 4}}, 2), one(1, 2)},
		"scale 384: row 0 has 1 values": {one(1, 2), Block([][]float32{{1}}, 2)},
	} {
		if _, _, err := r.Matrix(blocks, 1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, expected %q", err, want)
		}
	}
	two, err := Fuse([]Recipe{r, r}, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := two.Stacked([]svm.Matrix{svm.Dense([]float32{1, 2}, 2)}); err == nil {
		t.Error("one table for two passed")
	}
	if _, err := two.Stacked([]svm.Matrix{svm.Dense([]float32{1, 2, 3, 4}, 4), svm.Dense(make([]float32, 8), 4)}); err == nil || !strings.Contains(err.Error(), "2 descriptors of 4 values, expected 1 of 4") {
		t.Error(err)
	}
}

// Rows in half precision make the descriptors of the same values in single precision, by each way of joining them.
func TestHalfBlocks(t *testing.T) {
	rows, halves := make([][]float32, 4), make([][]uint16, 4)
	for i := range rows {
		if i == 2 {
			continue // a row that is not there
		}
		for d := range 5 {
			h := half.FromFloat32(float32(i+1) / float32(d+3))
			rows[i], halves[i] = append(rows[i], half.Float32(h)), append(halves[i], h)
		}
	}
	for _, r := range []Recipe{
		{Aggregate: Stack, Scales: []int{1, 2}, Widths: []int{5, 5}},
		{Aggregate: Mean, Scales: []int{1, 2}, Widths: []int{5, 5}},
		{Aggregate: Max, Scales: []int{1, 2}, Widths: []int{5, 5}, L2: L2Both},
	} {
		want, _, err := r.Matrix([]svm.Block{Block(rows, 5), Block(rows, 5)}, 4)
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := r.Matrix([]svm.Block{HalfBlock(halves, 5), HalfBlock(halves, 5)}, 4)
		if err != nil {
			t.Fatal(err)
		}
		for k := range want.Blocks {
			w, g := want.Blocks[k], got.Blocks[k]
			if !slices.Equal(g.Scale, w.Scale) || !slices.Equal(g.Squares, w.Squares) {
				t.Errorf("%v: other factors or squares", r.Aggregate)
			}
			for i := range 4 {
				if g.Len(i) != w.Len(i) || !slices.Equal(g.Row(i, nil), w.Row(i, nil)) {
					t.Errorf("%v: row %d is %v, want %v", r.Aggregate, i, g.Row(i, nil), w.Row(i, nil))
				}
			}
		}
	}
}
