package outputs

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestCheckMerged: a table is taken for ended, or for one without a plan, only where the disk says so.
func TestCheckMerged(t *testing.T) {
	top := t.TempDir()
	at := func(name string, files ...string) string {
		dir := filepath.Join(top, name)
		for _, f := range files {
			path := filepath.Join(dir, f)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte("{}"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	for run, says := range map[string]string{
		at("plain", "features/x"):           "",
		at("none"):                          "",
		at("file", "f") + "/f":              "",
		at("ended", PlanName, ManifestName): "",
		at("open", PlanName, "features/x"):  "fc7 merge",
		at("nets", PlanName, "a/"+PlanName): "name one of them: " + filepath.Join(top, "nets", "a"),
	} {
		if err := CheckMerged(run); (err == nil) != (says == "") || err != nil && !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", run, err, says)
		}
	}
	if runtime.GOOS == "windows" {
		return // where a link is no loop
	}
	loop := filepath.Join(top, "loop")
	if err := os.Symlink(loop, loop); err != nil {
		t.Fatal(err)
	}
	if err := CheckMerged(loop); err == nil || !strings.Contains(err.Error(), loop) {
		t.Errorf("a folder that cannot be looked into: %v", err)
	}
}
