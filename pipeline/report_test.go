package pipeline

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
	"fc7/pipeline/training/trainlog"
)

// reported writes a run's page and returns it.
func reported(t *testing.T, j ReportJob) string {
	t.Helper()
	path, err := Report(t.Context(), j)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func holds(t *testing.T, page string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(page, w) {
			t.Errorf("not on the page: %s", w)
		}
	}
}

// TestReportVOC: a page with scores, curves, thumbnails and failed inputs; places for images that are gone.
func TestReportVOC(t *testing.T) {
	j := job(t)
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
	mustExtractSome(t, j)
	holds(t, reported(t, ReportJob{Run: j.Out}), "No heads were trained", "1 failed input of 20", "vgg11/32", "voc2007:")
	if _, err := Heads(t.Context(), HeadsJob{Features: j.Out, Choice: FeatureChoice{Aggregate: protocol.Mean}}, Events{}); err != nil {
		t.Fatal(err)
	}
	page := reported(t, ReportJob{Run: j.Out})
	holds(t, page, "mean AP, 11-point", "Mean AP beside the paper, table 11", ">89.3<", "vgg11/32 is a narrow net", "the weights are random", "20 images of the data set&#39;s 9,963",
		"Precision against recall of", "Choice of C", "Highest scores", "Worst mistakes", "Hardest positives", "data:image/jpeg;base64,", "1 failed input of 20",
		"not comparable between classes", "weights, SHA-256", "waiting for images")
	pictures := regexp.MustCompile(`data:image/jpeg;base64,`).FindAllString(page, -1)
	if err := os.Rename(root, root+"-2"); err != nil {
		t.Fatal(err)
	}
	gone := reported(t, ReportJob{Run: j.Out})
	holds(t, gone, "there are no thumbnails", "no image here")
	if strings.Contains(gone, "data:image") {
		t.Error("thumbnails of images that are gone")
	}
	if found := reported(t, ReportJob{Run: j.Out, DataSet: "voc2007:" + root + "-2"}); strings.Count(found, "data:image") != len(pictures) {
		t.Errorf("%d thumbnails at the new place, %d at the old", strings.Count(found, "data:image"), len(pictures))
	}
	if left := reported(t, ReportJob{Run: j.Out, NoImages: true}); strings.Contains(left, "data:image") || !strings.Contains(left, "left out") {
		t.Error("images that were to be left out")
	}
}

// TestReportOfRecall: a page with confusions, of all splits, and images of all classes together.
func TestReportOfRecall(t *testing.T) {
	j := job(t)
	j.DataSet = drawn(t, synth.LayoutCaltech101, 24)
	j.Describe = extract.Options{Scales: []int{224}}
	mustExtract(t, j)
	for _, protocol := range []string{"caltech101", "set"} {
		h := HeadsJob{Features: j.Out, Protocol: protocol, TrainPerClass: 2, Out: filepath.Join(t.TempDir(), "heads"), LowShot: []int{1, 2}, Draws: 2}
		r, err := Heads(t.Context(), h, Events{})
		if err != nil {
			t.Fatal(err)
		}
		page := reported(t, ReportJob{Run: j.Out, Heads: h.Out})
		holds(t, page, "mean class recall", "Confusions", "Heat map of the confusion matrix", "What each class was taken for", "seed 0", "seed 2", "Few training images", "data:image/jpeg")
		if strings.Contains(page, "beside the paper") != (protocol == "caltech101") {
			t.Errorf("%s: comparison with the paper", protocol)
		}
		images := 0
		switch {
		case r.Caltech != nil:
			images = len(r.Caltech.Splits[0].TestIDs)
		case r.Set != nil:
			images = len(r.Set.Splits[0].TestIDs)
		}
		v := &Review{}
		if err := outputs.ReadJSON(filepath.Join(h.Out, ReviewFile), v); err != nil {
			t.Fatal(err)
		}
		if v.Images == nil || len(v.Images.Best)+len(v.Images.Mistakes) != min(images, 2*reviewOfAll) && images <= reviewOfAll {
			t.Errorf("%s: %d right and %d wrong images of %d", protocol, len(v.Images.Best), len(v.Images.Mistakes), images)
		}
	}
}

