package heads

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"fc7/datasets"
	"fc7/datasets/synth"
	"fc7/heads/protocol"
	"fc7/heads/svm"
	"fc7/internal/rowkey"
	"fc7/outputs"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/internal/fixture"
)

// openDrawn draws a set in a layout and opens it.
func openDrawn(t *testing.T, layout string) *datasets.Set {
	t.Helper()
	o := synth.Options{Layout: layout, Images: 32, Seed: 3, Size: 48}
	if slices.Contains(synth.WithClasses(), layout) {
		o.Classes = 4
	}
	s, err := synth.Generate(t.Context(), filepath.Join(t.TempDir(), "drawn"), o)
	if err != nil {
		t.Fatal(err)
	}
	open := datasets.Options{}
	if layout == "voc2012-action" || layout == "vocxml" {
		open.Objects = datasets.ObjectsBox
	}
	set, err := datasets.Open(t.Context(), s.Spec, open)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// described are the rows of a set with drawn descriptors that tell something of their labels.
func described(set *datasets.Set) protocol.Data {
	const width = 12
	r := rand.New(rand.NewPCG(5, 6))
	d := protocol.Data{Classes: set.Classes}
	centre := map[string][]float64{}
	for _, c := range set.Classes {
		for range width {
			centre[c] = append(centre[c], r.NormFloat64())
		}
	}
	var x []float32
	for i := range set.Items {
		it := &set.Items[i]
		d.IDs, d.Images, d.Objects = append(d.IDs, rowkey.Of(it.ID, it.Object)), append(d.Images, it.ID), append(d.Objects, it.Object)
		d.Labels, d.Ignored, d.None, d.Splits = append(d.Labels, it.Labels()), append(d.Ignored, it.Ignored()), append(d.None, it.None), append(d.Splits, it.Splits())
		for j := range width {
			v := 0.3 * r.NormFloat64()
			for _, c := range it.Labels() {
				v += centre[c][j]
			}
			x = append(x, float32(v))
		}
	}
	d.X = svm.Dense(x, width)
	return d
}

// TestLowShotOfDrawnKinds: each kind of data set has low-shot curves of three heads by its protocol: on its own splits,
// divisions or random ones, with one label or several, the same for any number of threads.
func TestLowShotOfDrawnKinds(t *testing.T) {
	for _, layout := range synth.Layouts() {
		t.Run(layout, func(t *testing.T) {
			t.Parallel()
			set := openDrawn(t, layout)
			d, p := described(set), protocol.For(set.Kind)
			o := protocol.LowShotOptions{Options: p.Defaults(), Shots: []int{1, 2, 16}, Draws: 2}
			o.C, o.Threads = 1, 1
			r, err := p.LowShot(t.Context(), d, o, nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := r.Check(); err != nil || len(r.Curves) != 3 {
				t.Errorf("%v: %d curves", err, len(r.Curves))
			}
			want := p.Headline[0]
			if voc := strings.HasPrefix(layout, "voc"); voc {
				want = "mean_ap"
			} else if *r.Curves[2].Loss != svm.Softmax {
				t.Errorf("%s: no softmax on one label an image", p.Name)
			}
			if r.Headline.Figure != want {
				t.Errorf("%s: %s counts", p.Name, r.Headline.Figure)
			}
			for _, c := range r.Curves {
				last := c.Points[2]
				if len(last.Short) == 0 || last.Images().Least == last.Images().Most && last.Shots == last.Images().Most {
					t.Errorf("%s: nothing tells that classes have fewer than 16 images: %v", c.Head, last.Images())
				}
				for i, point := range c.Points {
					v, _ := r.Figure(point)
					if !v.Defined() || v < 0.2 {
						t.Errorf("%s of %d images: %v", c.Head, point.Shots, v)
					}
					for n, draw := range point.Draws {
						if first := r.Curves[0].Points[i].Draws[n]; draw.Images != first.Images || draw.Images.Train < 1 {
							t.Errorf("%s of %d images: %+v, by the class means %+v", c.Head, point.Shots, draw.Images, first.Images)
						}
					}
				}
			}
			o.Threads = 2
			again, err := p.LowShot(t.Context(), d, o, nil)
			if err != nil || !reflect.DeepEqual(again.Curves, r.Curves) {
				t.Errorf("%v: curves depend on threads", err)
			}
		})
	}
}

// TestLowShotGoesOn: draws stand beside the heads until these do; the same job takes them up, another one says that it
// does not, nor does it take damaged ones.
func TestLowShotGoesOn(t *testing.T) {
	j := fixture.Job(t)
	j.DataSet = fixture.Drawn(t, synth.LayoutCaltech101, 40)
	fixture.Extract(t, j)
	job := Job{
		Features: j.Out, Protocol: "set", LowShot: []int{1, 2}, DrawSeeds: []uint32{4, 6}, Out: filepath.Join(t.TempDir(), "heads"),
		Options: protocol.Options{Settings: protocol.Settings{C: 1}, Seeds: []uint32{0}},
	}
	var notes []string
	ev := conveyor.Events{Note: func(s string) { notes = append(notes, s) }}
	whole, err := Train(t.Context(), job, ev)
	if err != nil {
		t.Fatal(err)
	}
	path := drawsOf(job.Out)
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) || whole.LowShot.Draws != 2 {
		t.Errorf("draws are left: %v", err)
	}
	stopped := func() *draws { // as it stands after the first curve, with a figure that tells where it is from
		d := openDraws(job.Out, whole.Digests, conveyor.Events{})
		for _, p := range whole.LowShot.Curves[1].Points {
			for _, draw := range p.Draws {
				draw.Figures = slices.Clone(draw.Figures)
				draw.Figures[0].Value = 0.125
				if err := d.Keep(protocol.HeadSVM, p.Shots, draw); err != nil {
					t.Fatal(err)
				}
			}
		}
		return d
	}
	again := func(of Job) *Result {
		notes = nil
		of.Replace = true
		r, err := Train(t.Context(), of, ev)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	taken := func(r *Result) bool {
		name := r.LowShot.Curves[1].Points[0].Figures[0].Name
		return r.LowShot.Curves[1].Points[0].Figures.Get(name) == 0.125
	}
	stopped()
	if r := again(job); !taken(r) || !strings.Contains(fmt.Sprint(notes), "4 draws of the low-shot curves are there already") || !reflect.DeepEqual(r.LowShot.Curves[2], whole.LowShot.Curves[2]) {
		t.Errorf("draws are made again: %q", notes)
	}
	other := job
	other.Options.Bias = 1
	stopped()
	if r := again(other); taken(r) || !strings.Contains(fmt.Sprint(notes), "other options") {
		t.Errorf("draws of other options: %q", notes)
	}
	stopped()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(text), "0.125", "0.25", 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	if r := again(job); taken(r) || !strings.Contains(fmt.Sprint(notes), "not used") || math.IsNaN(float64(r.LowShot.Curves[1].Points[0].Figures[0].Value)) {
		t.Errorf("damaged draws: %q", notes)
	}
	if err := outputs.ReadJSON(path, new(keptDraws)); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	for want, bad := range map[string]Job{"would do nothing": {Features: j.Out, DrawSeeds: []uint32{1}}, "exclude each other": {Features: j.Out, LowShot: []int{1}, Draws: 2, DrawSeeds: []uint32{1}}} {
		if err := bad.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
