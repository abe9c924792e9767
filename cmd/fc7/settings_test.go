package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestSettingsOfFaults: a file that a disk does not show just now is one, so that its word stays that of the plan; what
// is not there is a name.
func TestSettingsOfFaults(t *testing.T) {
	_, absent := os.Stat(filepath.Join(t.TempDir(), "none"))
	for _, c := range []struct {
		err   error
		there bool
	}{
		{nil, true},
		{&fs.PathError{Op: "stat", Path: "x", Err: syscall.EIO}, true},
		{absent, false},
		{&fs.PathError{Op: "stat", Path: "x", Err: syscall.ENAMETOOLONG}, false},
	} {
		if got := isThere(c.err); got != c.there {
			t.Errorf("%v: %t", c.err, got)
		}
	}
}
