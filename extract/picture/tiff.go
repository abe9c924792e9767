package picture

import (
	"encoding/binary"
	"fmt"
)

// tiffFile is what the first directory of a TIFF says of its pixels (TIFF 6.0, sections 3 to 19).
type tiffFile struct {
	data            []byte
	order           binary.ByteOrder
	w, h            int
	bits            int    // of each sample: 1, 2, 4, 8 or 16
	samples         int    // of each pixel
	color           string // gray, palette, rgb or cmyk
	inverted        bool   // gray, of which 0 is white
	associated      bool   // the fourth sample of RGB is the alpha that the colours are multiplied by
	compression     uint32
	reversed        bool // the bits of each byte
	differences     bool // of neighbours in a row are stored, not samples
	separate        bool // a plane for each sample
	cw, ch          int  // pixels of a chunk: a strip, which ends with the image, or a tile, which is padded
	tiled           bool
	table           [256][3]byte // palette
	starts, lengths []uint32     // of chunks, in the file
	orientation     int
}

// decodeTIFF decodes the first page. The structure is read here, since golang.org/x/image/tiff passes over tags that it
// does not know, and returns the negative, noise or stripes for them: every tag that says how pixels are stored is
// followed here, or refused with its name and value.
//
// Read are gray (either end of it black) and palettes of 1, 2, 4 or 8 bits a sample, gray, RGB and CMYK of 8 or 16,
// with and without further samples, in strips or tiles, by pixels or planes; not compressed or by LZW, Deflate,
// PackBits, fax of group 3 (one-dimensional) and 4, or Zstandard.
func decodeTIFF(data []byte, o DecodeOptions, info *Info) (*Image, error) {
	d, err := parseTIFF(data)
	if err != nil {
		return nil, err
	}
	f, err := d.file()
	if f.w > 0 && f.h > 0 {
		info.setSize(f.w, f.h, f.orientation)
		info.Color = f.model()
	}
	if err != nil {
		return nil, err
	}
	// A chunk may be the whole image, and is there as it was unpacked and as samples of 8 bits.
	chunk := float64(f.rowBytes())*float64(f.ch)*float64(f.planes()) + float64(f.cw*f.samples)
	if err := o.check(*info, len(data), chunk/float64(f.w)/float64(f.h)); err != nil {
		return nil, err
	}
	if err := f.bound(o); err != nil {
		return nil, err
	}
	if err := f.chunks(d); err != nil {
		return nil, err
	}
	return f.decode(o)
}

// bound refuses chunks that cost far more than the pixels, as very many or very large ones of which little is seen, and
// lets the decoders have each byte of the file about once: all chunks may be said to lie in the same place.
func (f *tiffFile) bound(o DecodeOptions) error {
	n := f.across() * f.down() * f.planes()
	if n > o.maxChunks() {
		return o.manyChunks(f.chunkName()+"s", n)
	}
	rows := int64(f.h) * int64(f.planes())
	if f.tiled {
		rows = int64(n) * int64(f.ch)
	}
	if most := 4 * o.maxMemory; rows*int64(f.rowBytes()) > most {
		return fmt.Errorf("%w: %d %ss of %dx%d pixels hold %d MiB, at most %d are unpacked for one image",
			ErrTooLarge, n, f.chunkName(), f.cw, f.ch, rows*int64(f.rowBytes())>>20, most>>20)
	}
	o.work.allow(2*int64(len(f.data)) + 4096*int64(n) + 1<<20)
	return nil
}

// model names the colours as other formats' are named.
func (f *tiffFile) model() string {
	name := f.color
	switch {
	case name == "gray" && f.samples > 1:
		name = "graya"
	case name == "rgb" && f.samples > 3:
		name = "rgba"
	}
	if f.bits == 16 {
		name += "16"
	}
	return name
}

// planes are the chunks that make a part of the picture.
func (f *tiffFile) planes() int {
	if f.separate {
		return f.samples
	}
	return 1
}

// inChunk are the samples of a pixel that a chunk holds.
func (f *tiffFile) inChunk() int { return f.samples / f.planes() }

// rowBytes is the length of a row of a chunk: rows begin at bytes.
func (f *tiffFile) rowBytes() int { return (f.cw*f.inChunk()*f.bits + 7) / 8 }

func (f *tiffFile) across() int { return (f.w + f.cw - 1) / f.cw }

func (f *tiffFile) down() int { return (f.h + f.ch - 1) / f.ch }

// decode unpacks the chunks one after the other, all planes of a part together.
func (f *tiffFile) decode(o DecodeOptions) (*Image, error) {
	dst := newImage(f.w, f.h)
	n := f.across() * f.down()
	parts := make([][]byte, f.planes())
	for i := range n {
		x, y := i%f.across()*f.cw, i/f.across()*f.ch
		rows := f.ch
		if !f.tiled {
			rows = min(rows, f.h-y)
		}
		for p := range parts {
			if o.Poll != nil {
				if err := o.Poll(); err != nil {
					return nil, err
				}
			}
			b, err := f.unpack(o, i+p*n, rows, parts[p])
			if err != nil {
				return nil, fmt.Errorf("%s %d: %w", f.chunkName(), i+p*n+1, err)
			}
			parts[p] = b
		}
		f.draw(dst, parts, x, y)
	}
	return dst, nil
}

func (f *tiffFile) chunkName() string {
	if f.tiled {
		return "tile"
	}
	return "strip"
}

// draw puts a part of the picture at x, y.
func (f *tiffFile) draw(dst *Image, parts [][]byte, x, y int) {
	w, h := min(f.cw, f.w-x), min(f.ch, f.h-y)
	line := make([]byte, f.cw*f.samples)
	plane := line
	if f.separate {
		plane = make([]byte, f.cw)
	}
	for r := range h {
		for p, part := range parts {
			row := part[r*f.rowBytes() : (r+1)*f.rowBytes()]
			if !f.separate {
				f.eights(line, row)
				continue
			}
			f.eights(plane, row)
			for i, v := range plane {
				line[i*f.samples+p] = v
			}
		}
		f.colours(dst.row(y + r)[3*x:][:3*w], line)
	}
}
