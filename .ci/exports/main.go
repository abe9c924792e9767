// Exports lists the exported names that nobody needs to see: package-level names, methods and fields that no other
// package of the project uses. Run it in the root of the project: go run ./.ci/exports. It ends with status 1 if there
// are any.
//
// Use by the tests of another package counts where a package is made to be imported by others, and where it serves
// tests; a package's own tests count where they stand outside it (package x_test).
// A type is also used where others see it in what they use, a method where its type fulfils an interface that asks for
// it, a constant or a field where another of its declaration is used; the fields of errors are for all, and so are
// those of structs that are written as JSON: that have tags, or are held by one that has.
package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// libraries are the packages that others import, whose examples and tests are callers like any other, and those that
// serve the tests of others: by what they make, by kernels to choose, by errors to look for.
var libraries = []string{
	"fc7/vgg", "fc7/vgg/weights", "fc7/heads/svm", "fc7/heads/metrics", "fc7/outputs", "fc7/datasets",
	"fc7/pipeline/internal/fixture", "fc7/internal/hostile", "fc7/internal/npytest", "fc7/internal/storetest", "fc7/internal/browser", "fc7/internal/f32", "fc7/internal/parquetguard", "fc7/internal/pickle",
	"fc7/heads/protocol", "fc7/internal/budget", "fc7/pipeline/table", "fc7/pipeline/download",
}

// found by name, from outside the type system.
var byName = []string{"Error", "Unwrap", "Is", "As", "String", "Format", "MarshalJSON", "UnmarshalJSON", "MarshalText", "UnmarshalText", "IsBoolFlag"}

func main() {
	unused, err := check()
	if err != nil {
		fmt.Fprintln(os.Stderr, "exports:", err)
		os.Exit(2)
	}
	for _, u := range unused {
		fmt.Println(u)
	}
	if len(unused) > 0 {
		os.Exit(1)
	}
}

// listed is a package as go list tells it.
type listed struct {
	path, dir, export  string
	files, test, xtest []string
}

// project is all packages of the module, checked from source, over the export data of all others.
type project struct {
	fset    *token.FileSet
	own     []listed // in the order of their imports
	exports map[string]string
	checked map[string]*types.Package
	gc      types.Importer
	used    map[types.Object]bool
	ifaces  []*types.Interface
	beside  map[types.Object]types.Object // the first constant or field of the declaration that one is in
	written map[types.Object]bool         // types that are written as JSON
}

func check() ([]string, error) {
	p := &project{fset: token.NewFileSet(), exports: map[string]string{}, checked: map[string]*types.Package{}, used: map[types.Object]bool{}}
	p.beside, p.written = map[types.Object]types.Object{}, map[types.Object]bool{}
	if err := p.list(); err != nil {
		return nil, err
	}
	p.gc = importer.ForCompiler(p.fset, "gc", func(path string) (io.ReadCloser, error) {
		file, ok := p.exports[path]
		if !ok {
			return nil, fmt.Errorf("no export data of %s", path)
		}
		return os.Open(file)
	})
	for _, l := range p.own {
		if err := p.check(l.path, l.dir, l.files, true); err != nil {
			return nil, err
		}
	}
	for _, l := range p.own {
		if len(l.test) > 0 {
			if err := p.check(l.path, l.dir, append(slices.Clone(l.files), l.test...), false); err != nil {
				return nil, err
			}
		}
		if len(l.xtest) > 0 {
			if err := p.check(l.path+"_test", l.dir, l.xtest, false); err != nil {
				return nil, err
			}
		}
	}
	p.interfaces()
	p.together()
	return p.unused(), nil
}

// list asks the go command for all packages.
func (p *project) list() error {
	const format = "{{.ImportPath}}\t{{.Dir}}\t{{.Export}}\t{{join .GoFiles \" \"}}\t{{join .TestGoFiles \" \"}}\t{{join .XTestGoFiles \" \"}}"
	var out, problems bytes.Buffer
	c := exec.Command("go", "list", "-export", "-deps", "-test", "-f", format, "./...")
	c.Stdout, c.Stderr = &out, &problems
	if err := c.Run(); err != nil {
		return fmt.Errorf("go list: %w\n%s", err, problems.String())
	}
	lines := bufio.NewScanner(&out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		f := strings.Split(lines.Text(), "\t")
		if len(f) != 6 {
			return fmt.Errorf("go list: %q", lines.Text())
		}
		if strings.ContainsAny(f[0], " ") || strings.HasSuffix(f[0], ".test") {
			continue // variants for tests
		}
		l := listed{f[0], f[1], f[2], strings.Fields(f[3]), strings.Fields(f[4]), strings.Fields(f[5])}
		if strings.HasPrefix(l.path, "fc7/") {
			p.own = append(p.own, l)
		} else {
			p.exports[l.path] = l.export
		}
	}
	return lines.Err()
}

