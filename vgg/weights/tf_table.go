package weights

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"sync"

	"github.com/klauspost/compress/s2"
)

// TensorFlow's checkpoints are tables in LevelDB's format (github.com/google/leveldb, doc/table_format.md): blocks of
// keys in rising order, each sharing a prefix with the one before it, and their values; an index block; a footer with
// the index's place and a magic number. A block is followed by its compression and the masked CRC-32C of both. Values
// of blocks that are not compressed stay in the file.

const (
	tableFooter  = 48
	tableMagic   = 0xdb4775248b80fb57
	tableTrailer = 5
	// maxTableEntries bounds the entries; a VGG-19 with its optimizer's slots has some hundreds.
	maxTableEntries = 1 << 17
	maxTableKey     = 1 << 12
	// maxUnpacked bounds a compressed block unpacked, and the ratio what one can hold: copies of 64 bytes take 3.
	maxUnpacked      = 1 << 30
	maxUnpackedRatio = 32
	// smallBlock is up to where a block is checked when the table is opened; larger ones are when they are first read.
	smallBlock = 1 << 20
)

// tableEntry is a key and where its value lies: in src, and, checked, in data.
type tableEntry struct {
	key        string
	src        *source
	data       io.ReaderAt
	start, end int64
}

// isTable tells a table by its last bytes.
func isTable(s *source) bool {
	var tail [8]byte
	if s.size < tableFooter {
		return false
	}
	_, err := s.ReadAt(tail[:], s.size-8)
	return err == nil && binary.LittleEndian.Uint64(tail[:]) == tableMagic
}

// tableReader collects a table's entries.
type tableReader struct {
	src     *source
	entries []tableEntry
	taken   int
}

func readTable(s *source) ([]tableEntry, error) {
	r := &tableReader{src: s}
	w := &wireReader{src: s}
	pos, end := s.size-tableFooter, s.size-8
	var handle [4]uint64 // of the meta index and of the index: place and size
	for i := range handle {
		var err error
		if handle[i], pos, err = w.varint(pos, end); err != nil {
			return nil, fmt.Errorf("footer: %w", err)
		}
	}
	blocks, err := r.block(handle[2], handle[3])
	if err != nil {
		return nil, fmt.Errorf("index: %w", err)
	}
	for _, b := range blocks {
		w := &wireReader{src: b.src}
		at, next, err := w.varint(b.start, b.end)
		if err != nil {
			return nil, fmt.Errorf("index: %w", err)
		}
		size, _, err := w.varint(next, b.end)
		if err != nil {
			return nil, fmt.Errorf("index: %w", err)
		}
		entries, err := r.block(at, size)
		if err != nil {
			return nil, err
		}
		r.entries = append(r.entries, entries...)
	}
	return r.entries, nil
}

// block reads the entries of a block of size bytes.
func (r *tableReader) block(at, size uint64) ([]tableEntry, error) {
	if at > uint64(r.src.size) || size > uint64(r.src.size)-at || uint64(r.src.size)-at-size < tableTrailer {
		return nil, fmt.Errorf("truncated: expected a block of %d bytes at %d, the file has %d; fetch it again", size, at, r.src.size)
	}
	start, n := int64(at), int64(size)
	var trailer [tableTrailer]byte
	if _, err := r.src.ReadAt(trailer[:], start+n); err != nil {
		return nil, err
	}
	c := &checkedRange{source: r.src, start: start, n: n + 1, want: binary.LittleEndian.Uint32(trailer[1:])}
	if n <= smallBlock || trailer[0] != 0 {
		if err := c.check(); err != nil {
			return nil, fmt.Errorf("block at byte %d: %w", start, err)
		}
	}
	src, data := r.src, io.ReaderAt(r.src)
	switch trailer[0] {
	case 0:
		if n > smallBlock {
			data = c
		}
	case 1:
		raw, err := unsnappy(r.src, start, n)
		if err != nil {
			return nil, fmt.Errorf("block at byte %d: %w", start, err)
		}
		src = &source{path: r.src.path, size: int64(len(raw)), r: bytes.NewReader(raw)}
		data, start, n = src, 0, int64(len(raw))
	default:
		return nil, fmt.Errorf("block at byte %d: expected no compression or snappy, found number %d", start, trailer[0])
	}
	entries, err := r.entriesOf(&wireReader{src: src}, data, start, start+n)
	if err != nil {
		return nil, fmt.Errorf("block at byte %d: %w", at, err)
	}
	return entries, nil
}

