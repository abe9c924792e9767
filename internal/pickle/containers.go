package pickle

import (
	"errors"
	"fmt"
)

func opEmptyList(u *unpickler) error { return u.push(&List{}) }

func (u *unpickler) pushTuple(n int) error {
	items := make(Tuple, n)
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
	return u.push(Tuple(items))
}

func opList(u *unpickler) error {
	items, err := u.popMark()
	if err != nil {
		return err
	}
	return u.push(&List{items})
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
	case *List:
		v.Items = append(v.Items, items...)
	case *Object:
		if v.list == nil {
			v.list = &List{}
		}
		v.list.Items = append(v.list.Items, items...)
	default:
		return fmt.Errorf("expected a list to append to, found %s", Describe(v))
	}
	return nil
}

func opDict(u *unpickler) error {
	items, err := u.popMark()
	if err != nil {
		return err
	}
	d := &Dict{}
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
	case *Dict:
		return v.setAll(pairs)
	case *Object:
		if v.dict == nil {
			v.dict = &Dict{}
		}
		return v.dict.setAll(pairs)
	}
	return fmt.Errorf("expected a dictionary to set items of, found %s", Describe(v))
}

func (d *Dict) setAll(pairs []any) error {
	if len(pairs)%2 != 0 {
		return errors.New("expected pairs of key and value, found a key without one")
	}
	for i := 0; i < len(pairs); i += 2 {
		d.Set(pairs[i], pairs[i+1])
	}
	return nil
}
