package datasets

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"fc7/internal/store"
)

// archive is a file that holds many images, as it was when they were listed.
type archive struct {
	size    int64
	time    time.Time
	version string        // of one on a store, which has no time here
	table   *parquetTable // nil: the images are ranges of its bytes
}

func newArchive(info fs.FileInfo) *archive { return &archive{size: info.Size(), time: info.ModTime()} }

// partsFile is an open archive.
type partsFile interface {
	io.ReaderAt
	io.Closer
}

// ofArchive says of an error of which archive of a kind of data set it is, unless that is an error of its store, which
// names it.
func ofArchive(kind, path string, err error) error {
	if f := new(store.Fault); errors.As(err, &f) {
		return fmt.Errorf("data set %s: %w", kind, err)
	}
	return fmt.Errorf("data set %s: %s: %w", kind, store.Shown(path), err)
}

// openArchive opens an archive, and tells what it is now. want says what it is to be; was is what is known of one on a
// store.
func openArchive(path, want string, was store.Object) (partsFile, *archive, error) {
	if store.Is(path) {
		f, err := store.OpenFile(context.Background(), path, was, store.FirstWindow)
		if err != nil {
			return nil, nil, err
		}
		return f, &archive{size: f.Object().Size, version: f.Object().Version}, nil
	}
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("want a %s, found a %s", want, describeMode(info.Mode()))
	}
	if err != nil {
		return nil, nil, err
	}
	f, err := os.Open(path)
	return f, newArchive(info), err
}

// open opens the archive at a path again; of one on a store, which is to be as it was, about so many bytes are wanted
// first.
func (a *archive) open(ctx context.Context, path string, first int64) (partsFile, error) {
	if store.Is(path) {
		return store.OpenFile(ctx, path, a.object(), first)
	}
	return os.Open(path)
}

// object is what is known of an archive on a store; nothing of none.
func (a *archive) object() store.Object {
	if a == nil {
		return store.Object{}
	}
	return store.Object{Size: a.size, Version: a.version}
}

// archiveAt is the archive as it is now; nil: nothing can be known of it. The error is that of a store that does not
// tell it now.
func archiveAt(path string) (*archive, error) {
	if store.Is(path) {
		o, err := store.Stat(context.Background(), path)
		if f := new(store.Fault); errors.As(err, &f) && !f.OfStore() {
			return nil, nil
		}
		return &archive{size: o.Size, version: o.Version}, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil //nolint:nilerr // as reading it will tell
	}
	return newArchive(info), nil
}

// table is the one that the part is a row of; nil: it is a range of bytes.
func (p *Part) table() *parquetTable {
	if p.in == nil {
		return nil
	}
	return p.in.table
}

// Changed tells whether the file that holds the location and others is another one by now than when its parts were
// listed, whatever bytes are there; info is what is known of it now. It says nothing of a whole file, nor of one on a
// store, where another one is not read.
func (l Location) Changed(info fs.FileInfo) error {
	if l.Part == nil || l.Part.in == nil || l.Remote() {
		return nil
	}
	if was := l.Part.in; info.Size() != was.size || !info.ModTime().Equal(was.time) {
		return fmt.Errorf("%s has %d bytes of %s, and had %d of %s when what is in it was listed", l.Path,
			info.Size(), info.ModTime().UTC().Format(time.RFC3339Nano), was.size, was.time.UTC().Format(time.RFC3339Nano))
	}
	return nil
}
