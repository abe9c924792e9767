package protocol

import (
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"fc7/heads/svm"
)

// scikit-learn's LinearSVC (squared hinge, C = 10, its default intercept) on the same splits of the real features has a
// mean class recall of 0.8537, 0.8588, 0.8333 for seeds 0, 1, 2, and 0.9435, 0.9371, 0.9520 with the first ten classes
// only.
func TestRecallOnCaltech101(t *testing.T) {
	d := caltech(t)
	want, images := []float64{0.85373, 0.85880, 0.83327}, Images{Train: 3060, Test: 2995}
	if testing.Short() {
		d = firstClasses(d, 10)
		want, images = []float64{0.94345, 0.93712, 0.95200}, Images{Train: 300, Test: 366}
	}
	r, err := run(t, caltech101, d, Options{Settings: Settings{C: 10, Bias: 1}})
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range r.Splits {
		t.Logf("seed %d: mean class recall %.5f, scikit-learn %.5f", s.Seed, s.Figures.Get("mean_recall"), want[i])
		if math.Abs(float64(s.Figures.Get("mean_recall"))-want[i]) > 0.003 {
			t.Errorf("seed %d: mean class recall %v, scikit-learn %v", s.Seed, s.Figures.Get("mean_recall"), want[i])
		}
		if s.Images != images {
			t.Errorf("seed %d: %+v", s.Seed, s.Images)
		}
		for k, c := range s.Head.Solver {
			if !c.Converged {
				t.Errorf("seed %d class %s: %+v", s.Seed, s.Head.Classes[k], c)
			}
		}
	}
	if len(r.Notes) > 0 {
		t.Error(r.Notes)
	}
}

// firstClasses leaves the first n classes of a table that is sorted by class.
func firstClasses(d Data, n int) Data {
	d.Classes = d.Classes[:n]
	rows := slices.IndexFunc(d.Labels, func(l []string) bool { return !slices.Contains(d.Classes, l[0]) })
	d.IDs, d.Labels = d.IDs[:rows], d.Labels[:rows]
	d.X.N, d.X.Blocks = rows, []svm.Block{{Width: d.X.D, Rows: d.X.Blocks[0].Rows[:rows]}}
	return d
}

func TestChoiceOnCaltech101(t *testing.T) {
	if testing.Short() {
		t.Skip("training 102 classes for a grid of C is left out with -short")
	}
	r, err := run(t, caltech101, caltech(t), Options{Seeds: []uint32{1}, Settings: Settings{Bias: 1}})
	if err != nil {
		t.Fatal(err)
	}
	s := r.Splits[0]
	for _, p := range s.Choice.Curve {
		t.Logf("C %v: %.4f", p.C, p.Score)
	}
	t.Logf("C %v: recall %.4f", s.Choice.C, s.Figures.Get("mean_recall"))
	if s.Choice.Trained != 24*102 || s.Choice.Held != 6*102 || s.Figures.Get("mean_recall") < 0.84 {
		t.Errorf("%+v", s)
	}
}

func TestCaltechOnClusters(t *testing.T) {
	d := clusters(6, 20, 8, 0.6)
	r, err := run(t, caltech101, d, Options{TrainPerClass: 10, TestPerClass: 6, Settings: Settings{Bias: 1}})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Splits) != 3 || len(r.Classes) != 6 || r.Figures.Get("mean_recall") < 0.8 || !r.Deviation.Get("mean_recall").Defined() {
		t.Fatalf("%+v", r)
	}
	for _, s := range r.Splits {
		if s.Images != (Images{Train: 60, Test: 36}) || s.Choice.Trained != 48 || s.Choice.Held != 12 || len(s.Choice.Curve) != 7 {
			t.Errorf("%+v", s)
		}
		hits, n := make([]int, 6), make([]int, 6)
		for i, p := range s.Best() {
			class := truth(s, i)
			n[class]++
			if p == class {
				hits[p]++
			}
			scores, err := s.Head.ScoreRows(d.X, []int{slices.Index(d.IDs, s.IDs[i])})
			if err != nil || scores[p][0] != s.Scores[p][i] {
				t.Fatal(scores, err)
			}
		}
		sum := 0.0
		for k := range n {
			sum += float64(hits[k]) / float64(n[k]) / 6
		}
		if math.Abs(sum-float64(s.Figures.Get("mean_recall"))) > 1e-12 {
			t.Errorf("mean class recall %v, counted %v", s.Figures.Get("mean_recall"), sum)
		}
	}
	if _, err := json.Marshal(r); err != nil {
		t.Error(err)
	}
}

