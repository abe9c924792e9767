package main

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestPages: the pages below docs/ say what the help says.
func TestPages(t *testing.T) {
	pages := markdownPages(newRoot(newConsole(&bytes.Buffer{}, &bytes.Buffer{})))
	docs := os.DirFS(filepath.Join("..", "..", "docs"))
	for name, want := range pages {
		if got, err := fs.ReadFile(docs, name); err != nil || string(got) != want {
			t.Errorf("docs/%s is not what the help says now: run make docs", name)
		}
	}
	for _, dir := range []string{"verbs", "datasets"} {
		entries, err := fs.ReadDir(docs, dir)
		if err != nil {
			t.Error(err)
		}
		for _, e := range entries {
			if pages[dir+"/"+e.Name()] == "" {
				t.Errorf("docs/%s/%s is of no verb or kind: run make docs", dir, e.Name())
			}
		}
	}
	for name, says := range map[string]string{
		"verbs/fc7-svm.md":             "| `--aggregate string` | how scales are joined: mean, max or stack (default \"mean\") |",
		"verbs/fc7-dataset-fetch.md":   "fc7 dataset fetch caltech101 --out /data",
		"verbs/README.md":              "[fc7 weights list](fc7-weights-list.md)",
		"datasets/voc2012-action.md":   "Its protocol is `voc2012-action`",
		"datasets/caltech101.md":       "fc7 dataset fetch caltech101",
		"verbs/fc7-json.md":            "```\n  start",
		"verbs/fc7-weights-inspect.md": "conv1\\_1",
	} {
		if !strings.Contains(pages[name], says) {
			t.Errorf("%s does not say %q:\n%s", name, says, pages[name])
		}
	}
}

// TestManPages: man takes each page without a warning, and shows the words of the help.
func TestManPages(t *testing.T) {
	out := filepath.Join(t.TempDir(), "man")
	want(t, exitDone, "manual", out)
	if said := want(t, exitFailed, "manual", out); !strings.Contains(said, "--force") {
		t.Errorf("%s", said)
	}
	want(t, exitDone, "manual", out, "--force")
	all, err := filepath.Glob(filepath.Join(out, "fc7*.1"))
	if err != nil || len(all) < 30 {
		t.Fatalf("%d pages, %v", len(all), err)
	}
	text, err := os.ReadFile(filepath.Join(out, "fc7-extract.1"))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{".TH FC7\\-EXTRACT 1", ".SH EXAMPLES\n.nf\n  fc7 extract voc2007:/data/VOCdevkit \\-\\-weights", ".TP\n.B \\-\\-no\\-flip\n"} {
		if !strings.Contains(string(text), s) {
			t.Errorf("fc7-extract.1 has no %q", s)
		}
	}
	groff, err := exec.LookPath("groff")
	if err != nil {
		t.Skip("there is no groff here")
	}
	for _, page := range all {
		if said, err := exec.Command(groff, "-man", "-Tutf8", "-ww", "-z", page).CombinedOutput(); err != nil || len(said) > 0 {
			t.Errorf("%s: %v %s", page, err, said)
		}
	}
}
