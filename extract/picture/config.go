package picture

import (
	"errors"
	"fmt"
	"io"
)

// headBytes is how much of a file [DecodeConfig] reads at first: more than nearly all headers with their thumbnails and
// profiles have.
const headBytes = 64 << 10

// DecodeConfig tells what [Decode] would say of an image file without decoding its pixels: format, size as displayed,
// orientation, colours. It reads the beginning of r, and the rest only where that does not hold the header. Errors are
// those of Decode; an image with more pixels than the limit is one, with Info told. That the pixels are all there and
// sound is not known before Decode.
func DecodeConfig(r io.Reader, o DecodeOptions) (Info, error) {
	o = o.withDefaults()
	poll := &poller{ask: o.Poll}
	o.Poll, o.Reserve = poll.check, poll.keep(o.Reserve)
	size := SizeOf(r)
	head, err := readAll(io.LimitReader(r, headBytes), headBytes, headBytes, poll)
	if err != nil {
		return Info{}, err
	}
	info, err := config(head, o)
	if err == nil || len(head) < headBytes || errors.Is(err, ErrTooLarge) || errors.Is(err, errUnknownFormat) {
		return info, err
	}
	data, err := o.readRest(head, r, size, 0, poll)
	if err != nil {
		return info, err
	}
	return config(data, o)
}

// config runs a decoder up to where it checks the size, which no image passes without pixels allowed.
func config(data []byte, o DecodeOptions) (Info, error) {
	f, err := sniff(data)
	if err != nil {
		return Info{}, err
	}
	info := Info{Format: f.name, orientation: 1}
	_, err = decodeGuarded(f, data, DecodeOptions{Poll: o.Poll}, &info)
	if err != nil && !errors.Is(err, ErrTooLarge) {
		return info, fmt.Errorf("decode %s: %w", f.name, err)
	}
	if info.Width > o.MaxPixels/info.Height {
		return info, fmt.Errorf("%w: %dx%d pixels, at most %d are decoded", ErrTooLarge, info.Width, info.Height, o.MaxPixels)
	}
	return info, nil
}
