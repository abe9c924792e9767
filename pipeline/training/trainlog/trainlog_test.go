package trainlog

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const lines = `{"train":{"stage":1,"epoch":1,"step":10,"loss":2}}
{"epoch":{"stage":1,"epoch":1,"step":12,"loss":1.5,"best":true}}
{"train":{"stage":2,"epoch":1,"step":20,"loss":1}}
{"epoch":{"stage":2,"epoch":1,"step":24,"loss":1}}
`

// none: nothing is missing in the log, whatever it has.
func none(Line) error { return nil }

// TestOpen: what lies after the place that training goes on from is cut off, and so is a line that a kill left half
// written. An epoch whose steps are done but that is to be validated yet will be written again.
func TestOpen(t *testing.T) {
	for _, c := range []struct {
		text   string
		from   Place
		epochs int
		kept   int // lines
	}{
		{lines, Place{3, 1, 24}, 2, 4},
		{lines, Place{2, 2, 24}, 2, 4},
		{lines, Place{2, 1, 24}, 1, 3}, // all steps of the epoch are done, but it is to be validated yet
		{lines, Place{2, 1, 20}, 1, 3}, // a checkpoint of a step comes after its line
		{lines, Place{2, 1, 19}, 1, 2},
		{lines, Place{1, 1, 12}, 0, 1},
		{lines, Place{1, 1, 0}, 0, 0},
		{"", Place{1, 1, 9}, 0, 0},
		{lines[:len(lines)-1], Place{3, 1, 24}, 1, 3},
		{lines + `{"train":{"st`, Place{3, 1, 24}, 2, 4},
	} {
		out := t.TempDir()
		path := filepath.Join(out, Name)
		if err := os.WriteFile(path, []byte(c.text), 0o644); err != nil {
			t.Fatal(err)
		}
		f, err := Open(path, c.from, none)
		if err != nil {
			t.Fatal(err)
		}
		if kept, err := os.ReadFile(path); err != nil || strings.Count(string(kept), "\n") != c.kept || !strings.HasPrefix(c.text, string(kept)) {
			t.Errorf("from %+v of %q is kept %q, %v", c.from, c.text, kept, err)
		}
		if err := f.Append(Line{Epoch: &Epoch{Stage: 9, Epoch: 9, Step: 99}}); err != nil {
			t.Fatal(err)
		}
		f.Close()
		got, err := Epochs(out)
		if err != nil || len(got) != c.epochs+1 || got[c.epochs].Epoch != 9 {
			t.Errorf("from %+v of %q: %v, %v", c.from, c.text, got, err)
		}
	}
	if got, err := Epochs(t.TempDir()); got != nil || err != nil {
		t.Errorf("no log: %v, %v", got, err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if got, err := Epochs(file); err == nil || !strings.Contains(err.Error(), Name) {
		t.Errorf("a file for the folder: %v, %v", got, err)
	}
}

// written is a log of three epochs, and the digest of its run.
func written(t *testing.T, out, run string) []byte {
	t.Helper()
	if err := os.WriteFile(filepath.Join(out, RunName), []byte(run), 0o644); err != nil {
		t.Fatal(err)
	}
	log, err := Open(filepath.Join(out, Name), Place{}, none)
	if err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= 3; n++ {
		for _, l := range []Line{{Step: &Step{Step: n, Loss: 1 / float64(n)}}, {Epoch: &Epoch{Stage: 1, Epoch: n, Step: n, Loss: 0.5, Best: n == 2}}} {
			if err := log.Append(l); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(out, Name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestEveryByte: a log of which a byte is another one is told with its line. Only where it is the last, the end of a
// line, the line is one that a kill cut off, and the log is read up to there. A line that is missing inside, and the
// log of another run, are told, too.
func TestEveryByte(t *testing.T) {
	out := t.TempDir()
	text := written(t, out, "{}")
	path := filepath.Join(out, Name)
	whole, err := Epochs(out)
	if err != nil || len(whole) != 3 {
		t.Fatal(whole, err)
	}
	refused := func(what string, spoilt []byte) {
		t.Helper()
		if err := os.WriteFile(path, spoilt, 0o644); err != nil {
			t.Fatal(err)
		}
		got, err := Epochs(out)
		if spoilt[len(spoilt)-1] != '\n' && err == nil && slices.Equal(got, whole[:len(whole)-1]) {
			return
		}
		if err == nil || !strings.Contains(err.Error(), path+": line ") {
			t.Fatalf("%s: %v, %v", what, got, err)
		}
	}
	for at := range text {
		for bit := range 8 {
			spoilt := bytes.Clone(text)
			spoilt[at] ^= 1 << bit
			refused(fmt.Sprintf("byte %d, bit %d", at, bit), spoilt)
		}
	}
	for n := range len(text) {
		if err := os.WriteFile(path, text[:n], 0o644); err != nil {
			t.Fatal(err)
		}
		if got, err := Epochs(out); err != nil || !slices.Equal(got, whole[:len(got)]) {
			t.Fatalf("the first %d bytes: %v, %v", n, got, err)
		}
	}
	all := bytes.SplitAfter(text, []byte{'\n'})
	refused("a line is missing", bytes.Join(append(slices.Clone(all[:2]), all[3:]...), nil))
	refused("two lines changed places", bytes.Join([][]byte{all[1], all[0], all[2]}, nil))
	refused("another run", written(t, t.TempDir(), `{"seed": 1}`))
}

// TestFailure: what lower is better of, whichever measure the labels have.
func TestFailure(t *testing.T) {
	for want, e := range map[float64]Epoch{
		0.25:  {Top1: 0.25, Top5: 0.1, MeanRecall: 0.7},
		0.125: {MultiLabel: true, MeanAP: 0.875, Top1: 0.5},
	} {
		if got := e.Failure(); got != want {
			t.Errorf("%+v: %g, want %g", e, got, want)
		}
	}
}

// FuzzEpochs: a log of any bytes is read, or an error.
func FuzzEpochs(f *testing.F) {
	for _, s := range []string{lines, lines + "x", "{}\n", "null\n\n", `{"epoch":null}` + "\n", "\xff\n", `{"epoch":{"loss":"x"}}` + "\n"} {
		f.Add([]byte(s))
	}
	out := f.TempDir()
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(filepath.Join(out, Name), text, 0o644); err != nil {
			t.Fatal(err)
		}
		all, err := Epochs(out)
		if err != nil {
			return
		}
		log, err := Open(filepath.Join(out, Name), Place{}, none)
		if err != nil {
			t.Fatal(err)
		}
		log.Close()
		if kept, err := Epochs(out); err != nil || len(kept) > len(all) {
			t.Errorf("%q: %d epochs, and before the first step %d, %v", text, len(all), len(kept), err)
		}
	})
}

// TestEndlessLog: of a log that no training writes nothing is read.
func TestEndlessLog(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, Name)
	if err := errors.Join(os.WriteFile(path, nil, 0o644), os.Truncate(path, maxLog+1)); err != nil {
		t.Fatal(err)
	}
	_, read := Epochs(dir)
	_, told := Told(dir)
	_, opened := Open(path, Place{}, func(Line) error { return nil })
	for _, err := range []error{read, told, opened} {
		if err == nil || !strings.Contains(err.Error(), path+": larger than") {
			t.Error(err)
		}
	}
}
