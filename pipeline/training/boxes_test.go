package training

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fc7/datasets"
	"fc7/datasets/synth"
	"fc7/extract/picture"
	"fc7/heads/localise"
	"fc7/pipeline/training/trainlog"
	"fc7/vgg"
	"fc7/vgg/weights"
)

// boxedSet is a drawn set with boxes of three classes.
func boxedSet(t *testing.T, images int) string {
	t.Helper()
	dir := t.TempDir()
	if _, err := synth.Generate(context.Background(), dir, synth.Options{Layout: "vocxml", Images: images, Classes: 3, Size: 96, Seed: 3}); err != nil {
		t.Fatal(err)
	}
	return "vocxml:" + dir
}

// boxJob trains boxes on a narrow net that nobody has trained.
func boxJob(t *testing.T, data, net string) TuneJob {
	j := DefaultBoxes()
	j.DataSet, j.Batch, j.Part, j.Seed, j.HeldOut, j.Threads, j.Out = data, 6, 4, 5, 0.3, 2, filepath.Join(t.TempDir(), "run")
	j.Weights, j.Views, j.SMin, j.SMax, j.Epochs, j.Rate = net, 2, 230, 250, 2, 0.001
	return j
}

// Training boxes on cached maps is training them on the images with the same layers frozen: losses and validation
// agree, for one box for all classes and for one a class.
func TestBoxesCachedEqualsImages(t *testing.T) {
	data, net := boxedSet(t, 40), randomNet(t, "vgg11/64:fc16")
	for _, regress := range []string{localise.Single, localise.PerClass} {
		losses, epochs := tuneBoth(t, func() TuneJob {
			j := boxJob(t, data, net)
			j.Boxes.Regress, j.Boxes.MinShare, j.Boxes.Several = regress, 0.4, SeveralRandom
			return j
		})
		if len(losses[0]) < 4 {
			t.Fatalf("%s: %d steps", regress, len(losses[0]))
		}
		for i, got := range losses[0] {
			if want := losses[1][i]; math.Abs(got-want) > 1e-4*(want+0.01) {
				t.Errorf("%s: loss of step %d is %v, on images %v", regress, i, got, want)
			}
		}
		for i, got := range epochs[0] {
			if want := epochs[1][i]; math.Abs(got.ValLoss-want.ValLoss) > 1e-4*want.ValLoss || math.Abs(got.MeanIoU-want.MeanIoU) > 1e-4 || !got.Boxes || got.Validated == 0 {
				t.Errorf("%s: epoch %+v, on images %+v", regress, got, want)
			}
		}
	}
}

