package protocol

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"fc7/internal/usage"
)

// TestShortClasses: a point of a low-shot curve, and random splits, tell how many images a class there really were.
func TestShortClasses(t *testing.T) {
	d := clusters(3, 12, 8, 1)
	var rows []int // of the classes all, 8 and 4 images
	count := map[string]int{}
	for i, l := range d.Labels {
		if count[l[0]]++; count[l[0]] <= map[string]int{d.Classes[0]: 12, d.Classes[1]: 8, d.Classes[2]: 4}[l[0]] {
			rows = append(rows, i)
		}
	}
	d = d.Subset(rows)
	r, err := lowShot(t, d, LowShotOptions{Shots: []int{1, 4, 50}, Draws: 2})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"1 1 0", "3–4 3.667 1", "3–9 6 3"} { // of 50 asked for, three quarters are to train
		p := r.Curves[1].Points[i]
		if got := fmt.Sprintf("%v %.4g %d", p.Images(), p.Images().Mean, len(p.Short)); got != want {
			t.Errorf("%d images a class: %s, want %s", p.Shots, got, want)
		}
	}
	before := r.Curves[1].Points[1] // of a file of before
	before.Used = nil
	if got := before.Images().String(); got != "3–4" {
		t.Errorf("of before: %s", got)
	}
	for _, c := range []struct {
		p    Protocol
		want string
	}{
		{set, "2 of 3 classes have too few images for 8 to train and one to test: three quarters of theirs are to train; classes have 3–8 to train"},
		{caltech101, "2 of 3 classes have too few images for 8 to train"},
	} {
		r, err := run(t, c.p, d, Options{TrainPerClass: 8})
		if err != nil {
			t.Fatal(err)
		}
		if notes := strings.Join(r.Notes, "\n"); !strings.Contains(notes, c.want) {
			t.Errorf("%s: notes %q, want %q", c.p.Name, notes, c.want)
		}
		if r, err = run(t, c.p, d, Options{TrainPerClass: 3}); err != nil || strings.Contains(strings.Join(r.Notes, "\n"), "too few") {
			t.Errorf("%s: %v, %q", c.p.Name, err, r.Notes)
		}
	}
}

// TestRepeatsAndRanges: what would count double, and a seed that would be another's, are wrong usage of the library,
// too.
func TestRepeatsAndRanges(t *testing.T) {
	d := clusters(3, 8, 8, 1)
	for want, o := range map[string]Options{
		"the seed 1 is given twice":        {Seeds: []uint32{1, 0, 1}},
		"the seed 4294967296: want one up": {Settings: Settings{Seed: 1 << 32}},
	} {
		if err := set.Check(o); !usage.Is(err) || !strings.Contains(err.Error(), want) {
			t.Errorf("check: %v, want %q", err, want)
		}
		if _, err := run(t, set, d, o); !usage.Is(err) || !strings.Contains(err.Error(), want) {
			t.Errorf("run: %v, want %q", err, want)
		}
	}
	if _, err := run(t, set, d, Options{Settings: Settings{Seed: math.MaxUint32, C: 1}}); err != nil {
		t.Error(err)
	}
}
