package weights

import (
	"bufio"
	"compress/flate"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"sync"
)

const (
	// maxDeflateRatio is how much longer than its deflated form anything can be (1032 by the format), rounded up.
	maxDeflateRatio = 1100
	// maxInflated bounds what is held inflated; VGG's largest array takes 411 MB.
	maxInflated = 1 << 30
)

// inflater reads a deflated range of a file by position. Reading on from where the last read ended costs no more than
// the bytes read, going back begins anew. It is safe for concurrent use.
type inflater struct {
	src          *source
	off, packed  int64
	size         int64 // inflated
	sum          uint32
	whole        bool // inflate everything at the first read, and keep it
	mu           sync.Mutex
	stream       io.Reader
	hash         hash.Hash32
	pos          int64 // of the stream
	inflatedData []byte
}

// ReadAt fills p from the inflated byte off on, or fails.
func (in *inflater) ReadAt(p []byte, off int64) (int, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if off < 0 || off > in.size || int64(len(p)) > in.size-off {
		return 0, fmt.Errorf("truncated: expected %d bytes from %d on, found an array of %d: %w", len(p), off, in.size, io.ErrUnexpectedEOF)
	}
	if in.whole {
		if err := in.inflateAll(); err != nil {
			return 0, err
		}
		return copy(p, in.inflatedData[off:]), nil
	}
	if in.stream == nil || off < in.pos {
		in.restart()
	}
	if err := in.forward(io.Discard, off-in.pos); err != nil {
		return 0, err
	}
	n, err := io.ReadFull(in.stream, p)
	in.pos += int64(n)
	if err != nil {
		return n, in.failed(err)
	}
	return n, in.atEnd()
}

// Streamed tells that reads are best made in rising order.
func (in *inflater) Streamed() bool { return true }

// inflateAll grows its buffer with what there really is, so that a wrong size in the archive allocates nothing.
func (in *inflater) inflateAll() error {
	if in.inflatedData != nil {
		return nil
	}
	in.restart()
	var to growing
	if err := in.forward(&to, in.size); err != nil {
		return err
	}
	if err := in.atEnd(); err != nil {
		return err
	}
	in.inflatedData, in.stream = to, nil
	return nil
}

// growing is an append-only writer.
type growing []byte

func (g *growing) Write(p []byte) (int, error) {
	*g = append(*g, p...)
	return len(p), nil
}

func (in *inflater) restart() {
	in.hash = crc32.NewIEEE()
	packed := bufio.NewReaderSize(in.src.section(in.off, in.packed), 1<<16)
	in.stream = io.TeeReader(flate.NewReader(packed), in.hash)
	in.pos = 0
}

// rewind lets go of the stream.
func (in *inflater) rewind() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.stream, in.pos = nil, 0
}

func (in *inflater) forward(to io.Writer, n int64) error {
	done, err := io.CopyN(to, in.stream, n)
	in.pos += done
	if err != nil {
		return in.failed(err)
	}
	return nil
}

// atEnd checks the archive's sum when everything was read.
func (in *inflater) atEnd() error {
	if in.pos < in.size {
		return nil
	}
	in.stream = nil
	if found := in.hash.Sum32(); found != in.sum {
		return fmt.Errorf("expected data with CRC-32 %08x, found %08x: the file is damaged; fetch it again", in.sum, found)
	}
	return nil
}

// failed ends the stream, which cannot go on after an error.
func (in *inflater) failed(err error) error {
	in.stream = nil
	return fmt.Errorf("inflate, byte %d of %d: %w; the file may be damaged, fetch it again", in.pos, in.size, err)
}
