package weights

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"unicode/utf8"

	"fc7/internal/escape"
)

// A TensorFlow bundle (checkpoint V2, tensor_bundle.proto) is a table PREFIX.index, with a BundleEntryProto for each
// tensor and a BundleHeaderProto under the empty key, and shards PREFIX.data-00000-of-00001 with the elements.

const (
	indexSuffix = ".index"

	headerShards = 1
	headerEndian = 2

	entryDtype  = 1
	entryShape  = 2
	entryShard  = 3
	entryOffset = 4
	entrySize   = 5
	entryCRC    = 6
	entrySlices = 7

	maxShards = 1 << 10
)

var shardName = regexp.MustCompile(`\.data-[0-9]{5}-of-[0-9]{5}$`)

// CheckpointIndex is the file to open where a path is the prefix of a bundle, as TensorFlow names checkpoints, or one
// of its shards; else the path itself.
func CheckpointIndex(path string) string {
	prefix := shardName.ReplaceAllString(path, "")
	if _, err := os.Stat(path); err == nil && prefix == path || !errors.Is(err, fs.ErrNotExist) && err != nil {
		return path
	}
	if info, err := os.Stat(prefix + indexSuffix); err == nil && info.Mode().IsRegular() {
		return prefix + indexSuffix
	}
	return path
}

// bundleReader reads a bundle's entries.
type bundleReader struct {
	src    *source
	prefix string
	shards []*source
}

func openBundle(s *source, entries []tableEntry) (*contents, error) {
	r := &bundleReader{src: s, prefix: strings.TrimSuffix(filepath.Base(s.path), indexSuffix)}
	if err := r.header(entries[0]); err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	var c tfContents
	for _, e := range entries[1:] {
		t, err := r.entry(e)
		if err != nil {
			return nil, fmt.Errorf("tensor %q: %w", escape.Short(e.key), err)
		}
		if t != nil {
			c.add(t)
		}
	}
	return c.done("V2")
}

// header opens the shards.
func (r *bundleReader) header(e tableEntry) error {
	shards, big := uint64(0), false
	w := &wireReader{src: e.src}
	err := w.each(e.start, e.end, func(f wireField) error {
		switch f.number {
		case headerShards:
			shards = f.value
		case headerEndian:
			big = f.value != 0
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case big:
		return errors.New("expected little-endian elements, found big-endian ones")
	case shards < 1 || shards > maxShards:
		return fmt.Errorf("expected 1 to %d shards, found %d", maxShards, shards)
	}
	for i := range shards {
		part, err := r.src.beside(fmt.Sprintf("%s.data-%05d-of-%05d", r.prefix, i, shards))
		if err != nil {
			return err
		}
		r.shards = append(r.shards, part)
	}
	return nil
}

// entry reads a BundleEntryProto; nil and no error for texts.
func (r *bundleReader) entry(e tableEntry) (*Tensor, error) {
	var dtype, shard, offset, size uint64
	t := &Tensor{Name: e.key, Shape: []int{}}
	c := &checkedRange{}
	w := &wireReader{src: e.src}
	err := w.each(e.start, e.end, func(f wireField) (err error) {
		switch {
		case f.number == entryDtype:
			dtype = f.value
		case f.number == entryShape && f.kind == wireBytes:
			t.Shape, err = w.tfShape(f)
		case f.number == entryShard:
			shard = f.value
		case f.number == entryOffset:
			offset = f.value
		case f.number == entrySize:
			size = f.value
		case f.number == entryCRC && f.kind == wire32:
			var raw [4]byte
			_, err = w.src.ReadAt(raw[:], f.start)
			c.want = binary.LittleEndian.Uint32(raw[:])
		case f.number == entrySlices:
			err = errors.New("expected a whole tensor, found one saved in slices (a partitioned variable); save it from one device")
		}
		return err
	})
	if err != nil || dtype == tfString {
		return nil, err
	}
	if !utf8.ValidString(e.key) {
		return nil, errors.New("expected a name in UTF-8")
	}
	known := false
	if t.Dtype, known = tfDtypes[dtype]; !known {
		return nil, fmt.Errorf("expected numbers of 8 to 64 bits, found TensorFlow's element type %d", dtype)
	}
	if shard >= uint64(len(r.shards)) {
		return nil, fmt.Errorf("expected one of %d shards, found number %d", len(r.shards), shard)
	}
	c.source = r.shards[shard]
	return t, c.place(t, offset, size)
}

// place lets a tensor's elements be the range of size bytes from offset on.
func (c *checkedRange) place(t *Tensor, offset, size uint64) error {
	n, err := elements(t.Shape, t.Dtype.size())
	if err != nil {
		return err
	}
	if want := uint64(n) * uint64(t.Dtype.size()); size != want {
		return fmt.Errorf("expected %d bytes for shape %v of %s, found %d", want, t.Shape, t.Dtype, size)
	}
	if offset > uint64(c.source.size) || size > uint64(c.source.size)-offset {
		return fmt.Errorf("truncated: expected %d bytes from %d on in %s of %d bytes; fetch it again", size, offset, c.source.path, c.source.size)
	}
	c.start, c.n = int64(offset), int64(size)
	t.data, t.start, t.changed = c, c.start, c.source.changed
	return nil
}
