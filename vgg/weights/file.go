package weights

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"fc7/internal/escape"
)

// File is an open file of weights. Its methods are safe for concurrent use.
type File struct {
	Path     string
	Format   string            // "safetensors", "pytorch-zip", "pytorch-legacy", "caffemodel", "numpy", "numpy-npz", "onnx", …
	Tensors  []*Tensor         // in the order of the file
	Metadata map[string]string // what the file says of itself; never nil
	Graph    []Step            // what the file computes with its tensors, where it says so (ONNX); else nil
	Layers   []Step            // what the layers compute, in their order, of files whose tensors have their layers' names (Caffe, …)
	InOrder  bool              // the order of Tensors is that of the layers
	Size     int64             // bytes, with the files that belong to it
	Prefix   string            // what the names of all Tensors begin with, of a part of a file (Under); empty: it is whole

	src    *source
	byName map[string]*Tensor
	digest digest
	shut   func() error
}

// Open opens a file of weights and reads its headers. The format is told by the content. Errors name the file, what was
// expected and what was found. The caller closes the file.
func Open(path string) (*File, error) {
	s, err := openSource(path)
	if err != nil {
		return nil, err
	}
	f, err := newFile(s)
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	return f, nil
}

// OpenBytes opens a file of weights that is in memory. path is what errors call it. b is read as long as the file is
// open.
func OpenBytes(path string, b []byte) (*File, error) { return newFile(bytesSource(path, b)) }

func newFile(s *source) (*File, error) {
	name, c, err := openFormat(s)
	if err != nil {
		return nil, err
	}
	f := &File{Path: s.path, Format: name, Tensors: c.tensors, Metadata: c.metadata, Graph: c.graph, Layers: c.layers, InOrder: c.inOrder, Size: s.size, src: s}
	for _, p := range s.parts {
		f.Size += p.size
	}
	if f.Metadata == nil {
		f.Metadata = map[string]string{}
	}
	f.byName = make(map[string]*Tensor, len(f.Tensors))
	for _, t := range f.Tensors {
		if f.byName[t.Name] != nil {
			return nil, fmt.Errorf("%s: %s: expected unique names, found two tensors named %q", s.path, name, escape.Short(t.Name))
		}
		f.byName[t.Name] = t
	}
	f.shut = sync.OnceValue(s.close)
	return f, nil
}

// Lookup returns the tensor of that name, nil when the file has none.
func (f *File) Lookup(name string) *Tensor { return f.byName[name] }

// Reads tells which of the files that are read, the one that was named and those that belong to it, another path is, if
// any: whoever writes there writes over it.
func (f *File) Reads(path string) (part string, ok bool) {
	at, err := os.Stat(path)
	if err != nil {
		return "", false
	}
	for _, p := range append([]*source{f.src}, f.src.parts...) {
		if info, err := os.Stat(p.path); err == nil && os.SameFile(at, info) {
			return p.path, true
		}
	}
	return "", false
}

// SHA256 returns the digest of the whole file in hexadecimal, and, where other files belong to it (external data,
// shards), of their bytes after its own. It reads them once, however often it is called, and no longer than the context
// lasts.
func (f *File) SHA256(ctx context.Context) (string, error) {
	f.digest.Lock()
	defer f.digest.Unlock()
	if f.digest.sum != "" {
		return f.digest.sum, nil
	}
	var err error
	f.digest.sum, err = f.src.sha256(ctx)
	return f.digest.sum, err
}

// digest is that of a file once it was computed.
type digest struct {
	sync.Mutex
	sum string
}

// Close closes the file; its tensors can no longer be read. Closing again does nothing.
func (f *File) Close() error { return f.shut() }

func (s *source) sha256(ctx context.Context) (string, error) {
	hash := sha256.New()
	for _, p := range append([]*source{s}, s.parts...) {
		if err := p.digestTo(ctx, hash); err != nil {
			return "", fmt.Errorf("digest: %w", err)
		}
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

func (s *source) digestTo(ctx context.Context, hash io.Writer) error {
	buf := make([]byte, 1<<20)
	for off := int64(0); off < s.size; {
		if err := ctx.Err(); err != nil {
			return err
		}
		part := buf[:min(int64(len(buf)), s.size-off)]
		if _, err := s.ReadAt(part, off); err != nil {
			return err
		}
		if _, err := hash.Write(part); err != nil {
			return err
		}
		off += int64(len(part))
	}
	return s.changed()
}

// section returns the bytes [off, off+n) of the file as a reader; the caller checked that they exist.
func (s *source) section(off, n int64) *io.SectionReader { return io.NewSectionReader(s, off, n) }
