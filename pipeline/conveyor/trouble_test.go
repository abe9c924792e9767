package conveyor

import (
	"errors"
	"path/filepath"
	"testing"

	"fc7/datasets"
)

// TestTrouble: what is wrong with the machine is no failed row.
func TestTrouble(t *testing.T) {
	dir := t.TempDir()
	set := &datasets.Set{Root: dir}
	tar := &datasets.Item{ID: "x", At: datasets.Location{Path: filepath.Join(dir, "a.tar"), Part: &datasets.Part{Offset: 512, Size: 9}}}
	_, absent := tar.At.Open()
	if err := trouble(absent, set, tar); err == nil {
		t.Error("a tar file that is gone is a failed row")
	}
	file := &datasets.Item{ID: "y", At: datasets.Location{Path: filepath.Join(dir, "a.jpg")}}
	_, absent = file.At.Open()
	if err := trouble(absent, set, file); err != nil {
		t.Errorf("an image that is gone ends the run: %v", err)
	}
	if err := trouble(errors.New("corrupt"), set, file); err != nil {
		t.Error(err)
	}
	if err := trouble(nil, set, file); err != nil {
		t.Error(err)
	}
}
