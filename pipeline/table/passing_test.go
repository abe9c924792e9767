package table

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"fc7/internal/lock"
)

func TestIsPassing(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	_, below := os.ReadFile(filepath.Join(file, "plan.json")) // on Windows it is not there
	for err, want := range map[error]bool{
		fmt.Errorf("reading: %w", syscall.EIO): true,
		lock.ErrHeld:                           true,
		errors.New("other settings"):           false,
		below:                                  !errors.Is(below, syscall.ENOTDIR),
		&os.PathError{Op: "read", Path: "plan.json", Err: syscall.EISDIR}: false,
		&os.PathError{Op: "open", Path: ".lock", Err: syscall.EACCES}:     false,
		&os.PathError{Op: "mkdir", Path: "tmp", Err: syscall.EROFS}:       false,
	} {
		if IsPassing(err) != want {
			t.Errorf("%v: %v", err, !want)
		}
	}
}
