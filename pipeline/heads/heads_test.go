package heads

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fc7/datasets"
	"fc7/datasets/synth"
	"fc7/heads/protocol"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/extraction"
	"fc7/pipeline/internal/fixture"
)

// TestHeadsVOC runs the main job on a drawn set and checks that predictions repeat the scores.
func TestHeadsVOC(t *testing.T) {
	j := fixture.Job(t)
	fixture.Extract(t, j)
	h := Job{Features: j.Out, Protocol: "voc2007", Choice: extraction.FeatureChoice{Aggregate: protocol.Stack}}
	r, err := Train(context.Background(), h, conveyor.Events{})
	if err != nil {
		t.Fatal(err)
	}
	if value, _ := r.Figure(); r.Headline.Figure != "mean_ap_11" || len(r.Classes) != 20 || !value.Defined() {
		t.Fatalf("result %+v", r.Result)
	}
	if _, err := os.Stat(filepath.Join(r.Out, "results", "comp1_cls_test_cat.txt")); err != nil {
		t.Error(err)
	}
	scores := map[string]map[string]float64{}
	err = Predict(context.Background(), PredictJob{Head: r.Out, Weights: j.Weights, Inputs: []string{j.DataSet}}, func(p Prediction) error {
		scores[p.Image] = p.Scores
		return nil
	}, conveyor.Events{})
	if err != nil {
		t.Fatal(err)
	}
	for i, id := range r.Splits[0].IDs {
		for k, c := range r.Classes {
			if got, want := scores[id][c.Name], r.Splits[0].Scores[k][i]; math.Abs(got-want) > 1e-5 {
				t.Fatalf("%s, %s: predicted %g, scored %g", id, c.Name, got, want)
			}
		}
	}
	if _, err := load(j.Out); err == nil || !strings.HasSuffix(err.Error(), "are in "+r.Out) {
		t.Errorf("the run in place of its heads: %v", err)
	}
	if _, err := Train(context.Background(), h, conveyor.Events{}); err == nil || !strings.Contains(err.Error(), "not replaced") {
		t.Errorf("training again over heads: %v", err)
	}
	h.Replace = true
	if _, err := Train(context.Background(), h, conveyor.Events{}); err != nil {
		t.Error(err)
	}
}

