// Package layering holds the test that keeps the rooms of the project apart.
package layering

import (
	"go/ast"
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
// nothing but itself. Every folder with Go files is a room; what is below a folder named internal belongs to the room
// above it.
var may = map[string][]string{
	"cmd/fc7": {
		"datasets", "datasets/synth", "extract", "extract/likeness", "extract/picture", "heads/finetune", "heads/localise", "heads/metrics", "heads/neighbours", "heads/protocol", "heads/svm", "heads/tsne", "outputs",
		"pipeline/backbone", "pipeline/bench", "pipeline/conveyor", "pipeline/download", "pipeline/evaluation", "pipeline/evidence", "pipeline/explore", "pipeline/extraction",
		"pipeline/figures", "pipeline/heads", "pipeline/inputs", "pipeline/inspection", "pipeline/localisation", "pipeline/pages", "pipeline/planned", "pipeline/reproduction",
		"pipeline/table", "pipeline/training", "pipeline/training/trainlog", "vgg", "vgg/small", "vgg/train", "vgg/weights",
	},

	"pipeline": {},
	"pipeline/reproduction": {
		"datasets", "datasets/synth", "extract", "heads/protocol", "outputs", "pipeline/conveyor", "pipeline/download", "pipeline/extraction",
		"pipeline/heads", "pipeline/pages", "pipeline/paper", "vgg", "vgg/small", "vgg/weights",
	},
	"pipeline/pages": {
		"heads/localise", "heads/metrics", "heads/protocol", "outputs", "outputs/report", "pipeline/conveyor", "pipeline/evaluation", "pipeline/heads",
		"pipeline/localisation", "pipeline/paper", "pipeline/table", "pipeline/thumbs", "pipeline/training/trainlog",
	},
	"pipeline/thumbs": {"datasets", "extract/picture", "outputs", "pipeline/conveyor"},
	"pipeline/explore": {
		"datasets", "extract/likeness", "extract/picture", "heads/metrics", "heads/neighbours", "heads/protocol", "heads/svm", "heads/tsne", "outputs", "outputs/explorer",
		"pipeline/conveyor", "pipeline/evidence", "pipeline/extraction", "pipeline/heads", "pipeline/table", "pipeline/thumbs",
	},
	"pipeline/evidence": {"outputs", "pipeline/conveyor", "pipeline/heads"},
	"pipeline/figures":  {"heads/metrics", "heads/protocol", "outputs", "pipeline/evaluation", "pipeline/heads", "pipeline/paper"},
	"pipeline/paper":    {"heads/metrics", "heads/protocol", "outputs", "outputs/report", "pipeline/heads"},
	"pipeline/heads": {
		"datasets", "extract", "extract/picture", "heads/metrics", "heads/portable", "heads/protocol", "heads/svm", "outputs", "pipeline/backbone",
		"pipeline/conveyor", "pipeline/extraction", "pipeline/inputs", "pipeline/table", "vgg/weights",
	},
	"pipeline/evaluation": {
		"datasets", "extract", "extract/picture", "heads/metrics", "outputs", "pipeline/backbone", "pipeline/conveyor", "pipeline/extraction", "pipeline/inputs",
	},
	"pipeline/training": {
		"datasets", "extract", "extract/picture", "heads/finetune", "heads/localise", "heads/metrics", "pipeline/conveyor", "pipeline/download", "pipeline/extraction", "pipeline/table",
		"pipeline/training/trainlog", "pipeline/training/viewcache", "vgg", "vgg/train", "vgg/weights",
	},
	"pipeline/localisation": {
		"datasets", "extract", "extract/picture", "heads/localise", "heads/metrics", "outputs", "pipeline/backbone", "pipeline/conveyor", "pipeline/evaluation",
		"pipeline/extraction", "pipeline/inputs", "vgg",
	},
	"pipeline/training/trainlog":  {},
	"pipeline/training/viewcache": {},
	"pipeline/inspection":         {"datasets", "extract/picture", "pipeline/conveyor", "pipeline/download", "vgg", "vgg/weights"},
	"pipeline/bench": {
		"datasets", "extract", "heads/neighbours", "heads/protocol", "heads/svm", "heads/tsne", "outputs", "pipeline/backbone", "pipeline/conveyor", "pipeline/extraction", "vgg",
		"vgg/train", "vgg/weights",
	},
	"pipeline/extraction": {
		"datasets", "extract", "extract/picture", "heads/protocol", "outputs", "pipeline/backbone", "pipeline/conveyor", "pipeline/inputs",
		"pipeline/planned", "pipeline/table", "vgg",
	},
	"pipeline/planned":  {"datasets", "outputs"},
	"pipeline/inputs":   {"datasets", "heads/protocol", "pipeline/conveyor"},
	"pipeline/backbone": {"extract", "outputs", "pipeline/download", "vgg", "vgg/weights"},
	"pipeline/table":    {"datasets", "outputs", "pipeline/planned"},
	"pipeline/conveyor": {"datasets", "extract", "extract/picture", "outputs"},
	"pipeline/download": {"datasets", "vgg", "vgg/small", "vgg/weights"},

	"extract":          {"extract/picture"},
	"extract/likeness": {"extract/picture"},
	"extract/picture":  {},

	"datasets":         {},
	"datasets/synth":   {"datasets"},
	"vgg":              {"vgg/weights"},
	"vgg/weights":      {},
	"vgg/small":        {"vgg/weights"},
	"vgg/train":        {"vgg"},
	"heads":            {},
	"heads/svm":        {},
	"heads/neighbours": {"heads/svm"},
	"heads/tsne":       {"heads/neighbours", "heads/svm"},
	"heads/metrics":    {},
	"heads/portable":   {},
	"heads/localise":   {},
	"heads/protocol":   {"heads/svm", "heads/metrics", "heads/neighbours"},
	"heads/finetune":   {"vgg", "vgg/weights", "vgg/train"},
	"outputs":          {},
	"outputs/report":   {},
	"outputs/explorer": {},
	ground:             {},
}

// tests lists what a room's tests may import beyond what the room itself may.
var tests = map[string][]string{
	"pipeline/reproduction": {fixture, "pipeline/table"},
	"pipeline/pages":        {"datasets", "datasets/synth", "extract", fixture, "pipeline/extraction"},
	"pipeline/figures":      {"outputs"},
	"pipeline/evidence":     {"extract", "extract/picture", "heads/protocol", fixture},
	"pipeline/explore":      {"datasets/synth", fixture},
	"pipeline/heads":        {"datasets/synth", fixture},
	"pipeline/evaluation":   {"datasets/synth", fixture, "pipeline/table", "vgg", "vgg/weights"},
	"pipeline/localisation": {fixture, "vgg/weights"},
	"pipeline/training":     {"datasets/synth"},
	"pipeline/bench":        {fixture},
	"pipeline/inspection":   {"datasets/synth", "pipeline/backbone"},
	"pipeline/extraction":   {"datasets/synth", fixture, "vgg/weights"},
	"pipeline/download":     {"datasets/synth"},
	fixture:                 {"datasets", "datasets/synth", "extract", "outputs", "pipeline/conveyor", "pipeline/extraction", "vgg", "vgg/weights"},
	"vgg":                   {"vgg/small"},
	"vgg/small":             {"vgg"},
	"vgg/train":             {"vgg/weights"},
}

const (
	// ground is the floor that every room stands on.
	ground = "internal"
	// fixture holds what tests share; nothing else imports it.
	fixture = "pipeline/internal/fixture"
)

// only names libraries that a few rooms alone may import.
var only = map[string][]string{
	"gorgonia.org/":            {"vgg/train"},
	"github.com/parquet-go/":   {"outputs", "datasets"},
	"github.com/apache/arrow/": {"outputs"},
	"github.com/spf13/":        {"cmd/fc7"},
	"github.com/sourcegraph/":  {"pipeline/conveyor", "pipeline/explore", "pipeline/planned", "pipeline/table", "pipeline/inspection", "pipeline/thumbs", "pipeline/training"},
	"golang.org/x/image/":      {"extract/picture", "datasets/synth", "pipeline/evidence"},
}

// room is the room of a folder: the folder itself, or what stands above one that is named internal; "": none.
func room(folder string) string {
	if folder == ground || strings.HasPrefix(folder, ground+"/") {
		return ground
	}
	if _, ok := may[folder]; ok || folder == fixture {
		return folder
	}
	if above, _, ok := strings.Cut(folder, "/internal/"); ok {
		return room(above)
	}
	return ""
}

// arrows are the imports that the code makes use of, "from > to", those of tests with a mark.
type arrows map[string]bool

func arrow(from, to string, test bool) string {
	if test {
		return from + " > " + to + " in tests"
	}
	return from + " > " + to
}

func TestLayering(t *testing.T) {
	used, rooms := arrows{}, map[string]bool{}
	sources(t, parser.ImportsOnly, func(path string, _ *token.FileSet, f *ast.File) { checkFile(t, path, f, used, rooms) })
	for prefix, list := range only {
		for _, from := range list {
			if !used[arrow(from, prefix, false)] {
				t.Errorf("%s may import %s and does not: strike it out", from, prefix)
			}
		}
	}
	for from, list := range may {
		if !rooms[from] {
			t.Errorf("there is no room %s", from)
		}
		for _, to := range list {
			if !used[arrow(from, to, false)] {
				t.Errorf("%s may import %s and does not: strike it out", from, to)
			}
		}
	}
	for from, list := range tests {
		for _, to := range list {
			if !used[arrow(from, to, true)] {
				t.Errorf("the tests of %s may import %s and do not: strike it out", from, to)
			}
		}
	}
}

// sources calls do with every Go file of the program, and its path below the module's folder.
func sources(t *testing.T, mode parser.Mode, do func(path string, in *token.FileSet, f *ast.File)) {
	t.Helper()
	root, in := filepath.Join("..", ".."), token.NewFileSet()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if n := d.Name(); d.IsDir() && path != root && (strings.HasPrefix(n, ".") || strings.HasPrefix(n, "_") || n == "testdata") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") {
			return nil
		}
		f, err := parser.ParseFile(in, path, nil, mode)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		do(filepath.ToSlash(rel), in, f)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// checkFile checks the imports of a file, and notes what they are.
func checkFile(t *testing.T, path string, f *ast.File, used arrows, rooms map[string]bool) {
	t.Helper()
	folder := filepath.ToSlash(filepath.Dir(path))
	from := room(folder)
	if from == "" {
		t.Errorf("%s: folder %s is no room of the design", path, folder)
		return
	}
	rooms[from] = true
	for _, s := range f.Imports {
		name, err := strconv.Unquote(s.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		test := strings.HasSuffix(path, "_test.go") || from == fixture
		if !allowed(from, name, test) {
			t.Errorf("%s: %s must not import %s", path, from, name)
		}
		for prefix := range only {
			if strings.HasPrefix(name, prefix) {
				used[arrow(from, prefix, false)] = true
			}
		}
		if own, ours := strings.CutPrefix(name, "fc7/"); ours {
			used[arrow(from, room(own), test)] = true
		}
	}
}

// allowed tells whether a room, or its tests, may import a package.
func allowed(from, name string, test bool) bool {
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
	return to != "" && (to == from || to == ground || slices.Contains(may[from], to) || test && slices.Contains(tests[from], to))
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
		{"pipeline/heads", "github.com/apache/arrow/go/v15/arrow", false},
		{"pipeline/heads", "fc7/pipeline/pages", false},
		{"pipeline/heads", "fc7/pipeline/internal/fixture", false},
		{"vgg/weights/internal/x", "fc7/internal/few", true},
		{"datasets", "fc7/datasets/synth", false},
		{"pipeline/pages", "fc7/cmd/fc7", false},
		{"pipeline/table", "fc7/vgg", false},
		{"pipeline/conveyor", "fc7/pipeline/nowhere", false},
	} {
		if got := allowed(room(c.from), c.to, false); got != c.want {
			t.Errorf("%s importing %s: allowed %v, want %v", c.from, c.to, got, c.want)
		}
	}
}
