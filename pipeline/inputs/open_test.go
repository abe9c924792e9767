package inputs

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fc7/datasets"
	"fc7/pipeline/conveyor"
)

// TestOpen: image files, one of them with a colon in its name, and data sets with and without boxes become the rows of
// one set, in the order given; what was not read or passed over is told.
func TestOpen(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"boxes.csv": "path,xmin,ymin,xmax,ymax\na.jpg,,,,\na.jpg,5,5,14,14\n", "plain.csv": "path,colour\nb.jpg,red\n",
		"set/cat/c.jpg": "x", "set/cat/notes.txt": "x", "x.jpg": "", "at:noon.jpg": "",
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	in := []string{"csv:" + filepath.Join(dir, "boxes.csv"), "x.jpg", "csv:" + filepath.Join(dir, "plain.csv"), "at:noon.jpg", "folder:" + filepath.Join(dir, "set")}
	for context, box := range map[float64]string{0: "5 5 14 14", 1: "5 5 14 14", 2: "1 1 19 19"} {
		var notes []string
		s, err := Open(t.Context(), in, datasets.Options{BoxContext: context}, conveyor.Events{Note: func(n string) { notes = append(notes, n) }})
		if err != nil {
			t.Fatal(err)
		}
		var rows []string
		for _, it := range s.Items {
			row := it.ID + " in " + it.At.Path
			if b := it.Box; b != nil {
				row += " " + b.Corners()
			}
			rows = append(rows, strings.ReplaceAll(row, dir+string(filepath.Separator), ""))
		}
		want := []string{"a.jpg in a.jpg", "a.jpg in a.jpg " + box, "x.jpg in x.jpg", "b.jpg in b.jpg", "at:noon.jpg in at:noon.jpg", "cat/c.jpg in set/cat/c.jpg"}
		if !slices.Equal(rows, want) {
			t.Errorf("context %v: %q, want %q", context, rows, want)
		}
		if len(notes) != 2 || !strings.Contains(notes[0], "colour") ||
			!strings.HasPrefix(notes[1], filepath.Join(dir, "set")+": 1 passed over, ") || !strings.HasSuffix(notes[1], "notes.txt") {
			t.Errorf("context %v: told %q", context, notes)
		}
	}
	if _, err := Open(t.Context(), []string{"x.jpg", "csv:" + filepath.Join(dir, "none.csv")}, datasets.Options{}, conveyor.Events{}); err == nil {
		t.Error("a data set that is not there was opened")
	}
}

// TestOpenFolders: what is said of folders is for the folders among the inputs, and where there is none an error.
func TestOpenFolders(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"train/cat/1.jpg", "val/cat/2.jpg", "list.txt"} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("train/cat/1.jpg\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	set, list := "folder:"+dir, "list:"+filepath.Join(dir, "list.txt")
	for folders, want := range map[string]string{"": "[[] [cat] [cat]]", datasets.FoldersClasses: "[[] [train] [val]]"} {
		s, err := Open(t.Context(), []string{list, set}, datasets.Options{Folders: folders}, conveyor.Events{})
		if err != nil {
			t.Fatal(err)
		}
		var labels [][]string
		for _, it := range s.Items {
			labels = append(labels, it.Labels())
		}
		if fmt.Sprint(labels) != want {
			t.Errorf("%q: labels %v, want %s", folders, labels, want)
		}
	}
	if _, err := Open(t.Context(), []string{list, filepath.Join(dir, "train", "cat", "1.jpg")}, datasets.Options{Folders: datasets.FoldersSplits}, conveyor.Events{}); err == nil || !strings.Contains(err.Error(), "would do nothing") {
		t.Errorf("no folder among the inputs: %v", err)
	}
}

// TestOpenNamed: a file that is named and not there, and a folder, are errors before anything is done; all of them are
// told.
func TestOpenNamed(t *testing.T) {
	dir := t.TempDir()
	there := filepath.Join(dir, "a.jpg")
	if err := os.WriteFile(there, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), []string{"gone.jpg", there, dir, "at:noon.jpg"}, datasets.Options{}, conveyor.Events{})
	for _, want := range []string{"gone.jpg: there is no such image file", dir + " is a folder: name the images in it, or the data set folder:" + dir, "at:noon.jpg: there is no such"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if s, err := Open(t.Context(), []string{there}, datasets.Options{}, conveyor.Events{}); err != nil || len(s.Items) != 1 {
		t.Errorf("%+v, %v", s, err)
	}
}
