package training

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fc7/datasets"
	"fc7/datasets/synth"
	"fc7/internal/readjson"
	"fc7/pipeline/training/trainlog"
	"fc7/vgg"
	"fc7/vgg/train"
	"fc7/vgg/weights"
)

// drawn is a Caltech-like set of a few images.
func drawn(t *testing.T, images int) string {
	t.Helper()
	dir := t.TempDir()
	if _, err := synth.Generate(context.Background(), dir, synth.Options{Layout: synth.LayoutCaltech101, Images: images, Seed: 3}); err != nil {
		t.Fatal(err)
	}
	return "caltech101:" + dir
}

func small(t *testing.T, data string) Job {
	j := DefaultJob()
	j.DataSet = data
	j.Stages = []Stage{{Net: "vgg11_bn/64:fc16", Epochs: 2, Rate: 0.01, Schedule: "cosine", Warmup: 0.5, SMin: 230, SMax: 250}}
	j.Batch, j.Part, j.Seed, j.HeldOut, j.Standard, j.Threads = 6, 4, 5, 0.3, true, 2
	j.Factors = []train.Factor{{Pattern: "fc6", Rate: 0.5, Decay: 1}}
	j.Out = filepath.Join(t.TempDir(), "run")
	return j
}

// stage is a usual one of a net with other settings.
func stage(net string, set func(*Stage)) Stage {
	s := DefaultStage()
	s.Net = net
	set(&s)
	return s
}

// train runs a job and returns the losses of its steps and its epochs.
func train1(t *testing.T, ctx context.Context, j Job, onStep func(trainlog.Step)) ([]float64, []trainlog.Epoch, error) {
	t.Helper()
	var losses []float64
	_, err := Run(ctx, j, Events{Step: func(s trainlog.Step) {
		losses = append(losses, s.Loss)
		if onStep != nil {
			onStep(s)
		}
	}})
	epochs, err2 := trainlog.Epochs(j.Out)
	if err2 != nil {
		t.Fatal(err2)
	}
	for i := range epochs { // what the clock says
		epochs[i].Speed, epochs[i].Waiting, epochs[i].Seconds = 0, 0, 0
	}
	return losses, epochs, err
}

