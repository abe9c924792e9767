package localisation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fc7/datasets"
	"fc7/heads/localise"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/internal/fixture"
	"fc7/vgg"
	"fc7/vgg/weights"
)

// pointing writes a net whose last layer gives the same numbers whatever it sees.
func pointing(t *testing.T, outputs []float32, meta map[string]string) string {
	t.Helper()
	c, err := vgg.Lookup("vgg11/64:fc8")
	if err != nil {
		t.Fatal(err)
	}
	c.Classes = len(outputs)
	random := filepath.Join(t.TempDir(), "random.safetensors")
	if err := vgg.Init(t.Context(), random, c, 3, weights.SafetensorsOptions{}); err != nil {
		t.Fatal(err)
	}
	return beheaded(t, random, func(_, i int) float32 { return 0 }, outputs, meta)
}

// beheaded writes a net with another last layer: the weight of each output and input, and biases.
func beheaded(t *testing.T, from string, weight func(output, input int) float32, biases []float32, meta map[string]string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "net.safetensors")
	f, err := weights.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for k, v := range f.Metadata {
		if _, said := meta[k]; !said {
			meta[k] = v
		}
	}
	var all []weights.Source
	for _, t := range f.Tensors {
		s := t.Source()
		switch s.Name {
		case "classifier.6.weight":
			width := s.Shape[1]
			w := make([]float32, len(biases)*width)
			for i := range w {
				w[i] = weight(i/width, i%width)
			}
			s = weights.SliceSource(s.Name, []int{len(biases), width}, w)
		case "classifier.6.bias":
			s = weights.SliceSource(s.Name, []int{len(biases)}, biases)
		}
		all = append(all, s)
	}
	if err := weights.WriteSafetensors(path, all, weights.SafetensorsOptions{Metadata: meta}); err != nil {
		t.Fatal(err)
	}
	return path
}

// boxesNet points at places, one for all classes or one a class.
func boxesNet(t *testing.T, classes []string, side int, places ...[4]float32) string {
	t.Helper()
	h := localise.Head{Regress: localise.PerClass, Classes: classes, Deviation: [4]float64{1, 1, 1, 1}, Side: side, Crop: 224, Central: 0.9}
	if len(places) == 1 {
		h.Regress = localise.Single
	}
	text, err := h.Encode()
	if err != nil {
		t.Fatal(err)
	}
	var outputs []float32
	for _, p := range places {
		outputs = append(outputs, p[:]...)
	}
	return pointing(t, outputs, map[string]string{vgg.MetaBoxes: text})
}

// classesNet finds classes with these scores in every window.
func classesNet(t *testing.T, classes []string, scores ...float32) string {
	t.Helper()
	text, err := vgg.EncodeClasses(classes)
	if err != nil {
		t.Fatal(err)
	}
	return pointing(t, scores, map[string]string{vgg.MetaClasses: text})
}

func classesOfDrawn(t *testing.T) (spec string, set *datasets.Boxed) {
	t.Helper()
	spec = fixture.Drawn(t, "vocxml", 10)
	set, err := datasets.OpenBoxed(t.Context(), spec, datasets.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return spec, set
}

func someJob(t *testing.T, boxes, classes []string) Job {
	t.Helper()
	j := DefaultJob()
	j.Boxes, j.Weights, j.Threads, j.ShardRows, j.Out = boxes, classes, 2, 4, filepath.Join(t.TempDir(), "run")
	return j
}

// answersOf reads what Predict wrote.
func answersOf(t *testing.T, j Job) (all []Answer) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(j.Out, linesName))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var a Answer
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			t.Fatal(err)
		}
		all = append(all, a)
	}
	return all
}

// scaledTo is the size of an image whose smallest side is to be q.
func scaledTo(w, h, q int) (int, int) {
	if w < h {
		return q, int(math.Round(float64(h*q) / float64(w)))
	}
	return int(math.Round(float64(w*q) / float64(h))), q
}

