package main

import (
	"math"
	"testing"
	"time"
)

// parts are easy to reckon with by hand.
var parts = Parts{Rate: 2, Start: 3, Plan: 10, Merge: 5, ImageBytes: 90_000, RowBytes: 10_000, Weights: 500e6}

func TestAt(t *testing.T) {
	c := Cluster{Items: 1_000_000, Bandwidth: 1e9}
	for _, x := range []struct {
		nodes int
		rate  float64
		work  float64 // files of a node, of 1,000 rows
		start float64
	}{
		{1, 2, 1000, 3},
		{8, 16, 125, 4},
		{64, 128, 16, 32},
		{300, 600, 4, 150},
		{1000, 2000, 1, 500},
		{2000, 2000, 1, 1000}, // half of them have nothing
	} {
		got := parts.at(c, x.nodes)
		work := seconds(x.work * 1000 / 2)
		if got.Rate != x.rate || got.Work != work || got.Start != seconds(x.start) || got.Files != 1000 || got.Plan != 10*time.Second || got.Merge != 500*time.Millisecond {
			t.Errorf("%d nodes: %+v", x.nodes, got)
		}
		if got.Total != got.Plan+got.Start+got.Work+got.Merge {
			t.Errorf("%d nodes: %+v", x.nodes, got)
		}
	}
	if got := parts.At(c, 1).Gain; got != 1 {
		t.Errorf("one node is %v times as fast as one", got)
	}
	narrow := parts.at(Cluster{Items: 1_000_000, Bandwidth: 1e6}, 10) // 10 images a second of 100 kB
	if narrow.Rate != 10 {
		t.Errorf("at the store's pace: %v images a second", narrow.Rate)
	}
	few := parts.at(Cluster{Items: 100, Bandwidth: 1e9}, 8) // two files of 64 rows at most
	if few.Files != 2 || few.Rate != 4 || few.Work != 32*time.Second {
		t.Errorf("%+v", few)
	}
}

// TestLimits: an assumption costs a tenth of the work's time at its limit, and less with one node fewer.
func TestLimits(t *testing.T) {
	c := Cluster{Items: 1_000_000, Bandwidth: 1e9}
	limits := parts.Limits(c)
	want := []int{
		317, // n * 0.5 s >= 0.1 * 500,000 s / n: n = 316.2
		5000,
		100_000,
		int(math.Ceil(500_000 / (100 / 1.1))), // 100 s of reading, where the work takes less by a tenth of it
	}
	for i, l := range limits[1:] {
		if l.Nodes != want[i] {
			t.Errorf("%s: %d nodes, want %d", l.What, l.Nodes, want[i])
		}
	}
	n := limits[0].Nodes
	loss := func(n int) float64 { return math.Ceil(1000/float64(n))*float64(n)/1000 - 1 }
	for k := 1; k < n; k++ {
		if loss(k) >= 0.1 {
			t.Errorf("%d nodes lose %v already, and the limit is %d", k, loss(k), n)
		}
	}
	if loss(n) < 0.1 {
		t.Errorf("%d nodes lose %v", n, loss(n))
	}
}
