package matfile

import (
	"bufio"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"sync"
)

const (
	// maxRatio is how much longer than its deflated form anything can be (1032 by the format), rounded up.
	maxRatio = 1100
	// windowBytes is how far back a reader may go without a new start: several readers take turns within it.
	windowBytes = 16 << 20
)

// inflater reads a compressed variable by position. Reading on costs no more than the bytes read, and the last bytes
// are kept; going further back begins anew. It is safe for concurrent use.
type inflater struct {
	src    io.ReaderAt
	off, n int64 // of the compressed bytes
	most   int64 // what they can be inflated to at most
	size   int64 // of the variable; 0: not known yet

	mu     sync.Mutex
	stream io.ReadCloser
	window []byte // the last bytes of [0, pos), a ring
	pos    int64
}

func newInflater(src io.ReaderAt, off, n int64) (*inflater, error) {
	if n < 2 {
		return nil, fmt.Errorf("expected a compressed variable at byte %d, found %d bytes", off, n)
	}
	return &inflater{src: src, off: off, n: n, most: n * maxRatio}, nil
}

// Streamed tells that reads are best made in rising order.
func (in *inflater) Streamed() bool { return true }

// ReadAt fills p from the inflated byte off on, or fails.
func (in *inflater) ReadAt(p []byte, off int64) (int, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if off < 0 || int64(len(p)) > in.most-off || in.size > 0 && int64(len(p)) > in.size-off {
		return 0, fmt.Errorf("expected %d bytes from %d on, found a variable of %d: %w", len(p), off, in.size, io.ErrUnexpectedEOF)
	}
	if in.stream == nil || off < in.pos-int64(min(in.pos, windowBytes)) {
		if err := in.restart(); err != nil {
			return 0, err
		}
	}
	done := in.fromWindow(p, off)
	for in.pos < off { // skip
		if err := in.advance(nil, off-in.pos); err != nil {
			return done, err
		}
	}
	for done < len(p) {
		before := in.pos
		if err := in.advance(p[done:], int64(len(p)-done)); err != nil {
			return done, err
		}
		done += int(in.pos - before)
	}
	return done, nil
}

// fromWindow copies what p wants and the window has; the rest follows from in.pos on.
func (in *inflater) fromWindow(p []byte, off int64) int {
	n := 0
	for n < len(p) && off+int64(n) < in.pos {
		at := int((off + int64(n)) % windowBytes)
		end := min(windowBytes, at+int(min(in.pos-off-int64(n), int64(len(p)-n))))
		n += copy(p[n:], in.window[at:end])
	}
	return n
}

// advance inflates the next bytes, at most n, into the window and into p, if that is not nil.
func (in *inflater) advance(p []byte, n int64) error {
	const step = 256 << 10
	at := int(in.pos % windowBytes)
	n = min(n, step, int64(windowBytes-at))
	if need := at + int(n); need > len(in.window) { // grows to its full size with what there really is
		in.window = append(in.window, make([]byte, need-len(in.window))...)
	}
	part := in.window[at : at+int(n)]
	k, err := io.ReadFull(in.stream, part)
	in.pos += int64(k)
	if err != nil {
		err = fmt.Errorf("inflate, at byte %d: %w; the file may be damaged, fetch it again", in.pos, err)
		in.close()
		return err
	}
	copy(p, part)
	return nil
}

func (in *inflater) restart() error {
	in.close()
	packed := bufio.NewReaderSize(io.NewSectionReader(in.src, in.off, in.n), 1<<16)
	var err error
	if in.stream, err = zlib.NewReader(packed); err != nil {
		in.stream = nil
		return fmt.Errorf("inflate: %w", err)
	}
	return nil
}

// close lets go of the stream and of the window.
func (in *inflater) close() {
	in.stream, in.window, in.pos = nil, nil, 0
}

// verify reads to the end, where the sum of a zlib stream is checked, and lets go of the stream.
func (in *inflater) verify() error {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.stream == nil {
		if err := in.restart(); err != nil {
			return err
		}
	}
	for in.pos < in.size {
		if err := in.advance(nil, in.size-in.pos); err != nil {
			return err
		}
	}
	var beyond [1]byte
	n, err := in.stream.Read(beyond[:])
	in.close()
	if n == 0 && errors.Is(err, io.EOF) {
		return nil
	}
	if err == nil || n > 0 {
		return nil // bytes behind the variable are nobody's
	}
	return fmt.Errorf("inflate, at the end: %w; the file is damaged, fetch it again", err)
}
