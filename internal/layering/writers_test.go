package layering

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// writers are the calls of package os that make, name or change files and folders. What they make is not on the disk,
// nor is its name, and a kill leaves a part of it: the program uses package atomicfile instead.
var writers = []string{
	"Rename", "Link", "Symlink", "WriteFile", "Mkdir", "MkdirAll", "MkdirTemp", "Create", "CreateTemp", "OpenFile", "Truncate", "CopyFS",
}

// mayWrite names the files that use them all the same, and why.
var mayWrite = map[string]string{
	"internal/atomicfile/system.go":          "the calls that package atomicfile is made of",
	"internal/atomicfile/make.go":            "likewise",
	"internal/lock/lock.go":                  "files that hold nothing, and that are made anew when they are gone",
	"pipeline/training/trainlog/trainlog.go": "appends to a file that atomicfile has made",
	"pipeline/download/dataset.go":           "the folder of a data set that is unpacked: it gets its name from atomicfile, which syncs all below",
	"datasets/synth/parallel.go":             "files of a drawn data set, whose folder is one of atomicfile's",
	"datasets/synth/synth.go":                "likewise",
	"datasets/synth/caltech.go":              "likewise",
	"datasets/synth/voclayout.go":            "likewise",
}

// TestWriters: nothing but a few files writes around package atomicfile.
func TestWriters(t *testing.T) {
	used := map[string]bool{}
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if n := d.Name(); d.IsDir() && path != "../.." && (strings.HasPrefix(n, ".") || strings.HasPrefix(n, "_") || n == "testdata" || n == "fixture") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		rel, err := filepath.Rel("../..", path)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		for _, call := range callsOfOS(t, path) {
			if used[rel] = true; mayWrite[rel] == "" {
				t.Errorf("%s calls os.%s: package atomicfile has what makes files and folders whole and safe from power cuts (Create, Write, Folder, MkdirAll, OpenGrowing, Place)", rel, call)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for file := range mayWrite {
		if !used[file] {
			t.Errorf("%s may write around package atomicfile and does not: strike it out", file)
		}
	}
}

// callsOfOS are the names of the writers that a file uses.
func callsOfOS(t *testing.T, path string) (calls []string) {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(f, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := s.X.(*ast.Ident); ok && x.Name == "os" && slices.Contains(writers, s.Sel.Name) {
			calls = append(calls, s.Sel.Name)
		}
		return true
	})
	return calls
}
