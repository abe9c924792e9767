package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fc7/vgg"
	"fc7/vgg/weights"
)

// bareWeights are random nets in one file without a word on their preprocessing, each under its prefix.
func bareWeights(t *testing.T, net string, prefixes ...string) string {
	t.Helper()
	c, err := vgg.Lookup(net)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var all []weights.Source
	for i, prefix := range prefixes {
		path := filepath.Join(dir, "one")
		if err := vgg.Init(t.Context(), path, c, uint64(i), weights.SafetensorsOptions{Overwrite: true}); err != nil {
			t.Fatal(err)
		}
		f, err := weights.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range f.Tensors {
			values, err := x.ReadFinite()
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, weights.SliceSource(prefix+x.Name, x.Shape, values))
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "bare.safetensors")
	if err := weights.WriteSafetensors(path, all, weights.SafetensorsOptions{}); err != nil {
		t.Fatal(err)
	}
	return path
}

// holds wants texts in what a command says.
func holds(t *testing.T, out string, texts ...string) {
	t.Helper()
	for _, s := range texts {
		if !strings.Contains(out, s) {
			t.Errorf("no %q in: %s", s, out)
		}
	}
}

// TestPreprocess: weights under torchvision's names may be the authors'. What is said of them counts in every verb, is
// part of a table's identity by its values, and goes with a head and with a converted file.
func TestPreprocess(t *testing.T) {
	dir := t.TempDir()
	data, bare := filepath.Join(dir, "data"), bareWeights(t, "vgg11/32", "")
	want(t, exitDone, "dataset", "synth", "--images", "12", "--size", "64", data)
	extract := func(code int, out string, flags ...string) string {
		return want(t, code, append([]string{"extract", "voc2007:" + data, "--weights", bare, "--scales", "224", "-o", filepath.Join(dir, out)}, flags...)...)
	}
	holds(t, extract(exitDone, "guessed"), "RGB, 0 to 1, less R 0.485", "a guess: the tensor names of torchvision", "--preprocess says it otherwise")
	told := extract(exitDone, "guessed", "--preprocess", "torchvision")
	if holds(t, told, "12 were there already"); strings.Contains(told, "a guess") {
		t.Errorf("what was said is no guess: %s", told)
	}
	holds(t, extract(exitFailed, "guessed", "--preprocess", "authors"), "preprocessing: table has RGB", "now BGR, scale 1, mean [103.939 116.779 123.68]")
	extract(exitDone, "said", "--preprocess", "authors")
	file := filepath.Join(dir, "p.json")
	if err := os.WriteFile(file, []byte(`{"order": "BGR", "scale": 1, "mean": [103.939, 116.779, 123.68], "std": [1, 1, 1]}`), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, same := range [][]string{{"--preprocess", file}, {"--preprocess", "keras"}, {"--mean", "103.939,116.779,123.68", "--channel-order", "bgr"}, {"--mean", "103.939,116.779,123.68", "--std", "1,1,1", "--input-range", "255", "--channel-order", "BGR"}} {
		holds(t, extract(exitDone, "said", same...), "12 were there already")
	}
	run := filepath.Join(dir, "said")
	holds(t, want(t, exitDone, "verify", run, "--sample", "2"), "compared to the last bit", "no problems")
	holds(t, want(t, exitFailed, "verify", run, "--sample", "2", "--preprocess", "slim"), "would give other descriptors", "preprocessing")
	want(t, exitDone, "svm", run)
	predict := []string{"predict", "--head", filepath.Join(run, "heads"), "--weights", bare, "voc2007:" + data}
	if out := want(t, exitDone, predict...); strings.Contains(out, "guess") {
		t.Errorf("the head knows how its descriptors were made: %s", out)
	}
	holds(t, want(t, exitFailed, append(predict, "--preprocess", "torchvision")...), "trained on other descriptors: preprocessing")

	converted := filepath.Join(dir, "converted.safetensors")
	want(t, exitDone, "weights", "convert", bare, converted, "--preprocess", "vggface")
	holds(t, want(t, exitDone, "weights", "inspect", converted), "BGR, 0 to 255, less B 93.594, G 104.7624, R 129.1863", "certain: said by the user")
	holds(t, want(t, exitUsage, "weights", "inspect", converted, "--preprocess", "slim"), "records its preprocessing", "weights convert")
	again := filepath.Join(dir, "again.safetensors")
	want(t, exitDone, "weights", "convert", converted, again, "--preprocess", "slim")
	holds(t, want(t, exitDone, "weights", "inspect", again), "G 116.78, B 103.94")
	holds(t, want(t, exitDone, "weights", "inspect", bare, "--channel-order", "bgr"), "torchvision in BGR", "2 filters are too few")
	want(t, exitDone, "classify", "--weights", bare, "--classes", classFile(t, 1000), "--scales", "224", "--preprocess", "authors", filepath.Join(data, "VOCdevkit", "VOC2007", "JPEGImages", "000001.jpg"))
	want(t, exitDone, "bench", "--weights", bare, "--preprocess", "authors", "--layers=false")
	want(t, exitDone, "train", "voc2007:"+data, "--net", "vgg11/32", "--from", bare, "--preprocess", "authors", "--epochs", "1", "--s", "224", "-o", filepath.Join(dir, "trained"))
	holds(t, want(t, exitDone, "weights", "inspect", filepath.Join(dir, "trained", "weights.safetensors")), "RGB, 0 to 255, less R 123.68", "certain: recorded when fc7 made the weights")
}

// classFile names classes, one a line.
func classFile(t *testing.T, n int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "classes")
	var names strings.Builder
	for i := range n {
		fmt.Fprintln(&names, "class", i)
	}
	if err := os.WriteFile(path, []byte(names.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestPrefix: of a checkpoint with two nets one is named, or both are taken in one pass; each is what it is alone.
func TestPrefix(t *testing.T) {
	dir := t.TempDir()
	data, two := filepath.Join(dir, "data"), bareWeights(t, "vgg11/32", "model.", "model_ema.")
	want(t, exitDone, "dataset", "synth", "--images", "16", "--size", "64", data)
	holds(t, want(t, exitDone, "weights", "inspect", two), "2 nets, under model. and model_ema.: name one with --prefix")
	holds(t, want(t, exitDone, "weights", "inspect", two, "--prefix", "model_ema", "--json"), `"net": "vgg11/32"`, `"sure": "a guess"`)
	extract := func(code int, out string, flags ...string) string {
		return want(t, code, append([]string{"extract", "voc2007:" + data, "--weights", two, "--scales", "224", "-o", filepath.Join(dir, out)}, flags...)...)
	}
	holds(t, extract(exitUsage, "none"), "under model. and model_ema.")
	extract(exitDone, "one", "--prefix", "model_ema")
	holds(t, extract(exitDone, "one", "--prefix", "model_ema."), "16 were there already")
	holds(t, extract(exitFailed, "one", "--prefix", "model"), "prefix of tensor names: table has model_ema., now model.")
	want(t, exitDone, "svm", filepath.Join(dir, "one"))
	want(t, exitDone, "predict", "--head", filepath.Join(dir, "one", "heads"), "--weights", two, "voc2007:"+data)
	want(t, exitDone, "verify", filepath.Join(dir, "one"), "--sample", "1")

	extract(exitDone, "both", "--weights", two, "--prefix", "model", "--prefix", "model_ema")
	runs, err := filepath.Glob(filepath.Join(dir, "both", "*", "manifest.json"))
	if err != nil || len(runs) != 2 {
		t.Fatalf("%v, %v", runs, err)
	}
	holds(t, extract(exitUsage, "twice", "--weights", two, "--prefix", "model"), "the same weights")
	want(t, exitDone, "svm", filepath.Dir(runs[0]), filepath.Dir(runs[1]), "--out", filepath.Join(dir, "stacked"))
	want(t, exitDone, "predict", "--head", filepath.Join(dir, "stacked"), "--weights", two, "voc2007:"+data)

	alone := filepath.Join(dir, "alone.safetensors")
	want(t, exitDone, "weights", "convert", two, alone, "--prefix", "model_ema.")
	want(t, exitDone, "finetune", "voc2007:"+data, "--weights", two, "--prefix", "model_ema", "--epochs", "1", "--views", "1", "-o", filepath.Join(dir, "tuned"))
	holds(t, want(t, exitUsage, "weights", "inspect", alone, "--prefix", "model_ema"), "unknown prefix")
}

// TestReadingUsage: what cannot be meant is told before anything is read.
func TestReadingUsage(t *testing.T) {
	for args, says := range map[string]string{
		"weights inspect a --preprocess tochvision":                                   "did you mean torchvision",
		"weights inspect a --preprocess authors --mean 1,2,3":                         "exclude each other",
		"weights inspect a --mean 1,2":                                                "three numbers",
		"weights inspect a --mean 1,2,NaN":                                            "three numbers",
		"weights inspect a --mean 1,2,3 --std 1,0,1":                                  "three numbers above 0",
		"weights inspect a --mean 0.485,0.456,0.406":                                  "--input-range",
		"weights inspect a --mean 1,2,3 --input-range 128":                            "255",
		"weights inspect a --std 1,2,3":                                               "--std needs --mean",
		"weights inspect a --input-range 1":                                           "--input-range needs --mean",
		"weights inspect a --channel-order grb":                                       "rgb or bgr",
		"weights inspect a --preprocess slim --preprocess slim":                       "2 times for 1 file",
		"weights inspect --net D --prefix a":                                          "would do nothing",
		"train folder:a --net A --prefix a -o x":                                      "weights of --from",
		"train folder:a --net A --from w --standard -o x":                             "images are prepared as the weights",
		"verify run --preprocess authors":                                             "would do nothing",
		"classify --weights a --weights b --weights c --prefix x --prefix y c.jpg":    "2 times for 3 files",
		"extract folder:a --weights a --preprocess slim --preprocess authors -o x":    "2 times for 1 file",
		"weights convert a b.safetensors --preprocess authors --preprocess authors":   "2 times for 1 file",
		"reproduce voc2007 --data a --weights-d d --prefix a --prefix b --out o":      "2 times for 1 file",
		"extract folder:a --weights a --mean 1,2,3 --preprocess torchvision --out x2": "exclude each other",
	} {
		if out := want(t, exitUsage, strings.Fields(args)...); !strings.Contains(out, says) {
			t.Errorf("fc7 %s: %q does not say %q", args, out, says)
		}
	}
}
