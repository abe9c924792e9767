package protocol

import (
	"math"
	"strings"
	"testing"

	"fc7/heads/svm"
)

func TestFuse(t *testing.T) {
	d := Recipe{Aggregate: Mean, L2: L2None, Scales: []int{256, 384}, Widths: []int{2, 2}}
	e := Recipe{Aggregate: Stack, L2: L2None, Scales: []int{256}, Widths: []int{3}}
	mats := []svm.Block{one(3, 0), one(3, 8), one(0, 0, 2)} // D: mean (3, 4), norm 5; E: norm 2
	root := float32(math.Sqrt(29))
	half := float32(math.Sqrt(0.5))
	for place, want := range map[L2][]float32{
		L2None:   {3, 4, 0, 0, 2},
		L2Before: {0.6, 0.8, 0, 0, 1},
		L2After:  {3 / root, 4 / root, 0, 0, 2 / root},
		L2Both:   {0.6 * half, 0.8 * half, 0, 0, half},
		"":       {0.6 * half, 0.8 * half, 0, 0, half},
	} {
		r, err := Fuse([]Recipe{d, e}, place)
		if err != nil {
			t.Fatal(err)
		}
		if r.Width() != 5 || r.matrices() != 3 {
			t.Errorf("width %d, %d matrices", r.Width(), r.matrices())
		}
		m, _, err := r.Matrix(mats, 1)
		if err != nil {
			t.Fatal(err)
		}
		s, err := r.Stacked([]svm.Matrix{svm.Dense([]float32{3, 4}, 2), svm.Dense([]float32{0, 0, 2}, 3)})
		if err != nil {
			t.Fatal(err)
		}
		x, stacked := values(m, 0), values(s, 0)
		for i := range want {
			if math.Abs(float64(x[i]-want[i])) > 1e-6 || x[i] != stacked[i] {
				t.Errorf("L2 %q: %v, stacked %v, want %v", place, x, stacked, want)
				break
			}
		}
	}
}

func TestFuseRefuses(t *testing.T) {
	good := Recipe{Scales: []int{256}, Widths: []int{2}}
	fused, err := Fuse([]Recipe{good, good}, L2After)
	if err != nil {
		t.Fatal(err)
	}
	for want, c := range map[string]struct {
		parts []Recipe
		l2    L2
	}{
		`L2 "sideways"`:     {[]Recipe{good, good}, "sideways"},
		"table 2: unknown":  {[]Recipe{good, {Aggregate: "sum"}}, ""},
		"table 1 is itself": {[]Recipe{fused, good}, ""},
	} {
		if _, err := Fuse(c.parts, c.l2); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, expected %q", err, want)
		}
	}
	if _, _, err := fused.Matrix([]svm.Block{one(1, 2)}, 1); err == nil || !strings.Contains(err.Error(), "1 blocks for 2 tables, expected 2") {
		t.Error(err)
	}
}

func TestRecipeInWords(t *testing.T) {
	r, err := Fuse([]Recipe{{Scales: []int{256, 384}, Widths: []int{2, 2}}, {Aggregate: Stack, L2: L2None, Scales: []int{256}, Widths: []int{3}}}, "")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := r.String(), "stack of (mean of 256, 384; L2 after) and (stack of 256; L2 none); L2 both"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
