package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestInTheWay: what stands in the way of an output is told before anything is opened, so that inputs that are not
// there are not even missed.
func TestInTheWay(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	for _, name := range []string{"x.parquet", "x.safetensors", "x.onnx", "x.html", "x.npy", "x.tsv", "plain"} {
		if err := os.WriteFile(at(name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(at("heads"), 0o755); err != nil {
		t.Fatal(err)
	}
	for args, says := range map[string]string{
		"bench svm --x /no --y /no --out @x.npy":                 "exists already and is not replaced: choose another name, or allow it with --force",
		"bench svm --x /no --y /no --out @x.txt":                 "ends with .npy",
		"predict --head /no --out @x.parquet a.jpg":              "exists already and is not replaced: choose another name, or allow it with --force",
		"predict --head /no --out @no/x.parquet a.jpg":           "there is no folder",
		"predict --head /no --out @x.csv --force a.jpg":          "ends with .parquet",
		"aggregate /no -o @x.parquet":                            "exists already and is not replaced: choose another name, or allow it with --force",
		"aggregate /no -o @x.csv":                                "ends with .arrow, .feather or .parquet",
		"aggregate /no -o @y.parquet --format arrow":             "the name of the file decides",
		"head export /no @x.onnx":                                "exists already",
		"head export /no @x.svg":                                 "ends with .model, .onnx or .txt",
		"head export /no @y.onnx --to liblinear":                 "the name of the file decides",
		"head export /no @heads/":                                "ends with",
		"weights convert /no @x.safetensors":                     "exists already",
		"weights convert /no @x.pth":                             "ends with .safetensors",
		"weights init --net A -o @x.safetensors":                 "exists already",
		"dataset splits folder:/no -o @x.tsv":                    "exists already",
		"dataset splits folder:/no -o @x.json":                   "ends with .tsv or .txt",
		"report /no --out @x.html":                               "exists already",
		"report /no --out @x.pdf":                                "ends with .html",
		"svm /no -o @heads":                                      "exists already and is not replaced: choose another folder, or allow it with --force",
		"svm /no -o @plain --force":                              "is a file: want a folder",
		"extract folder:/no -o @plain":                           "is a file: want a folder",
		"extract folder:/no -o @plain/x":                         "cannot",
		"evaluate folder:/no -o @plain":                          "is a file",
		"reproduce voc2007 --data /no --weights-d /no -o @plain": "is a file",
		"train folder:/no --net A -o @plain":                     "is a file",
		"finetune folder:/no -o @plain":                          "is a file",
		"finetune folder:/no -o @y --view-cache @plain":          "--view-cache",
		"finetune folder:/no -o @y --cache @plain":               "--view-cache",
		"merge @plain /no":                                       "is a file",
		"demo -o @plain":                                         "is a file",
		"dataset synth @plain":                                   "is a file",
		"dataset fetch caltech101 -o @plain":                     "is a file",
		"weights fetch vgg16 --cache @plain":                     "is a file",
	} {
		code, _, stderr := fc7(t, strings.Fields(strings.ReplaceAll(args, "@", dir+"/"))...)
		if code != exitFailed && code != exitUsage || !strings.Contains(stderr, says) {
			t.Errorf("fc7 %s: exit status %d: %s", args, code, stderr)
		}
	}
}

// TestUsageBeforeTheWay: what is wrong with flags whatever the files say is wrong usage, and what stands in the way of
// an output does not hide it.
func TestUsageBeforeTheWay(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"q.arrow", "q.onnx", "plain"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for args, says := range map[string]string{
		"svm /no -o @plain --folds 1":                                    "--folds 1: want a whole number of 2 or more",
		"svm /no -o @new --folds 1":                                      "--folds 1: want a whole number of 2 or more",
		"svm /no -o @plain --train-fraction 2":                           "a share of 2",
		"svm /no -o @plain --protocol set --train-fraction 1":            "a share of 1",
		"svm /no -o @plain --c 1 --grid 1,2":                             "exclude each other",
		"svm /no -o @plain --draws 3":                                    "low-shot curve",
		"svm /no -o @plain --protocol set --competition 2":               "would do nothing with protocol set",
		"svm /no -o @plain --protocol caltech101 --c 1 --folds 3":        "would do nothing with protocol caltech101",
		"aggregate /no -o @q.arrow --format parquet":                     "the name of the file decides",
		"aggregate /no -o @q --format hf --aggregate none":               "--aggregate none does not fit --format hf",
		"aggregate /no -o @q --format npy --dtype float16":               "--dtype float16 does not fit --format npy",
		"aggregate /no -o @q.npy --format npy":                           "want the name of a folder",
		"head export /no @q.onnx --to liblinear":                         "the name of the file decides",
		"dataset synth @plain --images 3":                                "images: want 4 to 999999 for the layout voc2007",
		"dataset synth @new --layout caltech101 --images 2":              "images: want 3",
		"dataset synth @new --size 31":                                   "want 32 to 4096",
		"dataset synth @new --layout caltech101 --classes 1":             "classes: want 2",
		"train folder:/no --net A --epochs 2000000 -o @plain":            "expected 1 or more",
		"train folder:/no --net A --freeze cnv* -o @plain":               "names no layer and no tensor of vgg11",
		"train folder:/no --net A --freeze conv* --freeze fc* -o @plain": "freeze every parameter of vgg11",
		"train folder:/no --net A --layer-rate cnv*=2 -o @plain":         "names no layer and no tensor of vgg11",
		"train folder:/no --net A --dropout 1 -o @plain":                 "want a number of 0 or more, and less than 1",
		"train folder:/no --net A --momentum 1 -o @plain":                "want a number of 0 or more, and less than 1",
		"train folder:/no --stage net=A --rate 0.1 -o @plain":            "--stage excludes --rate",
		"train folder:/no --net A --recipe paper --s 256 -o @new":        "--recipe excludes --s",
		"train folder:/no --stage net=A,epochs=x -o @new":                "--stage: epochs x: want",
		"svm /no -o @new --c 0":                                          "--c 0: want a number above 0",
		"svm /no -o @new --positive-weight 0":                            "want a number above 0",
		"bench svm --x /no --y /no --eps 0":                              "--eps 0: want a number above 0",
		"bench svm --x /no --y /no --c 0":                                "--c 0: want a number above 0",
		"bench suspects --x /no --y /no --C 0":                           "--c 0: want a number above 0", // its earlier name
		"suspects /no --C 0":                                             "--c 0: want a number above 0",
		"verify /no --seed 3":                                            "--seed would do nothing",
		"verify /no --sample 0 --weights @plain":                         "--weights would do nothing",
		"report /no --no-images --data folder:/no":                       "exclude each other",
		"svm /no -o @new --scales 256,256":                               "--scales 256,256: 256 is given twice",
		"svm /no -o @new --seeds 1 --seeds 1":                            "--seeds 1: 1 is given twice",
		"bench extract folder:/no --weights /no --images 1,2":            "--images: want one number, or one for each of the 3 jobs, found 2",
		"bench extract folder:/no --weights /no --images 0":              "--images 0",
		"bench tarin":                                                            "did you mean train?",
		"weights inspect --net A --stats":                                        "--stats would do nothing",
		"weights fetch x --url ftp://example.org/x.pth":                          "--url ftp://example.org/x.pth: want a URL",
		"weights fetch vgg16 --mirror here":                                      "--mirror here: want a URL",
		"dataset fetch caltech101 -o @new --mirror /data":                        "--mirror /data: want a URL",
		"classify foldr:@plain":                                                  "did you mean folder?",
		"extract flder:/no -o @plain":                                            "did you mean",
		"extract folder:/no -o @plain --box-context 0.5":                         "--box-context 0.5: want a number of 1 or more",
		"evaluate folder:/no -o @plain --scales 256,256":                         "256",
		"evaluate folder -o @plain":                                              "the path is missing",
		"train flder:/no --net A -o @plain":                                      "did you mean",
		"finetune flder:/no -o @plain":                                           "did you mean",
		"dataset splits flder:/no -o @q.arrow":                                   "did you mean",
		"dataset fetch caltech102 -o @plain":                                     "did you mean caltech101?",
		"weights fetch vgg61 --cache @plain":                                     "did you mean vgg16?",
		"finetune folder:/no -o @plain --held-out 1":                             "--held-out 1: want",
		"finetune folder:/no -o @plain --s 5000":                                 "smallest side S from 5000 to 5000",
		"finetune folder:/no -o @plain --unfreeze fc6 --unfreeze-epochs 2000000": "the second phase: 2000000 epochs",
		"finetune folder:/no -o @plain --epochs 2000000":                         "2000000 epochs: expected 1 or more",
	} {
		code, _, stderr := fc7(t, strings.Fields(strings.ReplaceAll(args, "@", dir+"/"))...)
		if code != exitUsage || !strings.Contains(stderr, says) {
			t.Errorf("fc7 %s: exit status %d: %s", args, code, stderr)
		}
	}
	if out := want(t, exitDone, "dataset", "synth", "--help"); !strings.Contains(strings.Join(strings.Fields(out), " "), "at least 4 of VOC's layouts, 3 of the others") {
		t.Errorf("the help of synth does not say the least number of images: %s", out)
	}
}

// TestIdleFlags: a flag that would do nothing beside the others is a wrong call, which names it.
func TestIdleFlags(t *testing.T) {
	for args, flag := range map[string]string{
		"dataset synth /no/x --layout voc2007 --classes 5":           "classes",
		"dataset splits folder:/no -o /no/x.tsv --train 5":           "train",
		"dataset splits folder:/no -o /no/x.tsv --seed 1 --splits s": "splits",
		"aggregate /no -o /no/x.arrow --aggregate none --scales 256": "scales",
		"aggregate /no -o /no/x.arrow --aggregate none --layer fc7":  "layer",
		"aggregate /no -o /no/x --format hf --drop-failed":           "drop-failed",
		"aggregate /no -o /no/x.arrow --aggregate none --l2 before":  "l2",
		"verify /no --seed 3":                                         "seed",
		"verify /no --classes a":                                      "classes",
		"verify /no --sample 0 --weights w":                           "weights",
		"predict --head /no a.jpg --force":                            "force",
		"predict --head /no a.jpg --json --top 2":                     "top",
		"table /no --json --format csv":                               "format",
		"bench --weights /no --layers=false --json":                   "layers",
		"weights inspect --net A --stats":                             "stats",
		"report /no --no-images --data folder:/no":                    "data",
		"extract folder:/no -o /no/x --objects image --box-context 2": "box context",
		"finetune folder:/no -o /no/x --unfreeze-rate 1":              "unfreeze-rate",
	} {
		code, stdout, stderr := fc7(t, strings.Fields(args)...)
		if code != exitUsage || !strings.Contains(stderr, flag) || stdout != "" {
			t.Errorf("fc7 %s: exit status %d: %s%s", args, code, stdout, stderr)
		}
	}
}

// TestEndLine: with --json, a call of any verb that cannot be understood is an end line, and nothing else.
func TestEndLine(t *testing.T) {
	everyVerb(func(cmd *cobra.Command) {
		code, stdout, stderr := fc7(t, append(strings.Fields(cmd.CommandPath())[1:], "--json", "--no-such-flag")...)
		var end struct {
			Event, Time, Status, Error string
			Exit                       int
		}
		if err := json.Unmarshal([]byte(stderr), &end); err != nil || code != exitUsage || stdout != "" {
			t.Errorf("%s: exit status %d, %v: %s%s", cmd.CommandPath(), code, err, stdout, stderr)
		}
		if end.Event != "end" || end.Time == "" || end.Status != "usage" || end.Exit != exitUsage || !strings.Contains(end.Error, "--no-such-flag") {
			t.Errorf("%s: %+v", cmd.CommandPath(), end)
		}
	})
}

// TestInterruptedInWords: the last line of an interrupted run says what to do, as people are told, not which call
// failed.
func TestInterruptedInWords(t *testing.T) {
	stopped, stop := context.WithCancel(t.Context())
	stop()
	var out, events strings.Builder
	code := run(stopped, []string{"dataset", "synth", "--json", filepath.Join(t.TempDir(), "x")}, newConsole(&out, &events))
	if code != exitInterrupted || !strings.Contains(events.String(), `"status":"interrupted","exit":130,"error":"run the same command again to go on"`) {
		t.Errorf("exit status %d: %s", code, events.String())
	}
}

// TestDialect: what verbs say with --json is results on standard output and events on standard error, from start to
// end.
func TestDialect(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	for _, args := range [][]string{
		{"dataset", "synth", "--images", "20", "--size", "120", at("data")},
		{"weights", "init", "--net", "vgg11/32", "-o", at("net.safetensors")},
		{"weights", "inspect", at("net.safetensors")},
		{"weights", "convert", at("net.safetensors"), at("half.safetensors"), "--dtype", "float16"},
		{"weights", "list", "--cache", at("cache")},
		{"dataset", "inspect", "voc2007:" + at("data")},
		{"dataset", "splits", "voc2007:" + at("data"), "-o", at("s.tsv")},
		{"extract", "voc2007:" + at("data"), "--weights", at("net.safetensors"), "--scales", "224", "-o", at("run")},
		{"verify", at("run")},
		{"merge", at("merged"), at("run")},
		{"aggregate", at("run"), "-o", at("a.arrow")},
		{"svm", at("run")},
		{"head", "export", at("run/heads"), at("h.txt")},
		{"report", at("run")},
		{"explore", at("run")},
		{"predict", "--head", at("run/heads"), "--weights", at("net.safetensors"), "--out", at("p.parquet"), "voc2007:" + at("data")},
		{"classify", "--weights", at("net.safetensors"), "--scales", "224", "voc2007:" + at("data")},
		{"bench", "extract", "voc2007:" + at("data"), "--weights", at("net.safetensors"), "--images", "1", "--runs", "1"},
		{"bench", "train", "--net", "vgg11/64", "--batch", "1", "--steps", "1"},
	} {
		code, stdout, stderr := fc7(t, append(args, "--json")...)
		if code != exitDone {
			t.Fatalf("fc7 %v: exit status %d: %s", args, code, stderr)
		}
		results := json.NewDecoder(strings.NewReader(stdout))
		n := 0
		for ; results.More(); n++ {
			var v any
			if err := results.Decode(&v); err != nil {
				t.Fatalf("fc7 %v: standard output is no JSON: %v: %s", args, err, stdout)
			}
		}
		if many := args[0] == "predict" || args[0] == "classify"; n == 0 || !many && n != 1 {
			t.Errorf("fc7 %v: %d results", args, n)
		}
		lines := strings.Split(strings.TrimSpace(stderr), "\n")
		for i, line := range lines {
			var e map[string]any
			if err := json.Unmarshal([]byte(line), &e); err != nil || e["event"] == nil || e["time"] == nil {
				t.Fatalf("fc7 %v: %q: %v", args, line, err)
			}
			if i == 0 && e["event"] != "start" && e["event"] != "note" || i == len(lines)-1 && (e["event"] != "end" || e["status"] != "done" || e["exit"] != 0.0) {
				t.Errorf("fc7 %v: line %d of %d is %s", args, i+1, len(lines), line)
			}
			if e["event"] == "start" && e["verb"] != strings.Join(args[:len(strings.Fields(e["verb"].(string)))], " ") {
				t.Errorf("fc7 %v: %s", args, line)
			}
		}
	}
}