func unsnappy(s *source, start, n int64) ([]byte, error) {
	if n > maxUnpacked {
		return nil, fmt.Errorf("expected at most %d bytes of compressed data, found %d", maxUnpacked, n)
	}
	packed := make([]byte, n)
	if _, err := s.ReadAt(packed, start); err != nil {
		return nil, err
	}
	size, err := s2.DecodedLen(packed)
	if err == nil && (size > maxUnpacked || int64(size)/maxUnpackedRatio > n) {
		err = fmt.Errorf("%d bytes out of %d", size, n)
	}
	if err != nil {
		return nil, fmt.Errorf("expected snappy data of at most %d bytes: %w", maxUnpacked, err)
	}
	return s2.Decode(nil, packed)
}

// entriesOf reads the entries of a block, whose last numbers are places to start from: they are passed over.
func (r *tableReader) entriesOf(w *wireReader, data io.ReaderAt, start, end int64) ([]tableEntry, error) {
	var raw [4]byte
	if end-start < 4 {
		return nil, errors.New("expected a block, found less than 4 bytes")
	}
	if _, err := w.src.ReadAt(raw[:], end-4); err != nil {
		return nil, err
	}
	restarts := int64(binary.LittleEndian.Uint32(raw[:]))
	if restarts > (end-start)/4-1 {
		return nil, fmt.Errorf("expected restarts within its %d bytes, found %d of them", end-start, restarts)
	}
	end -= 4 + 4*restarts
	var entries []tableEntry
	key := ""
	for pos := start; pos < end; {
		if r.taken++; r.taken > maxTableEntries {
			return nil, fmt.Errorf("expected at most %d entries, found more", maxTableEntries)
		}
		var n [3]uint64 // bytes shared with the key before, other ones of the key, bytes of the value
		for i := range n {
			var err error
			if n[i], pos, err = w.varint(pos, end); err != nil {
				return nil, err
			}
		}
		if n[0] > uint64(len(key)) || n[0]+n[1] > maxTableKey || n[1] > uint64(end-pos) || n[2] > uint64(end-pos)-n[1] {
			return nil, fmt.Errorf("byte %d: expected a key of at most %d bytes and a value within the block, found %v", pos, maxTableKey, n)
		}
		rest := make([]byte, n[1])
		if _, err := w.src.ReadAt(rest, pos); err != nil {
			return nil, err
		}
		key = key[:n[0]] + string(rest)
		at := pos + int64(n[1])
		pos = at + int64(n[2])
		entries = append(entries, tableEntry{key, w.src, data, at, pos})
	}
	return entries, nil
}

// checkedRange is a range of a file with a masked CRC-32C, which is checked before the first read.
type checkedRange struct {
	source   *source
	start, n int64
	want     uint32
	once     sync.Once
	err      error
}

// ReadAt reads at a place of the file, after the check.
func (c *checkedRange) ReadAt(p []byte, off int64) (int, error) {
	if err := c.check(); err != nil {
		return 0, err
	}
	return c.source.ReadAt(p, off)
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func (c *checkedRange) check() error {
	c.once.Do(func() {
		hash := crc32.New(castagnoli)
		if _, c.err = io.Copy(hash, c.source.section(c.start, c.n)); c.err != nil {
			return
		}
		if found := maskCRC(hash.Sum32()); found != c.want {
			c.err = fmt.Errorf("%s: expected data with masked CRC-32C %08x in %d bytes from %d on, found %08x: the file is damaged; fetch it again",
				c.source.path, c.want, c.n, c.start, found)
		}
	})
	return c.err
}

// maskCRC is LevelDB's: sums of data that hold sums would be weak.
func maskCRC(crc uint32) uint32 { return (crc>>15 | crc<<17) + 0xa282ead8 }
