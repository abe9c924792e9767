package main

import (
	"bytes"
	"strings"
	"testing"

	"fc7/pipeline/conveyor"
)

// TestTerminal: what data say cannot command a terminal, in results, warnings, notes or errors; a pipe gets results as
// they are, and lines and tabs stay.
func TestTerminal(t *testing.T) {
	const evil = "a\x1b[2Jb\tc\nd\u009b"
	for terminal, want := range map[bool]string{true: "a\ufffd[2Jb\tc\nd\ufffd", false: evil} {
		var out bytes.Buffer
		r := &results{w: &out, terminal: terminal}
		if n, err := r.Write([]byte(evil)); n != len(evil) || err != nil || out.String() != want {
			t.Errorf("terminal %v: %q, %d, %v", terminal, out.String(), n, err)
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
