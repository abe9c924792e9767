package extract

import (
	"fmt"

	"fc7/extract/picture"
	"fc7/internal/usage"
)

// ViewMode is which part of a rescaled image the net sees at once.
type ViewMode int

// The views of an image at scale Q. Crops are squares of Options.CropSize pixels.
const (
	// ViewsDense is the whole image, smallest side Q: the paper's dense evaluation (arXiv 1409.1556, section 3.2).
	ViewsDense ViewMode = iota
	// ViewsCrops is the paper's multi-crop evaluation (section 3.2): a regular grid of 5x5 crops over the image with
	// smallest side Q, sized as for ViewsDense; with flips 50 pictures. Along a side of L pixels, crop i of 0 to 4 of
	// size s begins at pixel i*(L-s)/4, rounded to the nearest, halves up: the first and the last touch the borders.
	// Crops run row by row from the top left, each followed by its mirror.
	ViewsCrops
	// ViewsCentre is torchvision's evaluation: the smallest side becomes Q and the other, L, floor(Q*L/shortest); the
	// crop of size s begins at (L-s)/2, rounded to the nearest, halves to even, as Python's round does.
	ViewsCentre
)

var viewModes = []ViewMode{ViewsDense, ViewsCrops, ViewsCentre}

func (m ViewMode) String() string {
	switch m {
	case ViewsDense:
		return "dense"
	case ViewsCrops:
		return "crops"
	case ViewsCentre:
		return "centre"
	}
	return fmt.Sprintf("ViewMode(%d)", int(m))
}

// ParseViews reads what String writes, and center.
func ParseViews(s string) (ViewMode, error) {
	if s == "center" {
		return ViewsCentre, nil
	}
	for _, m := range viewModes {
		if s == m.String() {
			return m, nil
		}
	}
	return 0, usage.Unknown("views", s, ViewsDense.String(), ViewsCrops.String(), ViewsCentre.String())
}

// gridSide is the number of crops along each side of ViewsCrops.
const gridSide = 5

// gridOffset is where crop i of the grid begins on a side of length pixels.
func gridOffset(i, length, size int) int { return (i*(length-size) + (gridSide-1)/2) / (gridSide - 1) }

// centreOffset is where the centre crop begins on a side of length pixels.
func centreOffset(length, size int) int {
	half := (length - size) / 2
	if (length-size)%2 == 1 {
		half += half % 2 // half a pixel more goes to the even neighbour
	}
	return half
}

// viewSize is the size of a w x h image at scale q.
func (m ViewMode) viewSize(w, h, q int) (int, int) {
	if m != ViewsCentre {
		return picture.ScaledSize(w, h, q)
	}
	s := min(w, h)
	return q * w / s, q * h / s
}
