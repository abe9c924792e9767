package protocol

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"fc7/heads/svm"
)

// keptDraws keeps draws in memory, and counts those that were found.
type keptDraws struct {
	all   map[string]LowShotDraw
	found int
	err   error
}

func (k *keptDraws) Draw(head string, shots int, seed uint32) (LowShotDraw, bool) {
	d, ok := k.all[fmt.Sprint(head, shots, seed)]
	if ok {
		k.found++
	}
	return d, ok
}

func (k *keptDraws) Keep(head string, shots int, d LowShotDraw) error {
	text, err := json.Marshal(d)
	if err != nil {
		return err
	}
	var back LowShotDraw
	if err := json.Unmarshal(text, &back); err != nil {
		return err
	}
	if len(k.all) == 11 && k.err != nil {
		return k.err
	}
	k.all[fmt.Sprint(head, shots, d.Seed)] = back
	return nil
}

// TestLowShotHeads: three heads learn from the same draws, for any number of threads alike; what was kept of a run that
// ended early is not made again, and changes nothing.
func TestLowShotHeads(t *testing.T) {
	if testing.Short() {
		t.Skip("no other goroutines than other tests have")
	}
	d := clusters(5, 14, 24, 1)
	o := LowShotOptions{Options: set.Defaults(), Shots: []int{1, 4}, DrawSeeds: []uint32{7, 3, 9}}
	o.Grid = []float64{1, 16}
	curves := func(threads int, kept LowShotKept) *LowShotResult {
		o := o
		o.Threads = threads
		r, err := set.LowShot(t.Context(), d, o, kept)
		if err != nil {
			t.Fatal(err)
		}
		r.Options.Threads = 0
		return r
	}
	r := curves(1, nil)
	if !reflect.DeepEqual(r, curves(3, nil)) {
		t.Error("results depend on threads")
	}
	if err := r.Check(); err != nil || len(r.Curves) != 3 || r.Draws != 3 || r.Curves[0].Loss != nil || *r.Curves[1].Loss != svm.SquaredHinge || *r.Curves[2].Loss != svm.Softmax {
		t.Errorf("%v: %+v", err, r.Curves)
	}
	for _, c := range r.Curves {
		for i, p := range c.Points {
			for n, draw := range p.Draws {
				if first := r.Curves[0].Points[i].Draws[n]; draw.Images != first.Images || draw.Seed != o.DrawSeeds[n] || (draw.C == 0) != (c.Head == HeadMean) {
					t.Errorf("%s of %d: %+v, of the first head %+v", c.Head, p.Shots, draw, first)
				}
			}
		}
		if few, many := c.Points[0].Figures.Get("mean_recall"), c.Points[1].Figures.Get("mean_recall"); !(few > 0.3 && many > few) {
			t.Errorf("%s: recall %v of one image, %v of four", c.Head, few, many)
		}
	}
	kept := &keptDraws{all: map[string]LowShotDraw{}, err: fmt.Errorf("no room")}
	if _, err := set.LowShot(t.Context(), d, o, kept); err == nil || len(kept.all) != 11 {
		t.Fatalf("%v, %d kept", err, len(kept.all))
	}
	kept.err = nil
	if again := curves(2, kept); !reflect.DeepEqual(again, r) || kept.found != 11 || len(kept.all) != 12 {
		t.Errorf("with %d draws that were kept the curves are others", kept.found)
	}
	o.DrawSeeds = []uint32{3, 3}
	if _, err := set.LowShot(t.Context(), d, o, nil); err == nil || !strings.Contains(err.Error(), "seed 3") {
		t.Error(err)
	}
}

// TestClassMean: scores are cosines with the mean of unit rows, of blocks with factors too; a class without an image to
// learn from is never predicted.
func TestClassMean(t *testing.T) {
	d := clusters(3, 10, 8, 0.5)
	for i, row := range d.X.Blocks[0].Rows {
		for j := range row {
			row[j] *= float32(1 + i%3)
		}
	}
	d.Splits = make([][]string, len(d.IDs))
	for i := range d.Splits {
		d.Splits[i] = []string{[]string{"trainval", "test"}[i%2]}
		if i >= 20 {
			d.Splits[i] = []string{"test"}
		}
	}
	task, err := For("pets").lowShotTask(d, LowShotOptions{Shots: []int{1}})
	if err != nil {
		t.Fatal(err)
	}
	v := task.divisions[0]
	s, err := task.meanSplit(t.Context(), v)
	if err != nil {
		t.Fatal(err)
	}
	for k, scores := range s.Scores {
		mean := make([]float64, 8)
		for _, i := range v.train {
			if task.y[k][i] > 0 {
				for j, x := range unit(d.row(i)) {
					mean[j] += x
				}
			}
		}
		for n, i := range v.test {
			want, norm := 0.0, 0.0
			for j, x := range unit(d.row(i)) {
				want += x * mean[j]
				norm += mean[j] * mean[j]
			}
			if want /= math.Sqrt(norm); k == 2 && !math.IsInf(scores[n], -1) || k < 2 && math.Abs(want-scores[n]) > 1e-6 {
				t.Errorf("class %d, row %d: %v, expected %v", k, i, scores[n], want)
			}
		}
	}
	if slices.Contains(s.Best(), 2) {
		t.Error("a class without images is predicted")
	}
}