// TestReplacesHeadsAlone: what is more than heads is not replaced by heads, and that is told before anything is opened.
func TestReplacesHeadsAlone(t *testing.T) {
	root := t.TempDir()
	for name, holds := range map[string][]string{
		"a run":                          {"manifest.json", "features/part-00000-of-00001.parquet", "heads/head.safetensors"},
		"heads with somebody's own file": {headFile, ScoresFile, reviewFile, "results/a.txt", "notes.txt"},
		"results of something else":      {"results/a.txt"},
	} {
		dir := filepath.Join(root, name)
		for _, h := range holds {
			if err := errors.Join(os.MkdirAll(filepath.Dir(filepath.Join(dir, h)), 0o755), os.WriteFile(filepath.Join(dir, h), nil, 0o644)); err != nil {
				t.Fatal(err)
			}
		}
		_, err := Train(t.Context(), Job{Features: filepath.Join(root, "none"), Out: dir, Replace: true}, conveyor.Events{})
		if err == nil || !strings.Contains(err.Error(), "holds more than heads: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestReplacesNoFile: a file in the place of a folder of heads stays.
func TestReplacesNoFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "heads")
	if err := os.WriteFile(path, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := Train(t.Context(), Job{Features: filepath.Join(t.TempDir(), "none"), Out: path, Replace: true}, conveyor.Events{})
	if b, _ := os.ReadFile(path); err == nil || !strings.Contains(err.Error(), "it is a file") || string(b) != "mine" {
		t.Errorf("%v; the file is %q", err, b)
	}
}

// TestPredictRefuses weights other than the head's, and tells images it cannot read.
func TestPredictRefuses(t *testing.T) {
	fixture.SkipShort(t)
	j := fixture.Job(t)
	fixture.Extract(t, j)
	r, err := Train(context.Background(), Job{Features: j.Out, Protocol: "voc2007"}, conveyor.Events{})
	if err != nil {
		t.Fatal(err)
	}
	tell := func(Prediction) error { return nil }
	p := PredictJob{Head: r.Out, Weights: fixture.Weights(t, "vgg11/32", 9), Inputs: []string{j.DataSet}}
	if err := Predict(context.Background(), p, tell, conveyor.Events{}); err == nil || !strings.Contains(err.Error(), "weights sha256") {
		t.Errorf("other weights: %v", err)
	}
	p.Weights, p.Inputs = j.Weights, []string{"no/such.jpg"}
	told := false
	err = Predict(context.Background(), p, func(Prediction) error { told = true; return nil }, conveyor.Events{})
	if err == nil || errors.Is(err, conveyor.ErrSomeFailed) || !strings.Contains(err.Error(), "no/such.jpg: there is no such image file") || told {
		t.Errorf("missing file: %v, told %v", err, told)
	}
}

func TestHeadsCaltech(t *testing.T) {
	j := fixture.Job(t)
	j.DataSet = fixture.Drawn(t, synth.LayoutCaltech101, 40)
	fixture.Extract(t, j)
	r, err := Train(context.Background(), Job{Features: j.Out, Protocol: "caltech101", Options: protocol.Options{TrainPerClass: 5, Seeds: []uint32{0, 1}}}, conveyor.Events{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Headline.Figure != "mean_recall" || len(r.Splits) != 2 || len(r.Classes) != 5 {
		t.Fatalf("result %+v", r.Result)
	}
	all, err := Train(context.Background(), Job{Features: j.Out, Protocol: "caltech256", Options: protocol.Options{Seeds: []uint32{0}}, Out: filepath.Join(t.TempDir(), "h")}, conveyor.Events{})
	if err != nil {
		t.Fatal(err)
	}
	if n := all.Splits[0].Images; n.Train+n.Test != 40 {
		t.Errorf("Caltech-256: %d images to train and %d to test, want all 40", n.Train, n.Test)
	}
	h, err := load(r.Out)
	if err != nil {
		t.Fatal(err)
	}
	if len(h.Classes) != 5 || h.tables[0].Identity.Net != "vgg11/32" || h.tables[0].Layer != "fc7" {
		t.Errorf("head %+v", h)
	}
}

func TestHeadsErrors(t *testing.T) {
	fixture.SkipShort(t)
	j := fixture.Job(t)
	fixture.Extract(t, j)
	for want, h := range map[string]Job{
		"unknown protocol":  {Features: j.Out, Protocol: "imagenet"},
		"at scale 999":      {Features: j.Out, Protocol: "voc2007", Choice: extraction.FeatureChoice{Scales: []int{999}}},
		"layer conv9":       {Features: j.Out, Protocol: "voc2007", Choice: extraction.FeatureChoice{Layer: "conv9"}},
		"extract first":     {Features: t.TempDir(), Protocol: "voc2007"},
		"seeds of splits":   {Features: j.Out, Protocol: "voc2007", Options: protocol.Options{Seeds: []uint32{1}}},
		"draws would do":    {Features: j.Out, Protocol: "voc2007", Draws: 3},
		"class to train wo": {Features: j.Out, Protocol: "voc2007", Options: protocol.Options{TrainPerClass: 3}},
		"a share to train":  {Features: j.Out, Protocol: "caltech101", Options: protocol.Options{TrainFraction: 0.5}},
		"folds would do":    {Features: j.Out, Protocol: "voc2007", Options: protocol.Options{Settings: protocol.Settings{C: 1, Folds: 3}}},
		"difficult images":  {Features: j.Out, Protocol: "set", Options: protocol.Options{Difficult: "out"}},
		"unknown aggregat":  {Features: j.Out, Protocol: "voc2007", Choice: extraction.FeatureChoice{Aggregate: "sum"}},
	} {
		if _, err := Train(context.Background(), h, conveyor.Events{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v", want, err)
		}
	}
	bare := fixture.Job(t)
	bare.DataSet = "list:" + filepath.Join(t.TempDir(), "images.txt")
	set, err := datasets.Open(t.Context(), j.DataSet, datasets.Options{Limit: 3})
	if err != nil {
		t.Fatal(err)
	}
	var paths strings.Builder
	for _, it := range set.Items {
		paths.WriteString(it.At.Path + "\n")
	}
	fixture.WriteFile(t, strings.TrimPrefix(bare.DataSet, "list:"), []byte(paths.String()))
	fixture.Extract(t, bare)
	if _, err := Train(context.Background(), Job{Features: bare.Out, Protocol: "set"}, conveyor.Events{}); err == nil || !strings.Contains(err.Error(), "no row has a label") {
		t.Errorf("heads of images without labels: %v", err)
	}
	bad := filepath.Join(t.TempDir(), "x.safetensors")
	if err := os.WriteFile(bad, []byte("nothing"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := load(bad); err == nil {
		t.Error("a file of nothing was opened as a head")
	}
	if _, err := load(j.Weights); err == nil || !strings.Contains(err.Error(), "no head of fc7 svm") || !strings.Contains(err.Error(), "fc7 classify") {
		t.Errorf("weights opened as a head: %v", err)
	}
}
