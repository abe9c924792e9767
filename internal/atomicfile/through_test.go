package atomicfile

import (
	"os"
	"path/filepath"
	"testing"
)

// TestThrough: a path leads where the system would go, also over links to folders above, and to what is not there.
func TestThrough(t *testing.T) {
	root, err := filepath.EvalSymlinks(t.TempDir())
	must(t, err)
	at := func(name string) string { return filepath.Join(root, name) }
	must(t, os.MkdirAll(at("disk/runs/deep"), 0o755))
	for name, to := range map[string]string{
		"here":              "disk/runs", // a link above
		"disk/runs/up":      "../results",
		"disk/runs/two":     "up",
		"disk/runs/through": "deep/../../results", // no link in it is passed over
		"away":              at("disk/runs/up"),
		"disk/runs/folder":  "..",
		"loop":              "loop",
		"deep":              "disk/runs/deep",
		"odd":               "deep/../x",
	} {
		if err := os.Symlink(to, at(name)); err != nil {
			t.Skip(err)
		}
	}
	for path, want := range map[string]string{
		"plain": "plain", "no/such": "no/such", "here/up": "disk/results", "here/two": "disk/results", "here/through": "disk/results",
		"away": "disk/results", "here/folder": "disk", "loop": "loop", "here/": "disk/runs", "odd": "disk/runs/x",
	} {
		if got := Through(root + string(filepath.Separator) + path); got != at(want) {
			t.Errorf("%s leads to %s, want %s", path, got, at(want))
		}
	}
}

// TestFolderThroughALinkAbove: a relative link is of the folder that it really is in.
func TestFolderThroughALinkAbove(t *testing.T) {
	root := t.TempDir()
	must(t, os.MkdirAll(filepath.Join(root, "disk", "run"), 0o755))
	must(t, makeFolderOf(filepath.Join(root, "disk", "heads"), "old", false))
	must(t, makeFolderOf(filepath.Join(root, "heads"), "another's", false))
	for name, to := range map[string]string{"run": "disk/run", "disk/run/heads": "../heads"} {
		if err := os.Symlink(to, filepath.Join(root, name)); err != nil {
			t.Skip(err)
		}
	}
	must(t, makeFolderOf(filepath.Join(root, "run", "heads")+string(filepath.Separator), "new", true))
	if far, other := folderText(t, filepath.Join(root, "disk", "heads")), folderText(t, filepath.Join(root, "heads")); far != "new" || other != "another's" {
		t.Errorf("the folder of the link is %q, another one %q", far, other)
	}
}
