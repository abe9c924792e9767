package training

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fc7/datasets"
	"fc7/internal/usage"
)

// A training does not write into the data set's own folder, by whatever path it is named; what stands beside or in it
// is the user's choice, and so is the folder of a list.
func TestApart(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	for _, d := range []string{"data/cat", "data/run", "other"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{"cat/1.jpg": "", "l.txt": "cat/1.jpg\n"} {
		if err := os.WriteFile(filepath.Join(data, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(data, link); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		spec, out string
		refused   bool
	}{
		{"folder:" + data, data, true},
		{"folder:" + data, link, true},
		{"folder:" + link, data + "/cat/..", true},
		{"folder:" + data, filepath.Join(data, "run"), false},
		{"folder:" + data, filepath.Join(dir, "other"), false},
		{"folder:" + data, filepath.Join(dir, "new"), false},
		{"list:" + filepath.Join(data, "l.txt"), data, false},
		{"folder:" + data, "", false},
	} {
		set, err := datasets.Open(t.Context(), c.spec, datasets.Options{})
		if err != nil {
			t.Fatal(err)
		}
		err = apart(set, c.spec, "--out", c.out)
		if usage.Is(err) != c.refused || c.refused && !strings.Contains(err.Error(), "--out "+c.out) {
			t.Errorf("%s into %s: %v", c.spec, c.out, err)
		}
	}
}
