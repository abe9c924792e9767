package conveyor

import (
	"context"
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"io/fs"
	"os"
	"time"

	"fc7/datasets"
	"fc7/extract/picture"
	"fc7/outputs"
)

// settled is how long a file must have stood before it is read, so that whatever changes it later changes its time too:
// no file system counts in longer steps.
const settled = 2 * time.Second

// Stat gives what is known of an item's input without reading it: of the file that holds it, its size and time.
func Stat(it *datasets.Item) (outputs.Input, error) {
	info, err := os.Stat(it.At.Path)
	return inputOf(it, info), err
}

// inputOf is what a file's information, or nil, tells of an item's input.
func inputOf(it *datasets.Item, info fs.FileInfo) outputs.Input {
	in := outputs.Input{Box: it.Region()}
	if info == nil {
		return in
	}
	in.Size = info.Size()
	if t := info.ModTime(); time.Since(t) >= settled {
		in.Time = t.UnixNano()
	}
	return in
}

// Input reads the bytes of an item for their digest alone. An item that cannot be read has an Input that is not known;
// the error is the context's, or a *MachineError.
func (r *Reader) Input(ctx context.Context, it *datasets.Item) (in outputs.Input, err error) {
	err = r.open(ctx, it, &in, drain)
	if m := new(MachineError); errors.As(err, &m) || ctx.Err() != nil {
		return in, err
	}
	return in, nil
}

// digested passes on the bytes of an image and adds them to a digest, which is complete at their end.
type digested struct {
	from io.Reader
	sum  hash.Hash
	end  bool
}

func (d *digested) Read(b []byte) (int, error) {
	n, err := d.from.Read(b)
	d.sum.Write(b[:n])
	d.end = d.end || errors.Is(err, io.EOF)
	return n, err
}

// Size is how many bytes there are.
func (d *digested) Size() int64 { return picture.SizeOf(d.from) }

// open is Open that notes the input; it is known where its bytes were read to their end. One that is another than was
// planned is a *ChangedError.
func (r *Reader) open(ctx context.Context, it *datasets.Item, in *outputs.Input, use useFunc) error {
	return r.planned(func() error { return r.openInput(ctx, it, in, use) })
}

func (r *Reader) openInput(ctx context.Context, it *datasets.Item, in *outputs.Input, use useFunc) error {
	return r.tried(ctx, it, func(w *watched) error {
		info, err := w.stat() // before the bytes are read
		*in = inputOf(it, info)
		if m := new(MachineError); errors.As(err, &m) {
			return err
		}
		if err := r.sameFile(info); err != nil {
			return err
		}
		return r.once(w, func(f io.Reader, o picture.DecodeOptions) error { // where what else is wrong shows
			if err := r.sameObject(f); err != nil {
				return err
			}
			d := &digested{from: f, sum: sha256.New()}
			err := use(d, o)
			if d.end {
				d.sum.Sum(in.SHA256[:0])
			}
			return r.sameBytes(d, o, err)
		})
	})
}
