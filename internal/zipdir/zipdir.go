// Package zipdir opens zip archives whose directory, which archive/zip holds in memory as a whole, is bounded.
package zipdir

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"math"
	"sync/atomic"
)

// Open reads the directory of the archive in the size bytes of r; more than most bytes of it are an error.
func Open(r io.ReaderAt, size, most int64) (*zip.Reader, error) {
	m := &metered{r: r, most: most}
	m.left.Store(most)
	archive, err := zip.NewReader(m, size)
	m.left.Store(math.MaxInt64) // the members are their reader's to bound
	if errors.Is(err, zip.ErrFormat) {
		return nil, fmt.Errorf("truncated: the zip archive's directory is missing at its end; fetch it again: %w", err)
	}
	return archive, err
}

// metered fails when more bytes are asked for in all than are left.
type metered struct {
	r    io.ReaderAt
	left atomic.Int64
	most int64
}

func (m *metered) ReadAt(p []byte, off int64) (int, error) {
	if m.left.Add(-int64(len(p))) < 0 {
		return 0, fmt.Errorf("the zip archive's directory is larger than the %d bytes that it may have", m.most)
	}
	return m.r.ReadAt(p, off)
}
