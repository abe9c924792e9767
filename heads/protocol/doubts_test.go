package protocol

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"fc7/heads/metrics"
	"fc7/heads/neighbours"
	"fc7/heads/svm"
)

// turned is d with a share of its labels turned to another class at random, and which.
func turned(d Data, share float64, seed uint64) (Data, []int8) {
	r := rand.New(rand.NewPCG(seed, 5))
	d.Labels = slices.Clone(d.Labels)
	wrong := make([]int8, len(d.IDs))
	for i := range wrong {
		wrong[i] = -1
	}
	for _, i := range r.Perm(len(d.IDs))[:int(math.Round(share*float64(len(d.IDs))))] {
		k := slices.Index(d.Classes, d.Labels[i][0])
		d.Labels[i], wrong[i] = []string{d.Classes[(k+1+r.IntN(len(d.Classes)-1))%len(d.Classes)]}, 1
	}
	return d, wrong
}

// quality is the average precision of the turned labels in the ranking, and their share of its first ones.
func quality(t *testing.T, f *Doubts, wrong []int8) (ap, precision float64) {
	t.Helper()
	scores, n, hits := make([]float64, len(wrong)), count(wrong, allOf(len(wrong)), 1), 0
	for place, d := range f.List {
		if scores[d.Row] = -d.Margin; place < n && wrong[d.Row] > 0 {
			hits++
		}
	}
	c, err := metrics.PrecisionRecall(scores, wrong)
	if err != nil {
		t.Fatal(err)
	}
	return float64(c.APAll()), float64(hits) / float64(n)
}

func allOf(n int) (rows []int) {
	for i := range n {
		rows = append(rows, i)
	}
	return rows
}

// scikit-learn's LinearSVC (C = 1, 5 stratified folds) finds 5 % of Caltech-101's labels, turned at random, with an
// average precision of 0.971, and 0.908 of the first so many are turned: means of three seeds. Another draw of them is
// off by some thousandths in the first and a hundredth in the second.
func TestDoubtsOnCaltech101(t *testing.T) {
	d := caltech(t)
	if testing.Short() {
		t.Skip("heads of 102 classes for five folds are left out with -short")
	}
	ap, precision, seeds := 0.0, 0.0, 1
	for seed := range seeds {
		bad, wrong := turned(d, 0.05, uint64(seed))
		f, err := FindDoubts(t.Context(), bad, nil, DefaultDoubtOptions())
		if err != nil {
			t.Fatal(err)
		}
		a, p := quality(t, f, wrong)
		t.Logf("seed %d: average precision %.4f, precision at n %.4f", seed, a, p)
		ap, precision = ap+a/float64(seeds), precision+p/float64(seeds)
	}
	if math.Abs(ap-0.971) > 0.005 || math.Abs(precision-0.908) > 0.01 {
		t.Errorf("average precision %.4f, precision at n %.4f", ap, precision)
	}
}

// twoLines are two classes on two lines, of which row 3 has the label of the other.
func twoLines(n int) Data {
	r := rand.New(rand.NewPCG(3, 3))
	d := Data{Classes: []string{"x", "y"}, X: svm.Matrix{N: n, D: 6, Blocks: []svm.Block{{Width: 6}}}}
	for i := range n {
		row := make([]float32, 6)
		for k := range row {
			row[k] = float32(0.2 * r.NormFloat64())
		}
		row[i%2] += 2
		d.IDs, d.Labels = append(d.IDs, fmt.Sprintf("%02d", i)), append(d.Labels, []string{d.Classes[i%2]})
		d.X.Blocks[0].Rows = append(d.X.Blocks[0].Rows, row)
	}
	d.Labels[3] = []string{"x"}
	return d
}

