// Package thumbs opens a table's images, where their files still are, and makes small pictures of them, for pages.
package thumbs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"image"
	"io/fs"
	"strings"
	"time"

	"fc7/datasets"
	"fc7/extract/picture"
	"fc7/internal/escape"
	"fc7/internal/machine"
	"fc7/internal/rowkey"
	"fc7/internal/store"
	"fc7/outputs"
	"fc7/pipeline/conveyor"
)

// patience is with a machine that cannot read images: shorter than where a run would be lost.
const patience = time.Second

// Images are those of a data set, by the names of the rows of its table.
type Images struct {
	Spec   string                   // the data set, KIND:PATH
	Err    error                    // why there is none at all: they are not where they were
	items  map[string]datasets.Item // by row key, and by image
	reader *conveyor.Reader
}

// Open finds the images of a run in spec, a data set KIND:PATH, which is to be there; "": where its manifest says that
// they were. What a disk does not tell is an error, and never that they are gone.
func Open(ctx context.Context, m outputs.Manifest, spec string) (*Images, error) {
	named := spec != ""
	spec = cmp.Or(spec, m.DataSet)
	t := &Images{Spec: spec, items: map[string]datasets.Item{}}
	set, err := datasets.Open(ctx, spec, Options(m, spec))
	switch f := new(store.Fault); {
	case err == nil:
	case named, ctx.Err() != nil, machine.Withholds(err) && !errors.As(err, &f): // a store is away wherever a page is read
		return nil, err
	default:
		t.Err = brief{err}
		return t, nil
	}
	t.reader = conveyor.NewReader(set, conveyor.Options{Patience: patience})
	for _, it := range set.Items {
		if _, ok := t.items[it.ID]; !ok {
			whole := it
			whole.Box, whole.Object = nil, 0
			t.items[it.ID] = whole
		}
		t.items[rowkey.Of(it.ID, it.Object)] = it
	}
	return t, nil
}

// brief is an error without the lines that tell how a data set is to lie: they are for whoever names one, and Err is a
// part of a note.
type brief struct{ error }

func (b brief) Error() string {
	text, _, _ := strings.Cut(b.error.Error(), "\nexpected:\n")
	return text
}

func (b brief) Unwrap() error { return b.error }

// Options are those by which the data set is opened, whatever was said of it when the table was made.
func Options(m outputs.Manifest, spec string) datasets.Options {
	o := datasets.Options{Stdin: strings.NewReader("")} // a list that was piped in is gone
	if datasets.HasColumns(spec) {
		o.LabelColumn = datasets.NoColumn // which may have been named
	}
	if m.Identity.Inputs.Boxes > 0 {
		o.Objects = datasets.ObjectsBox
	}
	return o
}

// Has tells whether the data set has a row.
func (t *Images) Has(key string) bool {
	_, ok := t.items[key]
	return ok
}

// Use gives the picture of a row, cropped to its box, or of an image to do. An image that cannot be had is an error,
// one that is a *conveyor.MachineError of the machine. It may be called by several goroutines at once.
func (t *Images) Use(ctx context.Context, key string, do func(*picture.Image) error) error {
	it, ok := t.items[key]
	if !ok {
		return fmt.Errorf("%s is not in %s any more", key, t.Spec)
	}
	return t.reader.Use(ctx, &it, do)
}

// Draw is the picture of a row, or of an image, its longer side at most so many pixels; or missing says why there is
// none. The error is what is wrong with the machine. It may be called by several goroutines at once.
func (t *Images) Draw(ctx context.Context, key string, side int) (im *image.RGBA, missing string, err error) {
	if t.Err != nil {
		return nil, "no image here", nil
	}
	it, ok := t.items[key]
	if !ok {
		return nil, "not in the data set any more", nil
	}
	err = t.Use(ctx, key, func(full *picture.Image) (err error) {
		im, err = scaledDown(full, side)
		return err
	})
	m := new(conveyor.MachineError)
	switch {
	case err == nil:
		return im, "", nil
	case errors.As(err, &m):
		return nil, "", m
	case errors.Is(err, fs.ErrPermission) || it.At.Check() != nil:
		return nil, "no image: its file is gone or cannot be read", nil
	}
	return nil, "no image: " + escape.Error(err), nil
}

// scaledDown is an image no larger than side.
func scaledDown(im *picture.Image, side int) (*image.RGBA, error) {
	w, h := im.W, im.H
	if max(w, h) > side {
		w, h = picture.FittedSize(w, h, side)
	}
	small := &picture.Image{}
	if err := new(picture.Resizer).Resize(im, w, h, small); err != nil {
		return nil, err
	}
	return small.RGBA(), nil
}
