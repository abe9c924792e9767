package reproduction

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fc7/datasets"
	"fc7/datasets/synth"
	"fc7/heads/protocol"
	"fc7/outputs"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/heads"
	"fc7/pipeline/internal/fixture"
	"fc7/pipeline/pages"
	"fc7/pipeline/paper"
	"fc7/pipeline/table"
)

// TestReproduce runs a task with D, then with E too; each step keeps what is there.
func TestReproduce(t *testing.T) {
	data := strings.TrimPrefix(fixture.Drawn(t, synth.LayoutVOC2007, 20), "voc2007:")
	d, e := fixture.Weights(t, "vgg16/32", 1), fixture.Weights(t, "vgg19/32", 2)
	j := Job{Task: "voc2007", Data: data, WeightsD: d, Scales: []int{224, 230}, Out: filepath.Join(t.TempDir(), "run"), Until: "features"}
	var notes []string
	ev := conveyor.Events{Note: func(s string) { notes = append(notes, s) }}
	run := func() *Result {
		t.Helper()
		notes = nil
		r, err := Reproduce(t.Context(), j, ev)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if r := run(); len(r.Extracted) != 1 || len(r.Heads) != 0 || r.Report != "" {
		t.Fatalf("until features: %+v", r)
	}
	j.Until = ""
	r := run()
	if len(r.Lines) != 1 || r.Lines[0].Net != protocol.PaperD || !r.Lines[0].Ours.Defined() || r.Extracted[0].Progress.Earlier != 20 {
		t.Fatalf("D alone: %+v", r.Lines)
	}
	if _, err := os.Stat(filepath.Join(j.Out, "d", "heads", "results", "comp2_cls_test_cat.txt")); err != nil {
		t.Error(err)
	}
	scores := filepath.Join(j.Out, "d", "heads", heads.ScoresFile)
	before, err := os.Stat(scores)
	if err != nil {
		t.Fatal(err)
	}
	j.WeightsE = e
	r = run()
	if after, err := os.Stat(scores); err != nil || !after.ModTime().Equal(before.ModTime()) {
		t.Errorf("D's heads were trained again (%v): %v", err, notes)
	}
	if len(r.Lines) != 3 || r.Lines[2].Net != protocol.PaperDE || r.Heads[2].Recipe.Width() != 2*r.Heads[0].Recipe.Width() {
		t.Fatalf("D and E: %+v", r.Lines)
	}
	page, err := os.ReadFile(r.Report)
	if err != nil {
		t.Fatal(err)
	}
	fixture.Holds(t, string(page), "VOC-2007 classification", "vgg16/32 and vgg19/32", "D and E (vgg16/32 and vgg19/32)", ">89.7<", "is a narrow net", "data:image/jpeg")
	path, err := pages.Write(t.Context(), pages.Job{Run: j.Out})
	if err != nil {
		t.Fatal(err)
	}
	if page, err = os.ReadFile(path); err != nil {
		t.Fatal(err)
	}
	fixture.Holds(t, string(page), "D and E (vgg16/32 and vgg19/32)")
	if run(); len(notes) < 3 || !strings.Contains(strings.Join(notes, "\n"), "D and E: the heads in") {
		t.Errorf("a third run kept %v", notes)
	}
	if err := os.Chtimes(filepath.Join(j.Out, "e", "manifest.json"), before.ModTime().AddDate(1, 0, 0), before.ModTime().AddDate(1, 0, 0)); err != nil {
		t.Fatal(err)
	}
	run()
	if all := strings.Join(notes, "\n"); strings.Count(all, "stand already and fit: kept") != 3 || strings.Contains(all, "trained again") {
		t.Errorf("with a newer time of E's table: %v", notes)
	}
	earlier := filepath.Join(j.Out, "e", heads.Folder, heads.ScoresFile) // as an earlier fc7 wrote it
	var old map[string]any
	if err := outputs.ReadJSON(earlier, &old); err != nil {
		t.Fatal(err)
	}
	delete(old, "digests")
	if err := outputs.WriteJSON(earlier, old); err != nil {
		t.Fatal(err)
	}
	run()
	if all := strings.Join(notes, "\n"); strings.Count(all, "stand already and fit: kept") != 2 || !strings.Contains(all, "E: the heads in "+filepath.Join(j.Out, "e", heads.Folder)+" are trained again") {
		t.Errorf("with heads of an earlier fc7: %v", notes)
	}
	j.Scales = []int{224}
	var m *table.MismatchError
	if _, err := Reproduce(t.Context(), j, ev); !errors.As(err, &m) {
		t.Errorf("other scales: %v", err)
	}
}

func TestReproduceRefuses(t *testing.T) {
	e := fixture.Weights(t, "vgg19/32", 1)
	for want, change := range map[string]func(*Job){
		`unknown task "mnist"`:             func(j *Job) { j.Task = "mnist" },
		`there is no step "dinner"`:        func(j *Job) { j.Until = "dinner" },
		"weights are of vgg19/32, expecte": func(j *Job) {},
	} {
		j := Job{Task: "voc2007", Data: t.TempDir(), WeightsD: e, Out: filepath.Join(t.TempDir(), "run")}
		change(&j)
		if _, err := Reproduce(t.Context(), j, conveyor.Events{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
		if _, err := os.Stat(j.Out); err == nil {
			t.Errorf("%s: a folder was made", want)
		}
	}
}

// TestReproduceActions: a row an object, of its image, and of image and box stacked.
func TestReproduceActions(t *testing.T) {
	fixture.SkipShort(t)
	root := filepath.Join(t.TempDir(), "VOC2012")
	if err := os.CopyFS(root, os.DirFS(filepath.Join(strings.TrimPrefix(fixture.Drawn(t, synth.LayoutVOC2007, 20), "voc2007:"), "VOCdevkit", "VOC2007"))); err != nil {
		t.Fatal(err)
	}
	images, err := filepath.Glob(filepath.Join(root, "JPEGImages", "*.jpg"))
	if err != nil || len(images) != 20 {
		t.Fatal(images, err)
	}
	lists := map[string]string{}
	for i, path := range images {
		split := []string{"train", "val", "test"}[i%3]
		id := strings.TrimSuffix(filepath.Base(path), ".jpg")
		lists[split] += id + " 1\n"
		for k, action := range datasets.VOCActions() {
			label := "-1"
			if k == 1+i/3%2 {
				label = "1"
			}
			lists[action+"_"+split] += id + " 1 " + label + "\n"
		}
	}
	if err := os.MkdirAll(filepath.Join(root, "ImageSets", "Action"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range lists {
		if err := os.WriteFile(filepath.Join(root, "ImageSets", "Action", name+".txt"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	j := Job{Task: "action", Data: root, WeightsD: fixture.Weights(t, "vgg16/32", 1), Scales: []int{224}, Out: filepath.Join(t.TempDir(), "run")}
	for range 2 {
		r, err := Reproduce(t.Context(), j, conveyor.Events{})
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Lines) != 2 || r.Lines[0].Net != "D, image" || r.Lines[1].Net != "D, image and box" || !r.Lines[1].Ours.Defined() {
			t.Fatalf("%+v", r.Lines)
		}
		if one, both := r.Heads[0].Recipe.Width(), r.Heads[1].Recipe.Width(); both != 2*one {
			t.Errorf("%d and %d values", one, both)
		}
		page, err := os.ReadFile(r.Report)
		if err != nil {
			t.Fatal(err)
		}
		fixture.Holds(t, string(page), "VOC-2012 action classification", "jumping", "#1", "data:image/jpeg")
	}
}

// TestReproduceStaysBelow: a file that names heads elsewhere is not followed.
func TestReproduceStaysBelow(t *testing.T) {
	fixture.SkipShort(t)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, paper.File), []byte(`{"task":"voc2007","lines":[],"main":{"table":"d","heads":"../../x"}}`), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := pages.Write(t.Context(), pages.Job{Run: dir}); err == nil || !strings.Contains(err.Error(), "no folder below it") {
		t.Errorf("%v", err)
	}
}
