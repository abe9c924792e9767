package layering

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
	"testing"
)

// makers are the functions of package os that make names, or change what they name.
var makers = []string{"Create", "Link", "Mkdir", "MkdirAll", "OpenFile", "Rename", "Symlink", "WriteFile"}

// writers lists the files that call them, beside internal/atomicfile, and why they may.
var writers = map[string]string{
	"internal/lock/lock.go":                  "locks, which hold nothing",
	"internal/fetch/part.go":                 "NAME.part grows until atomicfile gives it its name",
	"internal/mirror/part.go":                "files of which parts come; a note tells which are on the disk",
	"pipeline/training/trainlog/trainlog.go": "appends to a file that atomicfile made",
	"pipeline/training/viewcache/cache.go":   "files that grow, whose log tells what of them is safe",
	"pipeline/download/dataset.go":           "unpacks into a folder that atomicfile gives its name",
	"datasets/synth/parallel.go":             "draws into a folder that atomicfile gives its name",
	"datasets/synth/synth.go":                "the same",
	"datasets/synth/caltech.go":              "the same",
	"datasets/synth/voclayout.go":            "the same",
	"datasets/synth/vocedition.go":           "the same",
	"datasets/synth/imagenet.go":             "the same",
	"datasets/synth/listed.go":               "the same",
	"pipeline/internal/fixture/fixture.go":   "for tests",
	"internal/hostile/target.go":             "for tests",
	"internal/machine/memory_linux.go":       "asks the kernel for something by a file of its own",
}

// TestWhoWrites: files and folders get their names by internal/atomicfile, which syncs them, and the folders that they
// are in, so that neither a kill nor a power cut leaves a wrong one or takes a finished one away.
func TestWhoWrites(t *testing.T) {
	found := map[string]bool{}
	sources(t, 0, func(path string, in *token.FileSet, f *ast.File) {
		if strings.HasSuffix(path, "_test.go") || strings.HasPrefix(path, "internal/atomicfile/") {
			return
		}
		ast.Inspect(f, func(n ast.Node) bool {
			s, ok := n.(*ast.SelectorExpr)
			if !ok || !slices.Contains(makers, s.Sel.Name) {
				return true
			}
			if x, ok := s.X.(*ast.Ident); !ok || x.Name != "os" {
				return true
			}
			found[path] = true
			if writers[path] == "" {
				t.Errorf("%s: os.%s: internal/atomicfile does that, and syncs it", in.Position(s.Pos()), s.Sel.Name)
			}
			return true
		})
	})
	for name := range writers {
		if !found[name] {
			t.Errorf("%s writes nothing by itself any more: take it out of the list", name)
		}
	}
}
