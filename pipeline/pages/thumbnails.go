package pages

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"runtime"
	"strings"

	"github.com/sourcegraph/conc/pool"

	"fc7/datasets"
	"fc7/extract"
	"fc7/internal/rowkey"
	"fc7/outputs/report"
)

// The limits of a page's thumbnails: pixels of the longer side, JPEG's quality, and bytes of all together, which base64 makes a
// third more of the page.
const (
	thumbSide    = 120
	thumbQuality = 72
	thumbBudget  = 4 << 20
)

// thumbnails makes small pictures of a table's images where their files still are.
type thumbnails struct {
	items map[string]datasets.Item // by row key, and by image
	err   error                    // why there is none at all
}

// openThumbnails finds the images of a data set as it was named, or as it is named now.
func openThumbnails(spec string, boxes bool) *thumbnails {
	t := &thumbnails{items: map[string]datasets.Item{}}
	o := datasets.Options{Stdin: strings.NewReader("")} // a list that was piped in is gone
	if boxes {
		o.Objects = datasets.ObjectsBox
	}
	set, err := datasets.Open(spec, o)
	if err != nil {
		t.err = err
		return t
	}
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

// fill makes the pictures of all thumbnails that keys names, several at once, and leaves out what is over the budget. An image that
// cannot be shown keeps its place and says why.
func (t *thumbnails) fill(ctx context.Context, thumbs []*report.Thumb, keys []string) error {
	made := map[string]*report.Thumb{}
	work := pool.New().WithMaxGoroutines(runtime.GOMAXPROCS(0))
	for _, key := range keys {
		if made[key] != nil {
			continue
		}
		one := &report.Thumb{}
		made[key] = one
		work.Go(func() {
			if ctx.Err() == nil {
				t.draw(one, key)
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
	return ctx.Err()
}

// draw makes one picture, or says why there is none.
func (t *thumbnails) draw(to *report.Thumb, key string) {
	if t.err != nil {
		to.Missing = "no image here"
		return
	}
	it, ok := t.items[key]
	if !ok {
		to.Missing = "not in the data set any more"
		return
	}
	im, err := thumbnail(it)
	if err != nil {
		to.Missing = "no image: " + err.Error()
		return
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, im, &jpeg.Options{Quality: thumbQuality}); err != nil {
		to.Missing = err.Error()
		return
	}
	to.JPEG, to.W, to.H = b.Bytes(), im.Bounds().Dx(), im.Bounds().Dy()
}

// thumbnail reads an item's image, or its box, and scales it down.
func thumbnail(it datasets.Item) (image.Image, error) {
	f, err := it.At.Open()
	if err != nil {
		return nil, fmt.Errorf("its file is gone or cannot be read")
	}
	defer f.Close()
	im, _, err := extract.Decode(f, extract.DecodeOptions{})
	if err != nil {
		return nil, err
	}
	if b := it.Box; b != nil {
		if im, err = extract.Crop(im, b.XMin-1, b.YMin-1, b.XMax, b.YMax); err != nil {
			return nil, err
		}
	}
	w, h := im.W, im.H
	if long := max(w, h); long > thumbSide {
		w, h = max(1, w*thumbSide/long), max(1, h*thumbSide/long)
	}
	small := &extract.Image{}
	if err := new(extract.Resizer).Resize(im, w, h, small); err != nil {
		return nil, err
	}
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range w * h {
		copy(out.Pix[4*i:], small.Pix[3*i:3*i+3])
		out.Pix[4*i+3] = 255
	}
	return out, nil
}
