package pages

import (
	"context"
	"image"

	"fc7/outputs/report"
	"fc7/pipeline/thumbs"
)

// The limits of a page's thumbnails: pixels of the longer side, JPEG's quality, and bytes of all together, which base64
// makes a third more of the page.
const (
	thumbSide    = 120
	thumbQuality = 72
	thumbBudget  = 4 << 20
)

// thumbnails makes small pictures of a table's images.
type thumbnails struct{ *thumbs.Images }

// fill makes the pictures of all thumbnails that keys names, with the frames of some, several at once, and leaves out
// what is over the budget. An image that cannot be shown keeps its place and says why; the error is what is wrong with
// the machine.
func (t thumbnails) fill(ctx context.Context, to []*report.Thumb, keys []string, frames map[int][]thumbs.Frame) error {
	type picture struct {
		key string
		own int // the thumbnail's place, where the picture has frames
	}
	made := map[picture]*report.Thumb{}
	var distinct []int
	of := func(i int) picture {
		if frames[i] != nil {
			return picture{keys[i], i}
		}
		return picture{keys[i], -1}
	}
	for i := range keys {
		if made[of(i)] == nil {
			made[of(i)], distinct = &report.Thumb{}, append(distinct, i)
		}
	}
	err := thumbs.Several(ctx, len(distinct), 0, func(ctx context.Context, k int) error {
		i := distinct[k]
		return t.draw(ctx, made[of(i)], keys[i], frames[i])
	})
	left := thumbBudget
	for i := range keys {
		m := made[of(i)]
		to[i].Missing = m.Missing
		if left -= len(m.JPEG); left < 0 {
			to[i].Missing = "left out: the page would be too large"
			continue
		}
		to[i].JPEG, to[i].W, to[i].H = m.JPEG, m.W, m.H
	}
	return err
}

// draw makes one picture, or says why there is none.
func (t thumbnails) draw(ctx context.Context, to *report.Thumb, key string, frames []thumbs.Frame) (err error) {
	var size image.Point
	to.JPEG, size, to.Missing, err = t.JPEG(ctx, key, thumbSide, thumbQuality, frames...)
	to.W, to.H = size.X, size.Y
	return err
}
