package forecast

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"slices"
	"testing"
)

// TestMeasure: a few units warm up, then twice as many are tried each time until the time is enough or all are done,
// and the rest is reckoned from those.
func TestMeasure(t *testing.T) {
	var tried []int
	try := func(_ context.Context, n int) error {
		tried = append(tried, n)
		return nil
	}
	f := New("")
	if err := f.Measure(t.Context(), Step{What: "a", Units: 20, Enough: 1e9, Least: 3}, try); err != nil {
		t.Fatal(err)
	}
	if want := []int{3, 3, 6, 12, 20}; !slices.Equal(tried, want) || f.Steps[0].Tried != 20 || f.Steps[0].Seconds != f.Steps[0].Took {
		t.Errorf("tried %v, expected %v: %+v", tried, want, f.Steps[0])
	}
	if err := f.Measure(t.Context(), Step{What: "b", Units: 100, Enough: 1e-12, Least: 10, Power: 2, Times: 3}, try); err != nil {
		t.Fatal(err)
	}
	if s := f.Steps[1]; s.Tried != 10 || math.Abs(s.Seconds/s.Took-300) > 1e-6 || s.Took <= 0 || f.Seconds != f.Steps[0].Seconds+s.Seconds {
		t.Errorf("%+v of %v", s, f.Seconds)
	}
	if err := f.Measure(t.Context(), Step{Units: 0}, func(context.Context, int) error { return errors.New("nothing to try") }); err != nil || len(f.Steps) != 3 {
		t.Error(err)
	}
	if err := f.Measure(t.Context(), Step{Units: 1}, func(context.Context, int) error { return errors.New("no") }); err == nil || len(f.Steps) != 3 {
		t.Error("an error was passed over")
	}
}

func TestEvenly(t *testing.T) {
	if got := Evenly(4, 10); !slices.Equal(got, []int{0, 2, 5, 7}) {
		t.Errorf("%v", got)
	}
	if got := Evenly(9, 3); !slices.Equal(got, []int{0, 1, 2}) {
		t.Errorf("%v", got)
	}
}

func TestStanding(t *testing.T) {
	dir := t.TempDir()
	if got := standing(filepath.Join(dir, "a", "b")); got != dir {
		t.Errorf("%s, expected %s", got, dir)
	}
}

func TestAbout(t *testing.T) {
	for seconds, want := range map[float64]string{3: "3 s", 119: "119 s", 120: "2 min", 7199: "120 min", 7200: "2 h", 172800: "2 days"} {
		if got := About(seconds); got != want {
			t.Errorf("%v: %s, expected %s", seconds, got, want)
		}
	}
}
