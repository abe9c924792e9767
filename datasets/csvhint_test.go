package datasets

import (
	"path/filepath"
	"strings"
	"testing"
)

// A table of which no column is read as labels says how to name one; a table with labels need not.
func TestCSVNamesLabelColumn(t *testing.T) {
	for header, want := range map[string]bool{"path,species": true, "path,labels,author": false} {
		dir := tree(t, map[string]string{"t.csv": header + "\n1.jpg,beagle" + strings.Repeat(",x", strings.Count(header, ",")-1) + "\n"})
		s := mustOpen(t, "csv:"+filepath.Join(dir, "t.csv"), Options{})
		if notes := strings.Join(s.Notes, "\n"); !strings.Contains(notes, "not read from the table: 1 column") || strings.Contains(notes, "--label-column names the one") != want {
			t.Errorf("%s: %q", header, notes)
		}
	}
}
