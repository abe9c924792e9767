package protocol

import (
	"math"
	"strings"
	"testing"

	"fc7/heads/metrics"
)

// chosen runs the choice over a grid of 1, 4, 16 with figures [cost][class] in place of scores.
func chosen(t *testing.T, figures [][]metrics.Value) Choice {
	t.Helper()
	d := clusters(2, 6, 3, 0.5)
	s, err := Settings{Grid: []float64{16, 1, 4, 4}}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	y := [][]int8{make([]int8, 12), make([]int8, 12)}
	for i := range 12 {
		y[0][i], y[1][i] = 1, -1
	}
	calls := 0
	c, err := s.choose(t.Context(), d, y, []part{{[]int{0, 1, 2}, []int{3, 4}}}, func(_ []int, scores [][]float64) ([]metrics.Value, error) {
		if len(scores) != 2 || len(scores[0]) != 2 {
			t.Errorf("scores of %d classes", len(scores))
		}
		calls++
		return figures[calls-1], nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if calls != 3 || len(c.Curve) != 3 || c.Curve[0].C != 1 || c.Curve[2].C != 16 || c.Trained != 3 || c.Held != 2 {
		t.Errorf("%d calls, %+v", calls, c)
	}
	return c
}

func TestChoice(t *testing.T) {
	nan := metrics.Value(math.NaN())
	c := chosen(t, [][]metrics.Value{{0.1, 0.5}, {0.4, 0.4}, {0.6, 0.2}})
	if c.C != 4 || c.Note != "" {
		t.Errorf("equal means: %+v, expected 4, the smallest of the best", c)
	}
	c.perClass(2)
	if c.PerClass[0] != 16 || c.PerClass[1] != 1 {
		t.Errorf("per class %v, expected 16 and 1", c.PerClass)
	}
	c = chosen(t, [][]metrics.Value{{nan, 0.5}, {nan, 0.6}, {nan, 0.7}})
	c.perClass(2)
	if c.C != 16 || !strings.Contains(c.Note, "end of the grid") || c.PerClass[0] != 16 {
		t.Errorf("best at the end: %+v", c)
	}
	c = chosen(t, [][]metrics.Value{{nan, nan}, {nan, nan}, {nan, nan}})
	if c.C != fallbackC || !strings.Contains(c.Note, "by default") {
		t.Errorf("nothing defined: %+v", c)
	}
}
