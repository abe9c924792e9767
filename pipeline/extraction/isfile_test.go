package extraction

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestIsFile: words are no file where the disk says so, and not where it fails.
func TestIsFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "w")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for at, want := range map[string]bool{path: true, dir: false, path + "/x": false, dir + "/none": false, "s3://bucket/w": false, "vgg16": false} {
		if is, err := isFile(os.Stat(at)); is != want || err != nil {
			t.Errorf("%s: %v, %v", at, is, err)
		}
	}
	for _, failing := range []syscall.Errno{syscall.EIO, syscall.ETIMEDOUT} {
		if is, err := isFile(nil, &fs.PathError{Op: "stat", Path: path, Err: failing}); is || !errors.Is(err, failing) {
			t.Errorf("%v: %v, %v", failing, is, err)
		}
	}
}
