package training

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"fc7/datasets"
	"fc7/datasets/synth"
	"fc7/pipeline/training/trainlog"
	"fc7/vgg"
)

// An epoch in which no image can be read is an error, however few images validate, and it is in no log.
func TestNothingRead(t *testing.T) {
	data := drawn(t, 20)
	j := small(t, data)
	j.Cache, j.HeldOut = 0, 0
	set, err := datasets.Open(t.Context(), data, datasets.Options{})
	if err != nil {
		t.Fatal(err)
	}
	spoil := func(trainlog.Epoch) {
		for _, it := range set.Items {
			if err := os.WriteFile(it.At.Path, []byte("no image"), 0o644); err != nil {
				t.Error(err)
			}
		}
	}
	j.Stages[0].Epochs = 4
	_, err = Run(t.Context(), j, Events{Epoch: spoil})
	if err == nil || !strings.Contains(err.Error(), "none of the 20 training images could be read") {
		t.Fatalf("%v", err)
	}
	if r, err := Run(t.Context(), j, Events{}); err == nil {
		t.Errorf("the next start ends with %+v", r)
	}
	for _, e := range logged(t, j.Out) {
		if e.Loss == 0 {
			t.Errorf("the log has %+v", e)
		}
	}
}

// spoilClasses writes what is no image over the images of some classes.
func spoilClasses(t *testing.T, data string, spoils func(place int) bool) {
	t.Helper()
	set, err := datasets.Open(t.Context(), data, datasets.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range set.Items {
		if it := &set.Items[i]; spoils(slices.Index(set.Classes, it.Labels()[0])) {
			if err := os.WriteFile(it.At.Path, []byte("no image"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// A class of which no image can be read is told; where one alone is left, nothing was learnt, whatever the validation
// says, which its net passes without an error.
func TestClassesRead(t *testing.T) {
	data, net := drawn(t, 24), randomNet(t, "vgg11/64:fc8")
	for _, one := range []bool{false, true} {
		spoilClasses(t, data, func(place int) bool { return place == 0 || one && place != 1 })
		for name, run := range map[string]func(Events) (*Result, error){
			"train":    func(ev Events) (*Result, error) { return Run(t.Context(), small(t, data), ev) },
			"finetune": func(ev Events) (*Result, error) { return FineTune(t.Context(), tuneJob(t, data, net), ev) },
		} {
			told := 0
			_, err := run(Events{Note: func(s string) {
				if strings.Contains(s, "training images could be read: the net does not learn it") {
					told++
				}
			}})
			if one != (err != nil && strings.Contains(err.Error(), "alone could be read, and from one class nothing can be learnt")) || told == 0 {
				t.Errorf("%s, one class left %v: %d classes told, %v", name, one, told, err)
			}
		}
	}
}

// Images that cannot be read are named by the result, of the sitting in which they were and of each later one.
func TestFailedStayNamed(t *testing.T) {
	j := small(t, drawn(t, 20))
	bad := spoilt(t, j, "no image")
	for range 2 {
		r, err := Run(t.Context(), j, Events{})
		if err != nil || !slices.Equal(r.Failed, []string{bad.ID}) {
			t.Errorf("%+v, %v", r, err)
		}
	}
}

// A best net that is gone, or is another one, is not said to be done, and no checkpoint is gone on from that is not as
// it was written.
func TestReadBack(t *testing.T) {
	j := small(t, drawn(t, 20))
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := Run(ctx, j, Events{Epoch: func(trainlog.Epoch) { cancel() }}); err == nil {
		t.Fatal("it was not interrupted")
	}
	refused := func(path, says string, spoil func(path string, whole []byte) error) {
		t.Helper()
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := spoil(path, whole); err != nil {
			t.Fatal(err)
		}
		if _, err := Run(t.Context(), j, Events{}); err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v, expected %q", path, err, says)
		}
		if err := os.WriteFile(path, whole, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	remove := func(path string, _ []byte) error { return os.Remove(path) }
	flip := func(path string, whole []byte) error {
		other := slices.Clone(whole)
		other[len(other)-9] ^= 1 // of a value's fraction
		return os.WriteFile(path, other, 0o644)
	}
	best := filepath.Join(j.Out, weightsName)
	names, err := checkpoints(j.Out)
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	refused(best, "is gone", remove)
	refused(filepath.Join(j.Out, checkpointDir, names[len(names)-1]), "was written: remove it", flip)
	if _, err := Run(t.Context(), j, Events{}); err != nil {
		t.Fatal(err)
	}
	refused(best, "is gone", remove)
	refused(best, "was written: put that back", flip)
	if r, err := Run(t.Context(), j, Events{}); err != nil || !r.AlreadyThere {
		t.Errorf("%+v, %v", r, err)
	}
}

// A best net whose checkpoints are gone is not trained anew over, which its first epoch would do; one that stands after
// a first epoch, which a kill may leave before its checkpoint, is.
func TestBestStays(t *testing.T) {
	j := small(t, drawn(t, 20))
	r, err := Run(t.Context(), j, Events{})
	if err != nil {
		t.Fatal(err)
	}
	best, err := os.ReadFile(r.Weights)
	if err == nil {
		err = os.RemoveAll(filepath.Join(j.Out, checkpointDir))
	}
	if err != nil {
		t.Fatal(err)
	}
	_, err = Run(t.Context(), j, Events{})
	if now, e := os.ReadFile(r.Weights); err == nil || !strings.Contains(err.Error(), "no checkpoint to go on from") || e != nil || !bytes.Equal(now, best) {
		t.Errorf("without checkpoints: %v, %v", err, e)
	}
	path := filepath.Join(j.Out, trainlog.Name)
	log, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, log[:bytes.IndexByte(log, '\n')+1], 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	if r, err := Run(t.Context(), j, Events{}); err != nil || r.AlreadyThere {
		t.Errorf("after one epoch: %+v, %v", r, err)
	}
}

// Images of several labels are trained on by the loss for them, unless another is asked for, whose error then points to
// it.
func TestTrainSeveralLabels(t *testing.T) {
	sum, err := synth.Generate(t.Context(), t.TempDir(), synth.Options{Layout: synth.LayoutVOC2007, Images: 24, Seed: 4, Size: 150})
	if err != nil {
		t.Fatal(err)
	}
	j := small(t, sum.Spec)
	j.Loss = "softmax"
	if r, err := Run(t.Context(), j, Events{}); err == nil || !strings.Contains(err.Error(), "--loss sigmoid") {
		t.Errorf("one class an image: %+v, %v", r, err)
	}
	j.Loss = ""
	set, err := datasets.Open(t.Context(), sum.Spec, datasets.Options{})
	if err != nil {
		t.Fatal(err)
	}
	trained := 0
	for _, it := range set.Items {
		if slices.Contains(it.Splits(), datasets.SplitTrain) && len(it.Labels())+len(it.Ignored()) > 0 {
			trained++
		}
	}
	var notes string
	r, err := Run(t.Context(), j, Events{Note: func(s string) { notes += s + "\n" }})
	if err != nil || !r.Best.MultiLabel || r.Train != trained || !strings.Contains(notes, "sigmoid cross-entropy") {
		t.Errorf("%+v of %d images to train, %v, notes %s", r, trained, err, notes)
	}
}

// headOf is the identity that a fine-tuning's cache of views is made with.
func headOf(t *testing.T, j TuneJob) cacheHead {
	t.Helper()
	j.Out = filepath.Join(t.TempDir(), "run")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if _, err := FineTune(ctx, j, Events{Views: func(ViewsInfo) { cancel() }}); err == nil {
		t.Fatal("it was not interrupted")
	}
	f, err := os.Open(filepath.Join(j.Out, "views", "rows.log"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	in := bufio.NewScanner(f)
	in.Scan()
	line := in.Text()
	at := strings.LastIndex(line, `,"sha256":`)
	h, err := decode[cacheHead]([]byte(line[:at] + "}"))
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return h
}

// Each thing that cached maps depend on is part of what a cache says of itself, and what they do not depend on is not.
func TestCacheIdentity(t *testing.T) {
	data, net := drawn(t, 20), randomNet(t, "vgg11/64:fc8")
	base := tuneJob(t, data, net)
	want := headOf(t, base)
	differing := map[string]bool{}
	for name, c := range map[string]struct {
		fields string // that differ
		set    func(t *testing.T, j *TuneJob)
	}{
		"smallest S": {"SMin ValSide ColourAxes", func(t *testing.T, j *TuneJob) { j.SMin = 228 }},
		"largest S":  {"SMax ValSide ColourAxes", func(t *testing.T, j *TuneJob) { j.SMax = 252 }},
		"views":      {"Views", func(t *testing.T, j *TuneJob) { j.Views = 3 }},
		"seed":       {"Seed Images ColourAxes", func(t *testing.T, j *TuneJob) { j.Seed = 6 }}, // which holds other images out
		"flip":       {"Flip", func(t *testing.T, j *TuneJob) { j.NoFlip = true }},
		"colour":     {"Colour ColourAxes", func(t *testing.T, j *TuneJob) { j.NoColour = true }},
		"pixels":     {"MaxPixels", func(t *testing.T, j *TuneJob) { j.Decode.MaxPixels = 1e6 }},
		"time":       {"", func(t *testing.T, j *TuneJob) { j.ImageTime *= 2 }},
		"held out":   {"Train Val Images ColourAxes", func(t *testing.T, j *TuneJob) { j.HeldOut = 0.5 }},
		"layer":      {"Layer", func(t *testing.T, j *TuneJob) { j.Freeze = []string{"conv[1-4]_*"} }},
		"net":        {"Net WeightsSHA256", func(t *testing.T, j *TuneJob) { j.Weights = randomNet(t, "vgg13/64:fc8") }},
		"preprocessing": {"Preprocessing WeightsSHA256", func(t *testing.T, j *TuneJob) {
			j.Weights = stateDict(t, "vgg11/64:fc8", &vgg.Preprocess{Name: "odd", Order: "RGB", Scale: 1, Mean: [3]float32{1, 2, 3}, Std: [3]float32{4, 5, 6}})
		}},
		"prefix": {"WeightsPrefix WeightsSHA256", func(t *testing.T, j *TuneJob) {
			j.Weights, j.As.Prefix = twoNets(t, "vgg11/64:fc8"), "ema"
		}},
		"preprocessing that is said": {"Said WeightsSHA256", func(t *testing.T, j *TuneJob) {
			j.Weights, j.As.Said.Order = stateDict(t, "vgg11/64:fc8", nil), "BGR"
		}},
		"boxes": {"Boxes Images Train Val ColourAxes", func(t *testing.T, j *TuneJob) {
			j.DataSet, j.Boxes = boxedSet(t, 20), DefaultBoxes().Boxes
		}},
		"what is no map": {"", func(t *testing.T, j *TuneJob) { j.Epochs, j.Rate, j.Batch, j.Threads, j.Keep = 5, 0.1, 3, 1, 9 }},
		"other images": {"Images", func(t *testing.T, _ *TuneJob) {
			set, err := datasets.Open(t.Context(), data, datasets.Options{})
			if err != nil {
				t.Fatal(err)
			}
			path := set.Items[0].At.Path
			whole, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := os.WriteFile(path, whole, 0o644); err != nil {
					t.Error(err)
				}
			})
			if err := os.WriteFile(path, append(slices.Clone(whole), 0), 0o644); err != nil { // which decodes as before
				t.Fatal(err)
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			j := base
			c.set(t, &j)
			got := headOf(t, j)
			may := strings.Fields(c.fields)
			a, b := reflect.ValueOf(want.Of), reflect.ValueOf(got.Of)
			for i := range a.NumField() {
				field := a.Type().Field(i).Name
				same := reflect.DeepEqual(a.Field(i).Interface(), b.Field(i).Interface())
				if !same {
					differing[field] = true
				}
				if !same && !slices.Contains(may, field) || same && len(may) > 0 && field == may[0] {
					t.Errorf("%s: %s", field, fmt.Sprint("was ", a.Field(i), ", now ", b.Field(i)))
				}
			}
		})
	}
	// The others say how this version works, and may not be left out.
	of := reflect.ValueOf(want.Of)
	for i := range of.NumField() {
		if name := of.Type().Field(i).Name; !differing[name] && of.Field(i).IsZero() {
			t.Errorf("%s says nothing", name)
		}
	}
}

// TestCheckpointNotes: where a training goes on is what was written, of this run.
func TestCheckpointNotes(t *testing.T) {
	out := t.TempDir()
	if err := os.WriteFile(filepath.Join(out, runName), []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	run, err := trainlog.RunDigest(out)
	if err != nil {
		t.Fatal(err)
	}
	meta := map[string]string{metaTraining: `{"epoch":1}`, metaRun: run, "a": "b"}
	meta[metaSeal] = digestNotes(meta)
	if err := checkNotes(out, meta); err != nil {
		t.Error(err)
	}
	for name := range meta {
		was := meta[name]
		if meta[name] += "1"; checkNotes(out, meta) == nil {
			t.Errorf("another %s is believed", name)
		}
		if delete(meta, name); name != metaSeal && checkNotes(out, meta) == nil {
			t.Errorf("a checkpoint without %s is believed", name)
		}
		meta[name] = was
	}
	if err := os.WriteFile(filepath.Join(out, runName), []byte("{ }"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := checkNotes(out, meta); err == nil || !strings.Contains(err.Error(), "of a run whose run.json has") {
		t.Errorf("a checkpoint of another run: %v", err)
	}
	if err := checkNotes(out, map[string]string{metaTraining: "{}"}); err != nil {
		t.Errorf("one of an earlier version: %v", err)
	}
}
