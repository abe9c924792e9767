package heads

import (
	"fc7/extract"
	"fc7/extract/picture"
)

// Evidence is where an image's scores come from: of each class, score = bias + the sum over all positions of all
// scales, but for rounding.
type Evidence struct {
	Image         string
	Object        int  // 1-based; 0: the whole image
	Width, Height int  // pixels of the image
	Logistic      bool // scores are log odds, for probabilities are no sum
	Scales        []EvidenceScale
	Classes       []ClassEvidence

	Photo *picture.Image // the image, at the size that was asked for
}

// EvidenceScale is a scale of a part of the head's descriptor.
type EvidenceScale struct {
	Part       int // of the descriptor, from 1: a table, or a region of one
	Net, Layer string
	Scale      int  // smallest side Q that the image, or box, is brought to
	Stride     int  // pixels at the scale between neighbouring positions
	Receptive  int  // side of the square of pixels at the scale that a position sees
	Frame      Rect // of the image that was brought to the scale: all of it, or a box
	Positions  []Position
}

// Position is a place of a map, row by row; those of a scale's pictures follow each other.
type Position struct {
	Window   Rect // what it sees; it may reach beyond the image, where there is nothing but the net's padding
	Mirrored bool // in the mirrored picture
}

// Rect is a rectangle in pixels of the image, from its left upper corner: from X0 and Y0 to X1 and Y1.
type Rect struct{ X0, Y0, X1, Y1 float64 }

// Centre is its middle.
func (r Rect) Centre() (x, y float64) { return (r.X0 + r.X1) / 2, (r.Y0 + r.Y1) / 2 }

// ClassEvidence is that of a class.
type ClassEvidence struct {
	Class       string
	Score, Bias float64
	Sums        []float64   // of each scale
	Values      [][]float64 // of each scale's positions

	scale float64 // the amounts of all that is added up
}

// window is what a position of a map sees, in pixels of the image at the map's scale.
func (p *explained) window(s extract.Seen, x, y int) Rect {
	half, stride := float64(p.receptive)/2, float64(p.stride)
	cx, cy := p.centre+stride*float64(x), p.centre+stride*float64(y)
	if s.Mirrored {
		cx = float64(s.Width) - cx
	}
	cx, cy = cx+float64(s.X), cy+float64(s.Y)
	return Rect{cx - half, cy - half, cx + half, cy + half}
}

// on takes a rectangle of w x h pixels at a scale to the frame that was brought to it.
func (r Rect) on(frame Rect, w, h int) Rect {
	x, y := (frame.X1-frame.X0)/float64(w), (frame.Y1-frame.Y0)/float64(h)
	return Rect{frame.X0 + float64(x*r.X0), frame.Y0 + float64(y*r.Y0), frame.X0 + float64(x*r.X1), frame.Y0 + float64(y*r.Y1)}
}

// positionValues are what the positions of a map, [P][C], give to what its channels, pooled to their mean or maximum,
// weigh together. The maximum is of the first position that has it.
func positionValues(m []float32, weights []float64, maximum bool) []float64 {
	c := len(weights)
	out := make([]float64, len(m)/c)
	if maximum {
		for d, w := range weights {
			best := 0
			for p := range out {
				if m[p*c+d] > m[best*c+d] {
					best = p
				}
			}
			out[best] += float64(w * float64(m[best*c+d]))
		}
		return out
	}
	for p := range out {
		sum := 0.0
		for d, v := range m[p*c : (p+1)*c] {
			sum += float64(weights[d] * float64(v))
		}
		out[p] = sum / float64(len(out))
	}
	return out
}

// photograph keeps the image at another size.
func (e *Evidence) photograph(im *picture.Image, side int) error {
	if side <= 0 {
		return nil
	}
	w, h := picture.FittedSize(im.W, im.H, side)
	e.Photo = &picture.Image{}
	return new(picture.Resizer).Resize(im, w, h, e.Photo)
}
