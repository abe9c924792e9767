package npytest

import (
	"os"
	"path/filepath"
	"testing"
)

// The data are looked for beside the folder that holds go.mod, from whichever package's folder.
func TestShared(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{"project/go.mod": "module x", "shared/data/features/a": "data", "project/room/inner/x.go": ""} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, folder := range []string{"project", "project/room", "project/room/inner"} {
		for name, want := range map[string]string{"a": "data", "b": ""} {
			got, skipped := "", true
			t.Run(folder+"/"+name, func(t *testing.T) {
				t.Chdir(filepath.Join(root, folder))
				defer func() { skipped = t.Skipped() }()
				got = string(Shared(t, name))
			})
			if got != want || skipped != (want == "") {
				t.Errorf("%s from %s: %q, skipped %v", name, folder, got, skipped)
			}
		}
	}
}

func TestCaltech101(t *testing.T) {
	x, classes, files := Caltech101(t)
	if len(x) != 9144*512 || len(classes) != 9144 || len(files) != 9144 || classes[0] == "" || files[0] == "" {
		t.Errorf("%d values, %d classes, %d files", len(x), len(classes), len(files))
	}
}
