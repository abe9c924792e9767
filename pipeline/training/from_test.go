package training

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fc7/datasets"
	"fc7/internal/readjson"
	"fc7/internal/usage"
	"fc7/pipeline/download"
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

// twoNets are two nets in a file, under net. and ema.
func twoNets(t *testing.T, net string) string {
	t.Helper()
	ts, err := readTensors(randomNet(t, net), "")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "two.safetensors")
	if err := weights.WriteSafetensors(path, append(sources(ts, "net."), sources(ts, "ema.")...), weights.SafetensorsOptions{}); err != nil {
		t.Fatal(err)
	}
	return path
}

// What is said of the weights to start from is part of a run's identity, where it is not what their names say anyway.
func TestFromSaid(t *testing.T) {
	data := drawn(t, 12)
	file, two := stateDict(t, "vgg11_bn/64:fc16", nil), twoNets(t, "vgg11_bn/64:fc16")
	id := func(from string, as download.Reading) identity {
		j := small(t, data)
		j.Standard, j.From, j.As = false, from, as
		r, err := newRun(t.Context(), j, Events{})
		if err != nil {
			t.Fatal(err)
		}
		defer r.method.close()
		id, err := r.identity(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	authors, err := vgg.ParsePreprocess("authors")
	if err != nil {
		t.Fatal(err)
	}
	was := id(file, download.Reading{})
	if same := id(file, download.Reading{Said: vgg.Said{Preprocess: &vgg.Torchvision}}); differences("run", properties, was, same) != "" {
		t.Errorf("what its names say: %s", differences("run", properties, was, same))
	}
	if other := id(file, download.Reading{Said: vgg.Said{Preprocess: &authors}}); !strings.Contains(differences("run", properties, was, other), "preprocessing") {
		t.Error("another preprocessing gives the same identity")
	}
	if other := id(file, download.Reading{Said: vgg.Said{Order: "BGR"}}); !strings.Contains(differences("run", properties, was, other), "preprocessing") {
		t.Error("another order of the first filters gives the same identity")
	}
	if a, b := id(two, download.Reading{Prefix: "net"}), id(two, download.Reading{Prefix: "ema."}); !strings.Contains(differences("run", properties, a, b), "prefix of tensor names") {
		t.Error("another net of the file gives the same identity")
	}
	if _, err := newRun(t.Context(), func() Job { j := small(t, data); j.From = two; return j }(), Events{}); err == nil || !strings.Contains(err.Error(), "under net. and ema.") {
		t.Errorf("neither of two nets: %v", err)
	}
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
	var id identity
	if err := readjson.StrictFile(filepath.Join(j.Out, runName), maxRun, &id); err != nil || id.Preprocessing == nil || *id.Preprocessing != vgg.Torchvision || id.Standard != nil {
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
	if r.set, err = datasets.Open(t.Context(), j.DataSet, j.Choice); err != nil {
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
