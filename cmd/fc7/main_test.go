package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"fc7/internal/f32"
	"fc7/internal/origin"
	"fc7/outputs"
)

// TestMain lets the test binary be the program, so that it can be killed.
func TestMain(m *testing.M) {
	f32.SleepAtOnce()
	if os.Getenv("FC7_TEST_AS_PROGRAM") == "" {
		os.Exit(m.Run())
	}
	code := program()
	if path := os.Getenv("FC7_TEST_MEMORY"); path != "" {
		if status, err := os.ReadFile("/proc/self/status"); err == nil {
			_ = os.WriteFile(path, status, 0o644) // the test misses it if this fails
		}
	}
	os.Exit(code)
}

// fc7 runs the program inside the test.
func fc7(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	code = run(context.Background(), args, newConsole(&out, &err))
	return code, out.String(), err.String()
}

func want(t *testing.T, code int, args ...string) string {
	t.Helper()
	got, stdout, stderr := fc7(t, args...)
	if got != code {
		t.Fatalf("fc7 %s: exit status %d, want %d\n%s%s", strings.Join(args, " "), got, code, stdout, stderr)
	}
	return stdout + stderr
}

func TestUsage(t *testing.T) {
	for args, says := range map[string]string{
		"extrct":                            "did you mean extract",
		"extract":                           "missing DATASET",
		"help jsn":                          "did you mean json?",
		"completion zhs":                    "did you mean zsh?",
		"help nope":                         "unknown verb \"nope\"",
		"help extrct":                       "did you mean extract",
		"help dataset nope":                 "unknown verb of fc7 dataset",
		"help svm nope":                     "too many arguments",
		"extract folder:/x":                 "missing --out",
		"extract a b":                       "too many arguments",
		"extract --scals 3 folder:/x":       "unknown flag",
		"extract foldr:/x --weights a -o b": "foldr",
		"extract /x --weights a -o b":       "KIND:PATH",
		"extract a:b --weights w -o o --limit 1 --per-class 1": "exclude each other",
		"svm":                      "missing FEATURES",
		"svm x --c 1 --grid 1,2":   "exclude each other",
		"svm x --loss quadratic":   "unknown loss",
		"predict a.jpg":            "missing --head",
		"head export x":            "missing HEAD and OUT",
		"head export x --to svg y": "onnx or liblinear",
		"extract a:b --weights w -o o --views half":             "expected dense, crops or centre",
		"extract a:b --weights w -o o --pool sum":               "expected mean, max or map",
		"extract a:b --weights w -o o --layer prob --pool max":  "does not apply",
		"extract a:b --weights w -o o --scales 256,256":         "given twice",
		"extract folder:b --weights w --weights v --net D -o o": "want a net for each file",
		"weights inspect":               "missing FILE",
		"weights init --net vgg17 -o x": "vgg17",
		"predict":                       "missing IMAGE",
		"dataset synth --layout x y":    "--layout",
		"bench":                         "missing --weights",
	} {
		if out := want(t, exitUsage, strings.Fields(args)...); !strings.Contains(out, says) || !strings.Contains(out, "--help") {
			t.Errorf("fc7 %s: %q does not say %q", args, out, says)
		}
	}
	for _, args := range []string{"--json", "weights --json"} { // there is no help in JSON
		if out := want(t, exitUsage, strings.Fields(args)...); !strings.Contains(out, "missing verb") || strings.Contains(out, "Usage:") {
			t.Errorf("fc7 %s: %q", args, out)
		}
	}
	for _, args := range []string{"help", "help svm", "help dataset synth", "help json", "help help"} {
		want(t, exitDone, strings.Fields(args)...)
	}
	want(t, exitFailed, "extract", "folder:/no/such/folder", "--weights", "/no/such/file", "-o", filepath.Join(t.TempDir(), "x"))
}

// TestHelp: every verb has a help with an example of itself.
func TestHelp(t *testing.T) {
	root := newRoot(newConsole(&bytes.Buffer{}, &bytes.Buffer{}))
	verbs := root.Commands()
	for _, v := range verbs {
		verbs = append(verbs, v.Commands()...)
	}
	n := 0
	for _, v := range verbs {
		if !v.Runnable() || v.HasSubCommands() && v.Name() != "bench" || v.Hidden || v.Name() == "help" || v.Name() == "completion" || v.Parent().Name() == "completion" {
			continue
		}
		n++
		if v.Short == "" || v.Long == "" || !strings.Contains(v.Example, v.CommandPath()) {
			t.Errorf("%s: no help, or no example", v.CommandPath())
		}
	}
	if n < 8 {
		t.Errorf("only %d verbs", n)
	}
}

