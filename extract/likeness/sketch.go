package likeness

import (
	"math"

	"fc7/extract/picture"
)

// side is that of a sketch, in pixels: what is left of an image after compression, at which places one part can be told
// from another.
const side = 24

// Sketch is the luminance of a picture, squashed to a small square.
type Sketch struct {
	w, h int // of the picture, in pixels
	luma [side * side]uint8
}

// SketchOf makes the sketch of a picture.
func SketchOf(im *picture.Image) (*Sketch, error) {
	var small picture.Image
	if err := new(picture.Resizer).Resize(im, side, side, &small); err != nil {
		return nil, err
	}
	s := &Sketch{w: im.W, h: im.H}
	for i := range s.luma {
		p := small.Pix[3*i:]
		s.luma[i] = uint8(luminance(float64(p[0]), float64(p[1]), float64(p[2])) + 0.5)
	}
	return s, nil
}

// luminance of a colour, 0 to 255, by the weights of JPEG (ITU-R BT.601).
func luminance(r, g, b float64) float64 {
	return float64(0.299*r) + float64(0.587*g) + float64(0.114*b)
}

// Width is how many values Values has.
const Width = side * side / 4

// Values are those of the sketch, or of its mirror image, at half its size, [Width], less their mean and divided by
// their norm: the product of two is their correlation. A picture of one colour has zeros.
func (s *Sketch) Values(mirrored bool) []float32 {
	v, half := s.plane(mirrored), make([]float64, Width)
	for i := range half {
		at := i/(side/2)*2*side + i%(side/2)*2
		half[i] = v[at] + v[at+1] + v[at+side] + v[at+side+1]
	}
	out := make([]float32, Width)
	for i, x := range normalised(half) {
		out[i] = float32(x)
	}
	return out
}

// plane is the luminance, [side][side], of the sketch or its mirror image.
func (s *Sketch) plane(mirrored bool) []float64 {
	out := make([]float64, len(s.luma))
	for i, v := range s.luma {
		if mirrored {
			i += side - 1 - 2*(i%side)
		}
		out[i] = float64(v)
	}
	return out
}

// aspect is width by height of the picture.
func (s *Sketch) aspect() float64 { return float64(s.w) / float64(s.h) }

// normalised is v less its mean, divided by its norm; zeros of values that are all equal.
func normalised(v []float64) []float64 {
	mean, out := meanOf(v), make([]float64, len(v))
	norm := 0.0
	for i, x := range v {
		out[i] = x - mean
		norm += float64(out[i] * out[i])
	}
	if norm == 0 {
		return out
	}
	norm = math.Sqrt(norm)
	for i := range out {
		out[i] /= norm
	}
	return out
}

func meanOf(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	return sum / float64(len(v))
}

// correlation of two normalised lists.
func correlation(a, b []float64) float64 {
	var s, t, u, v float64
	n := len(a) &^ 3
	for i := 0; i < n; i += 4 {
		p, q := (*[4]float64)(a[i:]), (*[4]float64)(b[i:])
		s += float64(p[0] * q[0])
		t += float64(p[1] * q[1])
		u += float64(p[2] * q[2])
		v += float64(p[3] * q[3])
	}
	for i := n; i < len(a); i++ {
		s += float64(a[i] * b[i])
	}
	return (s + t) + (u + v)
}

// Apart is the square of the distance of Values from which on two pictures are not of one image.
const Apart = 2 * (1 - from)
