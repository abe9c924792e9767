package picture

import "fmt"

// Crop returns the part of src from column x0 and row y0 to before x1 and y1, counted from 0, in memory of its own.
// What lies outside the image is left out; a part without pixels is an error.
func Crop(src *Image, x0, y0, x1, y1 int) (*Image, error) {
	if err := src.Check(); err != nil {
		return nil, fmt.Errorf("crop: %w", err)
	}
	a, b, c, d := max(0, x0), max(0, y0), min(src.W, x1), min(src.H, y1)
	if a >= c || b >= d {
		return nil, fmt.Errorf("crop: columns %d to %d and rows %d to %d have no pixel in an image of %dx%d", x0, x1-1, y0, y1-1, src.W, src.H)
	}
	dst := newImage(c-a, d-b)
	for y := range dst.H {
		copy(dst.row(y), src.row(b + y)[3*a:3*c])
	}
	return dst, nil
}

// Cut writes the square of src of the given size that begins at column x and row y, and lies in src, into dst, whose
// memory is used again where it is large enough.
func Cut(src, dst *Image, x, y, size int) {
	dst.reshape(size, size)
	for i := range size {
		copy(dst.row(i), src.row(y + i)[3*x:])
	}
}

// WithoutFoot is the image without its last n rows, in the same memory. One that has no more rows is an error.
func WithoutFoot(im *Image, n int) (*Image, error) {
	if n < 0 || n >= im.H {
		return nil, fmt.Errorf("want more than %d rows of pixels, of which the last %d are no part of the image, found %d", n, n, im.H)
	}
	h := im.H - n
	return &Image{W: im.W, H: h, Pix: im.Pix[:3*im.W*h]}, nil
}
