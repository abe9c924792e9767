package picture

import (
	"encoding/binary"
	"fmt"
	"image"

	"golang.org/x/image/webp"
)

// webpFile is what a WebP file says about its first picture (RFC 9649, section 2).
type webpFile struct {
	kind             string // "VP8 " or "VP8L"
	bits             []byte // the picture's bitstream
	canvasW, canvasH int    // of an animation, 0 otherwise
	x, y             int    // place of an animation's first frame on its canvas
	exif             []byte
	beginning        bool // of the file is all that there is
}

// decodeWebP decodes with golang.org/x/image/webp. Lossy pictures are converted as libwebp does, for VP8's samples are
// in the limited range of video (16 to 235), which the package's colours do not know; lossless ones are exact. Alpha,
// which is dropped, is not decoded. The first frame of an animation is shown on a black canvas.
func decodeWebP(data []byte, o DecodeOptions, info *Info) (*Image, error) {
	f, err := parseWebP(data, o.probing)
	if err != nil {
		return nil, err
	}
	cfg, err := webp.DecodeConfig(o.chain(f.still()))
	if err != nil {
		return nil, decoderError(err)
	}
	w, h := max(f.canvasW, f.x+cfg.Width), max(f.canvasH, f.y+cfg.Height)
	info.setSize(w, h, orientation(f.exif))
	info.Color = "ycbcr"
	cost := 2.0 // planes with their padding
	if f.kind == "VP8L" {
		info.Color, cost = "rgba", 12 // pixels, and those of the transforms
	}
	if err := o.check(*info, len(data), cost); err != nil {
		return nil, err
	}
	m, err := webp.Decode(o.chain(f.still()))
	if err != nil {
		return nil, decoderError(err)
	}
	im, err := webpRGB(m)
	if err != nil || im.W == w && im.H == h {
		return im, err
	}
	canvas := newImage(w, h)
	for y := range im.H {
		copy(canvas.row(f.y + y)[3*f.x:], im.row(y))
	}
	return canvas, nil
}

// webpRGB converts what the decoder returned.
func webpRGB(m image.Image) (*Image, error) {
	if v, ok := m.(*image.YCbCr); ok {
		return videoRGB(v), nil
	}
	return packRGB(m)
}

// parseWebP finds the first picture and the EXIF metadata.
func parseWebP(d []byte, beginning bool) (*webpFile, error) {
	f := &webpFile{beginning: beginning}
	if err := f.chunks(d[12:]); err != nil {
		return nil, err
	}
	if f.bits == nil {
		return nil, fmt.Errorf("%w: no picture in the file", errTruncated)
	}
	return f, nil
}

// chunks walks over a sequence of RIFF chunks.
func (f *webpFile) chunks(d []byte) error {
	for len(d) >= 8 {
		name, n := string(d[:4]), int64(binary.LittleEndian.Uint32(d[4:]))
		d = d[8:]
		if f.beginning {
			n = min(n, int64(len(d)))
		}
		if n > int64(len(d)) {
			if f.bits != nil { // the picture is whole; what follows is metadata, or further frames
				return nil
			}
			return fmt.Errorf("%w: chunk %q says it is %d bytes long, the file has %d left", errTruncated, name, n, len(d))
		}
		if err := f.take(name, d[:n]); err != nil {
			return err
		}
		d = d[min(n+n&1, int64(len(d))):]
	}
	return nil
}

func (f *webpFile) take(name string, data []byte) error {
	switch name {
	case "VP8 ", "VP8L":
		if f.bits == nil {
			f.kind, f.bits = name, data
		}
	case "VP8X":
		if len(data) >= 10 && data[0]&2 != 0 { // animation
			f.canvasW, f.canvasH = u24(data[4:])+1, u24(data[7:])+1
		}
	case "ANMF":
		if f.bits == nil && len(data) >= 16 {
			f.x, f.y = 2*u24(data), 2*u24(data[3:])
			return f.chunks(data[16:])
		}
	case "EXIF":
		f.exif = data
	}
	return nil
}

func u24(d []byte) int { return int(d[0]) | int(d[1])<<8 | int(d[2])<<16 }

// still is a WebP file with the picture alone.
func (f *webpFile) still() [][]byte {
	n := uint32(len(f.bits))
	h := binary.LittleEndian.AppendUint32([]byte("RIFF"), 12+n+n&1)
	h = append(append(h, "WEBP"...), f.kind...)
	h = binary.LittleEndian.AppendUint32(h, n)
	return [][]byte{h, f.bits, make([]byte, n&1)}
}

// videoRGB converts VP8's planes, with chroma interpolated as in an upsampler but always rounded to nearest, as libwebp
// does.
func videoRGB(m *image.YCbCr) *Image {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	dst := newImage(w, h)
	cw, ch := (w+1)/2, (h+1)/2
	cb := newUpsampler(plane{m.Cb, m.CStride, cw, ch, 2, 2}, w)
	cr := newUpsampler(plane{m.Cr, m.CStride, cw, ch, 2, 2}, w)
	cb.bias, cr.bias = [2]uint16{8, 8}, [2]uint16{8, 8}
	for y := range h {
		cb.doubleBoth(cb.p.row(y/2), cb.far(y))
		cr.doubleBoth(cr.p.row(y/2), cr.far(y))
		videoRow(dst.row(y), m.Y[y*m.YStride:][:w], cb.out, cr.out)
	}
	return dst
}

// videoRow converts Y, Cb, Cr of limited range (BT.601; 1.164 = 255/219, chroma times 255/224), in libwebp's fixed
// point: constants of 14 bits, products cut to 6 bits after the point, their sum to none.
//
//	R = 1.164 (Y-16) + 1.596 (Cr-128)
//	G = 1.164 (Y-16) - 0.392 (Cb-128) - 0.813 (Cr-128)
//	B = 1.164 (Y-16) + 2.017 (Cb-128)
func videoRow(dst, ys, cbs, crs []byte) {
	cbs, crs = cbs[:len(ys)], crs[:len(ys)]
	for i, v := range ys {
		y, cb, cr := int32(v)*19077>>8, int32(cbs[i]), int32(crs[i])
		d := dst[3*i : 3*i+3 : 3*i+3]
		d[0] = clamp((y + cr*26149>>8 - 14234) >> 6)
		d[1] = clamp((y - cb*6419>>8 - cr*13320>>8 + 8708) >> 6)
		d[2] = clamp((y + cb*33050>>8 - 17685) >> 6)
	}
}
