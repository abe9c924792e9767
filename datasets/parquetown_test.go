package datasets

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
)

// TestOutputsInTheFolder: what fc7 wrote into the folder of a data set, its table and its answers, is passed over: with
// an output in its own folder a run goes on, of the same rows. Alone, or named, it is refused.
func TestOutputsInTheFolder(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"train-0.parquet", "train-1.parquet"} {
		writeTable(t, filepath.Join(root, name), hubRows(0, 3, false), 2)
	}
	before := ids(mustOpen(t, "parquet:"+root, Options{}))
	table := filepath.Join(root, "features", "part-00000-of-00001.parquet")
	writeTable(t, table, hubRows(0, 2, false), 2, parquet.KeyValueMetadata("fc7.identity", "{}"))
	writeTable(t, filepath.Join(root, "predictions.parquet"), hubRows(0, 2, false), 2, parquet.KeyValueMetadata("fc7.of", "{}"))
	s := mustOpen(t, "parquet:"+root, Options{})
	if got := ids(s); got != before {
		t.Errorf("%s, without outputs %s", got, before)
	}
	var passed string
	for _, k := range s.Skipped {
		if k.Reason == skipOwn {
			passed = strings.Join(k.Names, " ")
		}
	}
	if !strings.Contains(passed, filepath.Base(table)) || !strings.Contains(passed, "predictions.parquet") {
		t.Errorf("passed over: %q", passed)
	}
	for _, alone := range []string{table, filepath.Dir(table)} {
		_, err := Open(t.Context(), "parquet:"+alone, Options{})
		wantError(t, err, table, "a feature table of fc7")
	}
}
