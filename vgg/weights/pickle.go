package weights

import (
	"errors"
	"fmt"

	"fc7/internal/escape"
)

// A pickle is a program for a small stack machine (Python's Lib/pickletools.py documents every instruction). This reader
// runs protocols 0 to 5 without executing anything: where Python would import a name or call a function it makes an inert
// record of the name and the arguments, and what such a record means is for the format's reader to say.

// maxPickleOps limits how many values a pickle can make this program hold. A state dictionary of a VGG takes 1,500
// instructions, a checkpoint with its optimizer some thousands.
const maxPickleOps = 1 << 21

// The values that have no type of Go's own; None is nil, and the others are bool, int64, float64 and string.
type (
	// pyGlobal is a name that Python would import.
	pyGlobal struct{ module, name string }
	// pyTuple is immutable.
	pyTuple []any
	// pyList also stands for sets.
	pyList struct{ items []any }
	// pyLong is an int beyond 64 bits: little-endian two's complement.
	pyLong []byte
	// pyBytes is a short byte string; long ones stay in the file.
	pyBytes []byte
	// pyBlob is a long byte string: n bytes at offset off of the file.
	pyBlob struct{ off, n int64 }
	// pyPersistent is a reference to an object outside the pickle; PyTorch refers to storages by it.
	pyPersistent struct{ id any }
	// pyObject is what a call would have made, and what would have been done to it.
	pyObject struct {
		callee any
		args   pyTuple
		state  any     // of BUILD
		dict   *pyDict // of SETITEMS
		list   *pyList // of APPENDS
	}
)

func (g pyGlobal) String() string { return g.module + "." + g.name }

// pyDict keeps the order of insertion, as Python does.
type pyDict struct {
	keys, values []any
	index        map[string]int // of string keys
}

// set adds a pair; a string key that is there already gets the new value.
func (d *pyDict) set(key, value any) {
	text, isText := key.(string)
	if isText {
		if i, ok := d.index[text]; ok {
			d.values[i] = value
			return
		}
		if d.index == nil {
			d.index = map[string]int{}
		}
		d.index[text] = len(d.keys)
	}
	d.keys, d.values = append(d.keys, key), append(d.values, value)
}

func (d *pyDict) get(key string) any {
	if i, ok := d.index[key]; ok {
		return d.values[i]
	}
	return nil
}

// unpickler is the machine.
type unpickler struct {
	in    *pickleInput
	stack []any
	marks []int // heights of the stack where MARK was met
	memo  map[uint64]any
	ops   int
	// persistents lists the outside references in the order they were met.
	persistents []*pyPersistent
}

// errStop is how STOP ends the loop.
var errStop = errors.New("stop")

// unpickle reads one pickle from in, which is then behind it.
func unpickle(in *pickleInput) (any, []*pyPersistent, error) {
	u := &unpickler{in: in, memo: map[uint64]any{}}
	for {
		at := in.pos
		err := u.step()
		if errors.Is(err, errStop) {
			break
		}
		if err != nil {
			return nil, nil, fmt.Errorf("pickle, byte %d: %w", at, err)
		}
	}
	root, err := u.pop()
	if err != nil {
		return nil, nil, fmt.Errorf("pickle: nothing on the stack at its end: %w", err)
	}
	return root, u.persistents, nil
}

func (u *unpickler) step() error {
	if u.ops++; u.ops > maxPickleOps {
		return fmt.Errorf("expected at most %d instructions; save the state_dict alone", maxPickleOps)
	}
	code, err := u.in.byte()
	if err != nil {
		return err
	}
	op := pickleOps[code]
	if op == nil {
		return fmt.Errorf("expected a pickle instruction, found byte %#02x", code)
	}
	return op(u)
}

func (u *unpickler) push(v any) error {
	u.stack = append(u.stack, v)
	return nil
}

// pop takes the top of the stack, never across a mark.
func (u *unpickler) pop() (any, error) {
	floor := 0
	if len(u.marks) > 0 {
		floor = u.marks[len(u.marks)-1]
	}
	if len(u.stack) <= floor {
		return nil, errors.New("expected a value on the stack, found none")
	}
	v := u.stack[len(u.stack)-1]
	u.stack = u.stack[:len(u.stack)-1]
	return v, nil
}

// top returns what pop would.
func (u *unpickler) top() (any, error) {
	v, err := u.pop()
	if err == nil {
		u.stack = u.stack[:len(u.stack)+1]
	}
	return v, err
}

// popMark takes everything above the last mark, and the mark. The result is the caller's.
func (u *unpickler) popMark() ([]any, error) {
	if len(u.marks) == 0 {
		return nil, errors.New("expected a mark on the stack, found none")
	}
	at := u.marks[len(u.marks)-1]
	u.marks = u.marks[:len(u.marks)-1]
	items := append([]any(nil), u.stack[at:]...)
	u.stack = u.stack[:at]
	return items, nil
}

// popTuple takes the top of the stack, which has to be a tuple.
func (u *unpickler) popTuple() (pyTuple, error) {
	v, err := u.pop()
	if err != nil {
		return nil, err
	}
	tuple, ok := v.(pyTuple)
	if !ok {
		return nil, fmt.Errorf("expected a tuple of arguments, found %s", describe(v))
	}
	return tuple, nil
}

// describe names a value's kind for a message.
func describe(v any) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case bool, int64, float64:
		return fmt.Sprint(v)
	case string:
		return fmt.Sprintf("the string %q", escape.Short(v))
	case pyLong:
		return "a large int"
	case pyBytes, pyBlob:
		return "bytes"
	case pyTuple:
		return fmt.Sprintf("a tuple of %d", len(v))
	case *pyList:
		return fmt.Sprintf("a list of %d", len(v.items))
	case *pyDict:
		return fmt.Sprintf("a dictionary of %d", len(v.keys))
	case pyGlobal:
		return "the name " + escape.Short(v.String())
	case *pyPersistent:
		return "a reference to a storage"
	case *pyObject:
		return "an object made by " + escape.Short(v.maker())
	}
	return "something else"
}

// maker names the class or function behind an object.
func (o *pyObject) maker() string {
	callee := o.callee
	if g, ok := callee.(pyGlobal); ok {
		reconstructor := g == pyGlobal{"copy_reg", "_reconstructor"} || g == pyGlobal{"copyreg", "_reconstructor"}
		if !reconstructor || len(o.args) == 0 {
			return g.String()
		}
		callee = o.args[0]
	}
	// Before PyTorch 1.6 a module's class was saved as ('module', class, source file, source).
	if p, ok := callee.(*pyPersistent); ok {
		if id, ok := p.id.(pyTuple); ok && len(id) > 1 && id[0] == "module" {
			callee = id[1]
		}
	}
	if g, ok := callee.(pyGlobal); ok {
		return g.String()
	}
	return "an unnamed class"
}
