package pages

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"fc7/datasets/synth"
	"fc7/extract"
	"fc7/heads/protocol"
	"fc7/outputs"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/extraction"
	"fc7/pipeline/heads"
	"fc7/pipeline/internal/fixture"
	"fc7/pipeline/training/trainlog"
)

// reported writes a run's page and returns it.
func reported(t *testing.T, j Job) string {
	t.Helper()
	path, err := Write(t.Context(), j)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestReportVOC: a page with scores, curves, thumbnails and failed inputs; places for images that are gone.
func TestReportVOC(t *testing.T) {
	j := fixture.Job(t)
	root := filepath.Join(t.TempDir(), "moved")
	if err := os.CopyFS(root, os.DirFS(strings.TrimPrefix(j.DataSet, "voc2007:"))); err != nil {
		t.Fatal(err)
	}
	j.DataSet = "voc2007:" + root
	var jpegs []string
	err := filepath.WalkDir(root, func(path string, _ os.DirEntry, err error) error {
		if filepath.Ext(path) == ".jpg" {
			jpegs = append(jpegs, path)
		}
		return err
	})
	if err != nil || len(jpegs) != 20 {
		t.Fatal(len(jpegs), err)
	}
	if err := os.WriteFile(jpegs[0], []byte("<script>"), 0o644); err != nil {
		t.Fatal(err)
	}
	fixture.ExtractSome(t, j)
	fixture.Holds(t, reported(t, Job{Run: j.Out}), "No heads were trained", "1 failed input of 20", "vgg11/32", "voc2007:", "Images of each class", "The images", "of 20 images have labels", "<dt>extracted</dt>")
	if _, err := heads.Train(t.Context(), heads.Job{Features: j.Out, Choice: extraction.FeatureChoice{Aggregate: protocol.Mean}}, conveyor.Events{}); err != nil {
		t.Fatal(err)
	}
	page := reported(t, Job{Run: j.Out})
	fixture.Holds(t, page, "mean AP, 11-point", "Mean AP beside the paper, table 11", ">89.3<", "vgg11/32 is a narrow net", "the weights are random", "20 images of the data set&#39;s 9,963",
		"Precision against recall of", "Choice of C", "Highest scores", "Worst: the highest scores without the class", "Hardest: the lowest scores with the class", "<dt>Hardest</dt>", "data:image/jpeg;base64,", "1 failed input of 20",
		"not comparable between classes", "weights, SHA-256", "waiting for images")
	pictures := regexp.MustCompile(`data:image/jpeg;base64,`).FindAllString(page, -1)
	if err := os.Rename(root, root+"-2"); err != nil {
		t.Fatal(err)
	}
	gone := reported(t, Job{Run: j.Out})
	fixture.Holds(t, gone, "there are no thumbnails", "no image here")
	if strings.Contains(gone, "data:image") {
		t.Error("thumbnails of images that are gone")
	}
	for says, named := range map[string]Job{
		"no heads there": {Run: j.Out, Heads: root}, "did you mean voc2007?": {Run: j.Out, DataSet: "voc2077:" + root},
	} {
		if _, err := Write(t.Context(), named); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("what was named is not there: %v, expected %q", err, says)
		}
	}
	if found := reported(t, Job{Run: j.Out, DataSet: "voc2007:" + root + "-2"}); strings.Count(found, "data:image") != len(pictures) {
		t.Errorf("%d thumbnails at the new place, %d at the old", strings.Count(found, "data:image"), len(pictures))
	}
	if left := reported(t, Job{Run: j.Out, NoImages: true}); strings.Contains(left, "data:image") || !strings.Contains(left, "left out") {
		t.Error("images that were to be left out")
	}
	m, err := outputs.ReadManifest(j.Out)
	if err != nil {
		t.Fatal(err)
	}
	m.DataSet = ""
	if err := m.Write(j.Out); err != nil {
		t.Fatal(err)
	}
	fixture.Holds(t, reported(t, Job{Run: j.Out}), "<h1>voc2007</h1>") // the kind, which the identity says
}

// TestReportOfRecall: a page with confusions, of all splits, and images of all classes together.
func TestReportOfRecall(t *testing.T) {
	j := fixture.Job(t)
	j.DataSet = fixture.Drawn(t, synth.LayoutCaltech101, 24)
	j.Describe = extract.Options{Scales: []int{224}}
	fixture.Extract(t, j)
	for _, name := range []string{"caltech101", "set"} {
		h := heads.Job{
			Features: j.Out, Protocol: name, Options: protocol.Options{TrainPerClass: 2}, Out: filepath.Join(t.TempDir(), "heads"), LowShot: []int{1, 2}, Draws: 2,
		}
		r, err := heads.Train(t.Context(), h, conveyor.Events{})
		if err != nil {
			t.Fatal(err)
		}
		page := reported(t, Job{Run: j.Out, Heads: h.Out})
		fixture.Holds(t, page, "mean class recall", "Confusions", "Heat map of the confusion matrix", "What each class was taken for", "seed 0", "seed 2", "Few training images", "data:image/jpeg")
		if strings.Contains(page, "beside the paper") != (name == "caltech101") {
			t.Errorf("%s: comparison with the paper", name)
		}
		images := len(r.Splits[0].IDs)
		const listed = 12 // images of all classes, a list
		v := &heads.Review{}
		if err := outputs.ReadJSON(filepath.Join(h.Out, "review.json"), v); err != nil {
			t.Fatal(err)
		}
		if v.Images == nil || len(v.Images.Best)+len(v.Images.Mistakes) != min(images, 2*listed) && images <= listed {
			t.Errorf("%s: %d right and %d wrong images of %d", name, len(v.Images.Best), len(v.Images.Mistakes), images)
		}
	}
}

