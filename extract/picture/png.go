package picture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"image/png"
	"io"
)

const pngMagic = "\x89PNG\r\n\x1a\n"

// pngFile is the structure of a PNG (ISO/IEC 15948): the header's facts, and the chunks that decoding needs.
type pngFile struct {
	w, h       int
	depth      int
	color      byte // colour type, table 11.1
	interlaced bool
	exif       []byte
	chunks     [][]byte // IHDR, PLTE, IDAT whole, in file order
	cut        string   // where the file ends or goes astray within a chunk, "" if it does not
}

// decodePNG decodes with image/png, from the chunks that hold pixels alone: so a damaged or bloated text or profile
// chunk costs nothing, nor does a missing end. Transparency, which is dropped, is not even decoded.
func decodePNG(data []byte, o DecodeOptions, info *Info) (*Image, error) {
	f, err := parsePNG(data)
	if err != nil {
		return nil, err
	}
	info.setSize(f.w, f.h, orientation(f.exif))
	info.Color = f.model()
	if err := o.check(*info, len(data), f.cost()); err != nil {
		return nil, err
	}
	if n := len(f.chunks); n > o.maxChunks() {
		return nil, o.manyChunks("chunks", n)
	}
	o.work.allow(f.mostPacked())
	parts := append([][]byte{[]byte(pngMagic)}, f.chunks...)
	m, err := png.Decode(o.chain(append(parts, []byte("\x00\x00\x00\x00IEND\xae\x42\x60\x82"))))
	if err != nil {
		return nil, f.explain(err)
	}
	return packRGB(m)
}

// parsePNG collects the chunks up to the end, or to where the file breaks off.
func parsePNG(d []byte) (*pngFile, error) {
	f := &pngFile{}
	for pos := len(pngMagic); ; {
		if len(d)-pos < 12 {
			f.cut = fmt.Sprintf("the file ends at byte %d without its end chunk", len(d))
			break
		}
		n, name := binary.BigEndian.Uint32(d[pos:]), string(d[pos+4:pos+8])
		if int64(n) > int64(len(d)-pos-12) {
			f.cut = fmt.Sprintf("chunk %q at byte %d says it is %d bytes long, the file has %d left", name, pos, n, len(d)-pos-8)
			break
		}
		chunk := d[pos : pos+12+int(n)]
		if name == "IEND" {
			break
		}
		if err := f.take(name, chunk); err != nil {
			return nil, err
		}
		pos += len(chunk)
	}
	if len(f.chunks) == 0 {
		return nil, fmt.Errorf("%w: no header chunk; %s", errCorrupt, f.cut)
	}
	return f, nil
}

// take notes what a chunk says and keeps it if pixels depend on it.
func (f *pngFile) take(name string, chunk []byte) error {
	data := chunk[8 : len(chunk)-4]
	if len(f.chunks) == 0 && name != "IHDR" {
		return fmt.Errorf("%w: first chunk is %q, IHDR expected", errCorrupt, name)
	}
	switch name {
	case "IHDR":
		if len(f.chunks) > 0 || len(data) != 13 {
			return fmt.Errorf("%w: second header chunk, or one of %d bytes where 13 are expected", errCorrupt, len(data))
		}
		w, h := binary.BigEndian.Uint32(data), binary.BigEndian.Uint32(data[4:])
		if w > 1<<31-1 || h > 1<<31-1 {
			return fmt.Errorf("%w: header says %dx%d pixels", errCorrupt, w, h)
		}
		f.w, f.h, f.depth, f.color, f.interlaced = int(w), int(h), int(data[8]), data[9], data[12] != 0
	case "PLTE":
		if f.color != 3 { // a suggestion only; image/png refuses it in gray images
			return nil
		}
	case "IDAT":
	case "eXIf":
		f.exif = data
		return nil
	default:
		return nil
	}
	f.chunks = append(f.chunks, chunk)
	return nil
}

// mostPacked is more than any writer makes of the pixels: four times their bytes, a chunk of its own for each row of
// each pass, and what empty blocks may stand between them.
func (f *pngFile) mostPacked() int64 {
	samples := map[byte]int{0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[f.color]
	row := int64(f.w)*int64(samples*f.depth)/8 + 2
	return 4*int64(f.h)*row + 128*int64(f.h) + 1<<20
}

// explain adds to the decoder's error what is known of the file's end.
func (f *pngFile) explain(err error) error {
	var (
		bad     png.FormatError
		foreign png.UnsupportedError
	)
	short := errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &bad) && (bad == "not enough pixel data" || bad == "chunk out of order")
	switch {
	case short && f.cut != "":
		return fmt.Errorf("%w: %s", errTruncated, f.cut)
	case short:
		return fmt.Errorf("%w: the pixels end before the image does", errTruncated)
	case f.cut != "" && !errors.As(err, &foreign):
		return fmt.Errorf("%w: %w; also %s", errCorrupt, err, f.cut)
	}
	return decoderError(err)
}

// model names the colour model.
func (f *pngFile) model() string {
	name := map[byte]string{0: "gray", 2: "rgb", 3: "palette", 4: "graya", 6: "rgba"}[f.color]
	if f.depth == 16 {
		name += "16"
	}
	return name
}

// cost is the number of bytes a pixel that image/png allocates.
func (f *pngFile) cost() float64 {
	c := map[byte]float64{0: 1, 2: 4, 3: 1, 4: 4, 6: 4}[f.color]
	if f.depth == 16 {
		c *= 2
	}
	if f.interlaced {
		c *= 1.5 // the last of the seven passes holds half of the pixels, apart from the image
	}
	return c
}
