package tsne

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"
	"time"

	"fc7/heads/neighbours"
	"fc7/heads/svm"
	"fc7/internal/f32"
)

// clusters are n rows of d values around so many centres, by turns.
func clusters(n, d, centres int) svm.Matrix {
	x := make([]float32, n*d)
	for i := range n {
		for k := range d {
			x[i*d+k] = float32(3*drawn(uint64(1e6+i%centres*d+k)) + 0.5*drawn(uint64(i*d+k)))
		}
	}
	return svm.Dense(x, d)
}

func nearOf(t *testing.T, x svm.Matrix, k int) *neighbours.Lists {
	t.Helper()
	l, err := neighbours.Within(context.Background(), x, neighbours.Options{K: k})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func startOf(t *testing.T, x svm.Matrix, threads int) []float64 {
	t.Helper()
	y, err := components(context.Background(), x, threads)
	if err != nil {
		t.Fatal(err)
	}
	return y
}

func short(steps int) Options {
	o := Defaults()
	o.Steps, o.Early = steps, steps/4
	return o
}

func mapOf(t *testing.T, x svm.Matrix, o Options) (*neighbours.Lists, []float64) {
	t.Helper()
	near := nearOf(t, x, o.neighboursOf(x.N))
	y, err := embed(context.Background(), near, startOf(t, x, o.Threads), o)
	if err != nil {
		t.Fatal(err)
	}
	return near, y
}

func pointsOf(y []float64) []point {
	var p []point
	for i := 0; i < len(y); i += 2 {
		p = append(p, point{y[i], y[i+1]})
	}
	return p
}

// TestClusters: what lies apart in the space lies apart on the map, above and below the number of rows that the tree is
// for.
func TestClusters(t *testing.T) {
	if testing.Short() {
		t.Skip("no other goroutines than TestThreads has")
	}
	for _, n := range []int{300, 1200} {
		const centres = 6
		x := clusters(n, 20, centres)
		near, y := mapOf(t, x, short(300))
		classes := make([]int, n)
		for i := range classes {
			classes[i] = i % centres
		}
		q, err := measure(context.Background(), x, near, y, classes, 0)
		if err != nil {
			t.Fatal(err)
		}
		if q.Accuracy != 1 || q.Trustworthiness < 0.97 || q.Labelled != n || q.Judged != n {
			t.Errorf("%d rows: %+v, expected all neighbours of one cluster", n, *q)
		}
	}
}

// TestThreads: they change no bit of start, map, judgement or placement.
func TestThreads(t *testing.T) {
	x, q := clusters(1500, 24, 9), clusters(40, 24, 4)
	var first []float64
	numbers := []int{1, 2, 3, 8}
	if testing.Short() {
		numbers = []int{1, 3}
	}
	for _, threads := range numbers {
		o := short(60)
		o.Threads = threads
		near, y := mapOf(t, x, o)
		quality, err := measure(context.Background(), x, near, y, nil, threads)
		if err != nil {
			t.Fatal(err)
		}
		l, err := neighbours.Among(context.Background(), q, x, neighbours.Options{K: 30, Threads: threads})
		if err != nil {
			t.Fatal(err)
		}
		placed, err := place(context.Background(), y, l, o)
		if err != nil {
			t.Fatal(err)
		}
		got := append(append(slices.Clone(y), placed...), quality.Trustworthiness, quality.Kept)
		if first == nil {
			first = got
		}
		if !slices.Equal(first, got) {
			t.Errorf("%d threads give other numbers than one", threads)
		}
	}
}

// divergence is Σ p log(p/q) of a map.
func divergence(g graph, y []point) float64 {
	z, sum := 0.0, 0.0
	for i := range y {
		for j := range y {
			if i != j {
				z += 1 / (1 + square(y[i], y[j]))
			}
		}
	}
	for i := range y {
		for e := g.start[i]; e < g.start[i+1]; e++ {
			p := float64(g.p[e])
			sum += p * math.Log(p*z*(1+square(y[i], y[g.to[e]])))
		}
	}
	return sum
}

// TestGradient: it is a quarter of that of the divergence, by finite differences.
func TestGradient(t *testing.T) {
	x := clusters(60, 5, 3)
	near := nearOf(t, x, 30)
	team := f32.NewTeam(2)
	defer team.Close()
	g := symmetric(team, near, conditionals(team, near, 10))
	from := startOf(t, x, 1)
	for i := range from {
		from[i] *= 3e4
	}
	d := newDescent(team, g, from)
	z := d.repel()
	for i := range d.y {
		a := d.attraction(i)
		want := point{4 * (a.x - d.repulsion[i].x/z), 4 * (a.y - d.repulsion[i].y/z)}
		const h = 1e-5
		y := slices.Clone(d.y)
		by := func(x, y2 float64) float64 { y[i] = point{d.y[i].x + x, d.y[i].y + y2}; return divergence(g, y) }
		got := point{(by(h, 0) - by(-h, 0)) / (2 * h), (by(0, h) - by(0, -h)) / (2 * h)}
		if math.Sqrt(square(got, want)) > 1e-6 {
			t.Fatalf("row %d: gradient %v, by differences %v", i, want, got)
		}
	}
}

// TestTreeAgainstAllPairs: forces by the tree are those of all pairs within 2 % together, Z within 1.5 %, of spread and
// of crowded points.
func TestTreeAgainstAllPairs(t *testing.T) {
	for _, spread := range []float64{0.01, 3, 60} {
		const n = 3000
		y := make([]float64, 2*n)
		for i := range y {
			y[i] = spread * drawn(uint64(i)) * math.Abs(drawn(uint64(i/2)))
		}
		team := f32.NewTeam(2)
		d := newDescent(team, graph{}, y)
		d.repelByTree()
		z, got := d.total(), slices.Clone(d.repulsion)
		d.repelExactly()
		team.Close()
		off, all := 0.0, 0.0
		for i, f := range d.repulsion {
			off += square(got[i], f)
			all += square(f, point{})
		}
		if e := math.Sqrt(off / all); e > 0.02 || math.Abs(z/d.total()-1) > 0.015 {
			t.Errorf("spread %g: forces off by %.4f, Z by %.4f", spread, e, z/d.total()-1)
		}
	}
}

// TestEqualPoints: a tree of points that coincide is exact, and does not compare each with each.
func TestEqualPoints(t *testing.T) {
	y := make([]point, 5000)
	for i := range y {
		y[i] = point{float64(i % 2), 0}
	}
	var tr tree
	tr.build(y)
	list := tr.seen(point{}, point{}, nil)
	f, z := repel(point{}, list)
	if len(list) > 2 || f.x != -2500*0.25 || f.y != 0 || z != 2500+1250 {
		t.Errorf("%d masses, force %v, z %g; expected 2, -625, 3750", len(list), f, z)
	}
}

// TestNearestInMap: those of the tree are those of all pairs, equally far ones by row.
func TestNearestInMap(t *testing.T) {
	if testing.Short() {
		t.Skip("no other goroutines than TestThreads has")
	}
	y := make([]point, 700)
	for i := range y {
		y[i] = point{math.Floor(8 * drawn(uint64(i))), math.Floor(8 * drawn(uint64(i+5000)))}
	}
	var tr tree
	tr.build(y)
	for i := range y {
		var all []found
		for j := range y {
			if i != j {
				all = insert(all, found{square(y[i], y[j]), int32(j)}, len(y))
			}
		}
		if got := tr.nearest(y[i], int32(i), 15, nil); !slices.Equal(got, all[:15]) {
			t.Fatalf("row %d: %v, expected %v", i, got, all[:15])
		}
	}
}

// TestExp: e^x within some units in the last place of the standard library's, which has such errors too, and 0 where it
// is nearly.
func TestExp(t *testing.T) {
	for i := range 100000 {
		x := -float64(i) * 0.00699
		if got, want := exp(x), math.Exp(x); math.Abs(got-want) > 2e-15*want {
			t.Fatalf("e^%g is %v, expected %v", x, got, want)
		}
	}
	if exp(0) != 1 || exp(math.Inf(-1)) != 0 || exp(-800) != 0 {
		t.Errorf("e^0 %g, e^-Inf %g, e^-800 %g", exp(0), exp(math.Inf(-1)), exp(-800))
	}
}

// TestPerplexity: the affinities of a row have it.
func TestPerplexity(t *testing.T) {
	squares := make([]float64, 90)
	for i := range squares {
		squares[i] = 1e-3 + float64(i*i)/400
	}
	e := make([]float64, len(squares))
	conditional(squares, 30, e)
	sum, h := 0.0, 0.0
	for _, p := range e {
		sum += p
		h -= p * math.Log(p)
	}
	if math.Abs(math.Exp(h)-30) > 1e-3 || math.Abs(sum-1) > 1e-12 {
		t.Errorf("perplexity %g, sum %g", math.Exp(h), sum)
	}
}

// TestSmallAndStrange: few rows, equal ones, a line, and constant columns have maps; rows that are all equal an error.
func TestSmallAndStrange(t *testing.T) {
	line := make([]float32, 50)
	twice := make([]float32, 0, 400)
	for i := range line {
		line[i] = float32(i)
	}
	for i := range 100 {
		v := float32(drawn(uint64(i / 50)))
		twice = append(twice, v, 1, 0, -v)
	}
	for name, x := range map[string]svm.Matrix{
		"four rows": clusters(4, 3, 2), "five": clusters(5, 1, 5), "a line": svm.Dense(line, 1), "two rows fifty times each": svm.Dense(twice, 4),
	} {
		_, y := mapOf(t, x, short(200))
		lo, hi := box(pointsOf(y))
		if !(hi.x-lo.x > 0.1) || !(hi.y-lo.y > 1e-9) || hi.x-lo.x > 1e4 {
			t.Errorf("%s: a map from %v to %v", name, lo, hi)
		}
	}
	if _, err := components(context.Background(), svm.Dense(make([]float32, 30), 3), 0); !errors.Is(err, errEqual) {
		t.Errorf("equal rows: %v", err)
	}
}

// TestPlace: old rows stay, a copy of one lands beside it, and rows of a cluster in it.
func TestPlace(t *testing.T) {
	if testing.Short() {
		t.Skip("no other goroutines than TestThreads has")
	}
	x := clusters(1200, 16, 6)
	_, y := mapOf(t, x, short(250))
	before := slices.Clone(y)
	l, err := neighbours.Among(context.Background(), x, x, neighbours.Options{K: 31})
	if err != nil {
		t.Fatal(err)
	}
	near := l
	all, err := place(context.Background(), y, near, Defaults())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(y, before) {
		t.Error("placing rows moved old ones")
	}
	var tr tree
	tr.build(pointsOf(y))
	wrong := 0
	for i, p := range pointsOf(all) {
		if tr.nearest(p, -1, 1, nil)[0].row%6 != int32(i%6) {
			wrong++
		}
	}
	if wrong > 0 {
		t.Errorf("%d of %d copies lie in another cluster", wrong, x.N)
	}
	one := &neighbours.Lists{K: near.K, Rows: near.Rows[:near.K], Squares: near.Squares[:near.K]}
	if alone, err := place(context.Background(), y, one, Defaults()); err != nil || !slices.Equal(alone, all[:2]) {
		t.Errorf("alone %v, among others %v (%v)", alone, all[:2], err)
	}
}

// TestInterrupted: a context that ends stops each part soon.
func TestInterrupted(t *testing.T) {
	x := clusters(3000, 16, 6)
	near := nearOf(t, x, 90)
	from := startOf(t, x, 0)
	ctx, cancel := context.WithCancel(context.Background())
	o := Defaults()
	var at time.Time
	o.Progress = func(_ Stage, done, _ int) {
		if done == 3 {
			at = time.Now()
			cancel()
		}
	}
	if _, err := embed(ctx, near, from, o); !errors.Is(err, context.Canceled) || time.Since(at) > 10*time.Second {
		t.Errorf("stopped after %v with %v", time.Since(at), err)
	}
	for name, f := range map[string]func() error{
		"start": func() error { _, err := components(ctx, x, 0); return err },
		"judge": func() error { _, err := measure(ctx, x, near, from, nil, 0); return err },
		"place": func() error { _, err := place(ctx, from, near, o); return err },
	} {
		if err := f(); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestRefused: what fits nothing is told.
func TestRefused(t *testing.T) {
	near := &neighbours.Lists{K: 1, Rows: []int32{1, 0, 0, 9}, Squares: make([]float64, 4)}
	if _, err := embed(context.Background(), near, make([]float64, 8), Defaults()); err == nil {
		t.Error("a neighbour that is no row was taken")
	}
	near.Rows[3], near.Squares[2] = 2, math.NaN()
	if _, err := embed(context.Background(), near, make([]float64, 8), Defaults()); err == nil {
		t.Error("a distance that is no number was taken")
	}
	for _, o := range []Options{{Perplexity: 0.5}, {Perplexity: 5, Steps: -1}} {
		if _, err := Make(context.Background(), clusters(9, 2, 2), nil, o); err == nil {
			t.Errorf("%+v was taken", o)
		}
	}
}
