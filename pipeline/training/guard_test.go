package training

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fc7/pipeline/training/trainlog"
	"fc7/vgg"
	"fc7/vgg/train"
)

// ofStages is a usual job on a drawn set.
func ofStages(t *testing.T, data string, batch int, stages ...Stage) Job {
	j := DefaultJob()
	j.DataSet, j.Stages, j.Batch, j.Part, j.Seed, j.HeldOut, j.Threads = data, stages, batch, batch, 5, 0.3, 2
	j.Out = filepath.Join(t.TempDir(), "run")
	return j
}

// From the defaults, inputs of 0 to 255 less their mean, nets as deep as the paper's do not diverge.
func TestStartsFromDefaults(t *testing.T) {
	data := drawn(t, 20)
	for _, net := range []string{"vgg11/16:fc32", "vgg16/32:fc32"} {
		losses, _, err := train1(t, context.Background(), ofStages(t, data, 6, stage(net, func(s *Stage) { s.Epochs = 3 })), nil)
		if err != nil {
			t.Fatal(err)
		}
		if top := slices.Max(losses); top > 12 || len(losses) < 6 {
			t.Errorf("%s: losses %v", net, losses)
		}
	}
}

// A step that leaves numbers beyond all measure shows at the validation: the run ends, and the net of before stands.
func TestDivergedValidation(t *testing.T) {
	data := drawn(t, 20)
	net := randomNet(t, "vgg11_bn/64:fc8")
	for name, run := range map[string]func(out string, stages []Stage) error{
		"train": func(out string, stages []Stage) error {
			j := ofStages(t, data, 32, stages...)
			j.Part, j.Out = 8, out
			_, err := Run(t.Context(), j, Events{})
			return err
		},
		"finetune": func(out string, stages []Stage) error {
			j := tuneJob(t, data, net)
			j.Batch, j.Out, j.Rate, j.Epochs, j.Schedule = 32, out, stages[0].Rate, 1, "constant"
			if len(stages) > 1 {
				j.Unfreeze, j.UnfreezeRate, j.UnfreezeEpochs = []string{"*"}, new(1e38), 2
			} else if j.Rate > 1 {
				j.NewRate = 1e38
			}
			_, err := FineTune(t.Context(), j, Events{})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			good := Stage{Net: "vgg11_bn/64:fc8", Epochs: 1, Rate: 0.001, Schedule: "constant", SMin: 230, SMax: 230}
			bad := good
			bad.Rate, bad.Epochs = 1e38, 2
			out := filepath.Join(t.TempDir(), "alone")
			var d *DivergedError
			if err := run(out, []Stage{bad}); !errors.As(err, &d) || d.Kept != "" || d.What == "" {
				t.Fatalf("%v", err)
			}
			if _, err := os.Stat(filepath.Join(out, weightsName)); err == nil {
				t.Error("a net that diverged was written as the best one")
			}
			out = filepath.Join(t.TempDir(), "second")
			if err := run(out, []Stage{good, bad}); !errors.As(err, &d) || d.Stage != 2 || d.Kept != filepath.Join(out, weightsName) {
				t.Fatalf("%v", err)
			}
			ts, err := readTensors(d.Kept, "")
			if err != nil || len(ts) == 0 {
				t.Errorf("the net of the first stage: %v", err)
			}
			if epochs, err := trainlog.Epochs(out); err != nil || len(epochs) != 1 || !epochs[0].Best {
				t.Errorf("%+v %v", epochs, err)
			}
		})
	}
}

// The guard lets through what a small net comes back from, and stops what grows beyond all measure at once.
func TestGuard(t *testing.T) {
	c, err := vgg.Lookup("vgg11/64:fc8")
	if err != nil {
		t.Fatal(err)
	}
	c.Classes = 2
	net, err := train.New(c, train.Defaults())
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float32, inputSize)
	x[0] = 1
	if _, err := net.Step(x, []int{1}); err != nil {
		t.Fatal(err)
	}
	r := &runner{net: net, chance: 2, method: &scratch{}, stage: Stage{Rate: 0.01}}
	for _, loss := range []float64{3, 100, 1900, 2999} {
		if err := r.guard(loss); err != nil {
			t.Errorf("%v: %v", loss, err)
		}
	}
	var d *train.DivergedError
	if err := r.guard(3001); !errors.As(err, &d) || !strings.Contains(err.Error(), "3001") || d.Layer == "" {
		t.Errorf("%v", err)
	}
	text := r.diverged(&train.DivergedError{Layer: "fc6", What: "the loss is 3001"}, 7, 0.01).Error()
	for _, want := range []string{"stage 1, epoch 1, step 7, rate 0.01", "the loss is 3001", "no net yet", "0.002", "--clip 1"} {
		if !strings.Contains(text, want) {
			t.Errorf("%s: does not say %q", text, want)
		}
	}
	r.j.Clip = 1
	if text := r.diverged(&train.DivergedError{}, 7, 0.01).Error(); strings.Contains(text, "--clip") {
		t.Errorf("gradients are cut already: %s", text)
	}
	if err := r.diverged(errors.New("full disk"), 7, 0.01); errors.As(err, new(*DivergedError)) {
		t.Errorf("%v", err)
	}
}