// Import gives the type checker a package: one of ours as it was checked, or export data.
func (p *project) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	if own := p.checked[path]; own != nil {
		return own, nil
	}
	return p.gc.Import(path)
}

// check reads a package and notes what it uses of others.
func (p *project) check(path, dir string, names []string, code bool) error {
	var files []*ast.File
	for _, n := range names {
		f, err := parser.ParseFile(p.fset, filepath.Join(dir, n), nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		files = append(files, f)
	}
	info := &types.Info{
		Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}, Types: map[ast.Expr]types.TypeAndValue{}, Selections: map[*ast.SelectorExpr]*types.Selection{},
	}
	var all []error
	conf := types.Config{Importer: p, Error: func(err error) { all = append(all, err) }, Sizes: types.SizesFor("gc", "amd64")}
	pkg, err := conf.Check(path, p.fset, files, info)
	if err != nil {
		return errors.Join(all...)
	}
	if code {
		p.checked[path] = pkg
		p.declared(files, info)
		for _, o := range info.Defs {
			if t, ok := o.(*types.TypeName); ok {
				if st, ok := t.Type().Underlying().(*types.Struct); ok && tagged(st) {
					p.write(t.Type())
				}
			}
		}
	}
	for _, o := range info.Uses {
		p.use(path, o, code)
	}
	for _, s := range info.Selections { // promoted through embedded fields, which are used with it
		t := s.Recv()
		for _, i := range s.Index()[:len(s.Index())-1] {
			if at, ok := t.Underlying().(*types.Pointer); ok {
				t = at.Elem()
			}
			st, ok := t.Underlying().(*types.Struct)
			if !ok {
				break
			}
			p.use(path, st.Field(i), code)
			t = st.Field(i).Type()
		}
	}
	for e, tv := range info.Types {
		if lit, ok := e.(*ast.CompositeLit); ok && len(lit.Elts) > 0 {
			p.unkeyed(path, lit, tv.Type, code)
		}
		if i, ok := tv.Type.Underlying().(*types.Interface); ok && tv.IsType() && code {
			p.ifaces = append(p.ifaces, i)
		}
	}
	return nil
}

// declared notes which constants and fields are declared together.
func (p *project) declared(files []*ast.File, info *types.Info) {
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			if field, ok := n.(*ast.Field); ok {
				for _, name := range field.Names {
					p.beside[info.Defs[name]] = info.Defs[field.Names[0]]
				}
			}
			return true
		})
		for _, d := range f.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.CONST {
				continue
			}
			var first types.Object
			for _, s := range g.Specs {
				for _, n := range s.(*ast.ValueSpec).Names {
					if first == nil {
						first = info.Defs[n]
					}
					p.beside[info.Defs[n]] = first
				}
			}
		}
	}
}

// together makes constants and fields used that are declared with one that is.
func (p *project) together() {
	used := map[types.Object]bool{}
	for o, first := range p.beside {
		used[first] = used[first] || p.used[o]
	}
	for o, first := range p.beside {
		p.used[o] = p.used[o] || used[first]
	}
}

// write notes a type that is written as JSON, and those that it holds.
func (p *project) write(t types.Type) {
	switch x := t.(type) {
	case *types.Named:
		if o := x.Obj(); o.Pkg() != nil && !p.written[o] {
			p.written[o] = true
			p.write(x.Underlying())
		}
	case *types.Pointer:
		p.write(x.Elem())
	case *types.Slice:
		p.write(x.Elem())
	case *types.Array:
		p.write(x.Elem())
	case *types.Map:
		p.write(x.Elem())
	case *types.Struct:
		for i := range x.NumFields() {
			if f := x.Field(i); f.Exported() || f.Embedded() {
				p.write(f.Type())
			}
		}
	}
}

// unkeyed notes the fields that a literal without names sets.
func (p *project) unkeyed(path string, lit *ast.CompositeLit, t types.Type, code bool) {
	st, ok := t.Underlying().(*types.Struct)
	if _, keyed := lit.Elts[0].(*ast.KeyValueExpr); !ok || keyed {
		return
	}
	for i := range st.NumFields() {
		p.use(path, st.Field(i), code)
	}
}

// use notes that a package uses an object of another.
func (p *project) use(path string, o types.Object, code bool) {
	if o.Pkg() == nil || !o.Exported() {
		return
	}
	owner := o.Pkg().Path()
	outside := owner == strings.TrimSuffix(path, "_test") && owner != path // its own tests, as a caller
	if owner == path || !code && !outside && !slices.Contains(libraries, owner) {
		return
	}
	switch x := o.(type) {
	case *types.Func:
		o = x.Origin()
	case *types.Var:
		o = x.Origin()
	}
	p.used[o] = true
}
