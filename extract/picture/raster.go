package picture

import (
	"fmt"
	"image"
	"image/color"
)

// packRGB converts the kinds of image that the decoders of PNG, WebP and BMP return. Alpha is dropped; 16-bit samples
// lose their low byte.
func packRGB(m image.Image) (*Image, error) {
	b := m.Bounds()
	dst := newImage(b.Dx(), b.Dy())
	row := rowPacker(m)
	if row == nil {
		return nil, fmt.Errorf("%w: the decoder returned %T", errCorrupt, m)
	}
	for y := range dst.H {
		row(dst.row(y), y)
	}
	return dst, nil
}

// rowPacker returns the conversion of one row, nil for a kind of image that no decoder returns.
func rowPacker(m image.Image) func(dst []byte, y int) {
	switch m := m.(type) {
	case *image.Gray:
		return func(dst []byte, y int) { grayRow(dst, m.Pix[y*m.Stride:][:m.Rect.Dx()]) }
	case *image.Gray16:
		return func(dst []byte, y int) { gray16Row(dst, m.Pix[y*m.Stride:]) }
	case *image.Paletted:
		table := paletteRGB(m.Palette)
		return func(dst []byte, y int) { paletteRow(dst, m.Pix[y*m.Stride:][:m.Rect.Dx()], &table) }
	case *image.NRGBA:
		return func(dst []byte, y int) { pickRow(dst, m.Pix[y*m.Stride:], 1) }
	case *image.NRGBA64:
		return func(dst []byte, y int) { pickRow(dst, m.Pix[y*m.Stride:], 2) }
	case *image.RGBA: // opaque, of these decoders
		return func(dst []byte, y int) { pickRow(dst, m.Pix[y*m.Stride:], 1) }
	case *image.RGBA64:
		return func(dst []byte, y int) { pickRow(dst, m.Pix[y*m.Stride:], 2) }
	}
	return nil
}

// pickRow takes the high bytes of R, G, B from pixels of four samples of size bytes.
func pickRow(dst, src []byte, size int) {
	step := 4 * size
	for len(dst) >= 3 && len(src) >= step {
		dst[0], dst[1], dst[2] = src[0], src[size], src[2*size]
		dst, src = dst[3:], src[step:]
	}
}

// gray16Row takes the high bytes of gray samples, which stand first.
func gray16Row(dst, src []byte) {
	for len(dst) >= 3 && len(src) >= 2 {
		dst[0], dst[1], dst[2] = src[0], src[0], src[0]
		dst, src = dst[3:], src[2:]
	}
}

// paletteRGB lists the colours of a palette without their alpha.
func paletteRGB(p color.Palette) (table [256][3]byte) {
	for i, c := range p[:min(len(p), 256)] {
		switch c := c.(type) {
		case color.RGBA:
			table[i] = [3]byte{c.R, c.G, c.B}
		case color.NRGBA:
			table[i] = [3]byte{c.R, c.G, c.B}
		}
	}
	return table
}

// modelName names a colour model that the decoder of BMP gives, and tells the bytes a pixel of such an image.
func modelName(m color.Model) (name string, bytes float64) {
	if _, ok := m.(color.Palette); ok {
		return "palette", 1
	}
	if m == color.NRGBAModel {
		return "rgba", 4
	}
	return "rgb", 4
}
