package pickle

import (
	"fmt"

	"fc7/internal/escape"
)

// Describe names a value's kind for a message.
func Describe(v any) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case bool, int64, float64:
		return fmt.Sprint(v)
	case string:
		return fmt.Sprintf("the string %q", escape.Short(v))
	case Long:
		return "a large int"
	case Bytes, Blob:
		return "bytes"
	case Tuple:
		return fmt.Sprintf("a tuple of %d", len(v))
	case *List:
		return fmt.Sprintf("a list of %d", len(v.Items))
	case *Dict:
		return fmt.Sprintf("a dictionary of %d", len(v.Keys))
	case Global:
		return "the name " + escape.Short(v.String())
	case *Persistent:
		return "a reference to a storage"
	case *Object:
		return "an object made by " + escape.Short(v.Maker())
	}
	return "something else"
}

// Maker names the class or function behind an object.
func (o *Object) Maker() string {
	callee := o.Callee
	if g, ok := callee.(Global); ok {
		reconstructor := IsName(g, "copy_reg", "_reconstructor") || IsName(g, "copyreg", "_reconstructor")
		if !reconstructor || len(o.Args) == 0 {
			return g.String()
		}
		callee = o.Args[0]
	}
	// Before PyTorch 1.6 a module's class was saved as ('module', class, source file, source).
	if p, ok := callee.(*Persistent); ok {
		if id, ok := p.ID.(Tuple); ok && len(id) > 1 && id[0] == "module" {
			callee = id[1]
		}
	}
	if g, ok := callee.(Global); ok {
		return g.String()
	}
	return "an unnamed class"
}
