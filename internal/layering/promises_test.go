package layering

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestPromisesAreTested: every test that docs/promises.md and SECURITY.md name is there, and every line of their tables
// of what tests show names one.
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
	for _, doc := range []string{"docs/promises.md", "SECURITY.md"} {
		namesTests(t, doc, tests)
	}
}

// namesTests looks for the tests that a page names; one without a package is of that before it in its line.
func namesTests(t *testing.T, doc string, tests map[string]bool) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(doc)))
	if err != nil {
		t.Fatal(err)
	}
	named, n, shown := regexp.MustCompile("`(?:([a-z0-9]+)\\.)?((?:Test|Fuzz)[A-Za-z0-9_]*)`"), 0, false
	for line := range strings.Lines(string(text)) {
		names, pkg := named.FindAllStringSubmatch(line, -1), ""
		for _, m := range names {
			if m[1] != "" {
				pkg = m[1]
			}
			if n++; !tests[pkg+"."+m[2]] {
				t.Errorf("%s names %s, which is no test", doc, m[0])
			}
		}
		switch {
		case !strings.HasPrefix(line, "|"):
			shown = false
		case strings.Contains(line, "| shown by |"):
			shown = true
		case shown && !strings.HasPrefix(line, "| ---") && len(names) == 0:
			t.Errorf("%s: no test shows: %s", doc, line)
		}
	}
	if n < 40 {
		t.Errorf("%s names only %d tests", doc, n)
	}
}

// TestNetwork: two packages of the program open connections. One fetches what is published, which one room asks for;
// the other reads what stands at an address, for the rooms that take one from the user or from a list. A third listens,
// where a flag of the command line says so (main.TestListensUnasked).
func TestNetwork(t *testing.T) {
	asked, read, served := 0, 0, 0
	open := []string{"internal/fetch", "internal/store", "internal/storetest", "internal/monitor"}
	sources(t, 0, func(path string, _ *token.FileSet, f *ast.File) {
		folder := filepath.ToSlash(filepath.Dir(path))
		if strings.HasSuffix(path, "_test.go") || slices.Contains(open, folder) {
			return
		}
		for _, i := range f.Imports {
			if name := strings.Trim(i.Path.Value, `"`); name == "net" || strings.HasPrefix(name, "net/") && name != "net/url" || strings.HasPrefix(name, "golang.org/x/net") {
				t.Errorf("%s imports %s", path, name)
			}
		}
		ast.Inspect(f, func(n ast.Node) bool {
			s, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			of, ok := s.X.(*ast.Ident)
			switch {
			case !ok:
			case of.Name == "fetch" && s.Sel.Name == "Get":
				if asked++; folder != "pipeline/download" {
					t.Errorf("%s fetches", path)
				}
			case of.Name == "store" && slices.Contains([]string{"Open", "OpenFile", "OpenPart", "Stat", "Copy", "Put", "Replace", "Guards", "List", "Remove"}, s.Sel.Name):
				if read++; !slices.Contains([]string{"datasets", "internal/mirror", "internal/place", "pipeline/conveyor", "pipeline/download"}, folder) {
					t.Errorf("%s asks a store", path)
				}
			case of.Name == "monitor" && s.Sel.Name == "Serve":
				if served++; filepath.ToSlash(path) != "cmd/fc7/metrics.go" {
					t.Errorf("%s listens", path)
				}
			}
			return true
		})
	})
	if asked == 0 || read == 0 || served != 1 {
		t.Errorf("%d places fetch, %d read, %d listen", asked, read, served)
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
	for _, system := range []string{"linux", "darwin", "windows"} {
		list := exec.Command("go", "list", "-deps", "fc7/cmd/fc7")
		list.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+system)
		linked, err := list.Output()
		if err != nil {
			t.Fatal(err)
		}
		names := strings.Fields(string(linked))
		for _, name := range []string{"os/exec", "plugin", "runtime/cgo"} {
			if slices.Contains(names, name) {
				t.Errorf("on %s %s is linked in", system, name)
			}
		}
		if !slices.Contains(names, "fc7/cmd/fc7") {
			t.Errorf("on %s the program is made of %d packages, and is none of them", system, len(names))
		}
	}
}
