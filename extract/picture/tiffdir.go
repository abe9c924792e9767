package picture

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Tags that say how pixels are stored (TIFF 6.0, appendix A). Those of orientation and planes are in exif.go.
const (
	tagWidth        = 256
	tagLength       = 257
	tagBits         = 258
	tagCompression  = 259
	tagPhotometric  = 262
	tagFillOrder    = 266
	tagStripOffsets = 273
	tagSamples      = 277
	tagRowsPerStrip = 278
	tagStripCounts  = 279
	tagT4Options    = 292
	tagT6Options    = 293
	tagPredictor    = 317
	tagColorMap     = 320
	tagTileWidth    = 322
	tagTileLength   = 323
	tagTileOffsets  = 324
	tagTileCounts   = 325
	tagInkSet       = 332
	tagExtraSamples = 338
	tagSampleFormat = 339
)

var tiffTags = map[uint16]string{
	tagBits: "BitsPerSample", tagCompression: "Compression", tagPhotometric: "PhotometricInterpretation", tagFillOrder: "FillOrder",
	tagSamples: "SamplesPerPixel", tagPlanar: "PlanarConfiguration", tagT4Options: "T4Options", tagT6Options: "T6Options",
	tagPredictor: "Predictor", tagColorMap: "ColorMap", tagInkSet: "InkSet", tagSampleFormat: "SampleFormat",
	tagWidth: "ImageWidth", tagLength: "ImageLength", tagStripOffsets: "StripOffsets", tagStripCounts: "StripByteCounts",
	tagTileWidth: "TileWidth", tagTileLength: "TileLength", tagTileOffsets: "TileOffsets", tagTileCounts: "TileByteCounts",
	tagRowsPerStrip: "RowsPerStrip", tagExtraSamples: "ExtraSamples",
}

// tiffDir is the first directory: 12 bytes for each tag, the first of a tag that is there twice.
type tiffDir struct {
	data    []byte
	order   binary.ByteOrder
	entries map[uint16][]byte
}

func parseTIFF(data []byte) (*tiffDir, error) {
	d := &tiffDir{data: data, order: tiffOrder(data), entries: make(map[uint16][]byte)}
	if d.order == nil {
		return nil, fmt.Errorf("%w: the file ends within its header", errTruncated)
	}
	at := int64(d.order.Uint32(data[4:]))
	if at+2 > int64(len(data)) {
		return nil, fmt.Errorf("%w: its directory is at byte %d, the file has %d", errTruncated, at, len(data))
	}
	n := int(d.order.Uint16(data[at:]))
	entries := data[at+2:]
	if n > maxTags {
		return nil, fmt.Errorf("%w: a directory of %d tags, expected at most %d", errCorrupt, n, maxTags)
	}
	if len(entries) < 12*n {
		return nil, fmt.Errorf("%w: the file ends within its directory of %d tags", errTruncated, n)
	}
	for ; n > 0; n, entries = n-1, entries[12:] {
		tag := d.order.Uint16(entries)
		if d.entries[tag] == nil {
			d.entries[tag] = entries[:12]
		}
	}
	return d, nil
}

// values are those of a tag of whole numbers, at most limit of them; none if it is not there.
func (d *tiffDir) values(tag uint16, limit int) ([]uint32, error) {
	e := d.entries[tag]
	if e == nil {
		return nil, nil
	}
	kind, all := d.order.Uint16(e[2:]), int64(d.order.Uint32(e[4:]))
	size := map[uint16]int64{1: 1, 3: 2, 4: 4, 13: 4}[kind]
	if size == 0 {
		return nil, fmt.Errorf("%w: TIFF with %s (tag %d) of type %d, expected whole numbers", errCorrupt, tiffTags[tag], tag, kind)
	}
	count, b := min(all, int64(limit)), e[8:]
	if size*all > 4 {
		at := int64(d.order.Uint32(e[8:]))
		if at > int64(len(d.data)) || size*count > int64(len(d.data))-at {
			return nil, fmt.Errorf("%w: the file ends before the values of %s (tag %d)", errTruncated, tiffTags[tag], tag)
		}
		b = d.data[at:]
	}
	out := make([]uint32, count)
	for i := range out {
		switch size {
		case 1:
			out[i] = uint32(b[i])
		case 2:
			out[i] = uint32(d.order.Uint16(b[2*i:]))
		default:
			out[i] = d.order.Uint32(b[4*i:])
		}
	}
	return out, nil
}

