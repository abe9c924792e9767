package conveyor

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"fc7/datasets"
)

// MachineError is what is wrong with the machine and not with one image: then every image would fail, and a run had
// better stop; when the cause is gone, it can go on.
type MachineError struct {
	Item string // being read when it showed
	What string
	Err  error
}

func (e *MachineError) Error() string { return fmt.Sprintf("%s: %s %v", e.Item, e.What, e.Err) }
func (e *MachineError) Unwrap() error { return e.Err }

// trouble tells apart what is wrong with one image, which becomes a failed row, and what is wrong with the machine,
// which it returns as a *MachineError; else nil.
func trouble(err error, set *datasets.Set, it *datasets.Item) error {
	for _, e := range [...]syscall.Errno{syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM, syscall.ESTALE, syscall.ENOTCONN} {
		if errors.Is(err, e) {
			return &MachineError{it.ID, "this machine cannot read images now:", err}
		}
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if set.Root != "" && gone(set.Root) {
		return &MachineError{it.ID, fmt.Sprintf("the data set's folder %s is gone: was its disk taken away?", set.Root), err}
	}
	if it.At.Part != nil && gone(it.At.Path) {
		return &MachineError{it.ID, "the file that holds it and others is gone:", err}
	}
	return nil
}

func gone(path string) bool {
	_, err := os.Stat(path)
	return errors.Is(err, fs.ErrNotExist)
}
