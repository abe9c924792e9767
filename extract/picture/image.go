package picture

import (
	"fmt"
	"image"
)

// PixelVersion numbers the arithmetic from file to view: decoding, conversion of colours, resizing, mirroring. It grows
// with every change that can alter a level of a view.
const PixelVersion = 1

// Image is a picture in 8-bit RGB: packed, row-major, len(Pix) is 3*W*H.
type Image struct {
	W, H int
	Pix  []byte
}

// newImage allocates a black image of w x h pixels.
func newImage(w, h int) *Image {
	return &Image{W: w, H: h, Pix: make([]byte, 3*w*h)}
}

// reshape makes im w x h pixels, in its own memory where that is large enough. The pixels are undefined.
func (im *Image) reshape(w, h int) {
	n := 3 * w * h
	if cap(im.Pix) < n {
		im.Pix = make([]byte, n)
	}
	im.W, im.H, im.Pix = w, h, im.Pix[:n]
}

// row returns the 3*W bytes of row y.
func (im *Image) row(y int) []byte {
	n := 3 * im.W
	return im.Pix[y*n : (y+1)*n : (y+1)*n]
}

// Check tells whether im is a picture: a positive size, and as many bytes as the size asks for.
func (im *Image) Check() error {
	switch {
	case im == nil:
		return fmt.Errorf("no image (nil)")
	case im.W <= 0 || im.H <= 0:
		return fmt.Errorf("image of %dx%d pixels: both sides must be positive", im.W, im.H)
	case len(im.Pix) != 3*im.W*im.H:
		return fmt.Errorf("image of %dx%d pixels has %d bytes, expected %d (packed RGB)", im.W, im.H, len(im.Pix), 3*im.W*im.H)
	}
	return nil
}

// RGBA returns a copy of im for packages that take Go's images, opaque.
func (im *Image) RGBA() *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, im.W, im.H))
	for i := range im.W * im.H {
		copy(out.Pix[4*i:], im.Pix[3*i:3*i+3])
		out.Pix[4*i+3] = 255
	}
	return out
}

// Flip writes the mirror image of src (left and right exchanged) into dst, whose memory is used again where it is large
// enough. src and dst must not share memory.
//
//go:norace
func Flip(src, dst *Image) {
	dst.reshape(src.W, src.H)
	for y := range src.H {
		s, d := src.row(y), dst.row(y)
		for len(s) >= 3 && len(d) >= 3 {
			e := s[len(s)-3:]
			d[0], d[1], d[2] = e[0], e[1], e[2]
			s, d = s[:len(s)-3], d[3:]
		}
	}
}
