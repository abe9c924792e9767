package conveyor

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"fc7/datasets"
	"fc7/internal/machine"
	"fc7/internal/store"
)

// MachineError is what is wrong with the machine and not with one image: then every image would fail, and a run had
// better stop; when the cause is gone, it can go on.
type MachineError struct {
	Item  string // being read when it showed
	What  string
	Err   error
	Tried time.Duration // again, before it was given up; 0: once
}

func (e *MachineError) Error() string {
	text := fmt.Sprintf("%s: %s %v", e.Item, e.What, e.Err)
	if e.Tried > 0 {
		text += fmt.Sprintf(" (tried again for %s)", e.Tried)
	}
	return text
}

func (e *MachineError) Unwrap() error { return e.Err }

// What is said of a machine in trouble.
const (
	cannotRead   = "this machine cannot read images now:"
	noBytes      = "the disk does not give its bytes (if it is this file alone, move it away: an image that is missing is told and left out):"
	badClose     = "it was read, but cannot be closed:"
	comesAndGoes = "its folder comes and goes:"
	opensNow     = "it could not be opened, but can be now:"
	maybeShut    = "it cannot be opened:"
)

// trouble is what is wrong with the machine and not with one image: that would be its failure.
type trouble struct {
	machine *MachineError
	doubt   string // a folder that is not there, and perhaps never was: then it is the image's failure after all
}

// machineTrouble is what an item's error shows to be wrong with the machine.
func machineTrouble(it *datasets.Item, what string, err error) *trouble {
	return &trouble{machine: &MachineError{Item: it.ID, What: what, Err: err}}
}

// closeError is what a disk or server says when a file that was read is closed. It is never of what the image is.
type closeError struct{ err error }

func (e *closeError) Error() string { return e.err.Error() }

func (e *closeError) Unwrap() error { return e.err }

// close closes an item that was read, unless the machine does not answer or the reading is over.
func (w *watched) close(f io.Closer) error {
	err := f.Close()
	if m := new(MachineError); err == nil || errors.As(err, &m) || w.ctx.Err() != nil {
		return err
	}
	return &closeError{err}
}

// broken tells what of the machine an error shows; nil: nothing.
func broken(err error, it *datasets.Item) *trouble {
	if c := new(closeError); errors.As(err, &c) {
		return machineTrouble(it, badClose, c)
	}
	switch {
	case machine.Lacks(err):
		return machineTrouble(it, cannotRead, err)
	case machine.Withholds(err):
		return machineTrouble(it, noBytes, err)
	}
	return nil
}

// remote is broken of an item on a store, which is part of the machine: one that is busy, away or shut gives no other
// image either, while one image may be absent, or another one than when its reading began.
func remote(err error, it *datasets.Item) *trouble {
	if f := new(store.Fault); errors.As(err, &f) && f.OfStore() {
		return machineTrouble(it, "its store gives no bytes:", f)
	}
	return broken(err, it)
}

// maxLinks bounds how many links lead to an image, as systems do.
const maxLinks = 40

// away tells what of that which holds an image, or what it links to, is not there; nil: all is. The error is that of
// the image.
func (o *outage) away(err error, it *datasets.Item) *trouble {
	root, path := o.set.Root, it.At.Path
	switch {
	case root != "" && gone(root):
		return machineTrouble(it, fmt.Sprintf("the data set's folder %s is gone: was its disk taken away?", root), err)
	case it.At.Part != nil && gone(path):
		return machineTrouble(it, "the file that holds it and others is gone:", err)
	case below(root, path) && bare(root):
		return machineTrouble(it, fmt.Sprintf("the data set's folder %s is empty: was its disk taken away?", root), err)
	}
	for range maxLinks {
		if what, doubt := o.lost(filepath.Dir(path)); what != "" {
			t := machineTrouble(it, what, err)
			t.doubt = doubt
			return t
		}
		to, err := os.Readlink(path)
		if err != nil {
			return nil
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(path), to)
		}
		path = to
	}
	return nil
}

// lost tells in what way a folder that is to hold an image is away, and which one that perhaps never was; "": it
// stands, or was given up.
func (o *outage) lost(folder string) (what, doubt string) {
	if !gone(folder) {
		if bare(folder) {
			return fmt.Sprintf("the folder %s is empty: was its disk taken away?", folder), ""
		}
		return "", ""
	}
	top := folder // of what is not there
	for up := filepath.Dir(top); up != top && gone(up); up = filepath.Dir(up) {
		top = up
	}
	switch {
	case o.hasStood(top):
		return fmt.Sprintf("the folder %s is gone: was its disk taken away?", top), ""
	case bare(filepath.Dir(top)):
		return fmt.Sprintf("the folder %s is empty: was its disk taken away?", filepath.Dir(top)), ""
	case o.isAbsent(top):
		return "", ""
	}
	return fmt.Sprintf("the folder %s is not there:", top), top
}

// below tells whether a set's own folder holds a file; what is listed on standard input has none of its own.
func below(root, path string) bool {
	rel, err := filepath.Rel(root, path)
	return root != "" && root != "." && err == nil && filepath.IsLocal(rel)
}

func gone(path string) bool {
	_, err := os.Stat(path)
	return isMissing(err)
}

// enterable tells whether a folder is there, and the names in it may be used.
func enterable(dir string) bool {
	_, err := os.Stat(dir + string(filepath.Separator) + ".")
	return err == nil
}

// bare tells whether a folder is there and holds nothing, as one on which a disk was mounted.
func bare(dir string) bool {
	f, err := os.Open(dir)
	if err != nil {
		return false
	}
	defer f.Close()
	_, err = f.Readdirnames(1)
	return errors.Is(err, io.EOF)
}
