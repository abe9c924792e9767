package pickle

import (
	"errors"
	"fmt"
)

// The instructions by which a pickle has Python import and call things. Here they only make records.

func opGlobal(u *unpickler) error {
	g, err := u.globalLines()
	if err != nil {
		return err
	}
	return u.push(g)
}

func (u *unpickler) globalLines() (Global, error) {
	module, err := u.in.line()
	if err != nil {
		return Global{}, err
	}
	name, err := u.in.line()
	return Global{module, name}, err
}

func opStackGlobal(u *unpickler) error {
	name, err := u.pop()
	if err != nil {
		return err
	}
	module, err := u.pop()
	if err != nil {
		return err
	}
	m, isText := module.(string)
	n, isText2 := name.(string)
	if !isText || !isText2 {
		return fmt.Errorf("expected two strings that name something, found %s and %s", Describe(module), Describe(name))
	}
	return u.push(Global{m, n})
}

func opReduce(u *unpickler) error {
	args, err := u.popTuple()
	if err != nil {
		return err
	}
	callee, err := u.pop()
	if err != nil {
		return err
	}
	return u.push(&Object{Callee: callee, Args: args})
}

// opNewObjEx drops the keyword arguments: no object of interest has them.
func opNewObjEx(u *unpickler) error {
	if _, err := u.pop(); err != nil {
		return err
	}
	return opReduce(u)
}

func opObj(u *unpickler) error {
	items, err := u.popMark()
	if err != nil {
		return err
	}
	if len(items) == 0 {
		return errors.New("expected a class above the mark, found nothing")
	}
	return u.push(&Object{Callee: items[0], Args: items[1:]})
}

func opInst(u *unpickler) error {
	class, err := u.globalLines()
	if err != nil {
		return err
	}
	args, err := u.popMark()
	if err != nil {
		return err
	}
	return u.push(&Object{Callee: class, Args: args})
}

// opBuild keeps the state beside the object. Attributes set on anything else, such as the _metadata of a state
// dictionary, are dropped.
func opBuild(u *unpickler) error {
	state, err := u.pop()
	if err != nil {
		return err
	}
	v, err := u.top()
	if o, ok := v.(*Object); ok {
		o.State = state
	}
	return err
}

func opPersistent(u *unpickler) error {
	id, err := u.pop()
	if err != nil {
		return err
	}
	p := &Persistent{id}
	u.persistents = append(u.persistents, p)
	return u.push(p)
}

func opPersistentLine(u *unpickler) error {
	id, err := u.in.line()
	if err != nil {
		return err
	}
	p := &Persistent{id}
	u.persistents = append(u.persistents, p)
	return u.push(p)
}
