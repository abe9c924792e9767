package datasets

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
)

// Location says where the bytes of one image are: in a row of the table at Path
// if Row is not 0; the whole file at Path if Offset and Size are 0; otherwise
// the Size bytes from Offset on. An empty range, of an empty file in a tar,
// cannot be opened.
type Location struct {
	Path         string
	Offset, Size int64
	Row          int64 // 1-based, in a Parquet file

	table *parquetTable // of Row; nil: to be opened
}

// String names the location: its path, with what part of it is meant.
func (l Location) String() string {
	switch {
	case l.Row != 0:
		return fmt.Sprintf("%s#%d", l.Path, l.Row)
	case l.Size != 0 || l.Offset != 0:
		return fmt.Sprintf("%s@%d+%d", l.Path, l.Offset, l.Size)
	}
	return l.Path
}

// Open returns a reader of exactly the bytes of the location; the caller
// closes it. A row of a table is read as a whole page of its column, of which
// the last few are kept, so that rows are best read in about their order. Only regular files are opened, so that a named pipe or a device
// among the images cannot hang the reader. The error names the path and
// wraps fs.ErrNotExist where there is no file.
func (l Location) Open() (io.ReadCloser, error) {
	if err := l.Check(); err != nil {
		return nil, err
	}
	if l.Row != 0 {
		return l.openRow()
	}
	f, err := os.Open(l.Path)
	if err != nil {
		return nil, fmt.Errorf("open image: %w", err)
	}
	if l.Size == 0 {
		return f, nil
	}
	return section{io.NewSectionReader(f, l.Offset, l.Size), f}, nil
}

func (l Location) openRow() (_ io.ReadCloser, err error) {
	t := l.table
	if t == nil {
		if t, err = openParquetTable(l.Path); err != nil {
			return nil, fmt.Errorf("open image %s: %w", l, err)
		}
	}
	data, err := t.image(l.Row)
	if err != nil {
		return nil, fmt.Errorf("open image %s: %w", l, err)
	}
	return io.NopCloser(bytes.NewReader(data)), nil
}

// section reads a byte range and closes the file below it.
type section struct {
	*io.SectionReader
	io.Closer
}

// Check tells, without reading, whether Open would find a regular file that
// holds the whole location.
func (l Location) Check() error {
	if l.Size == 0 && l.Offset > 0 {
		return fmt.Errorf("open image %s: the image at byte %d is empty", l.Path, l.Offset)
	}
	if l.Offset < 0 || l.Size < 0 || l.Offset > math.MaxInt64-l.Size {
		return fmt.Errorf("open image %s: bytes %d+%d are not a range", l.Path, l.Offset, l.Size)
	}
	info, err := os.Stat(l.Path)
	if err != nil {
		return fmt.Errorf("open image: %w", err)
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("open image %s: want a regular file, found a %s", l.Path, describeMode(info.Mode()))
	}
	if l.table != nil && l.table.size != info.Size() {
		return fmt.Errorf("open image %s: the table has %d bytes, but had %d when the set was opened: it was replaced", l, info.Size(), l.table.size)
	}
	if end := l.Offset + l.Size; end > info.Size() {
		return fmt.Errorf("open image %s: want bytes %d to %d, but the file has %d: it was cut or replaced", l.Path, l.Offset, end, info.Size())
	}
	return nil
}

// describeMode names what stands where a regular file was expected.
func describeMode(m fs.FileMode) string {
	switch {
	case m.IsDir():
		return "folder"
	case m&fs.ModeNamedPipe != 0:
		return "named pipe"
	case m&fs.ModeSocket != 0:
		return "socket"
	case m&fs.ModeDevice != 0:
		return "device"
	}
	return "special file"
}
