package picture

import (
	"errors"
	"fmt"
)

// What is wrong with an image file; every error of [Decode] wraps one of these, or the reader's own.
var (
	errUnknownFormat = errors.New("unknown image format")
	errUnsupported   = errors.New("unsupported image")
	errCorrupt       = errors.New("corrupt image")
	errTruncated     = errors.New("truncated image")
	ErrTooLarge      = errors.New("image over the limit")
)

// The defaults of [DecodeOptions].
const (
	// DefaultMaxPixels is where Pillow refuses an image as a decompression bomb (twice the pixels that fit into a
	// quarter of a gibibyte of RGB), so that the same files pass in both.
	DefaultMaxPixels = 178_956_970
	// defaultMaxBytes is several times the largest photograph that cameras write.
	defaultMaxBytes = 256 << 20
	// defaultMaxMemory keeps one decoding under 1 GiB: enough for 8-bit files of 150 megapixels and 16-bit ones of 90,
	// for progressive JPEGs of 56 (97 with chroma halved), and for sequential ones with chroma halved at the limit of
	// pixels.
	defaultMaxMemory = 1 << 30
)

// DecodeOptions bounds what one file may cost. The zero value sets the defaults.
type DecodeOptions struct {
	MaxPixels int   // width times height; 0: DefaultMaxPixels
	maxBytes  int64 // size of the file; 0: 256 MiB
	maxMemory int64 // bytes that file, decoder and result need together, by estimate; 0: 1 GiB, more if MaxPixels is above its default
	// Poll, if set, is asked again and again while the file is read and decoded; its error ends that, and is returned. It
	// serves the end of a context. Lossy WebP, whose decoder takes the whole file at once, is decoded in one go.
	Poll func() error
	// Reserve, if set, is asked for the memory that file, decoder and result need together, by the same estimate,
	// before it is taken: once, or again with more where the beginning of a file does not tell. It may wait; its error
	// ends the decoding, and is returned.
	Reserve func(bytes int64) error

	probing bool    // the data are the beginning of a file
	work    *poller // counts what the decoder is fed; nil: nobody does
}

// reserve asks for memory.
func (o DecodeOptions) reserve(n int64) error {
	if o.Reserve == nil {
		return nil
	}
	return o.Reserve(n)
}

// Resolved returns the options with every default filled in.
func (o DecodeOptions) Resolved() DecodeOptions { return o.withDefaults() }

func (o DecodeOptions) withDefaults() DecodeOptions {
	if o.MaxPixels <= 0 {
		o.MaxPixels = DefaultMaxPixels
	}
	if o.maxBytes <= 0 {
		o.maxBytes = defaultMaxBytes
	}
	if o.maxMemory <= 0 { // who raises the limit of pixels wants those images decoded
		o.maxMemory = defaultMaxMemory
		if o.MaxPixels > DefaultMaxPixels {
			o.maxMemory = defaultMaxMemory / DefaultMaxPixels * int64(o.MaxPixels)
		}
	}
	return o
}

// maxChunks bounds the parts that an image may be stored in: as many as tiles of the smallest size, 16x16 pixels, are
// at the limit of pixels, and many more than strips or chunks that writers make.
func (o DecodeOptions) maxChunks() int { return max(1<<20, 2*(o.MaxPixels/256)) }

// manyChunks is the error of an image in more parts.
func (o DecodeOptions) manyChunks(what string, n int) error {
	return fmt.Errorf("%w: its pixels are stored in %d %s, at most %d are read", ErrTooLarge, n, what, o.maxChunks())
}

// check refuses a size before its pixels are allocated, and asks for their memory. perPixel are the bytes a pixel that
// the decoder of the format allocates; the file itself, the RGB result and the copy that an orientation asks for are
// added here.
func (o DecodeOptions) check(info Info, fileSize int, perPixel float64) error {
	w, h := info.Width, info.Height
	if w <= 0 || h <= 0 {
		return fmt.Errorf("%w: its header says %dx%d pixels, both sides must be positive", errCorrupt, w, h)
	}
	if w > o.MaxPixels/h {
		const say = "%w: %dx%d pixels are %.4g megapixels, at most %.4g are decoded; scale the image down or raise the limit of pixels"
		return fmt.Errorf(say, ErrTooLarge, w, h, float64(w)*float64(h)/1e6, float64(o.MaxPixels)/1e6)
	}
	perPixel += 3
	if info.orientation != 1 {
		perPixel += 3
	}
	need := int64(float64(w)*float64(h)*perPixel) + int64(fileSize)
	if need > o.maxMemory {
		const say = "%w: decoding %dx%d pixels of %s needs about %d MiB, at most %d are spent on one image; " +
			"scale the image down or raise the limit of memory"
		return fmt.Errorf(say, ErrTooLarge, w, h, info.Format, need>>20, o.maxMemory>>20)
	}
	return o.reserve(need)
}