func TestCaltechIsReproducible(t *testing.T) {
	d := clusters(6, 20, 8, 0.6)
	var results []*Result
	for _, threads := range []int{1, 3} {
		r, err := run(t, caltech101, d, Options{TrainPerClass: 10, Settings: Settings{Threads: threads}})
		if err != nil {
			t.Fatal(err)
		}
		r.Options.Threads = 0
		for i := range r.Splits {
			r.Splits[i].Head.Settings.Threads = 0
		}
		results = append(results, r)
	}
	if !reflect.DeepEqual(results[0], results[1]) {
		t.Error("results depend on the number of threads")
	}
}

// Whatever the test images are, the choice of C and the heads are the same.
func TestCaltechChoiceDoesNotSeeTestImages(t *testing.T) {
	if testing.Short() {
		t.Skip("no other goroutines than other tests have")
	}
	d := clusters(5, 20, 8, 0.9)
	o := Options{TrainPerClass: 12, Seeds: []uint32{7}}
	clean, err := run(t, caltech101, d, o)
	if err != nil {
		t.Fatal(err)
	}
	d.X = copied(d.X)
	for _, id := range clean.Splits[0].IDs {
		for j := range d.row(slices.Index(d.IDs, id)) {
			d.row(slices.Index(d.IDs, id))[j] = float32(1000 - 300*j)
		}
	}
	poisoned, err := run(t, caltech101, d, o)
	if err != nil {
		t.Fatal(err)
	}
	a, b := clean.Splits[0], poisoned.Splits[0]
	if a.Figures.Get("mean_recall") == b.Figures.Get("mean_recall") {
		t.Fatal("the poison did nothing")
	}
	if !reflect.DeepEqual(a.Choice, b.Choice) || !reflect.DeepEqual(a.Head, b.Head) {
		t.Error("test images had a part in training")
	}
}

func TestCaltechWithFewImages(t *testing.T) {
	d := clusters(3, 4, 5, 0.2)
	d.Classes = append(d.Classes, "empty")
	r, err := run(t, caltech101, d, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if c := r.Classes[0]; c.Counts.Get("train") != 3 || c.Counts.Get("test") != 1 || c.Counts.Get("images") != 4 || len(r.Classes) != 3 {
		t.Errorf("%+v", r.Classes)
	}
	notes := strings.Join(r.Notes, "\n")
	for _, want := range []string{"3 of 3 classes have too few images", "3 of 4", "1 of 4 classes have no image"} {
		if !strings.Contains(notes, want) {
			t.Errorf("notes %q lack %q", notes, want)
		}
	}
	r, err = run(t, caltech101, clusters(3, 2, 5, 0.2), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if c := r.Splits[0].Choice; c.C != 1 || c.Note == "" || len(c.Curve) != 0 {
		t.Errorf("%+v", c)
	}
}

// A missing descriptor is left out of training and counts as not recognised in testing; the split stays as it is.
func TestCaltechWithMissingRows(t *testing.T) {
	d := clusters(4, 20, 8, 0.05)
	o := Options{TrainPerClass: 10, Seeds: []uint32{0}, Settings: Settings{C: 1}}
	whole, err := run(t, caltech101, d, o)
	if err != nil {
		t.Fatal(err)
	}
	tested := slices.Index(d.IDs, whole.Splits[0].IDs[0])
	d.Missing = make([]bool, len(d.IDs))
	d.Missing[tested] = true
	d.X = copied(d.X)
	for i := range d.IDs {
		if !slices.Contains(whole.Splits[0].IDs, d.IDs[i]) {
			d.Missing[i] = true
			break
		}
	}
	for i, m := range d.Missing {
		if m {
			d.row(i)[0] = float32(math.NaN())
		}
	}
	r, err := run(t, caltech101, d, o)
	if err != nil {
		t.Fatal(err)
	}
	s := r.Splits[0]
	if s.Images != (Images{Train: 39, TrainMissing: 1, Test: 40, TestMissing: 1}) || !slices.Equal(s.IDs, whole.Splits[0].IDs) {
		t.Errorf("%+v", s.Images)
	}
	if s.Best()[0] != -1 || s.Confusion.Missing[truth(s, 0)] != 1 || math.Abs(float64(whole.Figures.Get("mean_recall")-s.Figures.Get("mean_recall"))-1./40) > 1e-9 {
		t.Errorf("recall %v, without missing %v", s.Figures.Get("mean_recall"), whole.Figures.Get("mean_recall"))
	}
}

// truth is the class of scored row i.
func truth(s Split, i int) int {
	return slices.IndexFunc(s.True, func(y []int8) bool { return y[i] > 0 })
}