// first are the first n values of a tag, of which fewer are an error.
func (d *tiffDir) first(tag uint16, n int) ([]uint32, error) {
	v, err := d.values(tag, n)
	if err == nil && len(v) < n {
		err = fmt.Errorf("%w: TIFF with %d values of %s (tag %d), expected %d", errCorrupt, len(v), tiffTags[tag], tag, n)
	}
	return v, err
}

// reading reads tags up to the first error.
type reading struct {
	*tiffDir
	err error
}

// all are the values of a tag, of which at most 64 are looked at.
func (d *reading) all(tag uint16) []uint32 {
	v, err := d.values(tag, 64)
	if err != nil && d.err == nil {
		d.err = err
	}
	return v
}

// one is the first value of a tag, or what its absence means.
func (d *reading) one(tag uint16, absent uint32) uint32 {
	if v := d.all(tag); len(v) > 0 {
		return v[0]
	}
	return absent
}

// refuse says which tag has a value that is not read.
func (d *reading) refuse(tag uint16, value any, why string) {
	if d.err == nil {
		d.err = fmt.Errorf("%w: TIFF with %s (tag %d) = %v, %s; convert it to PNG", errUnsupported, tiffTags[tag], tag, value, why)
	}
}

// file reads the tags. With an error it holds what was known by then.
func (t *tiffDir) file() (*tiffFile, error) {
	d := &reading{tiffDir: t}
	f := &tiffFile{data: t.data, order: t.order, w: d.size(tagWidth), h: d.size(tagLength), orientation: orientation(t.data)}
	if d.err == nil && (f.w == 0 || f.h == 0) {
		d.err = fmt.Errorf("%w: its header says %dx%d pixels, both sides must be positive", errCorrupt, f.w, f.h)
	}
	d.samplesOf(f)
	d.packingOf(f)
	d.coloursOf(f)
	d.layoutOf(f)
	return f, d.err
}

// size is a length in pixels, at most what an int of 32 bits holds.
func (d *reading) size(tag uint16) int {
	return int(min(d.one(tag, 0), math.MaxInt32))
}

// samplesOf reads how many samples a pixel has, of what size and kind.
func (d *reading) samplesOf(f *tiffFile) {
	bits := d.all(tagBits)
	if len(bits) == 0 {
		bits = []uint32{1}
	}
	n := d.one(tagSamples, uint32(len(bits)))
	if n < 1 || n > 64 || len(bits) > 1 && uint32(len(bits)) < n {
		d.refuse(tagSamples, n, fmt.Sprintf("with %d values of BitsPerSample", len(bits)))
		n = 1
	}
	f.samples, f.bits = int(n), int(bits[0])
	for _, b := range bits[:min(len(bits), f.samples)] {
		if b != bits[0] {
			d.refuse(tagBits, bits, "want samples of one size")
		}
	}
	for _, v := range d.all(tagSampleFormat) {
		if v != 1 {
			d.refuse(tagSampleFormat, v, "want 1, unsigned whole numbers")
		}
	}
	switch planar := d.one(tagPlanar, 1); {
	case f.samples == 1 || planar == 1:
	case planar == 2:
		f.separate = true
	default:
		d.refuse(tagPlanar, planar, "want 1 or 2")
	}
}

