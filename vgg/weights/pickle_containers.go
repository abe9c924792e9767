package weights

import (
	"errors"
	"fmt"
)

func opEmptyList(u *unpickler) error { return u.push(&pyList{}) }

func (u *unpickler) pushTuple(n int) error {
	items := make(pyTuple, n)
	for i := n - 1; i >= 0; i-- {
		v, err := u.pop()
		if err != nil {
			return err
		}
		items[i] = v
	}
	return u.push(items)
}

func opTuple(u *unpickler) error {
	items, err := u.popMark()
	if err != nil {
		return err
	}
	return u.push(pyTuple(items))
}

func opList(u *unpickler) error {
	items, err := u.popMark()
	if err != nil {
		return err
	}
	return u.push(&pyList{items})
}

func opAppend(u *unpickler) error {
	v, err := u.pop()
	if err != nil {
		return err
	}
	return u.extend([]any{v})
}

func opAppends(u *unpickler) error {
	items, err := u.popMark()
	if err != nil {
		return err
	}
	return u.extend(items)
}

// extend appends to the list, or to the object that stands for a kind of list, on top of the stack.
func (u *unpickler) extend(items []any) error {
	v, err := u.top()
	if err != nil {
		return err
	}
	switch v := v.(type) {
	case *pyList:
		v.items = append(v.items, items...)
	case *pyObject:
		if v.list == nil {
			v.list = &pyList{}
		}
		v.list.items = append(v.list.items, items...)
	default:
		return fmt.Errorf("expected a list to append to, found %s", describe(v))
	}
	return nil
}

func opDict(u *unpickler) error {
	items, err := u.popMark()
	if err != nil {
		return err
	}
	d := &pyDict{}
	if err := u.push(d); err != nil {
		return err
	}
	return d.setAll(items)
}

func opSetItem(u *unpickler) error {
	value, err := u.pop()
	if err != nil {
		return err
	}
	key, err := u.pop()
	if err != nil {
		return err
	}
	return u.update([]any{key, value})
}

func opSetItems(u *unpickler) error {
	items, err := u.popMark()
	if err != nil {
		return err
	}
	return u.update(items)
}

// update sets pairs in the dictionary, or in the object that stands for a kind of dictionary, on top of the stack.
func (u *unpickler) update(pairs []any) error {
	v, err := u.top()
	if err != nil {
		return err
	}
	switch v := v.(type) {
	case *pyDict:
		return v.setAll(pairs)
	case *pyObject:
		if v.dict == nil {
			v.dict = &pyDict{}
		}
		return v.dict.setAll(pairs)
	}
	return fmt.Errorf("expected a dictionary to set items of, found %s", describe(v))
}

func (d *pyDict) setAll(pairs []any) error {
	if len(pairs)%2 != 0 {
		return errors.New("expected pairs of key and value, found a key without one")
	}
	for i := 0; i < len(pairs); i += 2 {
		d.set(pairs[i], pairs[i+1])
	}
	return nil
}
