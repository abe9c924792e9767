package main

import (
	"encoding/json"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPredictEvidence: the evidence that is told adds up to the scores that are predicted, its pictures are there, and
// an image that cannot be read has none. What stands in the way is told before the work.
func TestPredictEvidence(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	want(t, exitDone, "dataset", "synth", "--images", "12", "--size", "64", at("data"))
	want(t, exitDone, "weights", "init", "--net", "vgg11/32", "--out", at("net.safetensors"))
	want(t, exitDone, "extract", "voc2007:"+at("data"), "--weights", at("net.safetensors"), "--layer", "pool5", "--scales", "64,96", "--out", at("run"))
	want(t, exitDone, "svm", at("run"), "--c", "1")
	images, err := filepath.Glob(filepath.Join(at("data"), "VOCdevkit", "VOC2007", "JPEGImages", "*.jpg"))
	if err != nil || len(images) < 2 {
		t.Fatal(images, err)
	}
	if err := os.WriteFile(at("bad.jpg"), []byte("no image"), 0o644); err != nil {
		t.Fatal(err)
	}
	predict := func(more ...string) []string {
		return append([]string{"predict", "--head", at("run/heads"), "--weights", at("net.safetensors"), "--evidence", at("why"), "--top", "2"}, more...)
	}
	code, out, errs := fc7(t, predict("--json", images[0], at("bad.jpg"), images[1])...)
	if code != exitSomeFailed {
		t.Fatalf("%d %s%s", code, out, errs)
	}
	scores, told := map[string]map[string]float64{}, 0
	for line := range strings.Lines(out) {
		var p struct {
			Image    string
			Scores   map[string]float64
			Evidence []struct {
				Class, Picture string
				Score, Bias    float64
				Scales         []struct{ Sum float64 }
			}
		}
		if err := json.Unmarshal([]byte(line), &p); err != nil {
			t.Fatal(err, line)
		}
		if p.Scores != nil {
			scores[p.Image] = p.Scores
		}
		for _, c := range p.Evidence {
			told++
			sum := c.Bias
			for _, s := range c.Scales {
				sum += s.Sum
			}
			if of := scores[p.Image][c.Class]; len(c.Scales) != 2 || math.Abs(sum-of) > 1e-5 || math.Abs(c.Score-of) > 1e-5 {
				t.Errorf("%s, %s: %v adds up to %v, the score is %v", p.Image, c.Class, c, sum, of)
			}
			f, err := os.Open(filepath.Join(at("why"), filepath.FromSlash(c.Picture)))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := png.Decode(f); err != nil {
				t.Errorf("%s: %v", c.Picture, err)
			}
			f.Close()
		}
	}
	if told != 4 || len(scores) != 2 {
		t.Errorf("evidence of %d classes, scores of %d images:\n%s", told, len(scores), out)
	}
	if _, err := os.Stat(filepath.Join(at("why"), "evidence.parquet")); err != nil {
		t.Error(err)
	}
	if said := want(t, exitFailed, predict(images[0])...); !strings.Contains(said, "--evidence "+at("why")+" exists already") {
		t.Error(said)
	}
	if said := want(t, exitUsage, "predict", "--head", at("run/heads"), "--evidence-images", "3", images[0]); !strings.Contains(said, "--evidence-images would do nothing") {
		t.Error(said)
	}
}
