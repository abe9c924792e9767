package pages

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fc7/datasets"
	"fc7/datasets/synth"
	"fc7/internal/origin"
	"fc7/outputs"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/evaluation"
	"fc7/pipeline/internal/fixture"
)

// evaluated is an evaluation of a net with random weights on drawn images in ImageNet's folders, one of them broken.
func evaluated(t *testing.T) string {
	t.Helper()
	set, err := datasets.Open(t.Context(), fixture.Drawn(t, synth.LayoutCaltech101, 8), datasets.Options{})
	if err != nil {
		t.Fatal(err)
	}
	root := filepath.Join(t.TempDir(), "inet")
	for i, it := range set.Items {
		b, err := os.ReadFile(it.At.Path)
		if err != nil {
			t.Fatal(err)
		}
		if i == 3 {
			b = []byte("no image")
		}
		fixture.WriteFile(t, filepath.Join(root, "val", datasets.ILSVRC2012()[i*7].WNID, "drawn.JPEG"), b)
	}
	j := evaluation.Job{
		DataSet: "imagenet:" + root, Weights: []string{fixture.Weights(t, "vgg11/32", 1)}, Out: filepath.Join(t.TempDir(), "run"), Worst: 3,
		Testing: evaluation.Testing{Scales: []int{224}}, Command: origin.New("fc7", "evaluate", "imagenet:"+root),
	}
	if _, err := evaluation.Evaluate(t.Context(), j, conveyor.Events{}); !errors.Is(err, conveyor.ErrSomeFailed) {
		t.Fatal(err)
	}
	return j.Out
}

// TestReportOfEvaluation: the page of an evaluation has its errors, the images that tell most, those that failed, how
// the posteriors were made, and leads to what explore made of them; no folder is named unless that is asked for.
func TestReportOfEvaluation(t *testing.T) {
	run := evaluated(t)
	page := reported(t, Job{Run: run})
	fixture.Holds(t, page, "top-1 error", "top-5 error", "mean class recall", "Error by way of testing", "Classes missed most", "The most common confusions", "Worst: wrong with the highest probability",
		"<dt>Hardest</dt>", "1 failed input of 8", "random", "data:image/jpeg", "weights, SHA-256", "<dt>evaluated</dt>", "<code>fc7 evaluate imagenet:…/inet</code>", "waiting for images", "taken for ")
	if strings.Contains(page, os.TempDir()) || strings.Contains(page, ">NaN") || strings.Contains(page, "explore.html") {
		t.Error("the page names a folder, a figure that is none, or a page that is not there")
	}
	fixture.Holds(t, reported(t, Job{Run: run, Paths: true}), os.TempDir())
	tables, err := filepath.Glob(filepath.Join(run, evaluation.PosteriorsDir, "*"))
	if err != nil || len(tables) != 1 {
		t.Fatal(tables, err)
	}
	fixture.WriteFile(t, filepath.Join(tables[0], "explore.html"), []byte("x"))
	fixture.Holds(t, reported(t, Job{Run: run, NoImages: true}), `<a href="posteriors/`+filepath.Base(tables[0])+`/explore.html">`, "left out")

	var e map[string]any
	file := filepath.Join(run, evaluation.EvaluationName)
	if err := outputs.ReadJSON(file, &e); err != nil {
		t.Fatal(err)
	}
	sum, _ := e["predictions_sha256"].(string)
	delete(e, "predictions_sha256")
	rewrite := func() {
		t.Helper()
		if err := outputs.WriteJSON(file, e); err != nil {
			t.Fatal(err)
		}
	}
	rewrite()
	if earlier := reported(t, Job{Run: run}); !strings.Contains(earlier, "An earlier fc7 wrote this evaluation") || strings.Contains(earlier, "data:image") {
		t.Error("an evaluation without a digest of its answers shows images, or does not say why not")
	}
	e["predictions_sha256"] = strings.Repeat("0", len(sum))
	rewrite()
	if _, err := Write(t.Context(), Job{Run: run}); err == nil || !strings.Contains(err.Error(), evaluation.PredictionsName) {
		t.Errorf("other answers than those of the evaluation: %v", err)
	}
}

// TestAnswers: a list keeps the first by its order, equal ones as they came.
func TestAnswers(t *testing.T) {
	a := &answers{less: func(a, b evaluation.Prediction) int { return b.Rank - a.Rank }}
	for i, c := range "abcdefghijklmnopqrst" {
		a.add(evaluation.Prediction{Image: string(c), Rank: i % 5})
	}
	var got []string
	for _, p := range a.list {
		got = append(got, p.Image)
	}
	if want := strings.Split("e j o t d i n s c h m r", " "); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
