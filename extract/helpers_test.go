package extract

import (
	"math/rand/v2"

	"fc7/extract/picture"
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
