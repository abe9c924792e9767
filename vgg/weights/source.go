package weights

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"fc7/internal/escape"
)

// headBytes is how much of a file's start is kept to tell its format.
const headBytes = 4096

// source is an open file of known size. Reads are positioned, so they may run concurrently.
type source struct {
	path string
	size int64
	head []byte // the first bytes, at most headBytes
	r    io.ReaderAt
	file *os.File // nil when the bytes come from memory
	time time.Time
	// parts are further files that belong to it: external data of ONNX, shards of a TensorFlow bundle. They are closed
	// with it, and are part of its digest in this order.
	parts []*source
}

func openSource(path string) (*source, error) {
	path = CheckpointIndex(path)
	// Before the file is opened: opening a pipe would wait for its other end.
	info, err := os.Stat(path)
	if err != nil {
		return nil, unopened(path, err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: expected a file of weights, found %s", path, kindOf(info.Mode()))
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, unopened(path, err)
	}
	return newSource(path, file)
}

// unopened names the file alone, not the call that failed.
func unopened(path string, err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return fmt.Errorf("%s: %w", path, err)
}

// bytesSource is a file in memory, which is only read.
func bytesSource(path string, b []byte) *source {
	return &source{path: path, size: int64(len(b)), head: b[:min(len(b), headBytes)], r: bytes.NewReader(b)}
}

// newSource takes an open file over; it closes it on an error.
func newSource(path string, file *os.File) (*source, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	s := &source{path: path, size: info.Size(), r: file, file: file, time: info.ModTime()}
	if err := s.readHead(); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return s, nil
}

func kindOf(mode os.FileMode) string {
	if mode.IsDir() {
		return "a folder"
	}
	return "something that is not a plain file (" + mode.Type().String() + ")"
}

func (s *source) readHead() error {
	s.head = make([]byte, min(s.size, headBytes))
	_, err := s.ReadAt(s.head, 0)
	return err
}

// ReadAt fills p from byte off on, or fails: there are no short reads. The error names the file, and says so where the
// file changed after it was opened.
func (s *source) ReadAt(p []byte, off int64) (int, error) {
	n, err := s.r.ReadAt(p, off)
	if n == len(p) {
		return n, nil
	}
	if changed := s.changed(); changed != nil {
		return n, changed
	}
	if errors.Is(err, io.EOF) {
		return n, fmt.Errorf("%s: truncated: expected %d bytes from %d on, found %d: %w", s.path, len(p), off, n, io.ErrUnexpectedEOF)
	}
	if err != nil {
		return n, fmt.Errorf("%s: read %d bytes from %d on: %w", s.path, len(p), off, err)
	}
	return n, nil
}

// changed fails when the file is no longer what it was when it was opened, as far as its size and time tell. It is for
// whoever has read data to ask.
func (s *source) changed() error {
	if s.file == nil {
		return nil
	}
	info, err := s.file.Stat()
	if err != nil {
		return fmt.Errorf("%s: %w", s.path, err)
	}
	if info.Size() != s.size || !info.ModTime().Equal(s.time) {
		return fmt.Errorf("%s: the file changed while it was open (%d bytes then, %d now); open it again", s.path, s.size, info.Size())
	}
	return nil
}

// close closes the file and its parts.
func (s *source) close() error {
	var err error
	for _, p := range s.parts {
		err = errors.Join(err, p.close())
	}
	if s.file != nil {
		err = errors.Join(err, s.file.Close())
	}
	return err
}

// beside opens another file of the folder that s lies in and makes it a part of s. A name that leads out of the folder,
// by itself or by a link, is an error.
func (s *source) beside(name string) (*source, error) {
	if s.file == nil {
		return nil, fmt.Errorf("expected a file %q beside %s", escape.Short(name), s.path)
	}
	if !filepath.IsLocal(name) {
		return nil, fmt.Errorf("expected the name of a file in the same folder, found %q", escape.Short(name))
	}
	root, err := os.OpenRoot(filepath.Dir(s.path))
	if err != nil {
		return nil, err
	}
	defer root.Close()
	path := filepath.Join(filepath.Dir(s.path), name)
	info, err := root.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("expected a file %q beside it, found none; fetch it too", escape.Short(name))
	}
	if err != nil {
		return nil, fmt.Errorf("%w; put the file itself there if it is a link", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: expected a file, found %s", path, kindOf(info.Mode()))
	}
	file, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	part, err := newSource(path, file)
	if err != nil {
		return nil, err
	}
	s.parts = append(s.parts, part)
	return part, nil
}