// TestMainJob goes the way of a user with a data set and weights.
func TestMainJob(t *testing.T) {
	dir := t.TempDir()
	data, net, run := filepath.Join(dir, "data"), filepath.Join(dir, "net.safetensors"), filepath.Join(dir, "run")
	want(t, exitDone, "dataset", "synth", "--images", "20", "--size", "120", data)
	want(t, exitDone, "weights", "init", "--net", "vgg11/32", "--out", net)
	if out := want(t, exitDone, "weights", "inspect", net, "--stats"); !strings.Contains(out, "vgg11/32") || !strings.Contains(out, "classifier.6.bias") {
		t.Errorf("inspect: %s", out)
	}
	out := want(t, exitDone, "extract", "voc2007:"+data, "--weights", net, "--net", "vgg11/32", "--scales", "224", "-o", run)
	if !strings.Contains(out, "20 ok, 0 failed") || !strings.Contains(out, "random") {
		t.Errorf("extract: %s", out)
	}
	if out := want(t, exitDone, "svm", run, "--protocol", "voc2007"); !strings.Contains(out, "aeroplane") || !strings.Contains(out, "mean") {
		t.Errorf("svm: %s", out)
	}
	_, out, _ = fc7(t, "predict", "--head", filepath.Join(run, "heads"), "--weights", net, "--json", "voc2007:"+data)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	var p struct{ Scores map[string]float64 }
	if err := json.Unmarshal([]byte(lines[0]), &p); err != nil || len(p.Scores) != 20 || len(lines) != 20 {
		t.Errorf("predict: %d lines, first %s: %v", len(lines), lines[0], err)
	}
	if out := want(t, exitDone, "report", run); !strings.Contains(out, "report.html") {
		t.Errorf("report: %s", out)
	}
	want(t, exitSomeFailed, "predict", "--head", filepath.Join(run, "heads"), "--weights", net, net)
}

func files(t *testing.T, run string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	entries, err := os.ReadDir(filepath.Join(run, outputs.FeaturesDir))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if all[e.Name()], err = os.ReadFile(filepath.Join(run, outputs.FeaturesDir, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// TestMissingInWords: what is not there is named by its path and in words, not by a call of the system, and by what was
// asked for.
func TestMissingInWords(t *testing.T) {
	dir := t.TempDir()
	gone := filepath.Join(dir, "gone")
	for _, args := range [][]string{
		{"svm", gone},
		{"verify", gone},
		{"merge", filepath.Join(dir, "m"), gone},
		{"table", gone},
		{"report", gone},
		{"aggregate", gone, "-o", filepath.Join(dir, "a.parquet")},
		{"extract", "folder:" + gone, "-o", filepath.Join(dir, "x")},
		{"predict", "--head", gone, "a.jpg"},
		{"weights", "inspect", gone},
	} {
		for _, more := range [][]string{nil, {"--json"}} {
			out := want(t, exitFailed, append(args, more...)...)
			if !strings.Contains(out, gone) || strings.Contains(out, "stat ") || strings.Contains(out, "open ") || strings.Contains(out, "page") {
				t.Errorf("fc7 %v: %s", args, out)
			}
		}
	}
	if out := want(t, exitFailed, "weights", "inspect", "vgg61"); !strings.Contains(out, "did you mean vgg16?") {
		t.Errorf("a name of weights with two letters exchanged: %s", out)
	}
}

// --version tells of a build what a fault's report needs: the program's version, Go's, the system and the processor,
// the commit and the kernels; kernels that are asked for and are not here are an error, as they are in a run.
func TestVersion(t *testing.T) {
	platform := runtime.GOOS + "/" + runtime.GOARCH
	out := want(t, exitDone, "--version")
	first, rest, _ := strings.Cut(out, "\n")
	if !strings.HasPrefix(first, "fc7") || !strings.HasSuffix(first, ", "+runtime.Version()+", "+platform) {
		t.Errorf("--version says %q", out)
	}
	for _, s := range []string{"module ", "commit ", "kernels  " + f32.Kernels() + ", of ", f32.Arithmetic()} {
		if !strings.Contains(rest, s) {
			t.Errorf("--version does not say %q: %q", s, out)
		}
	}
	var v version
	_, out, _ = fc7(t, "--version", "--json")
	if err := json.Unmarshal([]byte(out), &v); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(v.Program, "fc7") || v.Go != runtime.Version() || v.Platform != platform || v.Kernels != f32.Kernels() || !slices.Contains(v.Available, "plain") {
		t.Errorf("--version --json says %+v", v)
	}
	t.Setenv("FC7_KERNELS", "none-such")
	if out := want(t, exitFailed, "--version"); !strings.Contains(out, "none-such") {
		t.Errorf("kernels that are not here: %s", out)
	}
}

// TestVersionOfCommit: what a build records of its commit is told, and a build without one says so.
func TestVersionOfCommit(t *testing.T) {
	day := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for text, v := range map[string]version{
		"commit   abc, with changes since\ndate     2026-01-02 03:04:05 UTC, of the commit\n":       {Source: origin.Source{Commit: "abc", Changed: true, Date: day}},
		"commit   not known: the build recorded none; make build in a git repository does\nkernels": {},
	} {
		var out bytes.Buffer
		if err := v.print(newConsole(&out, &bytes.Buffer{})); err != nil || !strings.Contains(out.String(), text) {
			t.Errorf("%v: %q, expected %q", err, out.String(), text)
		}
	}
}
