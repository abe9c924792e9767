package main

import (
	"fmt"
	"go/types"
	"os"
	"path/filepath"
	"slices"
)

// interfaces adds those of the packages that ours import.
func (p *project) interfaces() {
	seen := map[*types.Package]bool{}
	for _, own := range p.checked {
		for _, im := range append(own.Imports(), own) {
			if seen[im] {
				continue
			}
			seen[im] = true
			for _, n := range im.Scope().Names() {
				if i, ok := im.Scope().Lookup(n).Type().Underlying().(*types.Interface); ok {
					p.ifaces = append(p.ifaces, i)
				}
			}
		}
	}
}

// unused lists what is exported for nobody, by place.
func (p *project) unused() []string {
	var out []string
	root, _ := os.Getwd() // names stay absolute without it
	tell := func(o types.Object, name string) {
		at := p.fset.Position(o.Pos())
		if rel, err := filepath.Rel(root, at.Filename); err == nil {
			at.Filename = rel
		}
		out = append(out, fmt.Sprintf("%s:%d: %s is exported, and no other package uses it", at.Filename, at.Line, name))
	}
	for path, pkg := range p.checked {
		for _, n := range pkg.Scope().Names() {
			o := pkg.Scope().Lookup(n)
			if o.Exported() && !p.used[o] && path != "fc7/cmd/fc7" && !p.seen(o) {
				tell(o, n)
				continue
			}
			t, ok := o.(*types.TypeName)
			if !ok || t.IsAlias() {
				continue
			}
			named, ok := t.Type().(*types.Named)
			if !ok {
				continue
			}
			for m := range named.Methods() {
				if m.Exported() && !p.used[m] && !p.asked(named, m) {
					tell(m, n+"."+m.Name())
				}
			}
			if st, ok := named.Underlying().(*types.Struct); ok && o.Exported() && !p.written[o] && !isError(named) {
				for i := range st.NumFields() {
					if f := st.Field(i); f.Exported() && !f.Embedded() && !p.used[f] {
						tell(f, n+"."+f.Name())
					}
				}
			}
		}
	}
	slices.Sort(out)
	return out
}

// seen tells whether a type is part of what other packages use: of a signature, a field, a constant.
func (p *project) seen(o types.Object) bool {
	if _, ok := o.(*types.TypeName); !ok {
		return false
	}
	for u := range p.used {
		if u.Pkg() == o.Pkg() && mentions(u.Type(), o, map[types.Type]bool{}) {
			return true
		}
	}
	return false
}

// mentions tells whether a type is made of another, which other packages then see without its name.
func mentions(t types.Type, o types.Object, seen map[types.Type]bool) bool {
	if seen[t] {
		return false
	}
	seen[t] = true
	switch x := t.(type) {
	case *types.Named:
		if x.Obj() == o {
			return true
		}
		for i := range x.TypeArgs().Len() {
			if mentions(x.TypeArgs().At(i), o, seen) {
				return true
			}
		}
		if x.Obj().Pkg() == o.Pkg() {
			return mentions(x.Underlying(), o, seen)
		}
	case *types.Pointer:
		return mentions(x.Elem(), o, seen)
	case *types.Slice:
		return mentions(x.Elem(), o, seen)
	case *types.Array:
		return mentions(x.Elem(), o, seen)
	case *types.Chan:
		return mentions(x.Elem(), o, seen)
	case *types.Map:
		return mentions(x.Key(), o, seen) || mentions(x.Elem(), o, seen)
	case *types.Struct:
		for i := range x.NumFields() {
			if f := x.Field(i); f.Exported() && mentions(f.Type(), o, seen) {
				return true
			}
		}
	case *types.Signature:
		return mentions(x.Params(), o, seen) || mentions(x.Results(), o, seen)
	case *types.Tuple:
		for v := range x.Variables() {
			if mentions(v.Type(), o, seen) {
				return true
			}
		}
	case *types.Interface:
		for m := range x.Methods() {
			if mentions(m.Type(), o, seen) {
				return true
			}
		}
	}
	return false
}

// asked tells whether an interface asks for a method that the type has.
func (p *project) asked(t *types.Named, m *types.Func) bool {
	if slices.Contains(byName, m.Name()) {
		return true
	}
	for _, i := range p.ifaces {
		if i.NumMethods() > 0 && hasMethod(i, m.Name()) && (types.Implements(t, i) || types.Implements(types.NewPointer(t), i)) {
			return true
		}
	}
	return false
}

func isError(t types.Type) bool {
	i := types.Universe.Lookup("error").Type().Underlying().(*types.Interface)
	return types.Implements(t, i) || types.Implements(types.NewPointer(t), i)
}

func hasMethod(i *types.Interface, name string) bool {
	for m := range i.Methods() {
		if m.Name() == name {
			return true
		}
	}
	return false
}

// tagged tells whether a struct says how it is written.
func tagged(st *types.Struct) bool {
	for i := range st.NumFields() {
		if st.Tag(i) != "" {
			return true
		}
	}
	return false
}
