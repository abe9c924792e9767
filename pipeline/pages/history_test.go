package pages

import (
	"os"
	"strings"
	"testing"
	"time"

	"fc7/internal/origin"
	"fc7/outputs"
	"fc7/pipeline/internal/fixture"
	"fc7/pipeline/training/trainlog"
)

// TestReportOfHistory: the page says what was trained on what, when, by which commands, in which time, that of cached
// views and of earlier sittings with it.
func TestReportOfHistory(t *testing.T) {
	at := func(minute int) time.Time { return time.Date(2026, 11, 28, 22, minute, 0, 0, time.UTC) }
	command := func(text string, minute int) *origin.Command {
		return &origin.Command{Text: text, Folder: "/home/ann", Started: at(minute)}
	}
	h := trainlog.History{
		About: trainlog.About{
			DataSet: "caltech101:/data/<c101>", Weights: "/w/vgg16.pth", Tuned: true, Train: 1200, Val: 1, HeldOut: true, Classes: 102,
			Stages: []trainlog.AboutStage{{Net: "vgg16", Trained: "fc8", Frozen: "conv1_1 to fc7", Tensors: 30}, {Net: "vgg16", Trained: "conv1_1 to fc8"}},
		},
		Sittings: []trainlog.Sitting{
			{Command: command("fc7 finetune 'a b' --threads 2", 0), Began: at(0), Ended: at(20), To: 5, Prepared: 900, Views: 3200},
			{Command: command("fc7 finetune 'a b' --threads 2", 30), Began: at(30), Ended: at(31), From: 5, To: 5},
			{Command: command("fc7 finetune 'a b'", 40), Began: at(40), Ended: at(50), From: 5, To: 1010},
		},
	}
	epoch := trainlog.Epoch{Stage: 1, Stages: 2, Epoch: 1, Epochs: 2, Net: "vgg16", Step: 1010, Loss: 3, ValLoss: 3, Best: true, Validated: 1, Seconds: 60}
	dir := trainingRun(t, epoch)
	if err := h.Write(dir); err != nil {
		t.Fatal(err)
	}
	page := reported(t, Job{Run: dir, Paths: true})
	fixture.Holds(t, page,
		"vgg16 of vgg16.pth, fine-tuned on 1,200 images of 102 classes of caltech101:/data/&lt;c101&gt;; validated on 1 image that the seed held out.",
		"Begun 2026-11-28 22:00:00 UTC, last at work 2026-11-28 22:50:00 UTC: 31m0s in all, in 3 sittings, of which 15m0s went into looking at the images&#39; colours and caching 3,200 views.",
		"<code>fc7 finetune &#39;a b&#39;</code>", "<code>fc7 finetune &#39;a b&#39; --threads 2</code>", "given in /home/ann, 2026-11-28 22:40:00 UTC",
		"vgg16, training fc8; frozen: 30 tensors of conv1_1 to fc7", "vgg16, training conv1_1 to fc8", "22:40:00 UTC to 2026-11-28 22:50:00 UTC, 10m0s, steps 6 to 1,010", "1m0s, no step",
		"/w/vgg16.pth", "3,200 views cached",
	)
	if n := strings.Count(page, "--threads 2</code>"); n != 1 {
		t.Errorf("a command stands there %d times", n)
	}
	if strings.Index(page, "a b&#39;</code>") > strings.Index(page, "--threads 2</code>") {
		t.Error("the last command does not come first")
	}

	h.About.Tuned, h.About.Weights, h.About.HeldOut = false, "", false
	h.Sittings = h.Sittings[2:]
	h.Sittings[0].From = 1010
	if err := h.Write(dir); err != nil {
		t.Fatal(err)
	}
	fixture.Holds(t, reported(t, Job{Run: dir, Paths: true}), "vgg16, trained on 1,200 images", "set&#39;s val split", "11m0s in all, of which 0s", "1m0s are the epochs&#39; of before")
}

// TestReportNamesCommand: the pages of an extraction and of its heads name the commands that made them.
func TestReportNamesCommand(t *testing.T) {
	j := fixture.Job(t)
	j.Command = &origin.Command{Text: "fc7 extract voc2007:'x y'", Folder: "/home/ann", Started: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	fixture.Extract(t, j)
	fixture.Holds(t, reported(t, Job{Run: j.Out, Paths: true}), "<code>fc7 extract voc2007:&#39;x y&#39;</code>", "given in /home/ann, 2026-01-02 03:04:05 UTC")
	page := reported(t, Job{Run: j.Out})
	fixture.Holds(t, page, "<code>fc7 extract voc2007:&#39;x y&#39;</code>", "given 2026-01-02 03:04:05 UTC")
	for _, path := range []string{"/home/ann", os.TempDir()} {
		if strings.Contains(page, path) {
			t.Errorf("the page names %s", path)
		}
	}
	m, err := outputs.ReadManifest(j.Out)
	if err != nil || m.Made == nil || *m.Made != *j.Command {
		t.Errorf("%+v, %v", m.Made, err)
	}
}
