package pages

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fc7/pipeline/training/trainlog"
)

// TestCheckOwn: a report gives way to the next one; a file of others stays unless it is given up.
func TestCheckOwn(t *testing.T) {
	j := Job{Run: trainingRun(t, trainlog.Epoch{Stage: 1, Stages: 1, Epoch: 1, Epochs: 1, Net: "vgg11/8", Loss: 4.5, Best: true})}
	path, err := Own(j.Run)
	if err != nil {
		t.Fatal(err)
	}
	if err := CheckOwn(path, false); err != nil {
		t.Errorf("there is none: %v", err)
	}
	reported(t, j)
	if err := CheckOwn(path, false); err != nil {
		t.Errorf("a report: %v", err)
	}
	mine := filepath.Join(t.TempDir(), OwnFile)
	if err := os.WriteFile(mine, []byte("<!doctype html>\n<title>mine</title>"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := CheckOwn(mine, false); err == nil || !strings.Contains(err.Error(), mine) || !strings.Contains(err.Error(), "fc7 report") || !strings.Contains(err.Error(), "--force") {
		t.Errorf("a file of others: %v", err)
	}
	if err := CheckOwn(mine, true); err != nil {
		t.Errorf("with --force: %v", err)
	}
}