// A training stopped again and again goes on with the very same losses, and ends with the same weights.
func TestResume(t *testing.T) {
	data := drawn(t, 20)
	whole := small(t, data)
	want, epochs, err := train1(t, context.Background(), whole, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(want) < 6 || len(epochs) != 2 {
		t.Fatalf("%d steps and %d epochs", len(want), len(epochs))
	}
	j := small(t, data)
	j.Threads = 1
	var got []float64
	for stops := 0; ; stops++ {
		ctx, cancel := context.WithCancel(context.Background())
		n := 0
		losses, again, err := train1(t, ctx, j, func(trainlog.Step) {
			if n++; n == 2 {
				cancel()
			}
		})
		cancel()
		got = append(got, losses...)
		if err == nil {
			if !slices.Equal(again, epochs) {
				t.Errorf("epochs %+v, expected %+v", again, epochs)
			}
			if stops < 2 {
				t.Errorf("stopped %d times only", stops)
			}
			break
		}
		var i *InterruptedError
		if !errors.As(err, &i) || i.Steps != len(got) {
			t.Fatalf("%v after %d steps", err, len(got))
		}
		if stops > 20 {
			t.Fatal("no end")
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("losses %v, expected %v", got, want)
	}
	a, err1 := os.ReadFile(filepath.Join(whole.Out, weightsName))
	b, err2 := os.ReadFile(filepath.Join(j.Out, weightsName))
	if err1 != nil || err2 != nil || !bytes.Equal(a, b) {
		t.Errorf("the weights differ: %v %v", err1, err2)
	}
	r, err := Run(context.Background(), j, Events{})
	if err != nil || !r.AlreadyThere || r.Best.Net == "" {
		t.Errorf("run again: %+v %v", r, err)
	}
}

// What a kill leaves of a checkpoint, or of the log, is passed over.
func TestLeftovers(t *testing.T) {
	j := small(t, drawn(t, 20))
	ctx, cancel := context.WithCancel(context.Background())
	if _, _, err := train1(t, ctx, j, func(s trainlog.Step) {
		if s.Step == 3 {
			cancel()
		}
	}); err == nil {
		t.Fatal("not stopped")
	}
	dir := filepath.Join(j.Out, checkpointDir)
	for name, text := range map[string]string{
		filepath.Join(dir, ".step-0000000009.safetensors.123.tmp"): "half of it",
		filepath.Join(dir, "notes.txt"):                            "mine",
	} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	f, err := os.OpenFile(filepath.Join(j.Out, trainlog.Name), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	f.WriteString(`{"epoch":{"stage":1,"ep`)
	f.Close()
	if _, epochs, err := train1(t, context.Background(), j, nil); err != nil || len(epochs) != 2 {
		t.Errorf("%v %v", epochs, err)
	}
}

// The stages follow one another: A's layers are in the deeper net when it starts, and the result is a net like any
// other.
func TestStages(t *testing.T) {
	j := small(t, drawn(t, 12))
	j.Stages = []Stage{
		stage("vgg11/64:fc8", func(s *Stage) { s.Epochs, s.Rate = 1, 1e-3 }),
		stage("vgg13/64:fc8", func(s *Stage) { s.Epochs, s.Rate, s.SMax = 1, 1e-9, 288 }),
	}
	j.Dropout = 0
	var notes []string
	r, err := Run(context.Background(), j, Events{Note: func(s string) { notes = append(notes, s) }})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(notes, func(s string) bool { return strings.Contains(s, "stage 2 starts from 14 of 26 tensors") }) {
		t.Errorf("notes %q", notes)
	}
	f, err := weights.Open(r.Weights)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, err := vgg.Load(t.Context(), f, vgg.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	names, err := vgg.ClassesOf(f, m.Config)
	if err != nil || len(names) != m.Config.Classes || r.Train+r.Val != 12 {
		t.Errorf("%v %v %+v", names, err, r)
	}
}

func TestRefuses(t *testing.T) {
	data := drawn(t, 12)
	j := small(t, data)
	j.Stages[0].Epochs = 1
	if _, err := Run(context.Background(), j, Events{}); err != nil {
		t.Fatal(err)
	}
	other := j
	other.Seed = 6
	if _, err := Run(context.Background(), other, Events{}); err == nil || !strings.Contains(err.Error(), "seed: run has 5, now 6") {
		t.Errorf("%v", err)
	}
	for want, change := range map[string]func(*Job){
		"no stage":            func(j *Job) { j.Stages = nil },
		"unknown net":         func(j *Job) { j.Stages[0].Net = "resnet50" },
		"at least 224":        func(j *Job) { j.Stages[0].SMin = 200 },
		"comes after epoch 9": func(j *Job) { j.Stages[0].Schedule = "steps:1,9" },
		"never be reached":    func(j *Job) { j.Stages[0].Warmup = 9 },
		"steps:":              func(j *Job) { j.Stages[0].Schedule = "steps:9,3" },
		"rate -1:":            func(j *Job) { j.Stages[0].Rate = -1 },
		"rate 0:":             func(j *Job) { j.Stages[0].Rate = 0 },
		"in parts of 0":       func(j *Job) { j.Part = 0 },
		"batches of 0":        func(j *Job) { j.Batch = 0 },
		"held out 1:":         func(j *Job) { j.HeldOut = 1 },
		"held out -1:":        func(j *Job) { j.HeldOut = -1 },
		"dropout -1":          func(j *Job) { j.Dropout = -1 },
		"momentum -1":         func(j *Job) { j.Momentum = -1 },
		"penalty -1":          func(j *Job) { j.Decay = -1 },
		"-1 bytes":            func(j *Job) { j.Cache = -1 },
		"of which 0":          func(j *Job) { j.Keep = 0 },
		"-1 threads":          func(j *Job) { j.Threads = -1 },
		"-2 epochs":           func(j *Job) { j.Stages[0].Epochs = -2 },
		"0 epochs":            func(j *Job) { j.Stages[0].Epochs = 0 },
		"freeze every":        func(j *Job) { j.Freeze = []string{"*"} },
		"no such file":        func(j *Job) { j.From = "nothing.safetensors" },
		"rising numbers":      func(j *Job) { j.Stages[0].Schedule = "steps:" },
		"no KIND":             func(j *Job) { j.DataSet = "nothing" },
		"number of epochs":    func(j *Job) { j.Stages[0].Schedule = "plateau:0" },
	} {
		j := small(t, data)
		change(&j)
		if _, err := Run(context.Background(), j, Events{}); err == nil || !strings.Contains(err.Error(), want) && want != "no KIND" {
			t.Errorf("%v, expected %q", err, want)
		}
	}
}

// Zero means zero: no dropout, no momentum, no penalty, no image held out, none kept, a checkpoint after each step.
func TestZeros(t *testing.T) {
	j := small(t, drawn(t, 12))
	j.Dropout, j.Momentum, j.Decay, j.HeldOut, j.Cache, j.Every, j.Keep, j.Stages[0].Epochs = 0, 0, 0, 0, 0, 0, 9, 1
	if _, _, err := train1(t, t.Context(), j, nil); err != nil {
		t.Fatal(err)
	}
	var id identity
	if err := readjson.StrictFile(filepath.Join(j.Out, runName), maxRun, &id); err != nil || id.Dropout != 0 || id.Momentum != 0 || id.Decay != 0 || id.Val != 0 || id.Train != 12 {
		t.Errorf("%+v %v", id, err)
	}
	names, err := checkpoints(j.Out)
	if err != nil || len(names) != 2 { // of the two steps
		t.Errorf("checkpoints %q %v", names, err)
	}
	r := &runner{j: j, stage: j.Stages[0], method: &scratch{}, split: &split{}}
	if o := r.options(); o.Dropout != 0 || o.Momentum != 0 || o.Decay != 0 {
		t.Errorf("%+v", o)
	}
}

// Where one class is left there is nothing to tell apart, whichever way it is trained.
func TestOneClassRefused(t *testing.T) {
	data := drawn(t, 12)
	_, dir, _ := strings.Cut(data, ":")
	classes, err := filepath.Glob(filepath.Join(dir, "*", "*"))
	if err != nil || len(classes) < 2 {
		t.Fatal(classes, err)
	}
	for _, class := range classes[1:] {
		if err := os.RemoveAll(class); err != nil {
			t.Fatal(err)
		}
	}
	_, fromNothing := Run(t.Context(), small(t, data), Events{})
	_, tuned := FineTune(t.Context(), tuneJob(t, data, randomNet(t, "vgg11/64:fc8")), Events{})
	for _, err := range []error{fromNothing, tuned} {
		if err == nil || !strings.Contains(err.Error(), "of 1 classes of which 1 have images to train: training needs some of both, and two classes or more") {
			t.Errorf("%v", err)
		}
	}
}

// spoilt is the first training image of a job, with other bytes.
func spoilt(t *testing.T, j Job, text string) datasets.Item {
	t.Helper()
	set, err := datasets.Open(t.Context(), j.DataSet, j.Choice)
	if err != nil {
		t.Fatal(err)
	}
	s, err := newSplit(set, j.HeldOut, j.Seed)
	if err != nil {
		t.Fatal(err)
	}
	bad := set.Items[s.train[0]]
	if err := os.WriteFile(bad.At.Path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return bad
}

// An image that cannot be read, or is too long to be scaled, is left out and told by its name, and the others are
// trained on.
func TestBadImage(t *testing.T) {
	var long bytes.Buffer
	if err := png.Encode(&long, image.NewGray(image.Rect(0, 0, 1, 6000))); err != nil {
		t.Fatal(err)
	}
	for text, reason := range map[string]string{"not an image": "unknown image format", long.String(): "scaled to "} {
		j := small(t, drawn(t, 20))
		bad := spoilt(t, j, text)
		j.Stages[0].Epochs = 1
		var notes string
		r, err := Run(context.Background(), j, Events{Note: func(s string) { notes += s + "\n" }})
		if err != nil || r.last.Failed != 1 || math.IsNaN(r.last.Loss) || !strings.Contains(notes, "left out: "+bad.ID+": "+reason) {
			t.Errorf("%+v %v, notes %s", r, err, notes)
		}
	}
}

// splits.tsv names the images of a run; a run on those splits trains and validates on the same ones.
func TestWritesSplits(t *testing.T) {
	j := small(t, drawn(t, 20))
	j.Stages[0].Epochs = 1
	losses, epochs, err := train1(t, t.Context(), j, nil)
	if err != nil {
		t.Fatal(err)
	}
	again := j
	again.Out = filepath.Join(t.TempDir(), "again")
	again.Choice.SplitFile, again.HeldOut = filepath.Join(j.Out, splitsName), 0.9
	sameLosses, sameEpochs, err := train1(t, t.Context(), again, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(losses, sameLosses) || !slices.Equal(epochs, sameEpochs) {
		t.Errorf("losses %v and %v, epochs %+v and %+v", losses, sameLosses, epochs, sameEpochs)
	}
}

// Weights to start from are a file, or a name, as elsewhere.
func TestFromName(t *testing.T) {
	for from, want := range map[string]bool{"small": true, randomNet(t, "vgg11/64:fc8"): true, "nothing.safetensors": false} {
		s, err := newScratch(t.Context(), Job{From: from})
		if !want {
			if err == nil || !strings.Contains(err.Error(), "no such file") {
				t.Errorf("%s: %v", from, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		var id identity
		ts, err := s.tensors()
		if err := errors.Join(err, s.identify(t.Context(), &id), s.close()); err != nil || len(id.FromSHA256) != 64 || len(ts) == 0 || ts[0].Name != "features.0.weight" {
			t.Errorf("%s: %+v, %d tensors, %v", from, id, len(ts), err)
		}
	}
}
