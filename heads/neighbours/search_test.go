package neighbours

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"fc7/heads/svm"
	"fc7/internal/f32"
)

// drawn is n rows in two blocks with factors, non-negative as descriptors are, in groups that lie close together.
func drawn(seed uint64, n, d int) svm.Matrix {
	r := rand.New(rand.NewPCG(seed, 1))
	m := svm.Matrix{N: n, D: d}
	for at := 0; at < d; {
		width := max(1, (d-at)/2)
		b := svm.Block{Width: width}
		for i := range n {
			row := make([]float32, width)
			about := rand.New(rand.NewPCG(uint64(i%(n/7+1)), uint64(at)))
			for k := range row {
				row[k] = float32(max(0, about.NormFloat64()+0.2*r.NormFloat64()))
			}
			b.Rows, b.Scale = append(b.Rows, row), append(b.Scale, 0.5+r.Float64())
		}
		m.Blocks = append(m.Blocks, b)
		at += width
	}
	return m
}

// plain is the definition: all distances in float64, in order.
func plain(q, x svm.Matrix, same bool, k int) *Lists {
	value := func(m svm.Matrix, i int) (row []float64) {
		for _, b := range m.Blocks {
			for _, v := range b.Rows[i] {
				s := 1.0
				if b.Scale != nil {
					s = b.Scale[i]
				}
				row = append(row, s*float64(v))
			}
		}
		return row
	}
	var rows [][]float64
	for j := range x.N {
		rows = append(rows, value(x, j))
	}
	l := &Lists{}
	for i := range q.N {
		var all nearest[float64]
		from := value(q, i)
		for j, row := range rows {
			if same && i == j {
				continue
			}
			sum := 0.0
			for d := range row {
				sum += (from[d] - row[d]) * (from[d] - row[d])
			}
			all = append(all, near[float64]{-sum, int32(j)})
		}
		all = all.sorted()
		l.K = min(k, len(all))
		for _, n := range all[:l.K] {
			l.Rows, l.Squares = append(l.Rows, n.row), append(l.Squares, -n.value)
		}
	}
	return l
}

// alike compares lists; distances may differ by rounding.
func alike(t *testing.T, what string, got, want *Lists) {
	t.Helper()
	if got.K != want.K || !slices.Equal(got.Rows, want.Rows) {
		for i := range want.Rows {
			if got.K != want.K || got.Rows[i] != want.Rows[i] {
				t.Fatalf("%s: %d of each, neighbour %d of row %d is other; want %d of each", what, got.K, i%want.K, i/want.K, want.K)
			}
		}
	}
	for i, s := range want.Squares {
		if math.Abs(got.Squares[i]-s) > 1e-12*(1+s) {
			t.Fatalf("%s: distance %d is %g, want %g", what, i, got.Squares[i], s)
		}
	}
}

// The neighbours are those of the definition, over borders of blocks, of all pairs and of two sides.
func TestDefinition(t *testing.T) {
	if testing.Short() {
		t.Skip("no other goroutines than TestSameForAnyThreads has")
	}
	for _, c := range []struct{ n, d, k int }{{1, 3, 5}, {2, 1, 1}, {40, 6, 100}, {300, 31, 7}, {columns + 1, 9, 20}, {2*columns + 77, 40, 10}} {
		x := drawn(uint64(c.n), c.n, c.d)
		got, err := Within(t.Context(), x, Options{K: c.k, Threads: 3})
		if err != nil {
			t.Fatal(err)
		}
		alike(t, "within", got, plain(x, x, true, c.k))
		q := drawn(uint64(c.n+1), 1+c.n/2, c.d)
		if got, err = Among(t.Context(), q, x, Options{K: c.k}); err != nil {
			t.Fatal(err)
		}
		alike(t, "among", got, plain(q, x, false, c.k))
		if got.Len() != q.N {
			t.Fatalf("lists of %d rows, want %d", got.Len(), q.N)
		}
	}
}