// TestPredict: a net that points at one place of its window gives the mean of the windows that agree, of the class that
// the other net finds; the table is what csv: reads, the annotations what vocxml: does.
func TestPredict(t *testing.T) {
	spec, set := classesOfDrawn(t)
	place := [4]float32{0.5, 0.5, 0.5, 0.25}
	scores := make([]float32, len(set.Classes))
	scores[2] = 3
	j := someJob(t, []string{boxesNet(t, set.Classes, 224, place)}, []string{classesNet(t, set.Classes, scores...)})
	j.Inputs, j.XML, j.Merge.Threshold = []string{spec}, true, 10 // all windows become one
	p, err := Predict(t.Context(), j, conveyor.Events{})
	if err != nil || p.Boxes != len(set.Items) || p.Failed != 0 {
		t.Fatal(p, err)
	}
	sum := 0.0
	for _, s := range scores {
		sum += math.Exp(float64(s))
	}
	for i, a := range answersOf(t, j) {
		w, h := scaledTo(a.Width, a.Height, 224)
		windows := float64((1 + (w-224)/32) * (1 + (h-224)/32))
		middle := float64((w-224)/32*32)/2 + 112 // of all windows' middles
		x0, x1 := (middle-56)*float64(a.Width)/float64(w), (middle+56)*float64(a.Width)/float64(w)
		f := a.Found[0]
		if f.Class != set.Classes[2] || math.Abs(f.Posterior-math.Exp(3)/sum) > 1e-6 || math.Abs(f.Rating-windows*f.Posterior) > 1e-5 || len(a.Found) != min(5, len(set.Classes)) {
			t.Errorf("image %d: %+v, want %v windows", i, f, windows)
		}
		if w >= h && (math.Abs(f.Box.XMin-1-x0) > 0.02 || math.Abs(f.Box.XMax-x1) > 0.02) {
			t.Errorf("image %d of %dx%d: %+v, want x from %v to %v", i, a.Width, a.Height, f.Box, x0+1, x1)
		}
	}
	table, err := datasets.Open(t.Context(), "csv:"+p.Files[0], datasets.Options{Objects: datasets.ObjectsBox})
	if err != nil || len(table.Items) != len(set.Items) || table.Items[0].Labels()[0] != set.Classes[2] || table.Items[0].ID != set.Items[0].ID {
		t.Fatal(table, err)
	}
	for i, it := range table.Items {
		if _, err := os.Stat(it.At.Path); err != nil || it.Box == nil {
			t.Errorf("%s: %v", set.Items[i].ID, err)
		}
		dir, name := annotationPlace(set.Items[i].ID)
		a, err := datasets.ReadAnnotation(filepath.Join(p.Files[2], dir, name))
		if err != nil || len(a.Objects) != 1 || *a.Objects[0].Box != (datasets.Box{XMin: it.Box.XMin, YMin: it.Box.YMin, XMax: it.Box.XMax, YMax: it.Box.YMax}) {
			t.Errorf("annotation of %s: %+v, %v", set.Items[i].ID, a, err)
		}
	}
}

// TestPredictGoesOn: stopped while maps are computed, the same call leaves the same files; an image that cannot be read
// has a line that says why, and no box.
func TestPredictGoesOn(t *testing.T) {
	dir := t.TempDir()
	_, set := classesOfDrawn(t)
	var names []string
	for i, it := range set.Items[:6] {
		names = append(names, filepath.Join(dir, fmt.Sprintf("%d.jpg", i)))
		b, err := os.ReadFile(it.At.Path)
		if err != nil {
			t.Fatal(err)
		}
		if i == 2 {
			b = b[:100]
		}
		fixture.WriteFile(t, names[i], b)
	}
	net := boxesNet(t, []string{"thing"}, 224, [4]float32{0.4, 0.5, 0.3, 0.25})
	files := func(j Job) string {
		var all string
		for _, name := range []string{csvName, linesName} {
			b, err := os.ReadFile(filepath.Join(j.Out, name))
			if err != nil {
				t.Fatal(err)
			}
			all += string(b)
		}
		return all
	}
	whole := someJob(t, []string{net}, nil)
	whole.Inputs, whole.ShardRows = names, 1
	if p, err := Predict(t.Context(), whole, conveyor.Events{}); !errors.Is(err, conveyor.ErrSomeFailed) || p.Failed != 1 || p.Boxes != 5 {
		t.Fatal(p, err)
	}
	if a := answersOf(t, whole)[2]; a.Error == "" || len(a.Found) != 0 {
		t.Errorf("%+v", a)
	}
	cut := whole
	cut.Out = filepath.Join(t.TempDir(), "run")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if _, err := Predict(ctx, cut, conveyor.Events{Shard: func(conveyor.ShardDone) { cancel() }}); err == nil || errors.Is(err, conveyor.ErrSomeFailed) {
		t.Fatal("not stopped:", err)
	}
	if _, err := Predict(t.Context(), cut, conveyor.Events{}); !errors.Is(err, conveyor.ErrSomeFailed) {
		t.Fatal(err)
	}
	if files(cut) != files(whole) {
		t.Errorf("%s, want %s", files(cut), files(whole))
	}
}

