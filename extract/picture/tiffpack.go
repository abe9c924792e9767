package picture

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"math/bits"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/image/ccitt"
	"golang.org/x/image/tiff/lzw"
)

// Values of the tag Compression (TIFF 6.0, section 3, and later notes).
const (
	tiffPlain      = 1
	tiffGroup3     = 3
	tiffGroup4     = 4
	tiffLZW        = 5
	tiffDeflate    = 8
	tiffPackBits   = 32773
	tiffDeflateOld = 32946
	tiffZstd       = 50000
)

// unread names compressions that are met and not read.
var unread = map[uint32]string{
	2: "fax in rows (CCITT modified Huffman)", 6: "old JPEG", 7: "JPEG", 34712: "JPEG 2000", 34925: "LZMA", 50001: "WebP", 50002: "JPEG XL",
}

// packingOf reads how chunks are compressed.
func (d *reading) packingOf(f *tiffFile) {
	f.compression = d.one(tagCompression, tiffPlain)
	switch f.compression {
	case 0: // as some leave it
		f.compression = tiffPlain
	case tiffPlain, tiffPackBits: // which know no Predictor
	case tiffLZW, tiffDeflate, tiffDeflateOld, tiffZstd:
		switch p := d.one(tagPredictor, 1); {
		case p == 2 && f.bits >= 8:
			f.differences = true
		case p != 1:
			d.refuse(tagPredictor, p, fmt.Sprintf("with samples of %d bits; want 1, or 2 with 8 or 16 bits", f.bits))
		}
	case tiffGroup3, tiffGroup4:
		d.faxOf(f)
	default:
		what := "want none, LZW, Deflate, PackBits, fax of group 3 or 4, or Zstandard"
		if name := unread[f.compression]; name != "" {
			what = name + "; " + what
		}
		d.refuse(tagCompression, f.compression, what)
	}
	switch order := d.one(tagFillOrder, 1); order {
	case 1:
	case 2:
		f.reversed = true
	default:
		d.refuse(tagFillOrder, order, "want 1 or 2")
	}
}

// faxOf refuses what the fax decoder does not know.
func (d *reading) faxOf(f *tiffFile) {
	if f.bits != 1 || f.samples != 1 {
		d.refuse(tagCompression, f.compression, fmt.Sprintf("fax, with %d samples of %d bits; want one of one bit", f.samples, f.bits))
	}
	// Bit 0: rows that refer to the one before. 1: parts that are not compressed. 2: rows that end with a byte.
	if o := d.one(tagT4Options, 0); f.compression == tiffGroup3 && o&7 != 0 {
		d.refuse(tagT4Options, o, "want 0, one-dimensional without fill bits")
	}
	if o := d.one(tagT6Options, 0); f.compression == tiffGroup4 && o&2 != 0 {
		d.refuse(tagT6Options, o, "want 0, without uncompressed parts")
	}
}

// unpack returns the rows of a chunk, in buf if it is large enough.
func (f *tiffFile) unpack(o DecodeOptions, i, rows int, buf []byte) ([]byte, error) {
	start, length := int64(f.starts[i]), int64(f.lengths[i])
	size := int64(len(f.data))
	if start >= size {
		return nil, fmt.Errorf("%w: it is at byte %d, the file has %d", errTruncated, start, size)
	}
	src := f.data[start:min(start+length, size)]
	n := rows * f.rowBytes()
	if f.reversed {
		src = bytes.Clone(src[:min(len(src), 8*n+4096)]) // nothing is packed into more
		if err := o.work.feed(len(src)); err != nil {
			return nil, err
		}
		for i, b := range src {
			src[i] = bits.Reverse8(b)
		}
	}
	if cap(buf) < n {
		buf = make([]byte, n)
	}
	buf = buf[:n]
	if err := f.fill(o, buf, src, rows); err != nil {
		return nil, err
	}
	if f.differences {
		f.add(buf)
	}
	return buf, nil
}

// fill unpacks src into all of dst. What src holds beyond is passed over, as writers pad chunks.
func (f *tiffFile) fill(o DecodeOptions, dst, src []byte, rows int) error {
	var r io.Reader
	switch f.compression {
	case tiffPlain:
		r = bytes.NewReader(src)
	case tiffPackBits:
		b, used := unpackBits(src, len(dst))
		if err := o.work.feed(used); err != nil {
			return err
		}
		r = bytes.NewReader(b)
	case tiffLZW:
		if len(src) > 1 && src[0] == 0 && src[1]&1 != 0 {
			return fmt.Errorf("%w: TIFF with Compression (tag %d) = 5 as programs before 1987 wrote it; convert it to PNG", errUnsupported, tagCompression)
		}
		z := lzw.NewReader(o.reader(src), lzw.MSB, 8)
		defer z.Close()
		r = z
	case tiffDeflate, tiffDeflateOld:
		z, err := zlib.NewReader(o.reader(src))
		if err != nil {
			return tiffError(err, 0, len(dst))
		}
		defer z.Close()
		r = z
	case tiffZstd:
		z, err := zstd.NewReader(o.reader(src), zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(32<<20))
		if err != nil {
			return err
		}
		defer z.Close()
		r = z
	case tiffGroup3, tiffGroup4:
		kind := ccitt.Group3
		if f.compression == tiffGroup4 {
			kind = ccitt.Group4
		}
		// A white run is of zeros, whatever PhotometricInterpretation makes of these.
		r = ccitt.NewReader(o.reader(src), ccitt.MSB, kind, f.cw, rows, &ccitt.Options{Invert: true})
	}
	n, err := io.ReadFull(r, dst)
	if err != nil {
		return tiffError(err, n, len(dst))
	}
	return nil
}

// tiffError tells a chunk that is cut short from one that is damaged.
func tiffError(err error, n, want int) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: the pixels end before the image does, after %d of %d bytes", errTruncated, n, want)
	}
	return decoderError(err)
}

// unpackBits unpacks at most n bytes (TIFF 6.0, section 9), runs of as they are and of one byte repeated, and tells how
// many bytes of src they were packed in.
func unpackBits(src []byte, n int) (dst []byte, used int) {
	dst, all := make([]byte, 0, n), len(src)
	for len(src) > 1 && len(dst) < n {
		c := int(int8(src[0]))
		src = src[1:]
		switch {
		case c >= 0:
			k := min(c+1, len(src), n-len(dst))
			dst = append(dst, src[:k]...)
			src = src[min(c+1, len(src)):]
		case c > -128:
			dst = append(dst, bytes.Repeat(src[:1], min(1-c, n-len(dst)))...)
			src = src[1:]
		}
	}
	return dst, all - len(src)
}

// add undoes the differences of neighbours in each row (TIFF 6.0, section 14).
func (f *tiffFile) add(b []byte) {
	n := f.inChunk()
	for size := f.rowBytes(); len(b) >= size; b = b[size:] {
		row := b[:size]
		if f.bits == 8 {
			for i := n; i < len(row); i++ {
				row[i] += row[i-n]
			}
			continue
		}
		for i := 2 * n; i+1 < len(row); i += 2 {
			f.order.PutUint16(row[i:], f.order.Uint16(row[i:])+f.order.Uint16(row[i-2*n:]))
		}
	}
}
