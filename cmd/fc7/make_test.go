package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"fc7/datasets/synth"
	"fc7/vgg"
	"fc7/vgg/weights"
)

// TestMakeTargets runs a task as make's batch job: the plan, a job that ended between two steps and goes on with what
// is missing, one that is done, and one whose settings were changed.
func TestMakeTargets(t *testing.T) {
	if _, err := exec.LookPath("make"); err != nil {
		t.Skip("there is no make here")
	}
	if testing.Short() {
		t.Skip("-short: the program is not built again")
	}
	dir := t.TempDir()
	if _, err := synth.Generate(context.Background(), filepath.Join(dir, "data"), synth.Options{Layout: synth.LayoutVOC2007, Images: 20, Seed: 3}); err != nil {
		t.Fatal(err)
	}
	c, err := vgg.Lookup("vgg16/32")
	if err != nil {
		t.Fatal(err)
	}
	net := filepath.Join(dir, "net.safetensors")
	if err := vgg.Init(t.Context(), net, c, 1, weights.SafetensorsOptions{}); err != nil {
		t.Fatal(err)
	}
	runs := filepath.Join(dir, "runs")
	run := func(wantErr bool, args ...string) string {
		t.Helper()
		cmd := exec.Command("make", append([]string{"-C", "../..", "--no-print-directory", "BIN=" + filepath.Join(dir, "fc7"), "RUNS=" + runs}, args...)...)
		cmd.Env = append(os.Environ(), "MAKEFLAGS=", "LC_ALL=C")
		out, err := cmd.CombinedOutput()
		if (err != nil) != wantErr {
			t.Fatalf("make %v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	steps := func(out string) (n int) {
		for _, s := range []string{"--until features", "--until heads", "report " + runs} {
			n = 2*n + min(1, strings.Count(out, s))
		}
		return n
	}
	for args, want := range map[string]string{"": "needs DATA", "DATA=x": "needs WEIGHTS"} {
		if out := run(true, append([]string{"voc2007"}, strings.Fields(args)...)...); !strings.Contains(out, want) {
			t.Errorf("make voc2007 %s says %s", args, out)
		}
	}
	job := []string{"voc2007", "DATA=" + filepath.Join(dir, "data"), "WEIGHTS=" + net, "SCALES=224"}
	if out := run(false, append(job, "-n")...); steps(out) != 0b111 {
		t.Errorf("the plan is %s", out)
	}
	if _, err := os.Stat(runs); err == nil {
		t.Error("make -n wrote something")
	}
	run(false, append([]string{filepath.Join(runs, "voc2007", "d", "manifest.json")}, job[1:]...)...)
	if out := run(false, append(job, "-n")...); steps(out) != 0b011 {
		t.Errorf("after the first step the plan is %s", out)
	}
	if out := run(false, job...); steps(out) != 0b011 || !strings.Contains(out, "Mean AP beside the paper") {
		t.Errorf("going on: %s", out)
	}
	if out := run(false, append(job, "-n")...); !strings.Contains(out, "Nothing to be done") {
		t.Errorf("the plan of what is done is %s", out)
	}
	job[3] = "SCALES=230"
	if out := run(true, job...); steps(out) != 0b100 || !strings.Contains(out, "scales: table has [224], now [230]") {
		t.Errorf("with other scales: %s", out)
	}
	job[3] = "SCALES=224"
	if out := run(false, job...); steps(out) != 0b111 {
		t.Errorf("with the old scales again: %s", out)
	}
}

// TestMakeFinetune runs the comparison of ways to new classes on drawn images, of which one cannot be read, and again
// where all is there.
func TestMakeFinetune(t *testing.T) {
	if _, err := exec.LookPath("make"); err != nil {
		t.Skip("there is no make here")
	}
	if testing.Short() {
		t.Skip("-short: the program is not built again")
	}
	dir := t.TempDir()
	if _, err := synth.Generate(t.Context(), filepath.Join(dir, "data"), synth.Options{Layout: synth.LayoutCaltech101, Images: 16, Classes: 2, Seed: 3, Size: 100}); err != nil {
		t.Fatal(err)
	}
	images, err := filepath.Glob(filepath.Join(dir, "data", "101_ObjectCategories", "*", "*.jpg"))
	if err != nil || len(images) < 4 {
		t.Fatal(images, err)
	}
	if err := os.WriteFile(images[3], []byte("no image"), 0o644); err != nil {
		t.Fatal(err)
	}
	net := filepath.Join(dir, "net.safetensors")
	want(t, exitDone, "weights", "init", "--net", "vgg11/64", "--out", net)
	args := []string{
		"-C", "../..", "--no-print-directory", "finetune", "BIN=" + filepath.Join(dir, "fc7"), "RUNS=" + filepath.Join(dir, "runs"),
		"CLASSES=*", "TUNE=--epochs 1 --views 1", "UNFREEZE=--unfreeze conv5_* --unfreeze-epochs 1", "WEIGHTS=" + net,
	}
	for _, data := range []string{"", filepath.Join(dir, "data"), filepath.Join(dir, "data")} {
		cmd := exec.Command("make", append(args, "DATA="+data)...)
		cmd.Env = append(os.Environ(), "MAKEFLAGS=", "LC_ALL=C")
		out, err := cmd.CombinedOutput()
		if data == "" {
			if err == nil || !strings.Contains(string(out), "needs DATA") {
				t.Errorf("without DATA: %v %s", err, out)
			}
			continue
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if n := strings.Count(string(out), "1 image could not be read and took no part: "); n != 2 {
			t.Errorf("%d of 2 trainings tell of the image that could not be read:\n%s", n, out)
		}
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		table := lines[max(0, len(lines)-4):]
		for i, says := range []string{"mean class recall", "an SVM", "new layers", "unfrozen"} {
			if i >= len(table) || !strings.Contains(table[i], says) || i > 0 && len(strings.Fields(table[i])) < 5 {
				t.Errorf("line %d of the table is not of %s:\n%s", i, says, out)
			}
		}
	}
}

// TestMakeHeads: what make heads and make imagenet would run does the job, of a folder a class and of a data set with
// its kind, and without DATA they say what they need.
func TestMakeHeads(t *testing.T) {
	if _, err := exec.LookPath("make"); err != nil {
		t.Skip("there is no make here")
	}
	plan := func(args ...string) (string, error) {
		cmd := exec.Command("make", append([]string{"-n", "-C", "../..", "--no-print-directory", "BIN=.ci", "RUNS=" + t.TempDir()}, args...)...) // of BIN it needs that it is there
		cmd.Env = append(os.Environ(), "MAKEFLAGS=", "LC_ALL=C")
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	for _, target := range []string{"heads", "imagenet"} {
		if out, err := plan(target); err == nil || !strings.Contains(out, "make "+target+" needs DATA") {
			t.Errorf("make %s without DATA: %v %s", target, err, out)
		}
	}
	drawn, err := synth.Generate(t.Context(), filepath.Join(t.TempDir(), "my photos"), synth.Options{Layout: synth.LayoutCaltech101, Images: 24, Classes: 2, Seed: 3, Size: 64})
	if err != nil {
		t.Fatal(err)
	}
	photos := filepath.Join(strings.TrimPrefix(drawn.Spec, "caltech101:"), "101_ObjectCategories")
	val, weights := imagenetOfDrawings(t)
	for _, args := range [][]string{
		{"heads", "DATA=" + photos, "SCALES=224"},
		{"heads", "DATA=folder:" + photos, "SCALES=224", "WEIGHTS=" + weights, "FLAGS=--per-class 10"},
		{"imagenet", "DATA=" + strings.TrimPrefix(val, "imagenet:"), "SCALES=224", "WEIGHTS=" + weights},
	} {
		out, err := plan(args...)
		n := 0
		for line := range strings.Lines(out) {
			line, _, _ = strings.Cut(strings.TrimSpace(line), " || ")
			call, ok := strings.CutPrefix(line, ".ci ")
			if !ok {
				continue
			}
			var words []string
			for i, part := range strings.Split(call, `"`) {
				if i%2 == 1 {
					words = append(words, part)
				} else {
					words = append(words, strings.Fields(part)...)
				}
			}
			n++
			want(t, exitDone, words...)
		}
		if wanted := map[string]int{"heads": 3, "imagenet": 1}[args[0]]; err != nil || n != wanted {
			t.Errorf("make %v: %v, %d calls of fc7: %s", args, err, n, out)
		}
	}
}
