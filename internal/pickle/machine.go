package pickle

import (
	"errors"
	"fmt"
)

// maxOps limits how many values a pickle can make this program hold. A state dictionary of a VGG takes 1,500
// instructions, a checkpoint with its optimizer some thousands.
const maxOps = 1 << 21

// unpickler is the machine.
type unpickler struct {
	in    *Reader
	stack []any
	marks []int // heights of the stack where MARK was met
	memo  map[uint64]any
	ops   int
	// persistents lists the outside references in the order they were met.
	persistents []*Persistent
}

// errStop is how STOP ends the loop.
var errStop = errors.New("stop")

// Read reads one pickle, behind which the reader then is: its value, and the references to the outside in the order
// they were met.
func (in *Reader) Read() (any, []*Persistent, error) {
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
	if u.ops++; u.ops > maxOps {
		return fmt.Errorf("expected at most %d instructions; save the state_dict alone", maxOps)
	}
	code, err := u.in.byte()
	if err != nil {
		return err
	}
	op := operations[code]
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
func (u *unpickler) popTuple() (Tuple, error) {
	v, err := u.pop()
	if err != nil {
		return nil, err
	}
	tuple, ok := v.(Tuple)
	if !ok {
		return nil, fmt.Errorf("expected a tuple of arguments, found %s", Describe(v))
	}
	return tuple, nil
}
