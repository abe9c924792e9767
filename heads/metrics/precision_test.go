package metrics

import (
	"encoding/json"
	"math"
	"slices"
	"testing"
)

var never = math.Inf(-1)

// Cases computed by hand with the rules of VOCevalcls (2007: 11 points) and VOCap (2010: all points).
func TestAveragePrecisionByHand(t *testing.T) {
	for name, c := range map[string]struct {
		scores  []float64
		truth   []int8
		p11, pa float64
	}{
		// Ranking + - +: precision 1 at recall ½, 2/3 at 1. Eleven points: 0 … 0.5 have 1, 0.6 … 1 have 2/3.
		"one miss between": {[]float64{3, 2, 1}, []int8{1, -1, 1}, (6 + 5*2./3) / 11, 0.5 + 0.5*2/3},
		"perfect":          {[]float64{3, 2, 1, 0}, []int8{1, 1, -1, -1}, 1, 1},
		// Ranking - - + +: precision 1/3 at ½, ½ at 1; the envelope is ½ everywhere.
		"worst":            {[]float64{0, 1, 2, 3}, []int8{1, 1, -1, -1}, 0.5, 0.5},
		"tie, miss first":  {[]float64{1, 1}, []int8{-1, 1}, 0.5, 0.5},
		"tie, hit first":   {[]float64{1, 1}, []int8{1, -1}, 1, 1},
		"all tied":         {[]float64{0, 0, 0, 0}, []int8{1, -1, -1, 1}, (6 + 5*0.5) / 11, 0.5 + 0.25},
		"ignored first":    {[]float64{9, 2, 1}, []int8{0, 1, -1}, 1, 1},
		"ignored between":  {[]float64{3, 2, 1}, []int8{-1, 0, 1}, 0.5, 0.5},
		"missing positive": {[]float64{5, 4, never}, []int8{1, -1, 1}, (6 + 5*2./3) / 11, 0.5 + 0.5*2/3},
		// Two missing, the negative earlier in the list: + then - then +.
		"missing keep order": {[]float64{never, never, 1}, []int8{-1, 1, 1}, (6 + 5*2./3) / 11, 0.5 + 0.5*2/3},
		"all missing":        {[]float64{never, never}, []int8{-1, 1}, 0.5, 0.5},
		// Four positives, ranking + - + + - - +: precisions 1, 2/3, 3/4, 4/7 at recalls ¼, ½, ¾, 1; envelope 1, ¾, ¾,
		// 4/7. Points 0, 0.1, 0.2 have 1; 0.3 … 0.7 have ¾; 0.8, 0.9, 1 have 4/7.
		"envelope": {[]float64{7, 6, 5, 4, 3, 2, 1}, []int8{1, -1, 1, 1, -1, -1, 1}, (3 + 5*0.75 + 3*4./7) / 11, (1 + 0.75 + 0.75 + 4./7) / 4},
		// Ten positives, three hits, a miss, seven hits: the devkit's fourth point is just above 3/10, so it takes
		// 10/11.
		"recall of just 0.3": {
			[]float64{11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1},
			[]int8{1, 1, 1, -1, 1, 1, 1, 1, 1, 1, 1},
			(3 + 8*10./11) / 11, 0.3 + 0.7*10/11,
		},
		// Seven hits, a miss, three hits: the points 0.6 and 0.7 are what 6/10 and 7/10 are.
		"recall of just 0.7": {
			[]float64{11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1},
			[]int8{1, 1, 1, 1, 1, 1, 1, -1, 1, 1, 1},
			(8 + 3*10./11) / 11, 0.7 + 0.3*10/11,
		},
	} {
		a, err := AP11(c.scores, c.truth)
		if err != nil || math.Abs(float64(a)-c.p11) > 1e-12 {
			t.Errorf("%s: 11-point %v, expected %v (%v)", name, a, c.p11, err)
		}
		b, err := APAll(c.scores, c.truth)
		if err != nil || math.Abs(float64(b)-c.pa) > 1e-12 {
			t.Errorf("%s: all-point %v, expected %v (%v)", name, b, c.pa, err)
		}
	}
}

func TestUndefinedWithoutPositives(t *testing.T) {
	for _, truth := range [][]int8{{-1, -1}, {0, 0}, {0, -1}, {}} {
		c, err := PrecisionRecall(make([]float64, len(truth)), truth)
		if err != nil {
			t.Fatal(err)
		}
		if c.AP11().Defined() || c.APAll().Defined() {
			t.Errorf("truth %v: %v and %v, expected undefined", truth, c.AP11(), c.APAll())
		}
		if _, err := json.Marshal(c); err != nil {
			t.Errorf("truth %v: %v", truth, err)
		}
	}
}

func TestCurveByHand(t *testing.T) {
	c, err := PrecisionRecall([]float64{1, 5, 3, 4, never}, []int8{1, 1, 0, -1, 1})
	if err != nil {
		t.Fatal(err)
	}
	third := 1. / 3
	if !slices.Equal(c.Recall, []float64{third, third, 2. / 3, 1}) || !slices.Equal(c.Precision, []float64{1, 0.5, 2. / 3, 0.75}) {
		t.Error(c)
	}
	if c.Positives != 3 || c.Negatives != 1 || c.Ignored != 1 || c.Score[0] != 5 {
		t.Error(c)
	}
	if a, err := c.AP(AllPoint); err != nil || a != c.APAll() {
		t.Error(a, err)
	}
	if a, err := c.AP(ElevenPoint); err != nil || a != c.AP11() {
		t.Error(a, err)
	}
	if _, err := c.AP("12-point"); err == nil {
		t.Error("an unknown rule passed")
	}
}

func TestBadRankings(t *testing.T) {
	if _, err := PrecisionRecall([]float64{1}, []int8{1, 1}); err == nil {
		t.Error("too few scores passed")
	}
	if _, err := AP11([]float64{1, math.NaN()}, []int8{1, 1}); err == nil {
		t.Error("NaN passed")
	}
}
