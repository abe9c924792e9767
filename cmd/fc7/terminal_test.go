package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"fc7/pipeline/conveyor"
)

// TestTerminal: what data say cannot command a terminal, in results, warnings, notes or errors, though it may come to
// one by a pipe; lines and tabs stay. A pipe gets what is for programs as it is.
func TestTerminal(t *testing.T) {
	const evil = "a\x1b[2Jb\tc\nd\u009b"
	const tame = "a\ufffd[2Jb\tc\nd\ufffd"
	for terminal, exact := range map[bool]string{true: tame, false: evil} {
		var out bytes.Buffer
		r := &results{w: &out, terminal: terminal}
		for w, want := range map[io.Writer]string{r: tame, data{r}: exact, words{&out}: tame} {
			out.Reset()
			if n, err := w.Write([]byte(evil)); n != len(evil) || err != nil || out.String() != want {
				t.Errorf("%T, terminal %v: %q, %d, %v", w, terminal, out.String(), n, err)
			}
		}
	}
	var out, errs bytes.Buffer
	c := newConsole(&out, &errs)
	c.note(evil)
	c.warn(conveyor.Warning{Image: "x.jpg", Reason: evil})
	if code := run(t.Context(), []string{"table", "/none\x1b[2J"}, c); code == exitDone || strings.ContainsAny(errs.String(), "\x1b\u009b") || strings.Count(errs.String(), "[2J") < 3 {
		t.Errorf("%d, %q", code, errs.String())
	}
}

// TestNamesOfFiles: the name of a file that cannot be opened stands in one line wherever it is told, in the table's
// reason too.
func TestNamesOfFiles(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("such names cannot be made on Windows")
	}
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	for _, class := range []string{"a", "b"} {
		if err := os.MkdirAll(filepath.Join(data, class), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink("nowhere", filepath.Join(data, class, "\x1b[2J\nfc7: all is well.jpg")); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{
		{"dataset", "inspect", "folder:" + data},
		{"extract", "folder:" + data, "--out", filepath.Join(dir, "run")},
		{"classify", filepath.Join(data, "a", "\x1b[2J\nfc7: all is well.jpg")},
	} {
		var out, errs bytes.Buffer
		c := newConsole(&out, &errs)
		run(t.Context(), args, c)
		text := out.String() + errs.String()
		if strings.Contains(text, "\x1b") || strings.Contains(text, "\nfc7: all is well") || !strings.Contains(text, `\x1b[2J\x0afc7: all is well.jpg`) {
			t.Errorf("fc7 %s: %q", args[0], text)
		}
	}
}
