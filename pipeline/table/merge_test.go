package table

import (
	"os"
	"path/filepath"
	"testing"

	"fc7/outputs"
)

// TestPartManifests: those of a run's parts are found, whatever its folder is called, and that of the whole table
// counts alone.
func TestPartManifests(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run[1]")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	write := func(name, dataSet string) {
		t.Helper()
		m := outputs.Manifest{DataSet: dataSet, Identity: outputs.Identity{Format: outputs.FormatVersion}}
		if err := m.WriteAs(dir, name); err != nil {
			t.Fatal(err)
		}
	}
	for _, part := range []int{1, 3} {
		write(outputs.PartManifestName(part, 3), "part")
	}
	if all, err := partManifests(dir); err != nil || len(all) != 2 || all[0].DataSet != "part" {
		t.Errorf("of the parts: %+v", all)
	}
	write(outputs.ManifestName, "whole")
	if all, err := partManifests(dir); err != nil || len(all) != 1 || all[0].DataSet != "whole" {
		t.Errorf("of the table: %+v", all)
	}
}
