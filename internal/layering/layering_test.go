// Package layering holds the test that keeps the rooms of the project apart.
package layering

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// may lists, for each room, the rooms it may import beside the ground floor, internal/, which serves all and imports
// nothing but itself. A room's own sub-folders, unless they are rooms, belong to it.
var may = map[string][]string{
	"cmd": {
		"pipeline", "pipeline/table", "datasets", "extract", "vgg", "vgg/weights", "vgg/train", "heads", "heads/svm",
		"heads/metrics", "heads/protocol", "heads/finetune", "outputs", "outputs/report",
	},
	"pipeline": {
		"datasets", "extract", "vgg", "vgg/weights", "vgg/train", "heads", "heads/svm", "heads/metrics",
		"heads/protocol", "heads/finetune", "outputs", "outputs/report",
		"pipeline/conveyor", "pipeline/table",
	},
	"pipeline/conveyor": {"datasets", "extract", "outputs"},
	"pipeline/table":    {"datasets", "outputs", "pipeline/conveyor"},
	"datasets":          {},
	"extract":           {},
	"vgg":               {"vgg/weights"},
	"vgg/weights":       {},
	"vgg/train":         {"vgg"},
	"heads":             {},
	"heads/svm":         {},
	"heads/metrics":     {},
	"heads/protocol":    {"heads/svm", "heads/metrics"},
	"heads/finetune":    {"vgg", "vgg/weights", "vgg/train"},
	"outputs":           {},
	"outputs/report":    {"heads/metrics"},
	ground:              {},
}

// ground is the floor that every room stands on.
const ground = "internal"

// only names libraries that a few rooms alone may import.
var only = map[string][]string{
	"gorgonia.org/":            {"vgg/train"},
	"github.com/parquet-go/":   {"outputs", "datasets"},
	"github.com/apache/arrow/": {"outputs"},
	"github.com/spf13/":        {"cmd"},
	"github.com/sourcegraph/":  {"pipeline", "pipeline/conveyor", "pipeline/table"},
	"github.com/schollz/":      {"cmd"},
	"golang.org/x/image/":      {"extract", "datasets"},
}

// room is the room that a folder belongs to: the longest entry of may above it.
func room(folder string) string {
	for f := folder; f != "."; f = filepath.ToSlash(filepath.Dir(f)) {
		if _, ok := may[f]; ok {
			return f
		}
	}
	return ""
}

func TestLayering(t *testing.T) {
	root := "../.."
	files := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if n := d.Name(); path != root && (strings.HasPrefix(n, ".") || strings.HasPrefix(n, "_") || n == "testdata") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		files++
		checkFile(t, root, path)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 20 {
		t.Fatalf("only %d Go files found below %s", files, root)
	}
}

func checkFile(t *testing.T, root, path string) {
	t.Helper()
	rel, err := filepath.Rel(root, path)
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.ToSlash(filepath.Dir(rel))
	from := room(folder)
	if from == "" {
		t.Errorf("%s: folder %s is no room of the design", rel, folder)
		return
	}
	f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range f.Imports {
		name, err := strconv.Unquote(s.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		if !allowed(from, name) {
			t.Errorf("%s: %s must not import %s", rel, from, name)
		}
	}
}

func allowed(from, name string) bool {
	for prefix, rooms := range only {
		if strings.HasPrefix(name, prefix) {
			return slices.Contains(rooms, from)
		}
	}
	own, ours := strings.CutPrefix(name, "fc7/")
	if !ours {
		return true
	}
	to := room(own)
	return to == from || to == ground || slices.Contains(may[from], to)
}

// TestAllowed: the checker itself refuses what it must.
func TestAllowed(t *testing.T) {
	for _, c := range []struct {
		from, to string
		want     bool
	}{
		{"extract", "fc7/vgg", false},
		{"extract", "fc7/internal/f32", true},
		{"datasets", "fc7/internal/matfile", true},
		{"internal/matfile", "fc7/internal/hdf5", true},
		{"internal/matfile", "fc7/vgg/weights", false},
		{"vgg/weights", "fc7/vgg", false},
		{"heads/svm", "gorgonia.org/gorgonia", false},
		{"vgg/train", "gorgonia.org/tensor", true},
		{"pipeline", "github.com/apache/arrow/go/v15/arrow", false},
		{"datasets", "fc7/datasets/synth", true},
		{"pipeline", "fc7/cmd/fc7", false},
		{"pipeline/table", "fc7/vgg", false},
		{"pipeline/conveyor", "fc7/pipeline", false},
	} {
		if got := allowed(room(c.from), c.to); got != c.want {
			t.Errorf("%s importing %s: allowed %v, want %v", c.from, c.to, got, c.want)
		}
	}
}
