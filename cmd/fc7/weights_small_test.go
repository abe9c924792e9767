package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fc7/pipeline/download"
)

// TestSmallNet: what ships with fc7 serves where no weights are named, and is told.
func TestSmallNet(t *testing.T) {
	dir := t.TempDir()
	data, run := filepath.Join(dir, "data"), filepath.Join(dir, "run")
	want(t, exitDone, "dataset", "synth", "--images", "8", "--size", "120", data)
	out := want(t, exitDone, "extract", "voc2007:"+data, "--scales", "224", "--out", run)
	for _, s := range []string{"no --weights: the small net", "8 ok, 0 failed", "fc7_q224"} {
		if !strings.Contains(out, s) {
			t.Errorf("extract does not say %q:\n%s", s, out)
		}
	}
	if strings.Contains(out, "random") {
		t.Errorf("the small net is taken for an untrained one:\n%s", out)
	}
	if out := want(t, exitDone, "verify", run, "--sample", "3"); !strings.Contains(out, "3") {
		t.Errorf("verify: %s", out)
	}
	if out := want(t, exitDone, "extract", "voc2007:"+data, "--scales", "224", "--weights", "small", "--out", run); strings.Contains(out, "no --weights") {
		t.Errorf("weights that were named: %s", out)
	}
	images, err := filepath.Glob(filepath.Join(data, "VOCdevkit", "VOC2007", "JPEGImages", "*.jpg"))
	if err != nil || len(images) == 0 {
		t.Fatal(images, err)
	}
	if out := want(t, exitDone, "classify", images[0], "--top", "2"); strings.Count(out, "%") != 2 {
		t.Errorf("classify: %s", out)
	}
	if out := want(t, exitDone, "weights", "inspect", "small"); !strings.Contains(out, "vgg11_bn/4:fc208") {
		t.Errorf("inspect: %s", out)
	}
	if out := want(t, exitUsage, "weights", "fetch", "small"); !strings.Contains(out, "nothing to fetch") {
		t.Errorf("fetch: %s", out)
	}
}

// TestDefaultWeights: $FC7_WEIGHTS stands in the place of --weights, of fetched weights too, and of none that is given;
// where the name is not in the cache, the error names the command that brings it. A plan keeps it.
func TestDefaultWeights(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(download.CacheVariable, filepath.Join(dir, "cache"))
	at := func(name string) string { return filepath.Join(dir, name) }
	want(t, exitDone, "dataset", "synth", "--images", "4", "--size", "64", at("data"))
	want(t, exitDone, "weights", "init", "--net", "vgg11/64", "--out", at("net.safetensors"))
	t.Setenv(weightsVariable, "vgg19-onnx")
	if out := want(t, exitFailed, "classify", "voc2007:"+at("data")); !strings.Contains(out, "fc7 weights fetch vgg19-onnx") || !strings.Contains(out, "$FC7_WEIGHTS") {
		t.Errorf("not in the cache: %s", out)
	}
	for _, nothing := range []string{"nosuch", at("nosuch.pth"), "no/such"} {
		t.Setenv(weightsVariable, nothing)
		byName := want(t, exitFailed, "classify", "voc2007:"+at("data"), "--weights", nothing)
		for _, out := range []string{want(t, exitFailed, "classify", "voc2007:"+at("data")), byName} {
			if !strings.Contains(out, nothing+": no such file or directory") || !strings.Contains(out, "fc7 weights list") {
				t.Errorf("weights that are nowhere: %s", out)
			}
		}
	}
	t.Setenv(weightsVariable, "vgg19-onnx")
	want(t, exitDone, "weights", "fetch", "vgg19-onnx", "--url", serveFile(t, at("net.safetensors"))+"/x.onnx")
	out := want(t, exitDone, "extract", "voc2007:"+at("data"), "--scales", "224", "--out", at("run"))
	if !strings.Contains(out, "by $FC7_WEIGHTS") || strings.Contains(out, "small net") {
		t.Errorf("extract: %s", out)
	}
	if m, err := os.ReadFile(at("run/manifest.json")); err != nil || !strings.Contains(string(m), `"vgg11/64"`) {
		t.Errorf("the table is not of the weights: %v %s", err, m)
	}
	if out := want(t, exitDone, "extract", "voc2007:"+at("data"), "--weights", "small", "--scales", "224", "--out", at("run2")); strings.Contains(out, "FC7_WEIGHTS") {
		t.Errorf("weights that are given: %s", out)
	}
	want(t, exitDone, "plan", "voc2007:"+at("data"), "--scales", "224", "--tasks", "1", "--out", at("planned"))
	t.Setenv(weightsVariable, "small")
	want(t, exitDone, "extract", "--plan", at("planned"), "--task", "0")
	want(t, exitDone, "neighbours", at("run")) // nothing is described, so that weights are not asked for
}
