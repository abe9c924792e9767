package atomicfile

import (
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func say(text string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}
}

// tree lists all that is below a folder.
func tree(t *testing.T, dir string) string {
	t.Helper()
	var all []string
	must(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		rel, _ := filepath.Rel(dir, path)
		all = append(all, filepath.ToSlash(rel))
		return err
	}))
	return strings.Join(all, " ")
}

// No name leads out of the folder, whatever it is, and nothing is written.
func TestUnder(t *testing.T) {
	above := t.TempDir()
	out := filepath.Join(above, "out")
	must(t, os.MkdirAll(filepath.Join(out, "sub"), 0o755))
	must(t, os.WriteFile(filepath.Join(above, "victim"), []byte("theirs"), 0o600))
	bad := []string{"", ".", "..", "../victim", "sub/../../victim", "x/../../victim", filepath.Join(above, "victim"), "sub/.."}
	if runtime.GOOS != "windows" {
		must(t, os.Symlink(above, filepath.Join(out, "away")))
		bad = append(bad, "away/victim", "away/new", "away/sub/new")
	}
	before := tree(t, above)
	for _, name := range bad {
		for _, replace := range []bool{false, true} {
			if err := Under(out).Write(name, replace, say("ours")); err == nil {
				t.Errorf("%q was written", name)
			}
		}
		if err := Under(out).MkdirAll(name); err == nil {
			t.Errorf("%q was made", name)
		}
	}
	for _, name := range append(bad, "sub/x", "a/b", "a/") {
		if path, err := Under(out).Entry(name); err == nil {
			t.Errorf("%q is an entry: %s", name, path)
		}
	}
	if got := text(t, filepath.Join(above, "victim")); got != "theirs" || tree(t, above) != before {
		t.Errorf("%q; there is %s, was %s", got, tree(t, above), before)
	}
}

// The folder itself, and one in it, may be a link to another disk.
func TestUnderALink(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links need a privilege there")
	}
	disk, dir := t.TempDir(), t.TempDir()
	out := filepath.Join(dir, "out")
	must(t, os.MkdirAll(filepath.Join(disk, "inner"), 0o755))
	must(t, os.Symlink(disk, out))
	must(t, Under(out).MkdirAll("a/b"))
	for _, name := range []string{"x", "a/b/x", "inner/x"} {
		must(t, Under(out).Write(name, false, say(name)))
		must(t, Under(out).Write(name, true, say(name)))
		if got := text(t, filepath.Join(disk, name)); got != name {
			t.Errorf("%s: %q", name, got)
		}
	}
	other := t.TempDir()
	must(t, os.Symlink(other, filepath.Join(disk, "features")))
	path, err := Under(out).Entry("features")
	must(t, err)
	must(t, Under(path).Write("x", false, say("x")))
	if got := text(t, filepath.Join(other, "x")); got != "x" {
		t.Errorf("%q", got)
	}
}
