//go:build unix

package datasets

import (
	"path/filepath"
	"syscall"
	"testing"
)

// A named pipe without a writer would block a plain open for ever.
func TestNamedPipe(t *testing.T) {
	root := tree(t, map[string]string{"accordion/1.jpg": ""})
	pipe := filepath.Join(root, "accordion", "pipe.jpg")
	if err := syscall.Mkfifo(pipe, 0o644); err != nil {
		t.Skip("no named pipes here: ", err)
	}
	_, err := Location{Path: pipe}.Open()
	wantError(t, err, "found a named pipe")
	for _, kind := range []string{"folder:", "caltech101:"} {
		s := mustOpen(t, kind+root, Options{})
		if got := skipped(s); got != skipSpecial+": accordion/pipe.jpg" || ids(s) != "accordion/1.jpg" {
			t.Errorf("%s: skipped %q, items %s", kind, got, ids(s))
		}
	}
}
