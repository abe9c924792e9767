package layering

import (
	"go/ast"
	"go/token"
	"strings"
	"testing"
)

// readers lists the files that read to an end which no bound stands before where they do, and why they may.
var readers = map[string]string{
	"datasets/vocxml.go":                   "of a LimitedReader, which tells too whether its bound was met",
	"internal/machine/memory_linux.go":     "of /proc, which the kernel writes",
	"internal/machine/total_linux.go":      "the same",
	"internal/machine/available_linux.go":  "the same",
	"internal/machine/busy_linux.go":       "the same",
	"internal/storetest/storetest.go":      "for tests",
	"internal/machine/nodes_linux.go":      "of /proc and /sys, likewise",
	"internal/npytest/npytest.go":          "for tests",
	"pipeline/internal/fixture/fixture.go": "for tests",
}

// endless are the functions and methods that read until a file, or a line of it, ends.
var endless = map[string]bool{"os.ReadFile": true, "io.ReadAll": true, "fs.ReadFile": true, ".ReadString": true, ".ReadBytes": true}

// TestWhoReads: whole files are read by internal/bounded, and streams by io.LimitReader, since any may be of gigabytes
// or have no end.
func TestWhoReads(t *testing.T) {
	found := map[string]bool{}
	sources(t, 0, func(path string, in *token.FileSet, f *ast.File) {
		if strings.HasSuffix(path, "_test.go") || strings.HasPrefix(path, "internal/bounded/") {
			return
		}
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || !endless[called(call)] && !endless[method(call)] || len(call.Args) == 1 && limited(call.Args[0]) {
				return true
			}
			found[path] = true
			if readers[path] == "" {
				t.Errorf("%s: %s has no bound: take internal/bounded or io.LimitReader", in.Position(call.Pos()), called(call))
			}
			return true
		})
	})
	for name := range readers {
		if !found[name] {
			t.Errorf("%s reads nothing without a bound any more: take it out of the list", name)
		}
	}
}

// called is the function of a package that is called, as "os.ReadFile", "" where it is none.
func called(call *ast.CallExpr) string {
	s, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	x, ok := s.X.(*ast.Ident)
	if !ok {
		return method(call)
	}
	return x.Name + "." + s.Sel.Name
}

// method is the name of what is called, behind a dot.
func method(call *ast.CallExpr) string {
	if s, ok := call.Fun.(*ast.SelectorExpr); ok {
		return "." + s.Sel.Name
	}
	return ""
}

// limited tells whether an expression is a call of io.LimitReader.
func limited(e ast.Expr) bool {
	call, ok := e.(*ast.CallExpr)
	return ok && called(call) == "io.LimitReader"
}