// TestEvaluate: figures of boxes that are known, in the middle and densely, of one net and of two.
func TestEvaluate(t *testing.T) {
	spec, set := classesOfDrawn(t)
	scores := make([]float32, len(set.Classes))
	first := boxesNet(t, set.Classes, 256, [4]float32{0.5, 0.5, 1, 1})
	var perClass [][4]float32
	for range set.Classes {
		perClass = append(perClass, [4]float32{0.5, 0.5, 0.1, 0.1})
	}
	j := someJob(t, []string{first, boxesNet(t, set.Classes, 224, perClass...)}, []string{classesNet(t, set.Classes, scores...)})
	j.DataSet = spec
	r, err := Evaluate(t.Context(), j, conveyor.Events{})
	if err != nil {
		t.Fatal(err)
	}
	var ways []string
	objects := 0
	for _, b := range set.Boxes {
		seen := map[string]bool{}
		for _, o := range b {
			seen[o.Class] = true
		}
		objects += len(seen)
	}
	for _, row := range r.Rows {
		ways = append(ways, fmt.Sprint(row.Views, " ", row.Nets, row.Scales, row.Share))
		if row.Objects != objects || row.Top5 == nil || *row.Top5 < *row.Class5 || *row.Top1 < *row.Top5 || row.Right < 0 || row.Right > 1 {
			t.Errorf("%+v", row)
		}
	}
	want := "constant [] [] 1, constant [] [] 0.75, constant [] [] 0.9, centre [0] [256] 0, dense [0] [256] 0, centre [1] [224] 0, dense [1] [224] 0, dense [0 1] [224 256] 0"
	if got := strings.Join(ways, ", "); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got, want := r.Rows[3], centredBy(t, set, 256, 1); math.Abs(got.MeanIoU-want) > 2e-3 {
		t.Errorf("mean IoU of the middle %v, want %v", got.MeanIoU, want)
	}
	if a, b := r.Rows[5].MeanIoU, r.Rows[3].MeanIoU; !(a < b) {
		t.Errorf("a tenth of the window has a mean IoU of %v, all of it %v", a, b)
	}
	if _, err := os.Stat(filepath.Join(j.Out, resultName)); err != nil {
		t.Error(err)
	}
}

// TestFlip: with the mirror images a net that points to the left points as far to the right; the middle is between
// both, and so is what all windows merge to.
func TestFlip(t *testing.T) {
	spec, set := classesOfDrawn(t)
	j := someJob(t, []string{boxesNet(t, set.Classes, 224, [4]float32{0.3, 0.5, 0.4, 0.25})}, []string{classesNet(t, set.Classes, make([]float32, len(set.Classes))...)})
	j.DataSet, j.Inputs, j.Flip, j.Merge.Threshold = spec, []string{spec}, true, 10
	r, err := Evaluate(t.Context(), j, conveyor.Events{})
	if err != nil || !r.Flip {
		t.Fatal(r, err)
	}
	for _, e := range r.Examples.Best { // of dense, and so of all windows
		if middle := (e.Box.XMin + e.Box.XMax) / 2; math.Abs(middle-float64(e.Size.Width+1)/2) > 0.02 {
			t.Errorf("dense: the middle is %v of %d pixels", middle, e.Size.Width)
		}
	}
	s, v := seenFirst(t, j)
	if b := v.central(s, 0, 0); math.Abs((b.XMin+b.XMax)/2-float64(v.of.Width+1)/2) > 1.5 { // the middle is cut at a whole pixel
		t.Errorf("centre: %+v of %+v", b, v.of)
	}
	c, err := v.candidates(s, []int{0}, 0)
	if n := len(c.boxes); err != nil || n%2 != 0 || c.at[n/2].look != 1 || c.at[0].look != 0 {
		t.Fatal(c, err)
	}
	j.Out = filepath.Join(t.TempDir(), "found")
	if _, err := Predict(t.Context(), j, conveyor.Events{}); err != nil {
		t.Fatal(err)
	}
	windows := float64(len(c.boxes)) / float64(len(set.Classes))
	if f := answersOf(t, j)[0].Found[0]; math.Abs(f.Rating-windows) > 1e-5 {
		t.Errorf("%+v, want the rating of %v windows", f, windows)
	}
}

