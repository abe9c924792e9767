package synth

import (
	"math/rand/v2"
	"testing"

	"fc7/datasets"
)

func TestSpreadCoversAllClasses(t *testing.T) {
	classes := len(datasets.VOCClasses())
	for n := 4; n < 120; n++ {
		seen := make(map[int]int)
		for _, given := range spread(rand.New(rand.NewPCG(uint64(n), 0)), n, classes) {
			for _, c := range given {
				seen[c]++
			}
		}
		least, most := n*6, 0
		for _, k := range seen {
			least, most = min(least, k), max(most, k)
		}
		if len(seen) != classes || most-least > 1 {
			t.Errorf("%d images: %d classes, each %d to %d times", n, len(seen), least, most)
		}
	}
}

func TestPlanVOC(t *testing.T) {
	counts := make(map[string]int)
	sizes := make(map[[2]int]int)
	for _, s := range voc2007.plan(Options{Images: 403, Seed: 9, Size: 500}) {
		counts[s.split]++
		sizes[[2]int{s.w, s.h}]++
		if len(s.things) < 1 || len(s.things) > 5 {
			t.Errorf("%s: %d things", s.id, len(s.things))
		}
	}
	if counts["train"] != 100 || counts["val"] != 100 || counts["test"] != 203 || len(counts) != 3 {
		t.Errorf("splits %v", counts)
	}
	for _, want := range vocSizes {
		if n := sizes[[2]int{want.w, want.h}]; n < 20*want.tenths || n > 65*want.tenths {
			t.Errorf("%dx%d: %d images of 403", want.w, want.h, n)
		}
	}
	if len(sizes) != len(vocSizes) {
		t.Errorf("sizes %v", sizes)
	}
}
