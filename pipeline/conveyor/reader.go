package conveyor

import (
	"context"
	"errors"
	"io"

	"fc7/datasets"
	"fc7/extract/picture"
	"fc7/internal/budget"
	"fc7/internal/store"
	"fc7/outputs"
)

// Reader reads the images of a data set's items: whatever looks at pixels reads them through one. Its methods are for
// any number of goroutines. Their error is what is wrong with the image, or, as a *MachineError, with the machine,
// which was then tried again for a while.
//
// On its way an item is tried, again while the machine is in trouble (outage), each time within the memory that there
// is (memory.go), which may take two readings, and no call on the way to its bytes is waited for without end (watch).
type Reader struct {
	set    *datasets.Set
	decode picture.DecodeOptions
	watch  *watch
	outage *outage
	memory *budget.Budget
	turn   *budget.Turn  // of all images, one after the other; nil: each has its own
	pin    *datasets.Pin // what the items are to be; nil: anything
}

// NewReader is a Reader of a set's items, of which o says how they are read.
func NewReader(set *datasets.Set, o Options) *Reader {
	o = o.Complete()
	return &Reader{set: set, decode: o.Decode, watch: newWatch(o), outage: newOutage(set, o), memory: o.memory}
}

// image opens, decodes and turns upright one item, and crops it to its box where it has one. The error of a cancelled
// context is the context's.
func (r *Reader) image(ctx context.Context, it *datasets.Item) (im *picture.Image, info picture.Info, err error) {
	return decoded(ctx, it, r.Open)
}

// imageInput is image that also tells of what bytes the image is, or is none.
func (r *Reader) imageInput(ctx context.Context, it *datasets.Item) (im *picture.Image, info picture.Info, in outputs.Input, err error) {
	im, info, err = decoded(ctx, it, func(ctx context.Context, it *datasets.Item, use useFunc) error { return r.open(ctx, it, &in, use) })
	return im, info, in, err
}

// useFunc reads an opened item.
type useFunc = func(io.Reader, picture.DecodeOptions) error

// decoded is image with the item opened by open.
func decoded(ctx context.Context, it *datasets.Item, open func(context.Context, *datasets.Item, useFunc) error) (im *picture.Image, info picture.Info, err error) {
	err = open(ctx, it, func(f io.Reader, o picture.DecodeOptions) (err error) {
		o.Reserve = withBox(o.Reserve, it.Box)
		im, info, err = picture.Decode(f, o)
		return err
	})
	if err == nil && it.Foot > 0 {
		im, err = picture.WithoutFoot(im, int(it.Foot))
	}
	if b := it.Box; err == nil && b != nil {
		im, err = Boxed(im, b)
	}
	return im, info, err
}

// Boxed is the part of an image that a box has.
func Boxed(im *picture.Image, b *datasets.Box) (*picture.Image, error) {
	r := b.Pixels(im.W, im.H)
	return picture.Crop(im, r.Min.X, r.Min.Y, r.Max.X, r.Max.Y)
}

// Open gives the bytes of one item to read, with the options to decode them by, which end that when the context ends. A
// use that is not called is an item that could not be opened; where the machine is in trouble, there is another one for
// each time that it is tried again.
func (r *Reader) Open(ctx context.Context, it *datasets.Item, use func(io.Reader, picture.DecodeOptions) error) error {
	return r.tried(ctx, it, func(w *watched) error { return r.once(w, use) })
}

// tried calls try until what is wrong, if anything, is not the machine, or the machine is given up.
func (r *Reader) tried(ctx context.Context, it *datasets.Item, try func(w *watched) error) error {
	w := r.watch.of(ctx, it)
	w.found = r.pin != nil && r.pin.Size >= 0
	defer w.end()
	return r.outage.outlast(w, func() error { return unchanged(w, try(w)) })
}

// unchanged tells of an item whose archive was changed after it was listed: whatever came of its bytes, they need not
// be the item's, nor be those of any other item of it. The error is else that of the item.
func unchanged(w *watched, err error) error {
	if m := new(MachineError); w.item.At.Part == nil || errors.As(err, &m) || w.ctx.Err() != nil {
		return err
	}
	if f := new(store.Fault); w.item.At.Remote() && errors.As(err, &f) && f.OfVersion() {
		return &MachineError{Item: w.item.ID, What: "the file that holds it and others was changed or removed while it was in use:", Err: f}
	}
	info, gone := w.stat()
	if gone != nil || info == nil {
		return err
	}
	if changed := w.item.At.Changed(info); changed != nil {
		return &MachineError{Item: w.item.ID, What: "the file that holds it and others was changed while it was in use:", Err: changed}
	}
	return err
}

// once tries to open an item once.
func (r *Reader) once(w *watched, use useFunc) error {
	return r.within(w, func(reserve func(int64) error) error {
		o := r.decode
		o.Poll, o.Reserve = w.ctx.Err, reserve
		f, err := w.open()
		if err != nil {
			return err
		}
		return errors.Join(use(f, o), w.close(f))
	})
}

// Size is how many bytes of a file an item is; -1: it is not there, or no file.
func (r *Reader) Size(ctx context.Context, it *datasets.Item) (size int64, err error) {
	if it.At.Part != nil {
		return it.At.Part.Size, nil
	}
	size = -1
	if it.At.Remote() {
		err = r.tried(ctx, it, func(w *watched) error {
			o, err := store.Stat(ctx, it.At.Path)
			if err == nil {
				size = o.Size
			}
			return err
		})
		if f := new(store.Fault); errors.As(err, &f) && !f.OfStore() {
			return -1, nil
		}
		return size, err
	}
	err = r.tried(ctx, it, func(w *watched) error {
		info, err := w.stat()
		if err == nil && info.Mode().IsRegular() {
			size = info.Size()
		}
		return err
	})
	if m := new(MachineError); ctx.Err() == nil && !errors.As(err, &m) {
		return size, nil
	}
	return size, err
}