// TestReportOfEarlierHeads: heads without a review have a page all the same.
func TestReportOfEarlierHeads(t *testing.T) {
	j := job(t)
	mustExtract(t, j)
	r, err := Heads(t.Context(), HeadsJob{Features: j.Out}, Events{})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(r.Out, ReviewFile)); err != nil {
		t.Fatal(err)
	}
	holds(t, reported(t, ReportJob{Run: j.Out}), "by an earlier fc7", "Average precision by class")
	for file, want := range map[string]string{ScoresFile: "no scores of any protocol", ReviewFile: "cannot unmarshal"} {
		text := map[string]string{ScoresFile: "{}", ReviewFile: `[]`}[file]
		old, _ := os.ReadFile(filepath.Join(r.Out, file))
		if err := os.WriteFile(filepath.Join(r.Out, file), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Report(t.Context(), ReportJob{Run: j.Out}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", file, err, want)
		}
		if err := os.WriteFile(filepath.Join(r.Out, file), old, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Report(t.Context(), ReportJob{Run: t.TempDir()}); err == nil || !strings.Contains(err.Error(), "holds no finished run") {
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
	holds(t, reported(t, ReportJob{Run: dir}), `seed</th><td>7</td>`, `net vgg11/8`, `>He<`, "validation</span>", "Training of vgg16/8", "62.5 %", "34.5 %", "3.25", "1,020 steps", "Loss over 2 epochs", "Validation error over 2 epochs", "7s")
}

// TestReportOfLabels: of several labels an image the page shows mean AP, and no errors.
func TestReportOfLabels(t *testing.T) {
	page := reported(t, ReportJob{Run: trainingRun(t,
		trainlog.Epoch{Stage: 1, Stages: 1, Epoch: 1, Epochs: 2, Net: "vgg11/8", Loss: 4.5, ValLoss: 4.4, MultiLabel: true, MeanAP: 0.25, Validated: 50},
		trainlog.Epoch{Stage: 1, Stages: 1, Epoch: 2, Epochs: 2, Net: "vgg11/8", Loss: 3.5, ValLoss: 3.4, MultiLabel: true, MeanAP: 0.375, Best: true, Validated: 50},
	)})
	holds(t, page, "best mean AP", "37.5 %", "Validation mean AP over 2 epochs: mean AP from 25.0 to 37.5 %", "Validation mean AP in percent", "mean AP, %")
	if strings.Contains(string(page), "top-1") {
		t.Error("the page shows errors")
	}
}

// TestPaperLine: which of the paper's figures heads are compared with, and when the comparison is fair.
func TestPaperLine(t *testing.T) {
	table := func(net string, region Region, images int) HeadTable {
		return HeadTable{Identity: outputs.Identity{Net: net, Scales: []int{256}, Inputs: outputs.Inputs{Count: images}}, Region: region}
	}
	five := protocol.Recipe{Aggregate: protocol.Mean, Scales: []int{256, 384, 512, 640, 768}}
	voc := func(r protocol.Recipe) *protocol.VOCResult {
		return &protocol.VOCResult{MeanAP11: 0.881, MeanAPAll: 0.9, Recipe: r, Scored: "test"}
	}
	for _, c := range []struct {
		r       HeadsResult
		net     string
		ours    float64
		reasons string
	}{
		{HeadsResult{Protocol: "voc2007", VOC: voc(five), Tables: []HeadTable{table("vgg16", "", 9963)}}, "D", 0.881, ""},
		{HeadsResult{Protocol: "voc2012", VOC: voc(five), Tables: []HeadTable{table("vgg19", "", 22531)}}, "E", 0.9, ""},
		{HeadsResult{Protocol: "voc2007", VOC: voc(protocol.Recipe{Parts: []protocol.Recipe{five, five}}), Tables: []HeadTable{table("vgg16", "", 9963), table("vgg19", "", 9963)}}, "D and E", 0.881, ""},
		{HeadsResult{Protocol: "voc2012-action", VOC: voc(five), Tables: []HeadTable{table("vgg16", RegionImage, 1), table("vgg16", RegionBox, 1), table("vgg19", RegionImage, 1)}}, "D and E, image and box", 0.9, ""},
		{
			HeadsResult{Protocol: "voc2007", VOC: voc(protocol.Recipe{Aggregate: protocol.Max, Scales: []int{256}}), Tables: []HeadTable{table("vgg16/8", "", 100)}},
			"D", 0.881,
			"vgg16/8 is a narrow net; 100 images of the data set's 9,963; the descriptor is the max of scales 256, the paper's the mean of 256, 384, 512, 640, 768",
		},
		{HeadsResult{Protocol: "voc2007", VOC: voc(five), Tables: []HeadTable{table("vgg11", "", 9963)}}, "D", 0.881, "the paper's table has no net vgg11"},
	} {
		l := c.r.paperLine(false)
		if l == nil || l.Net != c.net || float64(l.Ours) != c.ours || strings.Join(l.Reasons, "; ") != c.reasons {
			t.Errorf("%+v, want %s, %v, %q", l, c.net, c.ours, c.reasons)
			continue
		}
		row := comparison(l.Task, []PaperLine{*l})
		if (row.Rows[0].Difference == "") != (c.reasons != "") {
			t.Errorf("%s: difference %q", c.net, row.Rows[0].Difference)
		}
	}
	if l := (&HeadsResult{Protocol: "set"}).paperLine(false); l != nil {
		t.Errorf("a set that the paper does not have: %+v", l)
	}
}