// seenFirst is what the nets of a job see of its first image.
func seenFirst(t *testing.T, j Job) (*system, *sight) {
	t.Helper()
	set, err := datasets.OpenBoxed(t.Context(), j.DataSet, datasets.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := newSystem(t.Context(), j, set.Set, true, conveyor.Events{})
	if err != nil {
		t.Fatal(err)
	}
	w, err := s.walk()
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	v, err := w.next()
	if err != nil {
		t.Fatal(err)
	}
	return s, v
}

// centredBy is the mean IoU of boxes with a share of the window in the middle of images at scale q.
func centredBy(t *testing.T, set *datasets.Boxed, q int, share float64) float64 {
	t.Helper()
	sum, n := 0.0, 0
	for i, it := range set.Items {
		_ = it
		byClass := map[string][]localise.Box{}
		w, h := 0, 0
		for _, o := range set.Boxes[i] {
			w, h = o.Drawn()
			byClass[o.Class] = append(byClass[o.Class], localise.Box{XMin: o.XMin, YMin: o.YMin, XMax: o.XMax, YMax: o.YMax})
		}
		side := 224 * share * float64(min(w, h)) / float64(q) // in pixels of the image
		x, y := (float64(w)-side)/2, (float64(h)-side)/2
		b := localise.Box{XMin: x + 1, YMin: y + 1, XMax: x + side, YMax: y + side}
		for _, boxes := range byClass {
			sum += localise.Nearest(b, boxes)
			n++
		}
	}
	return sum / float64(n)
}

// TestRefuses: nets that do not predict boxes, classes that a net knows nothing of, and several classes without a net
// that tells them.
func TestRefuses(t *testing.T) {
	spec, set := classesOfDrawn(t)
	scr := boxesNet(t, set.Classes, 224, [4]float32{0.5, 0.5, 0.1, 0.1})
	two := boxesNet(t, []string{"a", "b"}, 224, [4]float32{0.5, 0.5, 0.1, 0.1}, [4]float32{0.5, 0.5, 0.1, 0.1})
	classes := classesNet(t, set.Classes, make([]float32, len(set.Classes))...)
	for want, run := range map[string]func() error{
		"predicts no boxes":           func() error { return predict(t, spec, []string{classes}, nil) },
		"no net tells which":          func() error { return predict(t, spec, []string{scr}, nil) },
		"predicts no boxes of class":  func() error { return predict(t, spec, []string{two}, []string{classes}) },
		"are the same weights":        func() error { return predict(t, spec, []string{scr, scr}, nil) },
		"predicts boxes, not classes": func() error { return predict(t, spec, []string{scr}, []string{scr}) },
		"no net that predicts boxes":  func() error { return predict(t, spec, nil, nil) },
		"are none of the nets'": func() error {
			j := someJob(t, []string{two}, nil)
			j.DataSet = spec
			_, err := Evaluate(t.Context(), j, conveyor.Events{})
			return err
		},
	} {
		if err := run(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func predict(t *testing.T, spec string, boxes, classes []string) error {
	j := someJob(t, boxes, classes)
	j.Inputs = []string{spec}
	_, err := Predict(t.Context(), j, conveyor.Events{})
	return err
}
