package protocol

import (
	"math"
	"strings"
	"testing"
)

func near(t *testing.T, what string, got []float32, want ...float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %v, expected %v", what, got, want)
	}
	for i := range got {
		if math.Abs(float64(got[i])-want[i]) > 1e-6 {
			t.Errorf("%s: %v, expected %v", what, got, want)
			return
		}
	}
}

// Two rows at two scales of width 2; the first row is (3, 4) and (0, 2), the second zero at the first scale.
func TestDescriptorsByHand(t *testing.T) {
	mats := [][]float32{{3, 4, 0, 0}, {0, 2, 5, 0}}
	r5 := math.Sqrt(5)
	for name, c := range map[string]struct {
		r    Recipe
		want []float64
	}{
		"mean, none":    {Recipe{Aggregate: Mean, L2: L2None}, []float64{1.5, 3, 2.5, 0}},
		"max, none":     {Recipe{Aggregate: Max, L2: L2None}, []float64{3, 4, 5, 0}},
		"stack, none":   {Recipe{Aggregate: Stack, L2: L2None}, []float64{3, 4, 0, 2, 0, 0, 5, 0}},
		"default":       {Recipe{}, []float64{1 / r5, 2 / r5, 1, 0}},
		"max, after":    {Recipe{Aggregate: Max, L2: L2After}, []float64{0.6, 0.8, 1, 0}},
		"mean, before":  {Recipe{L2: L2Before}, []float64{0.3, 0.9, 0.5, 0}},
		"stack, before": {Recipe{Aggregate: Stack, L2: L2Before}, []float64{0.6, 0.8, 0, 1, 0, 0, 1, 0}},
		"stack, both": {Recipe{Aggregate: Stack, L2: L2Both}, []float64{
			0.6 / math.Sqrt2, 0.8 / math.Sqrt2, 0, 1 / math.Sqrt2, 0, 0, 1, 0,
		}},
	} {
		c.r.Scales, c.r.Widths = []int{256, 384}, []int{2, 2}
		got, _, err := c.r.Descriptors(mats, 2)
		if err != nil {
			t.Fatal(name, err)
		}
		near(t, name, got, c.want...)
	}
	near(t, "the input", mats[0], 3, 4, 0, 0)
}

func TestStackOfUnequalWidths(t *testing.T) {
	r := Recipe{Aggregate: Stack, L2: L2None, Scales: []int{1, 2}, Widths: []int{1, 3}}
	got, r, err := r.Descriptors([][]float32{{1, 2}, {3, 4, 5, 6, 7, 8}}, 2)
	if err != nil || r.Width() != 4 {
		t.Fatal(r.Width(), err)
	}
	near(t, "stack", got, 1, 3, 4, 5, 2, 6, 7, 8)
}

func TestZeroStaysZero(t *testing.T) {
	r := Recipe{Scales: []int{256}, Widths: []int{3}}
	got, _, err := r.Descriptors([][]float32{{0, 0, 0}}, 1)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "zero", got, 0, 0, 0)
}

// Values whose squares leave float32 are normalised all the same.
func TestNormaliseExtremes(t *testing.T) {
	for _, s := range []float32{1e-30, 1e30} {
		v := []float32{3 * s, 4 * s}
		normalise(v)
		near(t, "extreme", v, 0.6, 0.8)
	}
}

func TestBadRecipes(t *testing.T) {
	one := [][]float32{{1, 2}}
	for _, c := range []struct {
		r    Recipe
		mats [][]float32
		want string
	}{
		{Recipe{}, one, "0 widths"},
		{Recipe{Scales: []int{256}}, one, "0 widths for 1 scales"},
		{Recipe{Scales: []int{256}, Widths: []int{0}}, one, "width 0 of scale 256"},
		{Recipe{Aggregate: "sum", Scales: []int{256}, Widths: []int{2}}, one, `aggregation "sum"`},
		{Recipe{L2: "L1", Scales: []int{256}, Widths: []int{2}}, one, "L1"},
		{Recipe{Scales: []int{256, 384}, Widths: []int{2, 3}}, one, "stack them"},
		{Recipe{Scales: []int{256, 384}, Widths: []int{2, 2}}, one, "1 scales, expected 2"},
		{Recipe{Scales: []int{256}, Widths: []int{3}}, one, "scale 256 has 2 values"},
	} {
		if _, _, err := c.r.Descriptors(c.mats, 1); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: error %v, expected %q", c.r, err, c.want)
		}
	}
}
