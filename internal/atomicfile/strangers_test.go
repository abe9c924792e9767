package atomicfile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestStrangers(t *testing.T) {
	root := t.TempDir()
	dir, file := filepath.Join(root, "dir"), filepath.Join(root, "file")
	must(t, os.MkdirAll(filepath.Join(dir, "data"), 0o755))
	must(t, os.WriteFile(filepath.Join(dir, "ours"), nil, 0o644))
	must(t, os.WriteFile(file, nil, 0o644))
	if err := os.Symlink("dir", filepath.Join(root, "link")); err != nil {
		t.Skip(err)
	}
	for _, c := range []struct{ path, names, want string }{
		{dir, "ours", "data"},
		{dir, "ours data more", ""},
		{dir, "", "data ours"},
		{filepath.Join(root, "link"), "ours", "data"},
		{file, "", ""},
		{filepath.Join(root, "none"), "", ""},
	} {
		got, err := Strangers(c.path, strings.Fields(c.names)...)
		if err != nil || strings.Join(got, " ") != c.want {
			t.Errorf("%s beside %q: %q, %v, want %q", c.path, c.names, got, err, c.want)
		}
	}
}
