package neighbours

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"fc7/heads/svm"
	"fc7/internal/npytest"
)

// TestByComponents: on rows that vary in few directions, with noise in all, nearly all neighbours are found, with their
// exact distances, whatever the threads; the recall that is told is that of the rows.
func TestByComponents(t *testing.T) {
	const k = 5
	x, err := Unit(drawn(21, 1500, 320))
	if err != nil {
		t.Fatal(err)
	}
	l, recall, err := ByComponents(t.Context(), x, Options{K: k, Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	want, hits := must(t, x, k), 0
	for i := range x.N {
		truth, squares := want.Of(i)
		rows, found := l.Of(i)
		for n, r := range rows {
			if at := slices.Index(truth, r); at >= 0 {
				if hits++; found[n] != squares[at] {
					t.Fatalf("row %d, neighbour %d: distance %v, want %v", i, r, found[n], squares[at])
				}
			}
		}
		if !slices.IsSorted(found) || slices.Contains(rows, int32(i)) {
			t.Fatalf("row %d has the neighbours %v at %v", i, rows, found)
		}
	}
	all := float64(hits) / float64(x.N*k)
	t.Logf("recall %.4f, told %.4f", all, recall)
	if all < 0.95 || recall < all-0.05 || recall > all+0.05 {
		t.Errorf("recall %.4f, told %.4f", all, recall)
	}
	again, told, err := ByComponents(t.Context(), x, Options{K: k, Threads: 3})
	if err != nil || told != recall || !slices.Equal(again.Rows, l.Rows) || !slices.Equal(again.Squares, l.Squares) {
		t.Errorf("three threads find others: %v", err)
	}
}

// What is lost is told: rows that vary in all directions alike keep few of their neighbours in some of these.
func TestRecallIsTold(t *testing.T) {
	if testing.Short() {
		t.Skip("no other goroutines than TestByComponents has")
	}
	const n, d, k = 1200, 700, 5
	r := rand.New(rand.NewPCG(4, 4))
	values := make([]float32, n*d)
	for i := range values {
		values[i] = float32(r.NormFloat64())
	}
	x := svm.Dense(values, d)
	l, told, err := ByComponents(t.Context(), x, Options{K: k})
	if err != nil {
		t.Fatal(err)
	}
	want, hits := must(t, x, k), 0
	for i := range n {
		truth, _ := want.Of(i)
		rows, _ := l.Of(i)
		for _, r := range rows {
			if slices.Contains(truth, r) {
				hits++
			}
		}
	}
	if all := float64(hits) / (n * k); all > 0.9 || math.Abs(all-told) > 0.05 {
		t.Errorf("recall %.4f, told %.4f", all, told)
	}
}

// Of Caltech-101's features nearly all neighbours are found.
func TestByComponentsOnCaltech101(t *testing.T) {
	if testing.Short() {
		t.Skip("no other goroutines than TestByComponents has")
	}
	v, _, _ := npytest.Caltech101(t)
	l, recall, err := ByComponents(t.Context(), svm.Dense(v, 512), Options{K: 10})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("recall %.4f of %d rows", recall, l.Len())
	if recall < 0.98 {
		t.Errorf("recall %.4f", recall)
	}
}

// Rows that are no longer than the directions are compared as they are.
func TestByComponentsOfShortRows(t *testing.T) {
	x := drawn(22, 300, 20)
	l, recall, err := ByComponents(t.Context(), x, Options{K: 3})
	if err != nil || recall != 1 {
		t.Fatal(recall, err)
	}
	alike(t, "short rows", l, plain(x, x, true, 3))
	if _, _, err := ByComponents(t.Context(), svm.Dense(make([]float32, 600*300), 300), Options{}); err == nil {
		t.Error("no neighbours were asked for, and found")
	}
}
