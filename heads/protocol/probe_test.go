package protocol

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"fc7/heads/svm"
)

// The figures of the probe on Caltech-101's features, 30 images a class to train and up to 50 to test, seeds 0 to 2, as
// scikit-learn's brute force gives them.
func TestProbeOnCaltech101(t *testing.T) {
	if testing.Short() {
		t.Skip("no other goroutines than other tests have")
	}
	o, err := caltech101.Options(Options{}, Data{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[int]float64{1: 0.771, 10: 0.800, 20: 0.801, 200: 0.794}
	r, err := caltech101.Probe(t.Context(), caltech(t), o, []int{1, 10, 20, 200})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range r.Points {
		got := float64(p.Figures.Get("mean_recall"))
		t.Logf("k = %d: mean class recall %.4f ± %.4f", p.K, got, float64(p.Deviation.Get("mean_recall")))
		if math.Abs(got-want[p.K]) > 0.001 {
			t.Errorf("k = %d: mean class recall %.4f, want %.3f", p.K, got, want[p.K])
		}
	}
	if len(r.Notes) != 1 || !strings.Contains(r.Notes[0], "200 neighbours: no class has more than 30") {
		t.Errorf("notes %q", r.Notes)
	}
}

// probed are three images to train on lines of a circle, and two to test, of which one has no descriptor.
func probed() Data {
	at := func(degrees float64) []float32 {
		s, c := math.Sincos(degrees * math.Pi / 180)
		return []float32{float32(5 * c), float32(5 * s)}
	}
	rows := [][]float32{at(0), at(40), at(60), at(15), nil}
	return Data{
		IDs: []string{"a", "b", "c", "d", "e"}, Classes: []string{"x", "y"}, Labels: [][]string{{"x"}, {"y"}, {"y"}, {"y"}, {"x"}},
		Splits: [][]string{{"trainval"}, {"trainval"}, {"trainval"}, {"test"}, {"test"}}, Missing: []bool{4: true},
		X: svm.Matrix{N: 5, D: 2, Blocks: []svm.Block{{Width: 2, Rows: rows}}},
	}
}

// The votes are those of the definition: of one neighbour, the nearest; of three, the two further ones outvote it, or
// not, by their weights. A missing image is missed.
func TestProbeByHand(t *testing.T) {
	d := probed()
	o := set.Defaults()
	r, err := set.Probe(t.Context(), d, o, []int{1, 3, 9})
	if err != nil {
		t.Fatal(err)
	}
	w := func(degrees float64) float64 { return math.Exp(math.Cos(degrees*math.Pi/180) / temperature) }
	share := (w(25) + w(45)) / (w(15) + w(25) + w(45))
	if share > 0.5 {
		t.Fatalf("the share of y is %v, want a case in which x wins", share)
	}
	for _, p := range r.Points {
		if got := p.Figures.Get("accuracy"); got != 0 {
			t.Errorf("k = %d: accuracy %v: the nearest is of x, whose weight is the greatest", p.K, got)
		}
	}
	tk, err := set.task(d, o)
	if err != nil {
		t.Fatal(err)
	}
	all := make([]Result, 1)
	if err := tk.probe(t.Context(), tk.divisions[0], []int{3}, all); err != nil {
		t.Fatal(err)
	}
	scores := all[0].Splits[0].Scores
	if math.Abs(scores[1][0]-share) > 1e-6 || math.Abs(scores[0][0]+scores[1][0]-1) > 1e-12 || !math.IsInf(scores[0][1], -1) {
		t.Errorf("scores %v, want %v of y", scores, share)
	}
	want := []string{"probe of 3 neighbours: no class has more than 2", "probe of 9 neighbours: there are 3 images"}
	if len(r.Notes) != 2 || !strings.HasPrefix(r.Notes[0], want[0]) || !strings.HasPrefix(r.Notes[1], want[1]) {
		t.Errorf("notes %q", r.Notes)
	}
	if err := r.Check(); err != nil {
		t.Error(err)
	}
}

// The figures do not depend on threads, and images of several labels are judged by average precision.
func TestProbeOfSeveralLabels(t *testing.T) {
	d := probed()
	d.Labels[1] = []string{"x", "y"}
	one, err := set.Probe(t.Context(), d, Options{Settings: Settings{Threads: 1}}, []int{2})
	if err != nil {
		t.Fatal(err)
	}
	many, err := set.Probe(t.Context(), d, Options{Settings: Settings{Threads: 4}}, []int{2})
	if err != nil || fmt.Sprint(one) != fmt.Sprint(many) || one.Headline.Figure != "mean_ap" {
		t.Errorf("%+v, %+v, %v", one, many, err)
	}
	for _, ks := range [][]int{nil, {0}, {3, 3}} {
		if _, err := set.Probe(t.Context(), d, Options{}, ks); err == nil {
			t.Errorf("%v neighbours were taken", ks)
		}
	}
	bad := *one
	bad.Points = slices.Clone(bad.Points)
	bad.Points[0].K = 0
	if bad.Check() == nil || (&Probe{}).Check() == nil {
		t.Error("a probe of no neighbours is whole")
	}
}
