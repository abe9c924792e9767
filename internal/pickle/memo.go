package pickle

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// number reads n bytes, little-endian.
func (u *unpickler) number(n int) (uint64, error) {
	raw, err := u.in.take(uint64(n))
	if err != nil {
		return 0, err
	}
	var full [8]byte
	copy(full[:], raw)
	return binary.LittleEndian.Uint64(full[:]), nil
}

func opMark(u *unpickler) error {
	u.marks = append(u.marks, len(u.stack))
	return nil
}

// opPopMark drops everything above the last mark.
func opPopMark(u *unpickler) error {
	_, err := u.popMark()
	return err
}

func opPop(u *unpickler) error {
	// Python lets POP discard a mark.
	if n := len(u.marks); n > 0 && u.marks[n-1] == len(u.stack) {
		u.marks = u.marks[:n-1]
		return nil
	}
	_, err := u.pop()
	return err
}

func opDup(u *unpickler) error {
	v, err := u.top()
	if err != nil {
		return err
	}
	return u.push(v)
}

func opProto(u *unpickler) error {
	version, err := u.in.byte()
	if err == nil && version > 5 {
		err = fmt.Errorf("expected a pickle protocol up to 5, found %d", version)
	}
	return err
}

// opFrame passes over a frame's length, which only helps a reader to buffer.
func opFrame(u *unpickler) error {
	_, err := u.number(8)
	return err
}

func (u *unpickler) put(bytes int) error {
	key, err := u.number(bytes)
	if err != nil {
		return err
	}
	return u.remember(key)
}

func opPutLine(u *unpickler) error {
	key, err := u.index()
	if err != nil {
		return err
	}
	return u.remember(key)
}

func opMemoize(u *unpickler) error { return u.remember(uint64(len(u.memo))) }

func (u *unpickler) remember(key uint64) error {
	v, err := u.top()
	if err == nil {
		u.memo[key] = v
	}
	return err
}

func (u *unpickler) get(bytes int) error {
	key, err := u.number(bytes)
	if err != nil {
		return err
	}
	return u.recall(key)
}

func opGetLine(u *unpickler) error {
	key, err := u.index()
	if err != nil {
		return err
	}
	return u.recall(key)
}

func (u *unpickler) recall(key uint64) error {
	v, ok := u.memo[key]
	if !ok {
		return fmt.Errorf("expected a remembered value %d, found none", key)
	}
	return u.push(v)
}

// index reads a memo key in decimal.
func (u *unpickler) index() (uint64, error) {
	n, err := u.decimal()
	if err == nil && n < 0 {
		err = errors.New("expected a key of at least 0")
	}
	return uint64(n), err
}
