package main

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fc7/internal/escape"
	"fc7/vgg/weights"
)

// evilNames command a terminal, end its line, make a link of it, turn it round, or hide in it.
var evilNames = []string{
	"\x1b[2J\x1b]0;title\x07", "\x1b]8;;https://example.org\x1b\\link", "a\nfc7: all is well\tok", "\u202egnp.exe", "c\u200bat\ufeff\u2060", "\u009b31m\x7f",
}

// evilWeights writes a file of weights: the net's, with strangers among its tensors and metadata, or, bare, the
// strangers alone.
func evilWeights(t *testing.T, net, path string, bare bool) {
	t.Helper()
	f, err := weights.Open(net)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var tensors []weights.Source
	meta := map[string]string{}
	for _, name := range evilNames {
		tensors = append(tensors, weights.SliceSource(name, []int{2}, make([]float32, 2)))
		meta[name] = name
	}
	for _, x := range f.Tensors {
		if !bare {
			tensors = append(tensors, x.Source())
		}
	}
	if err := weights.WriteSafetensors(path, tensors, weights.SafetensorsOptions{Metadata: meta}); err != nil {
		t.Fatal(err)
	}
}

// TestEvilNames: names that data and weights hold reach no stream, page or JSON file in a way that a terminal or a
// reader would take for anything but text, by whatever verb; in JSON they are exact all the same.
func TestEvilNames(t *testing.T) {
	if testing.Short() {
		t.Skip("some dozen verbs, each twice")
	}
	dir, spec := strangeSet(t, evilNames)
	net, evil, bare, run := filepath.Join(dir, "net.safetensors"), filepath.Join(dir, "evil.safetensors"), filepath.Join(dir, "bare.safetensors"), filepath.Join(dir, "run")
	at := func(name string) string { return filepath.Join(dir, name) }
	want(t, exitDone, "weights", "init", "--net", "vgg11/64:fc8", "--out", net)
	evilWeights(t, net, evil, false)
	evilWeights(t, net, bare, true)
	trained := at("trained/weights.safetensors")
	jobs := [][]string{
		{"weights", "inspect", evil, "--stats"},
		{"weights", "inspect", bare},
		{"weights", "convert", evil, at("converted.safetensors")},
		{"weights", "convert", bare, at("asis.safetensors"), "--as-is"},
		{"weights", "convert", bare, at("none.safetensors")},
		{"dataset", "inspect", spec},
		{"dataset", "splits", spec, "--out", at("splits.tsv")},
		{"extract", spec, "--weights", evil, "--layer", "pool5", "--scales", "64", "-o", run},
		{"extract", spec, "--weights", bare, "-o", at("no")},
		{"extract", spec, "--weights", evil, "--layer", evilNames[0], "-o", at("no")},
		{"extract", evilNames[1], evilNames[2], "-o", at("no")},
		{"extract", "folder:" + at(evilNames[1]), "-o", at("no")},
		{"verify", run},
		{"verify", at(evilNames[0])},
		{"svm", run, "--protocol", "voc2007"},
		{"svm", run, "--protocol", evilNames[0], "--out", at("no")},
		{"svm", run, "--protocol", "set", "--out", at("set")},
		{"table", run, evilNames[2] + "=" + run},
		{"table", evilNames[0] + "=" + run, "--format", "markdown"},
		{"predict", "--head", filepath.Join(run, "heads"), "--weights", evil, spec},
		{"predict", "--head", filepath.Join(run, "heads"), "--weights", evil, at(evilNames[4])},
		{"aggregate", run, "--out", at("t.parquet"), "--layer", evilNames[1]},
		{"merge", at("merged"), run},
		{"report", run},
		{"train", spec, "--net", "vgg11/64:fc8", "--epochs", "1", "--batch", "8", "--s", "224", "--out", at("trained")},
		{"evaluate", spec, "--weights", trained, "--scales", "224", "--out", at("evaluated")},
		{"classify", spec, "--weights", trained, "--scales", "224"},
		{"weights", "inspect", trained},
		{"bench", "--weights", bare},
		{evilNames[2]},
		{"dataset", evilNames[0]},
		{"extract", "--" + evilNames[0]},
		{"extract", "--scales", evilNames[0], spec},
		{"help", evilNames[1]},
	}
	for _, more := range [][]string{nil, {"--json"}} {
		for _, args := range jobs {
			if more != nil {
				args = append(slices.Clone(args), more...)
				if args[0] == "svm" {
					args = append(args, "--force")
				}
			}
			code, stdout, stderr := fc7(t, args...)
			for stream, text := range map[string]string{"standard output": stdout, "standard error": stderr} {
				if escape.Visible(text) != text || strings.Contains(text, "\nfc7: all is well") {
					t.Errorf("fc7 %.60q: status %d, %s: %q", args, code, stream, text)
				}
			}
			if more != nil && strings.Contains(strings.Join(args, " "), "inspect "+bare) {
				var in struct {
					Metadata map[string]string `json:"metadata"`
				}
				if err := json.Unmarshal([]byte(stdout), &in); err != nil || in.Metadata[evilNames[2]] != evilNames[2] || in.Metadata[evilNames[3]] != evilNames[3] {
					t.Errorf("%s: %v", stdout, err)
				}
			}
		}
	}
	seen := map[string]int{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if ext := filepath.Ext(path); slices.Contains([]string{".html", ".json", ".jsonl"}, ext) && path != at("list.jsonl") {
			seen[ext]++
			b, err := os.ReadFile(path)
			if err != nil || escape.Visible(string(b)) != string(b) {
				t.Errorf("%s: %v", path, err)
			}
		}
		return err
	})
	if err != nil || seen[".html"] == 0 || seen[".json"] == 0 {
		t.Errorf("%v, %v", seen, err)
	}
}