// The wrong label comes first, with the votes against it; rows of which nothing is known, or without a descriptor, have
// no place; threads change nothing.
func TestDoubts(t *testing.T) {
	d := twoLines(40)
	d.Labels[10], d.Missing = nil, make([]bool, 40)
	d.Missing[11], d.X.Blocks[0].Rows[11] = true, nil
	o := DefaultDoubtOptions()
	f, err := FindDoubts(t.Context(), d, nil, o)
	if err != nil {
		t.Fatal(err)
	}
	first := f.List[0]
	if first.Row != 3 || first.Class != 0 || first.Instead != 1 || first.Margin >= 0 || first.For != 0 || first.Against != f.k || f.List[1].Margin < 0 {
		t.Errorf("the most doubtful are %+v", f.List[:2])
	}
	if len(f.List) != 38 || !f.single || f.k != 10 {
		t.Errorf("%d labels, single %v, %d votes", len(f.List), f.single, f.k)
	}
	if !math.IsNaN(f.Far[11]) || !(f.Far[3] > 0) {
		t.Errorf("distances %v", f.Far)
	}
	near := nearOf(t, d, 15) // more than vote
	if given, err := FindDoubts(t.Context(), d, near, o); err != nil || fmt.Sprint(given) != fmt.Sprint(f) {
		t.Errorf("neighbours that were found before give something else: %v", err)
	}
	for _, l := range []*neighbours.Lists{nearOf(t, d, 9), {K: 10, Rows: near.Rows[:300], Squares: near.Squares[:300]}} {
		if _, err := FindDoubts(t.Context(), d, l, o); err == nil {
			t.Errorf("%d neighbours of %d rows were taken", l.K, l.Len())
		}
	}
	o.Threads = 1
	if one, err := FindDoubts(t.Context(), d, nil, o); err != nil || fmt.Sprint(one) != fmt.Sprint(f) {
		t.Errorf("one thread gives something else: %v", err)
	}
	for _, bad := range []DoubtOptions{{C: 1, Folds: 1, K: 1}, {C: 1, Folds: 30, K: 1}, {C: 1, Folds: 2}, {Folds: 2, K: 1}} {
		if _, err := FindDoubts(t.Context(), d, nil, bad); err == nil {
			t.Errorf("%+v were taken", bad)
		}
	}
}

// nearOf are the k nearest of each row of d that has a descriptor.
func nearOf(t *testing.T, d Data, k int) *neighbours.Lists {
	t.Helper()
	x, err := neighbours.Unit(d.Subset(d.present(allRows(d))).X)
	if err != nil {
		t.Fatal(err)
	}
	l, err := neighbours.Within(t.Context(), x, neighbours.Options{K: k})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// A copy with the same wrong label is in the same fold: else the heads would know what it says, and not doubt it.
func TestDoubtsOfCopies(t *testing.T) {
	if testing.Short() {
		t.Skip("no other goroutines than other tests have")
	}
	d := twoLines(40)
	for _, i := range []int{13, 15, 17, 19} {
		d.X.Blocks[0].Rows[i], d.Labels[i] = d.X.Blocks[0].Rows[3], []string{"x"}
	}
	f, err := FindDoubts(t.Context(), d, nil, DefaultDoubtOptions())
	if err != nil {
		t.Fatal(err)
	}
	if f.Together != 5 {
		t.Errorf("%d rows are kept together, want 5", f.Together)
	}
	for _, doubt := range f.List[:5] {
		if doubt.Instead != 1 || doubt.Margin >= 0 || !slices.Contains([]int{3, 13, 15, 17, 19}, doubt.Row) {
			t.Errorf("among the five most doubtful: %+v", doubt)
		}
	}
}

// Of several labels each class of a row is one, be it there or not; rows of none of the classes have labels too.
func TestDoubtsOfSeveralLabels(t *testing.T) {
	if testing.Short() {
		t.Skip("no other goroutines than other tests have")
	}
	d := twoLines(40)
	d.Labels[0] = []string{"x", "y"} // y is too much
	d.Labels[2], d.None = nil, make([]bool, 40)
	d.None[2] = true // x is missing
	f, err := FindDoubts(t.Context(), d, nil, DefaultDoubtOptions())
	if err != nil {
		t.Fatal(err)
	}
	if f.single || len(f.List) != 80 {
		t.Fatalf("single %v, %d labels, want 80", f.single, len(f.List))
	}
	got := map[string]bool{}
	for _, doubt := range f.List {
		if doubt.Margin < 0 {
			got[fmt.Sprint(doubt.Row, " ", doubt.Class, " ", doubt.Has)] = true
		}
	}
	for _, want := range []string{"0 1 true", "2 0 false", "3 0 true", "3 1 false"} {
		if !got[want] {
			t.Errorf("row, class, has: %s is not doubted, only %v are", want, got)
		}
	}
	if len(got) != 4 {
		t.Errorf("doubted are %v", got)
	}
}
