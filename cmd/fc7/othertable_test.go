package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTableOfOtherHeads: figures in a run's folder that are of heads of another table are told to be those, in all
// formats and by whichever folder they are named; the run's own are not, nor are those of a table that was not kept.
func TestTableOfOtherHeads(t *testing.T) {
	if testing.Short() {
		t.Skip("TestOwnFilesDamaged shows a part of it")
	}
	a, b := newOwnFiles(t)
	heads := filepath.Join(a.run, "heads")
	told := func(how string, apart bool) {
		t.Helper()
		for _, args := range [][]string{{a.run}, {heads}, {a.run, "--format", "csv"}, {a.run, "--format", "markdown"}, {a.run, "--json"}} {
			code, out, notes := fc7(t, append([]string{"table"}, args...)...)
			said := strings.Contains(out, "protocol voc2007, of another table")
			named := strings.Contains(out+notes, "scores.json: these heads were trained on another table")
			if code != exitDone || said != apart || named != apart {
				t.Errorf("%s: fc7 table %v: status %d\n%s%s", how, args, code, out, notes)
			}
		}
	}
	told("its own", false)
	text, err := os.ReadFile(filepath.Join(b.run, "heads", "scores.json"))
	if err == nil {
		err = os.WriteFile(filepath.Join(heads, "scores.json"), text, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	told("of another run", true)
	if err := os.RemoveAll(filepath.Join(a.run, "features")); err != nil {
		t.Fatal(err)
	}
	told("no table", false)
}
