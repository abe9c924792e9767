package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestChangedInputs: an image that is another one than was planned, and one that is gone, are failed rows that say so,
// are counted apart, and end their task with status 4, unless so many rows may fail.
func TestChangedInputs(t *testing.T) {
	for _, c := range []struct {
		pin   []string
		words []string
	}{
		{nil, []string{"changed since the plan: it has 4 bytes, and had ", "changed since the plan: it is not there, and had "}},
		{[]string{"--pin", "digest"}, []string{"changed since the plan: it has other bytes", "changed since the plan: it is not there"}},
	} {
		j := newSmallJob(t, "6")
		j.plan(t, "run", append(c.pin, "--tasks", "2")...)
		images, err := filepath.Glob(filepath.Join(j.data, "VOCdevkit", "VOC2007", "JPEGImages", "*.jpg"))
		if err != nil || len(images) != 6 {
			t.Fatal(images, err)
		}
		other := []byte("none")
		if c.pin != nil { // of the same size
			if other, err = os.ReadFile(images[0]); err != nil {
				t.Fatal(err)
			}
			other[len(other)-3] ^= 1
		}
		if err := os.WriteFile(images[0], other, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(images[1]); err != nil {
			t.Fatal(err)
		}
		run := j.out("run")
		task := func(code int, says string, args ...string) {
			t.Helper()
			if got, out, said := fc7(t, append([]string{"extract", "--plan", run}, args...)...); got != code || !strings.Contains(out+said, says) {
				t.Errorf("%v: status %d, want %d, %s:\n%s%s", args, got, code, says, out, said)
			}
		}
		for _, words := range c.words {
			task(exitPermanent, words, "--task", "0")
			if err := os.RemoveAll(filepath.Join(run, "done")); err != nil {
				t.Fatal(err)
			}
			if err := os.RemoveAll(filepath.Join(run, "features")); err != nil {
				t.Fatal(err)
			}
		}
		task(exitPermanent, "2 of 2 images changed since the plan", "--task", "0")
		task(exitPermanent, "more than --max-failed 1", "--task", "0", "--max-failed", "1")
		task(exitDone, "2 failed (2 whose image changed since the plan)", "--task", "0", "--max-failed", "2")
		task(exitDone, "", "--task", "1")
		for _, args := range [][]string{{"status", run}, {"merge", run}, {"status", run}, {"merge", run, "--verify", "full"}} {
			if out := want(t, exitDone, args...); !strings.Contains(out, "failed (2 whose image changed since the plan)") {
				t.Errorf("%v: %s", args, out)
			}
		}
		if out := want(t, exitDone, "verify", run); !strings.Contains(out, "no problems") {
			t.Error(out)
		}
	}
}

// TestChangedBack: a row that failed since its image was away says, once the image is back and cannot be read, why that
// is, and is counted as changed no more.
func TestChangedBack(t *testing.T) {
	j := newSmallJob(t, "4")
	images, err := filepath.Glob(filepath.Join(j.data, "VOCdevkit", "VOC2007", "JPEGImages", "*.jpg"))
	if err != nil || len(images) != 4 {
		t.Fatal(images, err)
	}
	if err := os.Truncate(images[0], 90); err != nil {
		t.Fatal(err)
	}
	j.plan(t, "run", "--tasks", "1")
	run := j.out("run")
	if err := os.Rename(images[0], images[0]+".away"); err != nil {
		t.Fatal(err)
	}
	want(t, exitPermanent, "extract", "--plan", run)
	want(t, exitPermanent, "extract", "--plan", run, "--retry-failed")
	if err := os.Rename(images[0]+".away", images[0]); err != nil {
		t.Fatal(err)
	}
	want(t, exitDone, "extract", "--plan", run, "--retry-failed")
	if out := want(t, exitDone, "merge", run, "--verify", "full"); !strings.Contains(out, "1 failed") || strings.Contains(out, "changed") {
		t.Error(out)
	}
}
