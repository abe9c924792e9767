package pages

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/jpeg"
	"io/fs"
	"runtime"
	"strings"
	"time"

	"github.com/sourcegraph/conc/pool"

	"fc7/datasets"
	"fc7/extract/picture"
	"fc7/internal/escape"
	"fc7/internal/rowkey"
	"fc7/outputs/report"
	"fc7/pipeline/conveyor"
)

// The limits of a page's thumbnails: pixels of the longer side, JPEG's quality, and bytes of all together, which base64
// makes a third more of the page.
const (
	thumbSide    = 120
	thumbQuality = 72
	thumbBudget  = 4 << 20
)

// thumbPatience is with a machine that cannot read images: shorter than where a run would be lost.
const thumbPatience = time.Second

// thumbnails makes small pictures of a table's images where their files still are.
type thumbnails struct {
	items  map[string]datasets.Item // by row key, and by image
	reader *conveyor.Reader
	err    error // why there is none at all
}

// openThumbnails finds the images of a data set as it was named, or as it is named now.
func openThumbnails(ctx context.Context, spec string, boxes bool) *thumbnails {
	t := &thumbnails{items: map[string]datasets.Item{}}
	o := datasets.Options{Stdin: strings.NewReader("")} // a list that was piped in is gone
	if datasets.HasColumns(spec) {
		o.LabelColumn = datasets.NoColumn // which may have been named
	}
	if boxes {
		o.Objects = datasets.ObjectsBox
	}
	set, err := datasets.Open(ctx, spec, o)
	if err != nil {
		t.err = err
		return t
	}
	t.reader = conveyor.NewReader(set, conveyor.Options{Patience: thumbPatience})
	for _, it := range set.Items {
		if _, ok := t.items[it.ID]; !ok {
			whole := it
			whole.Box, whole.Object = nil, 0
			t.items[it.ID] = whole
		}
		t.items[rowkey.Of(it.ID, it.Object)] = it
	}
	return t
}

// fill makes the pictures of all thumbnails that keys names, several at once, and leaves out what is over the budget.
// An image that cannot be shown keeps its place and says why; the error is what is wrong with the machine.
func (t *thumbnails) fill(parent context.Context, thumbs []*report.Thumb, keys []string) error {
	ctx, stop := context.WithCancelCause(parent)
	defer stop(nil)
	made := map[string]*report.Thumb{}
	work := pool.New().WithMaxGoroutines(runtime.GOMAXPROCS(0))
	for _, key := range keys {
		if made[key] != nil {
			continue
		}
		one := &report.Thumb{}
		made[key] = one
		work.Go(func() {
			if ctx.Err() != nil {
				return
			}
			if err := t.draw(ctx, one, key); err != nil {
				stop(err)
			}
		})
	}
	work.Wait()
	left := thumbBudget
	for i, key := range keys {
		m := made[key]
		thumbs[i].Missing = m.Missing
		if left -= len(m.JPEG); left < 0 {
			thumbs[i].Missing = "left out: the page would be too large"
			continue
		}
		thumbs[i].JPEG, thumbs[i].W, thumbs[i].H = m.JPEG, m.W, m.H
	}
	return context.Cause(ctx)
}

// draw makes one picture, or says why there is none.
func (t *thumbnails) draw(ctx context.Context, to *report.Thumb, key string) error {
	if t.err != nil {
		to.Missing = "no image here"
		return nil
	}
	it, ok := t.items[key]
	if !ok {
		to.Missing = "not in the data set any more"
		return nil
	}
	im, err := t.thumbnail(ctx, &it)
	if m := new(conveyor.MachineError); errors.As(err, &m) {
		return m
	}
	if err != nil {
		to.Missing = "no image: " + escape.Error(err)
		return nil
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, im, &jpeg.Options{Quality: thumbQuality}); err != nil {
		to.Missing = escape.Error(err)
		return nil
	}
	to.JPEG, to.W, to.H = b.Bytes(), im.Bounds().Dx(), im.Bounds().Dy()
	return nil
}

// thumbnail reads an item's image, or its box, and scales it down.
func (t *thumbnails) thumbnail(ctx context.Context, it *datasets.Item) (image.Image, error) {
	var out *image.RGBA
	err := t.reader.Use(ctx, it, func(im *picture.Image) (err error) {
		out, err = scaledDown(im)
		return err
	})
	if m := new(conveyor.MachineError); err != nil && !errors.As(err, &m) && (errors.Is(err, fs.ErrPermission) || it.At.Check() != nil) {
		return nil, errors.New("its file is gone or cannot be read")
	}
	return out, err
}

// scaledDown is an image no larger than thumbnails are.
func scaledDown(im *picture.Image) (*image.RGBA, error) {
	w, h := im.W, im.H
	if long := max(w, h); long > thumbSide {
		w, h = max(1, w*thumbSide/long), max(1, h*thumbSide/long)
	}
	small := &picture.Image{}
	if err := new(picture.Resizer).Resize(im, w, h, small); err != nil {
		return nil, err
	}
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range w * h {
		copy(out.Pix[4*i:], small.Pix[3*i:3*i+3])
		out.Pix[4*i+3] = 255
	}
	return out, nil
}
