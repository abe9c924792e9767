package localise

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// plain is Merge as it is said: of all pairs the least, again and again.
func plain(boxes []Box, r Rule, threshold float64) []Merged {
	var all []Merged
	for i, b := range boxes {
		all = append(all, Merged{b, []int{i}})
	}
	for {
		a, b, least := -1, -1, 0.0
		for i := range all {
			for j := i + 1; j < len(all); j++ {
				if s := r.score(all[i].Box, all[j].Box); s <= threshold && (a < 0 || s < least) {
					a, b, least = i, j, s
				}
			}
		}
		if a < 0 {
			return all
		}
		all[a] = r.join(all[a], all[b])
		all = slices.Delete(all, b, b+1)
	}
}

// TestMergeIsPlain: boxes of few places, so that scores are often equal, and of any; by each rule and threshold.
func TestMergeIsPlain(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	merged := 0
	for n := range 260 {
		boxes := make([]Box, r.IntN(24))
		for i := range boxes {
			step := []float64{1, 10, 0.37}[n%3]
			x, y := step*float64(r.IntN(12)), step*float64(r.IntN(9))
			boxes[i] = Box{x, y, x + step*float64(r.IntN(8)), y + step*float64(r.IntN(8))}
		}
		for _, c := range []struct {
			rule      Rule
			threshold float64
		}{{Relative, 0}, {Relative, 0.3}, {Relative, 0.8}, {Relative, 5}, {Literal, 3}, {Literal, 40}, {Literal, -1}} {
			got, want := Merge(boxes, c.rule, c.threshold), plain(boxes, c.rule, c.threshold)
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Fatalf("%v by rule %d below %v:\n%v\nwant\n%v", boxes, c.rule, c.threshold, got, want)
			}
			merged += len(boxes) - len(got)
		}
	}
	if merged < 1000 {
		t.Errorf("%d merges in all", merged)
	}
}

// TestMergeRules: near-identical boxes are merged before disjoint neighbours, and literally after.
func TestMergeRules(t *testing.T) {
	twins, strangers := [2]Box{{1, 1, 200, 200}, {2, 2, 201, 201}}, [2]Box{{1, 1, 200, 200}, {211, 1, 410, 200}}
	if a, b := Relative.score(twins[0], twins[1]), Relative.score(strangers[0], strangers[1]); a >= b || a > 0.1 || b < 1 {
		t.Errorf("relative: %v of twins, %v of strangers", a, b)
	}
	if a, b := Literal.score(twins[0], twins[1]), Literal.score(strangers[0], strangers[1]); a <= b || b != 210 {
		t.Errorf("literal: %v of twins, %v of strangers", a, b)
	}
	three := []Box{{0, 0, 30, 30}, {0, 0, 30, 30}, {3, 3, 33, 33}}
	if got := Merge(three, Relative, 0.9); len(got) != 1 || got[0].Box != (Box{1, 1, 31, 31}) || !slices.Equal(got[0].Members, []int{0, 1, 2}) {
		t.Errorf("three: %v", got)
	}
	if got := Merge(nil, Relative, 1); len(got) != 0 {
		t.Errorf("none: %v", got)
	}
}

func BenchmarkMerge(b *testing.B) {
	r := rand.New(rand.NewPCG(3, 4))
	boxes := make([]Box, 3000)
	for i := range boxes {
		x, y := 40*float64(r.IntN(10))+8*r.NormFloat64(), 40*float64(r.IntN(8))+8*r.NormFloat64()
		boxes[i] = Box{x, y, x + 90 + 10*r.NormFloat64(), y + 70 + 10*r.NormFloat64()}
	}
	for b.Loop() {
		if len(Merge(boxes, Relative, 0.5)) == len(boxes) {
			b.Fatal("nothing was merged")
		}
	}
}
