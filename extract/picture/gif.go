package picture

import (
	"encoding/binary"
	"fmt"
	"image"
	"image/gif"
)

// gifFrame is what a GIF says up to the pixels of its first frame.
type gifFrame struct {
	canvasW, canvasH int
	x, y, w, h       int
	interlaced       bool
	palette          []byte // RGB triples; nil: index i is gray level i
	fill             byte   // index of the canvas around the frame
	data             []byte // from the code size on
}

// decodeGIF decodes the first frame with image/gif and shows it on its canvas, as Pillow does: a frame that sticks out
// enlarges the canvas; around it the canvas has the transparent colour, or colour 0; a transparent pixel shows the
// colour that the palette holds in its place.
func decodeGIF(data []byte, o DecodeOptions, info *Info) (*Image, error) {
	f, err := parseGIF(data)
	if err != nil {
		return nil, err
	}
	info.setSize(f.canvasW, f.canvasH, 1)
	info.Color = "palette"
	cost := 1.0
	if f.interlaced {
		cost = 2
	}
	if err := o.check(*info, len(data), cost); err != nil {
		return nil, err
	}
	if f.w == 0 || f.h == 0 {
		return nil, fmt.Errorf("%w: first frame of %dx%d pixels, both sides must be positive", errCorrupt, f.w, f.h)
	}
	m, err := gif.Decode(o.chain([][]byte{f.header(), f.data}))
	if err != nil {
		return nil, gifError(err, len(data))
	}
	p, ok := m.(*image.Paletted)
	if !ok {
		return nil, fmt.Errorf("%w: the decoder returned %T", errCorrupt, m)
	}
	return f.draw(p), nil
}

// gifError tells a cut file from a damaged one; image/gif says so in words only.
func gifError(err error, size int) error {
	switch err.Error() {
	case "gif: not enough image data", "gif: reading image data: unexpected EOF", "gif: reading image data: EOF":
		return fmt.Errorf("%w: the first frame's pixels end before it is full (file of %d bytes)", errTruncated, size)
	}
	return decoderError(err)
}

// parseGIF walks over the blocks before the first frame (GIF89a specification, sections 17 to 26).
func parseGIF(d []byte) (*gifFrame, error) {
	cut := fmt.Errorf("%w: the file ends before its first frame, at byte %d", errTruncated, len(d))
	if len(d) < 13 {
		return nil, cut
	}
	f := &gifFrame{canvasW: int(binary.LittleEndian.Uint16(d[6:])), canvasH: int(binary.LittleEndian.Uint16(d[8:]))}
	f.palette, d = gifPalette(d[13:], d[10])
	for len(d) > 0 {
		kind := d[0]
		d = d[1:]
		switch kind {
		case '!':
			if len(d) < 1 {
				return nil, cut
			}
			d = f.extension(d[0], d[1:])
		case ',':
			if len(d) < 10 {
				return nil, cut
			}
			f.descriptor(d)
			return f, nil
		case ';':
			return nil, fmt.Errorf("%w: no frame before the end marker", errCorrupt)
		default: // bytes between blocks are passed over, as Pillow does
		}
	}
	return nil, cut
}

// gifPalette takes a colour table off d where flags announce one. A table cut short is no table.
func gifPalette(d []byte, flags byte) (table, rest []byte) {
	if flags&0x80 == 0 {
		return nil, d
	}
	n := 3 << (flags&7 + 1)
	if len(d) < n {
		return nil, nil
	}
	return d[:n], d[n:]
}

// extension reads an extension's sub-blocks and returns what follows them.
func (f *gifFrame) extension(label byte, d []byte) []byte {
	for first := true; len(d) > 0; first = false {
		n := int(d[0])
		if n == 0 || n > len(d)-1 {
			return d[min(n+1, len(d)):]
		}
		// Graphic control extension: flags, delay (2 bytes), transparent index.
		if label == 0xf9 && first && n >= 4 && d[1]&1 != 0 {
			f.fill = d[4]
		}
		d = d[n+1:]
	}
	return nil
}

// descriptor reads the image descriptor, whose separator is already taken off, and the local colour table.
func (f *gifFrame) descriptor(d []byte) {
	u16 := func(i int) int { return int(binary.LittleEndian.Uint16(d[i:])) }
	f.x, f.y, f.w, f.h = u16(0), u16(2), u16(4), u16(6)
	f.canvasW, f.canvasH = max(f.canvasW, f.x+f.w), max(f.canvasH, f.y+f.h)
	f.interlaced = d[8]&0x40 != 0
	local, rest := gifPalette(d[9:], d[8])
	if local != nil {
		f.palette = local
	}
	f.data = rest
}

// header makes the plainest GIF that the frame's data fit: a screen of the frame's size and 256 colours, as only the
// indices are asked for.
func (f *gifFrame) header() []byte {
	h := []byte("GIF89a")
	size := binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(nil, uint16(f.w)), uint16(f.h))
	h = append(append(h, size...), 0x87, 0, 0)
	h = append(h, make([]byte, 3*256)...)
	h = append(append(h, ',', 0, 0, 0, 0), size...)
	if f.interlaced {
		return append(h, 0x40)
	}
	return append(h, 0)
}

// draw puts the frame's indices on the canvas and looks their colours up.
func (f *gifFrame) draw(p *image.Paletted) *Image {
	dst := newImage(f.canvasW, f.canvasH)
	var table [256][3]byte
	for i := range table {
		switch {
		case f.palette == nil:
			table[i] = [3]byte{byte(i), byte(i), byte(i)}
		case 3*i < len(f.palette):
			table[i] = [3]byte(f.palette[3*i:])
		}
	}
	if c := table[f.fill]; c != [3]byte{} && (f.w < f.canvasW || f.h < f.canvasH) {
		for d := dst.Pix; len(d) >= 3; d = d[3:] {
			d[0], d[1], d[2] = c[0], c[1], c[2]
		}
	}
	for y := range f.h {
		paletteRow(dst.row(f.y + y)[3*f.x:][:3*f.w], p.Pix[y*p.Stride:][:f.w], &table)
	}
	return dst
}

// paletteRow looks up the colours of one row.
func paletteRow(dst, src []byte, table *[256][3]byte) {
	for i, v := range src {
		c := &table[v]
		d := dst[3*i : 3*i+3 : 3*i+3]
		d[0], d[1], d[2] = c[0], c[1], c[2]
	}
}