func TestChance(t *testing.T) {
	s := &split{classes: []string{"a", "b", "c", "d"}, class: []int{0, 1, 2, 3, 0, 0}, train: []int{0, 1, 2, 3}}
	if got := s.chance(); math.Abs(got-math.Log(4)) > 1e-12 {
		t.Errorf("%v, expected ln 4", got)
	}
	s.train = []int{0, 4, 5, 1}
	if got, want := s.chance(), -0.75*math.Log(0.75)-0.25*math.Log(0.25); math.Abs(got-want) > 1e-12 {
		t.Errorf("%v, expected %v", got, want)
	}
	s = &split{classes: []string{"a", "b"}, labels: [][]int8{{1, -1}, {-1, -1}, {1, 0}, {-1, -1}}, train: []int{0, 1, 2, 3}}
	if got, want := s.chance(), math.Log(2)-0.75*math.Log(0.75); math.Abs(got-want) > 1e-12 {
		t.Errorf("labels: %v, expected %v", got, want)
	}
}

// Nets of one name compare: they are validated at one S, that of the last of their stages, and the best of them is
// kept.
func TestStagesCompare(t *testing.T) {
	stages, err := PaperStages("D", 8)
	if err != nil {
		t.Fatal(err)
	}
	r := &runner{j: Job{Stages: stages}}
	for i, want := range []struct {
		side  int
		keeps bool // the best net of the stage before
	}{{256, false}, {384, false}, {384, true}, {384, true}} {
		r.p = place{Stage: i - 1, Best: &mark{0.1, 0.2}}
		if i > 0 {
			r.stage = stages[i-1]
			if got := r.next(); (got.Best != nil) != want.keeps || got.Schedule.Best != noError {
				t.Errorf("stage %d: %+v", i+1, got)
			}
		}
		r.stage = stages[i]
		if got := r.validationSide(); got != want.side {
			t.Errorf("stage %d is validated at S = %d, expected %d", i+1, got, want.side)
		}
	}
}

// A second stage of the same net that does worse leaves the better net of the first.
func TestBestOfAllStages(t *testing.T) {
	s := Stage{Net: "vgg11_bn/64:fc16", Epochs: 3, Rate: 0.02, Schedule: "constant", SMin: 230, SMax: 230}
	worse := s
	worse.Rate, worse.Epochs = 10, 1
	j := ofStages(t, drawn(t, 20), 4, s, worse)
	j.Standard = true
	_, epochs, err := train1(t, context.Background(), j, nil)
	if err != nil {
		t.Fatal(err)
	}
	var best *mark
	for _, e := range epochs {
		m := mark{e.Failure(), e.ValLoss}
		if want := m.beats(best); e.Best != want {
			t.Errorf("stage %d, epoch %d: best %v, after %v came %v", e.Stage, e.Epoch, e.Best, best, m)
		}
		if m.beats(best) {
			best = &m
		}
	}
	if last := epochs[len(epochs)-1]; last.Stage != 2 || last.Best {
		t.Fatalf("the last stage was meant to be worse: %+v", last)
	}
}

// A stage that ends at chance says so.
func TestTellsThatNothingWasLearned(t *testing.T) {
	var notes []string
	r := &runner{ev: Events{Note: func(s string) { notes = append(notes, s) }}, chance: math.Log(8), method: &scratch{}, last: trainlog.Epoch{Loss: 2.0}}
	r.tellLearning()
	r.last.Loss = 1.8
	r.tellLearning()
	if len(notes) != 1 || !strings.Contains(notes[0], "stage 1 has learned nothing") || !strings.Contains(notes[0], fmt.Sprintf("%.4g", math.Log(8))) {
		t.Errorf("%q", notes)
	}
}

func TestSpreadOfPixels(t *testing.T) {
	c := colours{Mean: [3]float64{120, 110, 100}, Std: [3]float64{70, 65, 60}}
	torch := vgg.Preprocess{Order: "RGB", Scale: 1. / 255, Mean: [3]float32{0.485, 0.456, 0.406}, Std: [3]float32{0.229, 0.224, 0.225}}
	for want, p := range map[float64]vgg.Preprocess{64: c.preprocess(false), 1: c.preprocess(true)} {
		if got := c.spread(p); got != want {
			t.Errorf("%v: %v, expected %v", p, got, want)
		}
	}
	if got := c.spread(torch); got != 1 {
		t.Errorf("torchvision: %v", got)
	}
	blue := vgg.Preprocess{Order: "BGR", Scale: 1, Mean: [3]float32{100, 110, 1e4}, Std: [3]float32{1, 1, 1}} // of red
	if got := c.spread(blue); got < 4096 {
		t.Errorf("BGR: %v", got)
	}
}
