package picture

import (
	"bytes"
	"errors"
	"fmt"
	"image/jpeg"
	"image/png"
	"io"
	"io/fs"

	"golang.org/x/image/bmp"
)

// Info tells what kind of file an image came from.
type Info struct {
	Format        string // jpeg, png, gif, webp, bmp or tiff
	Width, Height int    // pixels as displayed: after the orientation was applied
	orientation   int    // EXIF orientation, 1 to 8; 1 where the file states none
	Color         string // the file's colour model: gray, graya, rgb, rgba (each also with 16 for 16 bits), palette, ycbcr, cmyk or ycck
}

// Decode reads an image file into packed RGB, upright. The format is told by content, never by a name.
//
// Formats: JPEG (sequential and progressive; gray, YCbCr, RGB, CMYK, YCCK), PNG, GIF (first frame, on its canvas), WebP
// (lossy, lossless, first frame of an animation), BMP, TIFF (first page). EXIF orientation is applied wherever the file
// states one. The pixels are meant to equal those of Pillow's convert("RGB"):
//   - Transparency is dropped: what a fully transparent pixel holds is shown. Colours that TIFF multiplies by it are divided.
//   - 16-bit samples lose their low byte. (Pillow does so for RGB; its 16-bit gray images clip at 255 instead, which
//     turns nearly all of them white. That is not followed.)
//   - Colour profiles, gamma and sRGB chunks are ignored.
//
// Truncated and corrupt files are errors: never half an image. Metadata is not checked, and a JPEG without end marker
// or a PNG without last chunk passes when all its pixels are there. A decoder's panic becomes an error that wraps
// errCorrupt, as the formats' decoders are not ours and one bad file must not end a run over many.
//
// All limits are checked before the pixels are allocated. With an error, Info holds what was known by then. r is read
// to its end, or to one byte past the limit.
func Decode(r io.Reader, o DecodeOptions) (*Image, Info, error) {
	o = o.withDefaults()
	poll := &poller{ask: o.Poll}
	o.Poll, o.Reserve, o.work = poll.check, poll.keep(o.Reserve), poll
	data, err := readFile(r, o, poll)
	if err != nil {
		return nil, Info{}, err
	}
	f, err := sniff(data)
	if err != nil {
		return nil, Info{}, err
	}
	poll.of(len(data))
	info := Info{Format: f.name, orientation: 1}
	im, err := decodeGuarded(f, data, o, &info)
	if poll.err != nil {
		return nil, info, poll.err
	}
	if err != nil {
		return nil, info, fmt.Errorf("decode %s: %w", f.name, err)
	}
	return orient(im, info.orientation), info, nil
}

// readFile reads an image file to its end. If it is more than a beginning, memory is asked for first: for all that
// decoding will need where the beginning tells, for the file alone where it does not.
func readFile(r io.Reader, o DecodeOptions, poll *poller) ([]byte, error) {
	size := SizeOf(r)
	if o.Reserve == nil || size >= 0 && size <= headBytes {
		return readAll(r, size, o.maxBytes, poll)
	}
	head, err := readAll(io.LimitReader(r, headBytes), headBytes, headBytes, poll)
	if err != nil || len(head) < headBytes {
		return head, err
	}
	return o.readRest(head, r, size, o.pixels(head), poll)
}

// readRest reads a file of size bytes that begins with head to its end. Memory is asked for first: for the file, the
// largest there may be where its size is not known, and for more bytes beside it.
func (o DecodeOptions) readRest(head []byte, r io.Reader, size, more int64, poll *poller) ([]byte, error) {
	if size < 0 || size > o.maxBytes {
		size = o.maxBytes
	}
	if err := o.reserve(size + more); err != nil {
		return nil, err
	}
	return readAll(io.MultiReader(bytes.NewReader(head), r), size, o.maxBytes, poll)
}

// pixels is how much decoding will need beside the file that begins with head; 0: that does not tell.
func (o DecodeOptions) pixels(head []byte) (need int64) {
	o.probing = true
	o.Reserve = func(n int64) error {
		need = n - int64(len(head))
		return errProbed
	}
	if f, err := sniff(head); err == nil {
		_, _ = decodeGuarded(f, head, o, &Info{Format: f.name, orientation: 1}) // what is wrong shows in the whole
	}
	return need
}

// errProbed ends a decoding where its memory is asked for.
var errProbed = errors.New("decoded no further")

// SizeOf is how many bytes can be read of a file, or of a part of one; below 0: it is not known.
func SizeOf(r io.Reader) int64 {
	switch r := r.(type) {
	case fs.File:
		if i, err := r.Stat(); err == nil {
			return i.Size()
		}
	case interface{ Size() int64 }:
		return r.Size()
	}
	return -1
}

// readAll reads r to its end, in one piece where it has the size that it is said to have.
func readAll(r io.Reader, size, limit int64, poll *poller) ([]byte, error) {
	b := bytes.NewBuffer(make([]byte, 0, max(min(size, limit), 0)+bytes.MinRead))
	if _, err := b.ReadFrom(io.LimitReader(polled{r: r, poll: poll.check, most: 1 << 20}, limit+1)); err != nil {
		if poll.err != nil {
			return nil, poll.err
		}
		return nil, fmt.Errorf("read image: %w", err)
	}
	if int64(b.Len()) > limit {
		return nil, fmt.Errorf("%w: the file has more than %d bytes; raise the limit of bytes if it is an image", ErrTooLarge, limit)
	}
	return b.Bytes(), nil
}

// decodeGuarded runs a format's decoder and turns its panic into an error.
func decodeGuarded(f format, data []byte, o DecodeOptions, info *Info) (im *Image, err error) {
	defer func() {
		if p := recover(); p != nil {
			im, err = nil, fmt.Errorf("%w: the decoder gave up: %v", errCorrupt, p)
		}
	}()
	return f.decode(data, o, info)
}

// setSize notes the size in the file and the orientation; Width and Height become those of the upright image.
func (i *Info) setSize(w, h, o int) {
	i.Width, i.Height, i.orientation = w, h, o
	if o >= 5 {
		i.Width, i.Height = h, w
	}
}

// decoderError puts the error of a foreign decoder into one of our classes.
func decoderError(err error) error {
	var (
		j jpeg.UnsupportedError
		p png.UnsupportedError
	)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return fmt.Errorf("%w: the file ends before its pixels do", errTruncated)
	case errors.As(err, &j), errors.As(err, &p), errors.Is(err, bmp.ErrUnsupported):
		return fmt.Errorf("%w: %w; convert it to JPEG or PNG", errUnsupported, err)
	}
	return fmt.Errorf("%w: %w", errCorrupt, err)
}
