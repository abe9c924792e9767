package tsne

import (
	"context"
	"math"
	"slices"
	"testing"

	"fc7/heads/svm"
	"fc7/internal/npytest"
)

// TestMakeAndPlace: a map of a part of Caltech-101 is as true as its bounds, and places on it rows that it was not made
// of.
func TestMakeAndPlace(t *testing.T) {
	flat, names, _ := npytest.Caltech101(t)
	const n, d = 1500, 512
	number := map[string]int{}
	var x, q []float32
	var old, fresh []int
	for i, c := range names[:n] {
		if _, ok := number[c]; !ok {
			number[c] = len(number)
		}
		row := flat[i*d : (i+1)*d]
		if i%10 == 3 {
			q, fresh = append(q, row...), append(fresh, number[c])
			continue
		}
		for _, v := range row {
			x = append(x, 3*v) // cosine takes no account of it
		}
		old = append(old, number[c])
	}
	o := Defaults()
	o.Steps = 400
	m, err := Make(context.Background(), svm.Dense(x, d), old, o)
	if err != nil {
		t.Fatal(err)
	}
	if v := m.Quality; v.Accuracy < 0.93 || v.Trustworthiness < 0.96 || v.Kept < 0.53 || v.Labelled != len(old) {
		t.Errorf("%+v", v)
	}
	before := slices.Clone(m.Y)
	y, err := Place(context.Background(), svm.Dense(q, d), svm.Dense(x, d), m.Y, o)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(before, m.Y) {
		t.Error("placing rows moved old ones")
	}
	var tr tree
	tr.build(pointsOf(m.Y))
	right := 0
	for i, p := range pointsOf(y) {
		if old[tr.nearest(p, -1, 1, nil)[0].row] == fresh[i] {
			right++
		}
	}
	if right < len(fresh)*8/10 {
		t.Errorf("%d of %d new rows lie beside their class", right, len(fresh))
	}
}

// TestMakeOfFew: rows too few for a map stand apart, around the origin.
func TestMakeOfFew(t *testing.T) {
	for n := 1; n < Fewest; n++ {
		m, err := Make(context.Background(), svm.Dense([]float32{3, 4, 0, 5, 5, 0}[:2*n], 2), make([]int, n), Defaults())
		if err != nil || len(m.Y) != 2*n || m.Quality != (Quality{Rows: n, Judged: n, Trustworthiness: 1, Kept: 1}) {
			t.Fatalf("%d rows: %+v, %v", n, m, err)
		}
		var x, y float64
		apart := map[float64]bool{}
		for i := range n {
			x, y = x+m.Y[2*i], y+m.Y[2*i+1]
			for k := range i {
				apart[math.Round(1e9*math.Hypot(m.Y[2*i]-m.Y[2*k], m.Y[2*i+1]-m.Y[2*k+1]))] = true
			}
		}
		if math.Hypot(x, y) > 1e-9 || len(apart) != min(1, n-1) || apart[0] {
			t.Errorf("%d rows: %v", n, m.Y)
		}
	}
	if _, err := Make(context.Background(), svm.Dense([]float32{1, float32(math.NaN())}, 2), nil, Defaults()); err == nil {
		t.Error("NaN was taken")
	}
}

// TestMakeRefused: what has no map is told.
func TestMakeRefused(t *testing.T) {
	if _, err := Make(context.Background(), svm.Dense(nil, 2), nil, Defaults()); err == nil || err.Error() != "a map of no rows, expected one at least" {
		t.Errorf("no rows: %v", err)
	}
	for _, v := range []float32{float32(math.NaN()), float32(math.Inf(1))} {
		x := clusters(30, 2, 2)
		x.Blocks[0].Rows[7][1] = v
		if _, err := Make(context.Background(), x, nil, Defaults()); err == nil {
			t.Errorf("%g was taken", v)
		}
	}
	if _, err := Place(context.Background(), clusters(3, 2, 2), clusters(30, 2, 2), make([]float64, 8), Defaults()); err == nil {
		t.Error("a map of other rows was taken")
	}
	if _, err := Place(context.Background(), clusters(3, 3, 2), clusters(30, 2, 2), make([]float64, 60), Defaults()); err == nil {
		t.Error("rows of another width were taken")
	}
}