// TestReportOfEarlierHeads: heads without a review have a page all the same.
func TestReportOfEarlierHeads(t *testing.T) {
	j := fixture.Job(t)
	fixture.Extract(t, j)
	r, err := heads.Train(t.Context(), heads.Job{Features: j.Out}, conveyor.Events{})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(r.Out, "review.json")); err != nil {
		t.Fatal(err)
	}
	fixture.Holds(t, reported(t, Job{Run: j.Out}), "by an earlier fc7", "Average precision by class")
	for file, want := range map[string]string{heads.ScoresFile: "no scores of any protocol", "review.json": "expected an object, found a list"} {
		text := map[string]string{heads.ScoresFile: "{}", "review.json": `[]`}[file]
		old, _ := os.ReadFile(filepath.Join(r.Out, file))
		if err := os.WriteFile(filepath.Join(r.Out, file), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Write(t.Context(), Job{Run: j.Out}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", file, err, want)
		}
		if err := os.WriteFile(filepath.Join(r.Out, file), old, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Write(t.Context(), Job{Run: t.TempDir()}); err == nil || !strings.Contains(err.Error(), "holds no finished run") {
		t.Errorf("a folder without a run: %v", err)
	}
}

// trainingRun is the folder of a training of these epochs.
func trainingRun(t *testing.T, epochs ...trainlog.Epoch) string {
	t.Helper()
	dir := t.TempDir()
	var log []byte
	for i, e := range epochs {
		line, err := json.Marshal(map[string]any{"epoch": e})
		if err != nil {
			t.Fatal(i, err)
		}
		log = append(append(log, line...), '\n')
	}
	if err := os.WriteFile(filepath.Join(dir, "log.jsonl"), log, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "run.json"), []byte(`{"seed": 7, "stages": [{"net": "vgg11/8"}], "init": "He"}`), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestReportOfTraining(t *testing.T) {
	dir := trainingRun(t,
		trainlog.Epoch{Stage: 1, Stages: 2, Epoch: 1, Epochs: 2, Net: "vgg11/8", Step: 10, Loss: 4.5, ValLoss: 4.4, Top1: 0.9, Top5: 0.7, Best: true, Validated: 50, Seconds: 3},
		trainlog.Epoch{Stage: 2, Stages: 2, Epoch: 1, Epochs: 1, Net: "vgg16/8", Step: 1020, Loss: 3.25, ValLoss: 3.5, Top1: 0.625, Top5: 0.4, MeanRecall: 0.345, Best: true, Validated: 50, Seconds: 4},
	)
	fixture.Holds(t, reported(t, Job{Run: dir}), `seed</th><td>7</td>`, `net vgg11/8`, `>He<`, "validation</span>", "Training of vgg16/8", "62.5 %", "34.5 %", "3.25", "1,020 steps", "Loss over 2 epochs", "Validation error over 2 epochs", "7s")
}

// TestReportOfLabels: of several labels an image the page shows mean AP, and no errors.
func TestReportOfLabels(t *testing.T) {
	page := reported(t, Job{Run: trainingRun(t,
		trainlog.Epoch{Stage: 1, Stages: 1, Epoch: 1, Epochs: 2, Net: "vgg11/8", Loss: 4.5, ValLoss: 4.4, MultiLabel: true, MeanAP: 0.25, Validated: 50},
		trainlog.Epoch{Stage: 1, Stages: 1, Epoch: 2, Epochs: 2, Net: "vgg11/8", Loss: 3.5, ValLoss: 3.4, MultiLabel: true, MeanAP: 0.375, Best: true, Validated: 50},
	)})
	fixture.Holds(t, page, "best mean AP", "37.5 %", "Validation mean AP over 2 epochs: mean AP from 25.0 to 37.5 %", "Validation mean AP in percent", "mean AP, %")
	if strings.Contains(string(page), "top-1") {
		t.Error("the page shows errors")
	}
}

// TestReportWithoutValidation: where nothing was validated the page shows no measure of it, and no epoch is the best.
func TestReportWithoutValidation(t *testing.T) {
	page := reported(t, Job{Run: trainingRun(t, trainlog.Epoch{Stage: 1, Stages: 1, Epoch: 1, Epochs: 1, Net: "vgg11/8", Loss: 4.5, Best: true})})
	fixture.Holds(t, page, "Loss over 1 epoch", "4.5")
	for _, no := range []string{"Validation error", "best so far", "NaN"} {
		if strings.Contains(string(page), no) {
			t.Errorf("the page says %q", no)
		}
	}
}

// TestReportOfOtherHeads: a page with heads of another table says so; one with heads of its own does not.
func TestReportOfOtherHeads(t *testing.T) {
	a := fixture.Job(t)
	b := a
	b.Out, b.Weights = t.TempDir(), fixture.Weights(t, "vgg11/32", 9)
	for _, j := range []extraction.Job{a, b} {
		fixture.Extract(t, j)
		h := heads.Job{Features: j.Out, Protocol: "voc2007", Options: protocol.Options{Settings: protocol.Settings{C: 1}}}
		if _, err := heads.Train(t.Context(), h, conveyor.Events{}); err != nil {
			t.Fatal(err)
		}
	}
	const note = "trained on another table, or on this one as it was"
	if page := reported(t, Job{Run: a.Out, NoImages: true}); strings.Contains(page, note) {
		t.Error("heads of the table are told to be of another")
	}
	fixture.Holds(t, reported(t, Job{Run: a.Out, NoImages: true, Heads: filepath.Join(b.Out, heads.Folder)}), note)
}
