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

// fill makes the pictures of all thumbnails that keys names, several at once, and leaves out what is over the budget.
// An image that cannot be shown keeps its place and says why; the error is what is wrong with the machine.
func (t thumbnails) fill(ctx context.Context, to []*report.Thumb, keys []string) error {
	made := map[string]*report.Thumb{}
	var distinct []string
	for _, key := range keys {
		if made[key] == nil {
			made[key], distinct = &report.Thumb{}, append(distinct, key)
		}
	}
	err := thumbs.Several(ctx, len(distinct), 0, func(ctx context.Context, i int) error { return t.draw(ctx, made[distinct[i]], distinct[i]) })
	left := thumbBudget
	for i, key := range keys {
		m := made[key]
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
func (t thumbnails) draw(ctx context.Context, to *report.Thumb, key string) (err error) {
	var size image.Point
	to.JPEG, size, to.Missing, err = t.JPEG(ctx, key, thumbSide, thumbQuality)
	to.W, to.H = size.X, size.Y
	return err
}
