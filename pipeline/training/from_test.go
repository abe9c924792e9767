package training

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fc7/datasets"
	"fc7/internal/usage"
	"fc7/vgg"
	"fc7/vgg/weights"
)

// stateDict writes weights as PyTorch saves them, with counts of batches; pre: what they say of their inputs, nil:
// nothing.
func stateDict(t *testing.T, net string, pre *vgg.Preprocess) string {
	t.Helper()
	ts, err := readTensors(randomNet(t, net), "")
	if err != nil {
		t.Fatal(err)
	}
	var all []weights.Source
	for _, s := range sources(ts, "") {
		all = append(all, s)
		if name, ok := strings.CutSuffix(s.Name, ".running_var"); ok {
			all = append(all, weights.SliceSource(name+".num_batches_tracked", []int{1}, []float32{7}))
		}
	}
	o := weights.SafetensorsOptions{Metadata: map[string]string{}}
	if pre != nil {
		o.Metadata[vgg.MetaPreprocess] = pre.String()
	}
	path := filepath.Join(t.TempDir(), "state.safetensors")
	if err := weights.WriteSafetensors(path, all, o); err != nil {
		t.Fatal(err)
	}
	return path
}

// What a training starts from is fed as it expects, in all stages, and what comes of it says so; torchvision's state
// dicts of batch-normalised nets are taken.
func TestFromPreprocessing(t *testing.T) {
	j := small(t, drawn(t, 12))
	j.From = stateDict(t, "vgg11_bn/64:fc16", nil)
	first := stage("vgg11_bn/64:fc16", func(s *Stage) { s.Epochs, s.Rate, s.Schedule = 1, 1e-4, "constant" })
	j.Stages = []Stage{first, first}
	var notes []string
	r, err := Run(t.Context(), j, Events{Note: func(s string) { notes = append(notes, s) }})
	if err != nil {
		t.Fatal(err)
	}
	told := strings.Join(notes, "\n")
	if !strings.Contains(told, "images are prepared as "+j.From+" expects, in all stages: (pixel times 0.003922 - [0.485 0.456 0.406]) / [0.229 0.224 0.225]") ||
		!strings.Contains(told, "stage 1 starts from 54 of 54 tensors") && !strings.Contains(told, "stage 1 starts from 52 of 54 tensors") {
		t.Errorf("notes: %s", told)
	}
	f, err := weights.Open(r.Weights)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p, err := vgg.ParametersOf(t.Context(), f, "")
	if err != nil || p.Preprocess != vgg.Torchvision {
		t.Errorf("the result expects %v, %v", p.Preprocess, err)
	}
	text, err := os.ReadFile(filepath.Join(j.Out, runName))
	if err != nil {
		t.Fatal(err)
	}
	if id, err := decode[identity](text); err != nil || id.Preprocessing == nil || *id.Preprocessing != vgg.Torchvision || id.Standard != nil {
		t.Errorf("%+v %v", id, err)
	}
}

// Images are fed to the net as its weights expect, to the bit as everywhere else.
func TestFedAsExpected(t *testing.T) {
	j := small(t, drawn(t, 12))
	j.From = stateDict(t, "vgg11/64:fc8", nil)
	s, err := newScratch(t.Context(), j)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	r := &runner{j: j, stage: j.Stages[0]}
	if r.set, err = datasets.Open(j.DataSet, j.Choice); err != nil {
		t.Fatal(err)
	}
	if r.split, err = newSplit(r.set, j.HeldOut, j.Seed); err != nil {
		t.Fatal(err)
	}
	r.loader = newLoader(r.set, r.stage, 240, j.reading(), j.Cache)
	if err := s.inputs(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	got, want, p := make([]float32, inputSize), make([]float32, inputSize), make([]byte, inputSize)
	if err := r.feed.centre(t.Context(), got, 0); err != nil {
		t.Fatal(err)
	}
	w, err := r.loader.middle(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	pixels(p, w)
	vgg.Torchvision.Inputs(want, p)
	if !slices.Equal(got, want) {
		t.Errorf("%v, torchvision gives %v", got[:3], want[:3])
	}
}

// Dividing by the deviation is refused where the weights to start from expect undivided colours.
func TestStandardContradicts(t *testing.T) {
	for text, c := range map[string]struct {
		pre  vgg.Preprocess
		fits bool
	}{
		"torchvision": {vgg.Torchvision, true},
		"mean alone":  {vgg.Preprocess{Name: "mine", Order: "RGB", Scale: 1, Std: [3]float32{1, 1, 1}}, false},
		"of [0,1]":    {vgg.Preprocess{Name: "mine", Order: "RGB", Scale: 1. / 255, Std: [3]float32{1. / 255, 1. / 255, 1. / 255}}, false},
	} {
		j := Job{From: stateDict(t, "vgg11/64:fc8", &c.pre), Standard: true}
		s, err := newScratch(t.Context(), j)
		if c.fits != (err == nil) || err != nil && (!usage.Is(err) || !strings.Contains(err.Error(), "--standard divides")) {
			t.Errorf("%s: %v", text, err)
		}
		if err == nil {
			s.close()
		}
		j.Standard = false
		if s, err = newScratch(t.Context(), j); err != nil {
			t.Fatal(err)
		}
		s.close()
	}
}
