package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fc7/pipeline/download"
)

// serveFile serves one file below any path.
func serveFile(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/octet-stream")
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(b))
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// TestWeightsByName goes the way of a user: list, fetch, inspect, convert and extract by name.
func TestWeightsByName(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(download.CacheVariable, filepath.Join(dir, "cache"))
	data, net, half := filepath.Join(dir, "data"), filepath.Join(dir, "net.safetensors"), filepath.Join(dir, "half.safetensors")
	want(t, exitDone, "dataset", "synth", "--images", "8", "--size", "120", data)
	want(t, exitDone, "weights", "init", "--net", "vgg11/32", "--out", net)
	if out := want(t, exitFailed, "weights", "inspect", "vgg19-onnx"); !strings.Contains(out, "fc7 weights fetch vgg19-onnx") {
		t.Errorf("not fetched: %s", out)
	}
	out := want(t, exitDone, "weights", "fetch", "vgg19-onnx", "--url", serveFile(t, net)+"/x.onnx")
	if !strings.Contains(out, "first use") || !strings.Contains(out, "vgg11/32") || !strings.Contains(out, "--weights vgg19-onnx") {
		t.Errorf("fetch: %s", out)
	}
	var list []download.Listed
	if _, stdout, _ := fc7(t, "weights", "list", "--json"); json.Unmarshal([]byte(stdout), &list) != nil {
		t.Fatal(stdout)
	}
	for _, l := range list {
		if (l.Cached != "") != (l.Name == "vgg19-onnx") {
			t.Errorf("%s: cached %q", l.Name, l.Cached)
		}
	}
	if out := want(t, exitDone, "weights", "list"); !strings.Contains(out, "sha256[8]") || !strings.Contains(out, "yes") || !strings.Contains(out, "71.6   90.4") || !strings.Contains(out, "authors") {
		t.Errorf("list: %s", out)
	}
	if out := want(t, exitDone, "weights", "convert", "vgg19-onnx", half, "--dtype", "float16"); !strings.Contains(out, "vgg11/32") {
		t.Errorf("convert: %s", out)
	}
	want(t, exitFailed, "weights", "convert", "vgg19-onnx", half)
	want(t, exitDone, "weights", "convert", "vgg19-onnx", half, "--force")
	if out := want(t, exitDone, "weights", "inspect", half); !strings.Contains(out, "fc7.source.sha256") {
		t.Errorf("inspect: %s", out)
	}
	run := filepath.Join(dir, "run")
	if out := want(t, exitDone, "extract", "voc2007:"+data, "--weights", "vgg19-onnx", "--scales", "224", "-o", run); !strings.Contains(out, "8 ok") {
		t.Errorf("extract: %s", out)
	}
	// The cached file is not what was fetched any more.
	var cached string
	for _, l := range list {
		cached += l.Cached
	}
	want(t, exitDone, "weights", "init", "--net", "vgg11/32", "--seed", "2", "--overwrite", "--out", net)
	if err := os.Rename(net, cached); err != nil {
		t.Fatal(err)
	}
	if out := want(t, exitFailed, "extract", "voc2007:"+data, "--weights", "vgg19-onnx", "--scales", "224", "-o", run+"2"); !strings.Contains(out, "when it was fetched") {
		t.Errorf("a changed file: %s", out)
	}
}