func unit(row []float32) (out []float64) {
	sum := 0.0
	for _, x := range row {
		sum += float64(x) * float64(x)
	}
	for _, x := range row {
		out = append(out, float64(x)/math.Sqrt(sum))
	}
	return out
}

// TestLowShotOfSeveralLabels: where softmax has no place the logistic heads are one a class, which is told.
func TestLowShotOfSeveralLabels(t *testing.T) {
	o := LowShotOptions{Shots: []int{2}, Draws: 1}
	o.C = 1
	for name, d := range map[string]Data{"several labels": multiLabel(80), "rows of no class": withNone(clusters(3, 8, 8, 0.5))} {
		r, err := lowShot(t, d, o)
		if err != nil {
			t.Fatal(err)
		}
		if *r.Curves[2].Loss != svm.Logistic || !strings.Contains(strings.Join(r.Notes, " "), "softmax wants one") {
			t.Errorf("%s: %v, %q", name, r.Curves[2].Loss, r.Notes)
		}
		for _, c := range r.Curves {
			if v := c.Points[0].Figures.Get("mean_ap"); !(v > 0.2 && v <= 1) {
				t.Errorf("%s: mean AP %v by %s", name, v, c.Head)
			}
		}
	}
	o.Bias = 1
	if r, err := lowShot(t, clusters(3, 8, 8, 0.5), o); err != nil || !strings.Contains(strings.Join(r.Notes, " "), "a bias") {
		t.Errorf("%v: nobody tells of the bias", err)
	}
}

// withNone is d with the labels of every fourth row taken away.
func withNone(d Data) Data {
	d.None, d.Labels = make([]bool, len(d.IDs)), slices.Clone(d.Labels)
	for i := range d.IDs {
		if i%4 == 3 {
			d.None[i], d.Labels[i] = true, nil
		}
	}
	return d
}

// TestLowShotWithoutSplits: a protocol that draws no splits says which ones a table lacks.
func TestLowShotWithoutSplits(t *testing.T) {
	p := For("dtd")
	d := clusters(3, 8, 8, 0.5)
	_, err := p.LowShot(t.Context(), d, LowShotOptions{Shots: []int{1}, Draws: 1}, nil)
	if err == nil || !strings.Contains(err.Error(), "extract the other splits") {
		t.Error(err)
	}
	if _, err := run(t, p, d, Options{}); err == nil || !strings.Contains(err.Error(), "extract the other splits") {
		t.Error(err)
	}
}

// TestLowShotOfBefore: a file with one curve is that of the head of its options.
func TestLowShotOfBefore(t *testing.T) {
	for loss, head := range map[string]string{"hinge": HeadSVM, "softmax": HeadLogistic} {
		var r LowShotResult
		text := `{"headline":{"figure":"accuracy"},"draws":1,"options":{"loss":"` + loss + `","shots":[1],"draws":1},"points":[{"shots":1,"figures":{"accuracy":0.5},"deviation":{"accuracy":null},"draws":[]}]}`
		if err := json.Unmarshal([]byte(text), &r); err != nil || r.Check() != nil || r.Curves[0].Head != head || r.Curves[0].Points[0].Figures.Get("accuracy") != 0.5 {
			t.Errorf("%s: %v, %v: %+v", loss, err, r.Check(), r)
		}
	}
	for _, bad := range []string{
		`{}`, `{"curves":[{"head":"nobody"}]}`, `{"curves":[{"head":"svm"},{"head":"svm"}]}`,
		`{"curves":[{"head":"svm","points":[{"shots":1}]},{"head":"logistic"}]}`,
		`{"curves":[{"head":"svm","points":[{"shots":1}]},{"head":"logistic","points":[{"shots":2}]}]}`,
	} {
		r := LowShotResult{Draws: 1, Headline: MeasureOf("accuracy")}
		if err := json.Unmarshal([]byte(bad), &r); err != nil || r.Check() == nil {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
