package datasets

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"strings"
)

// Location says where the bytes of one image are: the file at Path, or a part of it, or the object at an address.
type Location struct {
	Path string // or address
	Part *Part  // nil: the whole file
}

// Part is what an image takes of a file: the Size bytes from Offset on, or a row of a table, whose Size is 0. An empty
// range, of an empty file in a tar, cannot be opened.
type Part struct {
	Offset, Size int64 // of a row its number, from 1, and 0

	packed int64 // bytes when unpacked, of a deflated member of a zip archive; 0: it is not packed

	in  *archive // nil: a range of bytes of a file of which nothing is known
	raw bool     // pixels without a header; see openRaw
}

// String names the location: its path, with what part of it is meant.
func (l Location) String() string {
	switch p := l.Part; {
	case p == nil:
		return l.Path
	case p.table() != nil:
		return fmt.Sprintf("%s#%d", l.Path, p.Offset)
	default:
		return fmt.Sprintf("%s@%d+%d", l.Path, p.Offset, p.Size)
	}
}

// Open returns a reader of exactly the bytes of the location; the caller closes it. A row of a table is read as a whole
// page of its column, of which the last few are kept, so that rows are best read in about their order. Only regular
// files are opened, so that a named pipe or a device among the images cannot hang the reader. The error names the path
// and wraps fs.ErrNotExist where there is no file.
func (l Location) Open() (io.ReadCloser, error) { return l.OpenIn(context.Background()) }

// OpenIn is Open that asks a store as long as the context lasts. What is wrong there is a *store.Fault.
func (l Location) OpenIn(ctx context.Context) (io.ReadCloser, error) {
	if err := l.Check(); err != nil {
		return nil, err
	}
	switch {
	case l.Part != nil && l.Part.table() != nil:
		return l.openRow(ctx)
	case l.Part != nil && l.Part.raw:
		return l.openRaw(ctx)
	case l.Part != nil && l.Part.packed > 0:
		return l.openPacked()
	case l.Remote():
		return l.openRemote(ctx)
	}
	f, err := os.Open(l.Path)
	if err != nil {
		return nil, fmt.Errorf("open image: %w", err)
	}
	if l.Part == nil {
		return f, nil
	}
	return section{io.NewSectionReader(f, l.Part.Offset, l.Part.Size), f}, nil
}

func (l Location) openRow(ctx context.Context) (io.ReadCloser, error) {
	data, err := l.Part.table().image(ctx, l.Part.Offset)
	if err != nil {
		return nil, fmt.Errorf("open image %s: %w", l, err)
	}
	return cell{bytes.NewReader(data)}, nil
}

// cell reads the bytes of a row.
type cell struct{ *bytes.Reader }

func (cell) Close() error { return nil }

// Room is how many bytes of memory Open takes beside those of the image, and keeps until the reader is closed: those of
// the page that a row of a table is in, unless that is there from the row before.
func (l Location) Room() int64 {
	switch p := l.Part; {
	case p == nil:
		return 0
	case p.table() != nil:
		return p.table().room(p.Offset)
	default:
		return p.packed
	}
}

// section reads a byte range and closes the file below it.
type section struct {
	*io.SectionReader
	io.Closer
}

// Check tells, without reading, whether Open would find a regular file that holds the whole location. A store is not
// asked: it says of an address whether the location is one in itself, and in what was there when it was listed.
func (l Location) Check() error {
	if l.Part != nil {
		if err := l.Part.check(l.Path); err != nil {
			return err
		}
	}
	if l.Remote() {
		if l.Part != nil && l.Part.in != nil {
			return l.inside(l.Part.in.size)
		}
		return nil
	}
	info, err := os.Stat(l.Path)
	if err != nil {
		return fmt.Errorf("open image: %w", err)
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("open image %s: want a regular file, found a %s", l.Path, describeMode(info.Mode()))
	}
	if l.Part != nil {
		return l.inside(info.Size())
	}
	return nil
}

// check tells whether the part is one in itself.
func (p *Part) check(path string) error {
	switch {
	case p.table() != nil:
		return nil
	case p.Size == 0 && p.Offset >= 0:
		return fmt.Errorf("open image %s: the image at byte %d is empty", path, p.Offset)
	case p.Offset < 0 || p.Size < 0 || p.Offset > math.MaxInt64-p.Size:
		return fmt.Errorf("open image %s: bytes %d+%d are not a range", path, p.Offset, p.Size)
	}
	return nil
}

// inside tells whether the part lies in the file, which has size bytes now.
func (l Location) inside(size int64) error {
	p := l.Part
	if p.table() != nil {
		if p.table().size != size {
			return fmt.Errorf("open image %s: the table has %d bytes, but had %d when the set was opened: it was replaced", l, size, p.table().size)
		}
		return nil
	}
	if end := p.Offset + p.Size; end > size {
		return fmt.Errorf("open image %s: want bytes %d to %d, but the file has %d: it was cut or replaced", l.Path, p.Offset, end, size)
	}
	return nil
}

// sharing returns id as a part of path where it is its end, so that the two take the memory of one.
func sharing(id, path string) string {
	if strings.HasSuffix(path, id) {
		return path[len(path)-len(id):]
	}
	return id
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
