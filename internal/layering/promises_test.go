package layering

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestPromisesAreTested: every test that docs/promises.md names is there, and every line of its tables of promises
// names one.
func TestPromisesAreTested(t *testing.T) {
	tests := map[string]bool{}
	sources(t, 0, func(path string, _ *token.FileSet, f *ast.File) {
		if !strings.HasSuffix(path, "_test.go") {
			return
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil {
				tests[strings.TrimSuffix(f.Name.Name, "_test")+"."+fn.Name.Name] = true
			}
		}
	})
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "promises.md"))
	if err != nil {
		t.Fatal(err)
	}
	named, n, shown := regexp.MustCompile("`([a-z0-9]+\\.(?:Test|Fuzz)[A-Za-z0-9_]*)`"), 0, false
	for line := range strings.Lines(string(text)) {
		names := named.FindAllStringSubmatch(line, -1)
		for _, m := range names {
			if n++; !tests[m[1]] {
				t.Errorf("docs/promises.md names %s, which is no test", m[1])
			}
		}
		switch {
		case !strings.HasPrefix(line, "|"):
			shown = false
		case strings.Contains(line, "| shown by |"):
			shown = true
		case shown && !strings.HasPrefix(line, "| ---") && len(names) == 0:
			t.Errorf("docs/promises.md: no test shows: %s", line)
		}
	}
	if n < 40 {
		t.Errorf("docs/promises.md names only %d tests", n)
	}
}

// TestNetwork: one package of the program opens connections, and one room asks it to; from there on it is the verbs
// that fetch what is published.
func TestNetwork(t *testing.T) {
	asked := 0
	sources(t, 0, func(path string, _ *token.FileSet, f *ast.File) {
		folder := filepath.ToSlash(filepath.Dir(path))
		if strings.HasSuffix(path, "_test.go") || folder == "internal/fetch" {
			return
		}
		for _, i := range f.Imports {
			if name := strings.Trim(i.Path.Value, `"`); name == "net" || strings.HasPrefix(name, "net/") && name != "net/url" || strings.HasPrefix(name, "golang.org/x/net") {
				t.Errorf("%s imports %s", path, name)
			}
		}
		ast.Inspect(f, func(n ast.Node) bool {
			s, ok := n.(*ast.SelectorExpr)
			if !ok || s.Sel.Name != "Get" {
				return true
			}
			if of, ok := s.X.(*ast.Ident); ok && of.Name == "fetch" {
				if asked++; folder != "pipeline/download" {
					t.Errorf("%s fetches", path)
				}
			}
			return true
		})
	})
	if asked == 0 {
		t.Error("nobody fetches anything")
	}
}

// TestNoOtherPrograms: the program starts no other and loads no code.
func TestNoOtherPrograms(t *testing.T) {
	sources(t, parser.ImportsOnly, func(path string, _ *token.FileSet, f *ast.File) {
		if strings.HasSuffix(path, "_test.go") {
			return
		}
		for _, i := range f.Imports {
			if name := strings.Trim(i.Path.Value, `"`); name == "os/exec" || name == "plugin" || name == "C" {
				t.Errorf("%s imports %s", path, name)
			}
		}
	})
}
