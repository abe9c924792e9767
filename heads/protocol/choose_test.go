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
	c, err := s.choose(t.Context(), d, y, []part{{[]int{0, 1, 2}, []int{3, 4}}}, func(_ []int, scores [][]float64) (judged, error) {
		if len(scores) != 2 || len(scores[0]) != 2 {
			t.Errorf("scores of %d classes", len(scores))
		}
		calls++
		return judged{each: figures[calls-1]}, nil
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

// TestChosenByTheProtocolsFigure: C is chosen by the figure that counts, which on classes of unlike sizes differ.
func TestChosenByTheProtocolsFigure(t *testing.T) {
	d := clusters(4, 40, 8, 1.5)
	var rows []int
	for i := range d.IDs {
		if k := i / 40; i%40 < 40>>k { // 40, 20, 10 and 5 of the classes
			rows = append(rows, i)
		}
	}
	d = d.Subset(rows)
	scored := d
	for i := range d.IDs {
		d.Splits = append(d.Splits, [][]string{{"train"}, {"val"}, {"train"}, {"val"}, {"test"}}[i%5])
		scored.Splits = append(scored.Splits, [][]string{{"trainval"}, {"test"}, {"trainval"}, {"test"}, nil}[i%5])
	}
	chosen := map[string]float64{}
	for kind, want := range map[string]string{"dtd": "accuracy", "pets": "mean_recall", "coco": "mean_ap"} {
		p := For(kind)
		s := Settings{Grid: []float64{0.001, 4}}
		r, err := run(t, p, d, Options{Settings: s})
		if err != nil {
			t.Fatal(err)
		}
		c := r.Splits[0].Choice
		if c.On != "val" || c.Measure != MeasureOf(want).Name && want != "mean_ap" {
			t.Errorf("%s: chosen by %s on %s", kind, c.Measure, c.On)
		}
		first, err := run(t, p, scored, Options{Settings: Settings{C: s.Grid[0]}})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := c.Curve[0].Score, first.Figures.Get(want); math.Abs(float64(got-want)) > 1e-12 {
			t.Errorf("%s: the curve has %v, the figure on val is %v", kind, got, want)
		}
		chosen[kind] = float64(c.Curve[0].Score)
	}
	if chosen["dtd"] == chosen["pets"] {
		t.Error("accuracy and recall do not differ: the test tells nothing")
	}
	folded, err := run(t, For("dtd"), d, Options{Settings: Settings{Grid: []float64{1, 4}, Folds: 3}})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range folded.Splits[0].Choice.Curve {
		if mean, _ := metrics.Mean(p.Folds); len(p.Folds) != 3 || mean != p.Score {
			t.Errorf("folds of %v, of which %v is not the mean", p.Folds, p.Score)
		}
	}
}
