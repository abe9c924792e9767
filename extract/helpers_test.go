package extract

import (
	"context"
	"math/rand/v2"

	"fc7/extract/picture"
	"fc7/internal/f32"
)

func black(w, h int) *picture.Image { return &picture.Image{W: w, H: h, Pix: make([]byte, 3*w*h)} }

// noise draws an image of random levels.
func noise(rng *rand.Rand, w, h int) *picture.Image {
	im := black(w, h)
	for i := range im.Pix {
		im.Pix[i] = byte(rng.Uint32())
	}
	return im
}

// Describe describes one image.
func (d *Describer) Describe(ctx context.Context, v *Views) ([][]float32, error) {
	one := d.DescribeAll(ctx, []*Views{v})[0]
	return one.Columns, one.Err
}

// inTurn does all pieces of a job.
func inTurn(n int, j f32.Job) {
	for i := range n {
		j.Do(0, i)
	}
}