// Stopped after each step, with all layers trained, the run goes on with the very same losses and ends with the same
// bytes; its weights say what boxes they give, and name no classes.
func TestBoxesResume(t *testing.T) {
	data, net := boxedSet(t, 24), randomNet(t, "vgg11/64:fc16")
	j := boxJob(t, data, net)
	j.Boxes.Regress, j.Boxes.Tune, j.Boxes.Clip, j.Freeze, j.Every = localise.PerClass, TuneAll, true, nil, 0
	want, _, err := tune(t, t.Context(), tuner(t, j, Events{}))
	if err != nil {
		t.Fatal(err)
	}
	whole := j.Out
	j.Out = filepath.Join(t.TempDir(), "run")
	var got []float64
	for stops := 0; ; stops++ {
		ctx, cancel := context.WithCancel(t.Context())
		losses, _, err := tune(t, ctx, tuner(t, j, Events{Step: func(trainlog.Step) { cancel() }}))
		cancel()
		if got = append(got, losses...); err == nil {
			break
		}
		var i *InterruptedError
		if !errors.As(err, &i) || stops > 20 {
			t.Fatal(stops, err)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("losses %v, want %v", got, want)
	}
	a, err := os.ReadFile(filepath.Join(whole, weightsName))
	if err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(filepath.Join(j.Out, weightsName)); err != nil || string(a) != string(b) {
		t.Errorf("the weights are others (%v)", err)
	}
	f, err := weights.Open(filepath.Join(whole, weightsName))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	h, err := localise.ParseHead(f.Metadata[vgg.MetaBoxes])
	if err != nil || h.Outputs() != 12 || len(h.Classes) != 3 || h.Side != 240 || h.Crop != crop || h.Deviation[0] == 1 {
		t.Fatal(h, err)
	}
	if _, err := vgg.ClassesOf(f, vgg.Config{Classes: 12}); err == nil || !strings.Contains(err.Error(), "predicts boxes") {
		t.Errorf("classes of boxes: %v", err)
	}
}

// boxViewer makes views of an image of w x h pixels, with boxes of a class each.
func boxViewer(t *testing.T, o BoxOptions, w, h, side int, list ...*datasets.Box) *viewer {
	t.Helper()
	im := &picture.Image{W: w, H: h, Pix: make([]byte, 3*w*h)}
	b := &boxes{o: o, of: [][]object{nil}}
	for k, x := range list {
		b.of[0] = append(b.of[0], object{x, k})
	}
	r := &runner{j: Job{Seed: 7}, split: &split{boxes: b}, loader: speckledLoader(im, 1, side, side)}
	r.loader.size = map[int]localise.Size{0: {Width: w, Height: h}}
	return &viewer{r, &tuning{job: TuneJob{Views: 4}}}
}

// What is learnt of a view is the box as it is in the crop; the crop moves until its share is there, and mirrors with
// it.
func TestBoxTargets(t *testing.T) {
	box := &datasets.Box{XMin: 1, YMin: 1, XMax: 200, YMax: 150} // the upper left quarter
	for _, o := range []BoxOptions{{}, {Clip: true}, {MinShare: 0.7}} {
		v := boxViewer(t, o, 400, 300, 300, box)
		moved := map[localise.Place]bool{}
		for n := range 40 {
			got := v.targetOf(t, n)
			width, height := got.crop.Right-got.crop.Left, got.crop.Bottom-got.crop.Top
			switch {
			case o.Clip && got.crop != got.crop.Within():
				t.Errorf("clipped: %v", got.crop)
			case !o.Clip && (math.Abs(width-200./crop) > 1e-5 || math.Abs(height-150./crop) > 1e-5):
				t.Errorf("%v is not of 200 x 150 pixels", got.crop)
			case o.MinShare > 0 && got.crop.Share() < o.MinShare:
				t.Errorf("%v has a share of %v", got.crop, got.crop.Share())
			}
			moved[got.crop] = true
			if w := got.image; w.Left != 0 || math.Abs(w.Right-0.5) > 1e-6 || math.Abs(w.Bottom-0.5) > 1e-6 {
				t.Errorf("in the image it is %v", w)
			}
		}
		if len(moved) < 10 {
			t.Errorf("%+v: only %d crops", o, len(moved))
		}
	}
	w := &window{im: &picture.Image{W: 400, H: 300}, x: 10, y: 20}
	whole := localise.Size{Width: 400, Height: 300}
	b := localise.Box{XMin: 11, YMin: 21, XMax: 122, YMax: 244} // half of the crop's width from its left, all of its height
	straight := w.place(b, whole)
	w.flip = true
	if mirrored := w.place(b, whole); straight != (localise.Place{Right: 0.5, Bottom: 1}) || mirrored != (localise.Place{Left: 0.5, Right: 1, Bottom: 1}) {
		t.Errorf("%v, mirrored %v", straight, mirrored)
	}
}

// targetOf is what is learnt of view n of the one item.
func (v *viewer) targetOf(t *testing.T, n int) target {
	t.Helper()
	dst, numbers := make([]byte, v.input()), make([]float32, targetSize)
	if err := v.view(t.Context(), dst, 0, n); err != nil {
		t.Fatal(err)
	}
	targetBytes(numbers, dst)
	return targetOf(numbers)
}

// Of several boxes the one is learnt that is asked for.
func TestBoxOfSeveral(t *testing.T) {
	small, large := &datasets.Box{XMin: 190, YMin: 140, XMax: 210, YMax: 160}, &datasets.Box{XMin: 1, YMin: 1, XMax: 300, YMax: 100}
	for several, want := range map[string][]int{SeveralLargest: {1}, SeveralCentral: {0}, SeveralRandom: {0, 1}} {
		v := boxViewer(t, BoxOptions{Several: several}, 400, 300, 256, small, large)
		seen := map[int]bool{}
		for n := range 20 {
			seen[v.targetOf(t, n).class] = true
		}
		if len(seen) != len(want) || !seen[want[0]] {
			t.Errorf("%s: %v, want %v", several, seen, want)
		}
	}
}

// Units are the mean and deviation of what was seen; of pixels there is a fixed one, and chance is what the spread
// costs.
func TestBoxUnits(t *testing.T) {
	at := func(l, r float64) target {
		return target{crop: localise.Place{Left: l, Right: r, Bottom: 1}, image: localise.Place{Right: 1, Bottom: 1}}
	}
	u := unitsOf([]target{at(0, 0.5), at(0.5, 1)}, TargetsStandard)
	if u.Mean != [4]float64{0.5, 0.5, 0.5, 1} || math.Abs(u.Deviation[0]-0.25) > 1e-12 || u.Deviation[2] != least || math.Abs(u.Chance-0.5) > 1e-12 || u.Central != 1 {
		t.Errorf("%+v", u)
	}
	u = unitsOf([]target{at(0, 0.5), at(0.5, 1)}, TargetsPixels)
	if u.Mean != [4]float64{} || u.Deviation[3] != 1.0/crop || math.Abs(u.Chance-crop*crop*0.0625/2) > 1e-6 {
		t.Errorf("pixels: %+v", u)
	}
}

// What no training of boxes can do is refused.
func TestBoxesRefuse(t *testing.T) {
	for want, set := range map[string]func(o *BoxOptions){
		"scr or pcr":   func(o *BoxOptions) { o.Regress = "xyz" },
		"fc or all":    func(o *BoxOptions) { o.Tune = "conv" },
		"or pixels":    func(o *BoxOptions) { o.Targets = "inches" },
		"or central":   func(o *BoxOptions) { o.Several = "first" },
		"from 0 (none": func(o *BoxOptions) { o.MinShare = 1.5 },
	} {
		j := DefaultBoxes()
		set(j.Boxes)
		if err := j.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	j := boxJob(t, drawn(t, 12), randomNet(t, "vgg11_bn/64:fc16"))
	if _, err := newTuner(t.Context(), j, Events{}); err == nil || !strings.Contains(err.Error(), "no boxes") {
		t.Errorf("a set without boxes: %v", err)
	}
}
