package conveyor

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"fc7/datasets"
	"fc7/extract/picture"
	"fc7/internal/store"
	"fc7/outputs"
)

// ChangedError is an input that is not the one that was planned. Its words depend on the two alone.
type ChangedError struct{ how string }

func (e *ChangedError) Error() string { return outputs.ChangedInput + e.how }

// pinned is a reader of items that must be what they were when they were planned; nil: nothing is known of that.
func (r *Reader) pinned(pin *datasets.Pin) *Reader {
	own := *r
	own.pin = pin
	return &own
}

// planned calls open unless the item's input is known to be another one than was planned, and tells of one that is not
// there any more.
func (r *Reader) planned(open func() error) error {
	if r.pin == nil {
		return open()
	}
	if r.pin.Replaced != "" {
		return &ChangedError{r.pin.Replaced}
	}
	err := open()
	if m := new(MachineError); isMissing(err) && r.pin.Size >= 0 && !errors.As(err, &m) {
		return &ChangedError{fmt.Sprintf("it is not there, and had %d bytes", r.pin.Size)}
	}
	return err
}

// sameFile is a *ChangedError where the file that holds an item, of which info is known, is another one than was
// planned.
func (r *Reader) sameFile(info fs.FileInfo) error {
	switch {
	case r.pin == nil || r.pin.Size < 0 || info == nil:
		return nil
	case !info.Mode().IsRegular():
		return &ChangedError{fmt.Sprintf("it is no file, and had %d bytes", r.pin.Size)}
	}
	return r.sameSize(info.Size())
}

func (r *Reader) sameSize(size int64) error {
	if size == r.pin.Size {
		return nil
	}
	return &ChangedError{fmt.Sprintf("it has %d bytes, and had %d", size, r.pin.Size)}
}

// sameObject is sameFile of what a store gives.
func (r *Reader) sameObject(f io.Reader) error {
	w, ok := f.(*watchedFile)
	if !ok || r.pin == nil {
		return nil
	}
	o, ok := w.f.(interface{ Object() store.Object })
	if !ok {
		return nil
	}
	now := o.Object()
	if r.pin.Size >= 0 && now.Size >= 0 {
		if err := r.sameSize(now.Size); err != nil {
			return err
		}
	}
	if was := r.pin.Version; was != "" && now.Version != "" && was != now.Version {
		return &ChangedError{fmt.Sprintf("its store gives another version of it, of %d bytes", now.Size)}
	}
	return nil
}

// sameBytes is a *ChangedError where an item's bytes are other ones than were planned, if that is known; err is what
// came of reading them. Of bytes that were not read to their end, since they are no image, the rest is read.
func (r *Reader) sameBytes(d *digested, o picture.DecodeOptions, err error) error {
	if r.pin == nil || r.pin.SHA256 == nil || err != nil && !ofImage(err) {
		return err
	}
	if !d.end {
		if rest := drain(d, o); rest != nil {
			return rest
		}
	}
	if [sha256.Size]byte(d.sum.Sum(nil)) != *r.pin.SHA256 {
		return &ChangedError{"it has other bytes"}
	}
	return err
}

// ofImage tells whether an error is of what an image's bytes are.
func ofImage(err error) bool {
	m := new(MachineError)
	f := new(store.Fault)
	return !errors.Is(err, errNoRoom) && !errors.As(err, &m) && !errors.As(err, &f) && !errors.Is(err, context.Canceled) &&
		broken(err, new(datasets.Item)) == nil
}

// drain reads to the end.
func drain(f io.Reader, o picture.DecodeOptions) error {
	b := make([]byte, 64<<10)
	for {
		if err := o.Poll(); err != nil {
			return err
		}
		if _, err := f.Read(b); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// Pin is what is known of an item's bytes now: the size of the file that holds it, or what its store says of it, and,
// with digest, their digest. Of one that is not there nothing is known. The error is the context's, or a *MachineError.
func (r *Reader) Pin(ctx context.Context, it *datasets.Item, digest bool) (datasets.Pin, error) {
	pin := it.At.LocalPin()
	if it.At.Remote() && pin.Size < 0 {
		var o store.Object
		err := r.tried(ctx, it, func(*watched) (err error) {
			o, err = store.Stat(ctx, it.At.Path)
			return err
		})
		if f := new(store.Fault); errors.As(err, &f) && !f.OfStore() {
			return datasets.Unknown, nil
		}
		if err != nil {
			return pin, err
		}
		pin.Size, pin.Version = o.Size, o.Version
	}
	if !digest || pin.Size < 0 {
		return pin, nil
	}
	in, err := r.Input(ctx, it)
	if err == nil && in.Known() {
		pin.SHA256 = &in.SHA256
	}
	return pin, err
}
