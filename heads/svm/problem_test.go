package svm

import (
	"math"
	"slices"
	"strings"
	"testing"
)

func TestBadProblems(t *testing.T) {
	nan := float32(math.NaN())
	good := func() Problem {
		return Problem{X: Dense([]float32{1, 2, 3, 4, 5, 6}, 2), Y: [][]int8{{1, -1, 0}}}
	}
	for name, c := range map[string]struct {
		change func(*Problem)
		want   string
	}{
		"no rows":        {func(p *Problem) { p.X.N = 0 }, "0 rows"},
		"negative width": {func(p *Problem) { p.X.D = -2 }, "-2 columns"},
		"short X":        {func(p *Problem) { p.X = Dense([]float32{1, 2, 3, 4, 5}, 2) }, "row 2 has 1 values, expected 2"},
		"long X":         {func(p *Problem) { p.X = Dense(make([]float32, 7), 2) }, "row 3 has 1 values"},
		"no classes":     {func(p *Problem) { p.Y = nil }, "no classes"},
		"short labels":   {func(p *Problem) { p.Y[0] = p.Y[0][:2] }, "class 0 has 2 labels"},
		"label 2":        {func(p *Problem) { p.Y[0][1] = 2 }, "label of row 1 for class 0 is 2"},
		"empty Rows":     {func(p *Problem) { p.Rows = []int{} }, "no rows to train on"},
		"row outside":    {func(p *Problem) { p.Rows = []int{0, 3} }, "row 3"},
		"row twice":      {func(p *Problem) { p.Rows = []int{1, 0, 1} }, "row 1 is named twice"},
		"NaN":            {func(p *Problem) { p.X.Blocks[0].Rows[1][1] = nan }, "NaN at row 1, column 1"},
		"infinity":       {func(p *Problem) { p.X.Blocks[0].Rows[2][0] = float32(math.Inf(-1)) }, "-Inf at row 2, column 0"},
	} {
		p := good()
		c.change(&p)
		_, _, err := Train(t.Context(), p, Options{})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, expected %q", name, err, c.want)
		}
	}
	if _, _, err := Train(t.Context(), good(), Options{}); err != nil {
		t.Error(err)
	}
}

// A NaN in a row that is not trained on is nobody's business.
func TestRowsOutsideAreNotRead(t *testing.T) {
	p := Problem{X: Dense([]float32{1, float32(math.NaN()), -1}, 1), Rows: []int{0, 2}, Y: [][]int8{{1, 1, -1}}}
	if _, _, err := Train(t.Context(), p, Options{}); err != nil {
		t.Fatal(err)
	}
}

func TestOneVsRest(t *testing.T) {
	y := OneVsRest([]int{1, 0, -1, 1}, 2)
	if !slices.Equal(y[0], []int8{-1, 1, 0, -1}) || !slices.Equal(y[1], []int8{1, -1, 0, 1}) {
		t.Error(y)
	}
}