// TestAdvisedCommands: the commands that fetch advises do what it says of them, as they stand: of a name that no
// catalogue has, of a URL that a shell would take apart, of a file whose digest is another, and of a net without fc7.
func TestAdvisedCommands(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(download.CacheVariable, filepath.Join(dir, "cache"))
	net, head, data := filepath.Join(dir, "net.safetensors"), filepath.Join(dir, "nofc.safetensors"), filepath.Join(dir, "data")
	want(t, exitDone, "dataset", "synth", "--images", "4", "--size", "64", data)
	want(t, exitDone, "weights", "init", "--net", "vgg11/32", "--out", net)
	want(t, exitDone, "weights", "convert", net, head, "--no-fc")
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	out := want(t, exitFailed, "weights", "fetch", "my-net", "--url", closed.URL+"/n.pth?a=1&b=2", "--again")
	var place string
	if _, after, ok := strings.Cut(out, "put the file at\n  "); ok {
		place, _, _ = strings.Cut(after, "\n")
	}
	if err := os.Rename(net, place); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if out := want(t, exitDone, advised(t, out, "fc7 weights fetch ")...); !strings.Contains(out, "there already") {
		t.Errorf("put there by hand: %s", out)
	}
	out = want(t, exitFailed, "weights", "fetch", "vgg16_bn", "--url", serveFile(t, head)+"/x.pth")
	out = want(t, exitDone, advised(t, out, "fc7 weights fetch ")...)
	use := advised(t, out, "fc7 extract ")
	for i, w := range use {
		switch w {
		case "DATASET":
			use[i] = "voc2007:" + data
		case "RUN":
			use[i] = filepath.Join(dir, "run")
		}
	}
	want(t, exitDone, append(use, "--scales", "224", "--limit", "2")...)
}

// advised is the command of an output's line, without fc7, as a shell would part its words: here quotes stand around
// whole words only.
func advised(t *testing.T, out, begins string) []string {
	t.Helper()
	_, after, ok := strings.Cut(out, begins)
	if !ok {
		t.Fatalf("advises no %q: %s", begins, out)
	}
	line, _, _ := strings.Cut(begins+after, "\n")
	words := strings.Fields(line)[1:]
	for i, w := range words {
		if words[i] = strings.Trim(w, "'"); strings.ContainsAny(w, "?&") && w == words[i] {
			t.Errorf("%s: a shell takes it apart", w)
		}
	}
	return words
}

func TestFetchUsage(t *testing.T) {
	t.Setenv(download.CacheVariable, t.TempDir())
	for args, says := range map[string]string{
		"weights fetch": "missing NAME",
		"weights fetch vgg16 --url http://a --mirror http://b": "exclude each other",
		"weights fetch vgg16 --sha256 397923af":                "64 hexadecimal digits",
		"weights convert a":                                    "missing IN and OUT",
		"weights convert a b --dtype int8":                     "int8",
		"weights convert a b --dtype float64":                  "expected float32, float16 or bfloat16",
		"weights convert a b --net vgg17":                      "vgg17",
		"weights convert a b --as-is --no-fc":                  "exclude each other",
		"dataset fetch voc2007":                                "missing --out",
		"dataset fetch voc2007 -o /no/such/x":                  "flickr",
	} {
		if out := want(t, exitUsage, strings.Fields(args)...); !strings.Contains(out, says) || !strings.Contains(out, "--help") {
			t.Errorf("fc7 %s: %q does not say %q", args, out, says)
		}
	}
	if out := want(t, exitUsage, "weights", "fetch", "vgg17"); !strings.Contains(out, "vgg16-caffe") {
		t.Errorf("an unknown name: %s", out)
	}
	want(t, exitUsage, "dataset", "fetch", "imagenet", "-o", "/no/such/x")
}

// TestDatasetFetchThere: a set that is there is opened; an archive that is there is verified.
func TestDatasetFetchThere(t *testing.T) {
	dir := t.TempDir()
	want(t, exitDone, "dataset", "synth", "--layout", "caltech101", "--images", "8", "--size", "40", filepath.Join(dir, "caltech-101"))
	if out := want(t, exitDone, "dataset", "fetch", "caltech101", "-o", dir); !strings.Contains(out, "already") || !strings.Contains(out, "caltech101:"+filepath.Join(dir, "caltech-101")) {
		t.Errorf("%s", out)
	}
	if err := os.WriteFile(filepath.Join(dir, "256_ObjectCategories.tar"), []byte("cut"), 0o644); err != nil {
		t.Fatal(err)
	}
	if out := want(t, exitFailed, "dataset", "fetch", "caltech256", "-o", dir, "--archives", dir); !strings.Contains(out, "want md5 67b4f42ca05d46448c6bb8ecd2220f6d") {
		t.Errorf("%s", out)
	}
}

// A net that the paper has not is shown without a letter.
func TestLettered(t *testing.T) {
	if got := "vgg16" + lettered("D") + ", vgg12" + lettered(""); got != "vgg16, the paper's D, vgg12" {
		t.Error(got)
	}
}