// coloursOf reads what the samples mean.
func (d *reading) coloursOf(f *tiffFile) {
	least, sizes := 1, "1, 2, 4, 8 or 16"
	photometric := d.one(tagPhotometric, 0)
	switch photometric {
	case 0, 1:
		f.color, f.inverted = "gray", photometric == 0
	case 2:
		f.color, least, sizes = "rgb", 3, "8 or 16"
	case 3:
		f.color, sizes = "palette", "1, 2, 4 or 8"
	case 5:
		f.color, least, sizes = "cmyk", 4, "8 or 16"
		if ink := d.one(tagInkSet, 1); ink != 1 {
			d.refuse(tagInkSet, ink, "want 1, CMYK")
		}
	default:
		d.refuse(tagPhotometric, photometric, "want 0 or 1 (gray), 2 (RGB), 3 (palette) or 5 (CMYK)")
	}
	part := f.bits == 1 || f.bits == 2 || f.bits == 4 // of a byte
	if !(f.bits == 8 || part && least == 1 || f.bits == 16 && f.color != "palette") {
		d.refuse(tagBits, f.bits, "want "+sizes)
	}
	if f.samples < least {
		d.refuse(tagSamples, f.samples, fmt.Sprintf("want at least %d for PhotometricInterpretation %d", least, photometric))
	}
	if extra := d.all(tagExtraSamples); f.samples > least && len(extra) > 0 && extra[0] == 1 {
		if f.associated = f.color == "rgb"; !f.associated {
			d.refuse(tagExtraSamples, extra[0], "gray, palettes and CMYK multiplied by alpha are not read")
		}
	}
	if f.color == "palette" && d.err == nil {
		d.paletteOf(f)
	}
}

// paletteOf takes the high bytes of the colours: all reds, then greens, then blues.
func (d *reading) paletteOf(f *tiffFile) {
	v, err := d.values(tagColorMap, 3*256)
	if n := len(v) / 3; err == nil && n < 1<<f.bits {
		err = fmt.Errorf("%w: TIFF with a ColorMap (tag %d) of %d values, expected %d for %d bits", errCorrupt, tagColorMap, len(v), 3<<f.bits, f.bits)
	}
	if d.err = err; err != nil {
		return
	}
	n := len(v) / 3
	for i := range n {
		f.table[i] = [3]byte{byte(v[i] >> 8), byte(v[n+i] >> 8), byte(v[2*n+i] >> 8)}
	}
}

// layoutOf reads how the pixels are shared out among strips or tiles.
func (d *reading) layoutOf(f *tiffFile) {
	f.cw, f.ch = f.w, f.size(d.one(tagRowsPerStrip, 0))
	if d.entries[tagTileWidth] != nil || d.entries[tagTileLength] != nil {
		f.tiled, f.cw, f.ch = true, d.size(tagTileWidth), d.size(tagTileLength)
		// Tiles are padded to a multiple of 16; up to 1024 they are made without looking at the image.
		if d.err == nil && (f.cw < 1 || f.ch < 1 || f.cw > max(f.w+16, 1024) || f.ch > max(f.h+16, 1024)) {
			d.err = fmt.Errorf("%w: TIFF with tiles of %dx%d pixels in an image of %dx%d", errCorrupt, f.cw, f.ch, f.w, f.h)
		}
	}
}

// size is the height of strips: that of the image where it is not told or is more.
func (f *tiffFile) size(rows uint32) int {
	if rows == 0 || int64(rows) > int64(f.h) {
		return f.h
	}
	return int(rows)
}

// chunks reads where the chunks are. Lengths that are not told go to the end of the file.
func (f *tiffFile) chunks(d *tiffDir) (err error) {
	at, length := uint16(tagStripOffsets), uint16(tagStripCounts)
	if f.tiled {
		at, length = tagTileOffsets, tagTileCounts
	}
	n := f.across() * f.down() * f.planes()
	if f.starts, err = d.first(at, n); err != nil {
		return err
	}
	if d.entries[length] == nil {
		f.lengths = make([]uint32, n)
		for i := range f.lengths {
			f.lengths[i] = math.MaxUint32
		}
		return nil
	}
	f.lengths, err = d.first(length, n)
	return err
}