// Groups of rows are smaller than their number where rows are long.
func TestManyGroups(t *testing.T) {
	if testing.Short() {
		t.Skip("no other goroutines than TestSameForAnyThreads has")
	}
	x := drawn(3, groupRows+2*columns+5, 4)
	got, err := Within(t.Context(), x, Options{K: 3})
	if err != nil {
		t.Fatal(err)
	}
	var rows []int
	for i := 0; i < x.N; i += 41 {
		rows = append(rows, i)
	}
	want := plain(some(x, rows), x, false, 4) // and the row itself, unless so many equal it
	for n, i := range rows {
		near, _ := got.Of(i)
		truth, _ := want.Of(n)
		truth = slices.DeleteFunc(slices.Clone(truth), func(r int32) bool { return int(r) == i })[:3]
		if !slices.Equal(near, truth) {
			t.Fatalf("row %d has the neighbours %v, want %v", i, near, truth)
		}
	}
	told := 0
	if _, err = Among(t.Context(), x, x, Options{K: 1, Progress: func(done, of int) { told = done - of + 1 }}); err != nil {
		t.Fatal(err)
	}
	if told != 1 {
		t.Errorf("the last progress is %d short", 1-told)
	}
}

// Any number of threads, and every set of kernels, gives the same numbers to the last bit.
func TestSameForAnyThreads(t *testing.T) {
	x, err := Unit(drawn(5, columns+300, 300))
	if err != nil {
		t.Fatal(err)
	}
	want, err := Within(t.Context(), x, Options{K: 12, Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	own := f32.Kernels()
	defer func() { _ = f32.Use(own) }()
	for _, set := range f32.Available() {
		if err := f32.Use(set); err != nil {
			t.Fatal(err)
		}
		for _, threads := range []int{1, 2, 5} {
			got, err := Within(t.Context(), x, Options{K: 12, Threads: threads})
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got.Rows, want.Rows) || !slices.Equal(got.Squares, want.Squares) {
				t.Errorf("%s kernels on %d threads give other numbers", set, threads)
			}
		}
	}
}

// Copies of a row, and rows that single precision cannot tell from it, are in order of distance, then of row: none is
// lost, however many there are.
func TestCrowd(t *testing.T) {
	const n, copies = 400, 90
	x := drawn(8, n, 25)
	for i := range copies {
		for k := range x.Blocks {
			b := &x.Blocks[k]
			row := slices.Clone(b.Rows[0])
			if i%3 == 1 {
				row[0] = math.Nextafter32(row[0]+1, float32(2+i))
			}
			b.Rows[n-1-4*i], b.Scale[n-1-4*i] = row, b.Scale[0]
		}
	}
	for _, k := range []int{1, 10, 50} {
		got, err := Within(t.Context(), x, Options{K: k})
		if err != nil {
			t.Fatal(err)
		}
		alike(t, "copies", got, plain(x, x, true, k))
	}
	rows, squares := must(t, x, 10).Of(0)
	if want := []int32{43, 51, 55, 63}; squares[9] != 0 || !slices.Equal(rows[:4], want) {
		t.Errorf("the copies of the first row are %v at %v", rows, squares)
	}
}

func must(t *testing.T, x svm.Matrix, k int) *Lists {
	t.Helper()
	l, err := Within(t.Context(), x, Options{K: k})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// Near-duplicates keep their distance: norms less products would give 0, or noise.
func TestNearDuplicates(t *testing.T) {
	row := make([]float32, 64)
	for i := range row {
		row[i] = 1
	}
	x := svm.Matrix{N: 3, D: 64, Blocks: []svm.Block{{Width: 64}}}
	for _, step := range []float32{0, 1e-6, 3e-6} {
		other := slices.Clone(row)
		other[7] += step
		x.Blocks[0].Rows = append(x.Blocks[0].Rows, other)
	}
	rows, squares := must(t, x, 2).Of(0)
	near := float64(x.Blocks[0].Rows[1][7]) - 1
	if rows[0] != 1 || squares[0] != near*near {
		t.Errorf("neighbours %v at %v, want the second at %v", rows, squares, near*near)
	}
}

// Rows of all sizes: what counts is their distance, not how long they are; zeros are rows like others.
func TestSizes(t *testing.T) {
	for _, factor := range []float64{1e-30, 1, 1e25} {
		x := drawn(11, 100, 16)
		for k := range x.Blocks {
			for i := range x.N {
				x.Blocks[k].Scale[i] *= factor
			}
			clear(x.Blocks[k].Rows[17])
			clear(x.Blocks[k].Rows[40])
		}
		got, want := must(t, x, 5), plain(x, x, true, 5)
		if !slices.Equal(got.Rows, want.Rows) {
			t.Errorf("rows times %g have other neighbours", factor)
		}
	}
	x, err := Unit(svm.Dense([]float32{0, 0, 3, 4, 6, 8}, 2))
	if err != nil {
		t.Fatal(err)
	}
	rows, squares := must(t, x, 2).Of(1)
	if !slices.Equal(rows, []int32{2, 0}) || squares[0] > 1e-30 || math.Abs(CosineDistance(squares[1])-0.5) > 1e-15 {
		t.Errorf("neighbours %v at %v", rows, squares)
	}
}

func TestRefused(t *testing.T) {
	nan := svm.Dense([]float32{1, 2, 3, float32(math.NaN())}, 2)
	missing := svm.Dense([]float32{1, 2, 3, 4}, 2)
	missing.Blocks[0].Rows[1] = nil
	short := svm.Dense([]float32{1, 2, 3, 4}, 2)
	short.D = 3
	for _, c := range []struct {
		x    svm.Matrix
		k    int
		want string
	}{
		{nan, 1, "row 1 has values that are not finite"},
		{missing, 1, "row 1 has 0 values, expected 2"},
		{short, 1, "2 columns in all, expected 3"},
		{svm.Dense([]float32{1, 2}, 1), 0, "0 neighbours"},
	} {
		if _, err := Within(t.Context(), c.x, Options{K: c.k}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %q", err, c.want)
		}
	}
	if _, err := Among(t.Context(), svm.Dense([]float32{1}, 1), svm.Dense([]float32{1, 2}, 2), Options{K: 1}); err == nil {
		t.Error("rows of two widths were compared")
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := Within(ctx, drawn(1, 50, 4), Options{K: 3}); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
}

// BenchmarkWithin tells the share of the peak that the whole search reaches, a multiply-add a pair and value.
func BenchmarkWithin(b *testing.B) {
	const n, d = 4096, 4096
	x := make([]float32, n*d)
	r := rand.New(rand.NewPCG(1, 1))
	for i := range x {
		x[i] = max(0, float32(r.NormFloat64()))
	}
	m, err := Unit(svm.Dense(x, d))
	if err != nil {
		b.Fatal(err)
	}
	peak := f32.Peak(0)
	b.ResetTimer()
	for b.Loop() {
		if _, err := Within(b.Context(), m, Options{K: 10}); err != nil {
			b.Fatal(err)
		}
	}
	rate := float64(n) * n * d * float64(b.N) / b.Elapsed().Seconds() / 1e9
	b.ReportMetric(rate, "GFLOP/s")
	b.ReportMetric(rate/peak, "of-peak")
}

// TestUnitKnowsSquares: rows with factors of their own get other ones, and the squares of what lies there are kept.
func TestUnitKnowsSquares(t *testing.T) {
	x := svm.Dense(slices.Concat(drawn(5, 20, 37).Blocks[0].Rows...), 18)
	for round := range 2 { // then of rows that have factors
		u, err := Unit(x)
		if err != nil {
			t.Fatal(err)
		}
		if known := u.Blocks[0].Squares != nil; known != (round == 0) {
			t.Errorf("round %d: squares are kept: %v", round, known)
		}
		for i := range u.N {
			if got := u.Square(i); math.Abs(got-1) > 1e-12 {
				t.Errorf("row %d: the square of the norm is %v", i, got)
			}
			for _, b := range u.Blocks {
				if b.Squares != nil && b.Squares[i] != svm.SquaredNorm(b.Rows[i]) {
					t.Errorf("row %d: a block says %v, of values whose square is %v", i, b.Squares[i], svm.SquaredNorm(b.Rows[i]))
				}
			}
		}
		x = u.Scaled(slices.Repeat([]float64{3}, u.N))
		for b := range x.Blocks {
			x.Blocks[b].Squares = nil
		}
	}
}
