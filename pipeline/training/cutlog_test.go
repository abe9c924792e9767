package training

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fc7/pipeline/training/trainlog"
)

// TestCutLog: a training whose log lacks what its last checkpoint says is done, or has another byte in its last line,
// is not said to be done by figures that nobody measured, and the log stays as it is; the whole log put back, it is.
func TestCutLog(t *testing.T) {
	j := small(t, drawn(t, 20))
	want, err := Run(t.Context(), j, Events{})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(j.Out, trainlog.Name)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lacks := func() string {
		t.Helper()
		h, err := trainlog.ReadHistory(j.Out)
		if err != nil {
			t.Fatal(err)
		}
		text, err := h.Lacks(j.Out)
		if err != nil {
			return err.Error()
		}
		return text
	}
	if text := lacks(); text != "" {
		t.Errorf("the whole log: %s", text)
	}
	last := bytes.LastIndexByte(whole[:len(whole)-1], '\n') + 1
	flipped := bytes.Clone(whole)
	flipped[last] ^= 1
	for how, spoilt := range map[string][]byte{
		"empty": {}, "cut before its last line": whole[:last], "without its end": whole[:len(whole)-1], "cut": whole[:last/2], "its last line's first byte": flipped,
	} {
		if err := os.WriteFile(path, spoilt, 0o644); err != nil {
			t.Fatal(err)
		}
		if r, err := Run(t.Context(), j, Events{}); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %+v, %v", how, r, err)
		}
		if text := lacks(); text == "" { // which its report tells
			t.Errorf("%s: a report would not tell it", how)
		}
		if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, spoilt) {
			t.Errorf("%s: the log was changed: %v", how, err)
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if r, err := Run(t.Context(), j, Events{}); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("missing: %+v, %v", r, err)
	}
	if err := os.WriteFile(path, whole, 0o644); err != nil {
		t.Fatal(err)
	}
	if r, err := Run(t.Context(), j, Events{}); err != nil || !r.AlreadyThere || r.Best != want.Best {
		t.Errorf("whole again: %+v, %v; expected %+v", r, err, want)
	}
}

// TestUnlogged: what a log must have before each kind of place.
func TestUnlogged(t *testing.T) {
	at := func(step, stage, epoch, end int) trainlog.Line {
		l := trainlog.Line{Step: &trainlog.Step{Step: step}, Epoch: &trainlog.Epoch{Stage: stage, Epoch: epoch, Step: end}}
		if step == 0 {
			l.Step = nil
		}
		if epoch == 0 {
			l.Epoch = nil
		}
		return l
	}
	for _, c := range []struct {
		p    place
		last trainlog.Line
		says string // "": whole
	}{
		{place{}, at(0, 0, 0, 0), ""},
		{place{At: 9, Total: 9}, at(0, 0, 0, 0), ""},
		{place{At: 10, Total: 10}, at(0, 0, 0, 0), "step that it has is 0, and not 10"},
		{place{At: 25, Total: 25}, at(20, 0, 0, 0), ""},
		{place{Epoch: 1, Total: 12}, at(10, 1, 1, 12), ""},
		{place{Epoch: 2, Total: 24}, at(20, 1, 1, 12), "1 of stage 1, at step 12"},
		{place{Epoch: 5, Total: 24}, at(20, 1, 2, 24), ""}, // the stage ended early
		{place{Epoch: 2, At: 3, Total: 27}, at(20, 1, 2, 24), ""},
		{place{Epoch: 2, At: 3, Total: 27}, at(20, 1, 1, 12), "before step 27"},
		{place{Stage: 1, Total: 24}, at(20, 1, 2, 24), ""},
		{place{Stage: 1, Total: 24}, at(0, 0, 0, 0), "0 of stage 0"},
		{place{Stage: 2, At: 3, Total: 27}, at(20, 2, 2, 24), ""},
		{place{Stage: 2, At: 3, Total: 27}, at(20, 1, 2, 24), "2 of stage 1"},
	} {
		if got := c.p.unlogged(c.last); got != c.says && (c.says == "" || !strings.Contains(got, c.says)) {
			t.Errorf("%+v: %q, expected %q", c.p, got, c.says)
		}
	}
}
