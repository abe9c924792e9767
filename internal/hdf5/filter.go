package hdf5

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Filters by their registered numbers (IV.A.2.l).
const (
	filterDeflate  = 1
	filterShuffle  = 2
	filterFletcher = 3
)

var filterNames = map[int]string{4: "szip", 5: "n-bit", 6: "scale-offset", 32000: "LZF", 32001: "Blosc", 32004: "LZ4", 32015: "Zstandard"}

// filter is a step between a chunk and its stored bytes.
type filter struct {
	id     int
	values []uint32
}

// readFilters reads a filter pipeline message; nil data give no filters.
func readFilters(data []byte) ([]filter, error) {
	if data == nil {
		return nil, nil
	}
	c := &cursor{b: data}
	version, n := c.u8(), c.u8()
	if version == 1 {
		c.skip(6)
	} else if version != 2 {
		return nil, fmt.Errorf("expected filters of version 1 or 2, found %d", version)
	}
	filters := make([]filter, 0, n)
	for range n {
		f := filter{id: c.u16()}
		name := 0
		if version == 1 || f.id >= 256 {
			name = c.u16()
		}
		c.skip(2)
		values := c.u16()
		c.skip(name)
		if version == 1 {
			c.skip((8 - name%8) % 8)
		}
		for range min(values, len(data)) {
			f.values = append(f.values, c.u32())
		}
		if version == 1 && values%2 == 1 {
			c.skip(4)
		}
		if err := c.err("filters"); err != nil {
			return nil, err
		}
		if f.id < filterDeflate || f.id > filterFletcher {
			what := filterNames[f.id]
			if what == "" {
				what = fmt.Sprint(f.id)
			}
			return nil, fmt.Errorf("expected the filters deflate, shuffle and Fletcher-32, found %s; write the file again with gzip or without compression", what)
		}
		filters = append(filters, f)
	}
	return filters, nil
}

// unfilter undoes the filters that were not left out; the chunk has want bytes before them.
func unfilter(data []byte, filters []filter, mask uint32, want int) ([]byte, error) {
	for i := len(filters) - 1; i >= 0; i-- {
		if mask>>i&1 != 0 {
			continue
		}
		var err error
		switch filters[i].id {
		case filterDeflate:
			if size := shuffledBelow(filters[:i], mask); size > 1 && size < want && want <= maxDeflate*len(data) {
				return inflateShuffled(data, size, want)
			}
			data, err = inflate(data, want)
		case filterShuffle:
			data, err = unshuffle(data, filters[i].values)
		case filterFletcher:
			data, err = unfletcher(data)
		}
		if err != nil {
			return nil, err
		}
	}
	if len(data) != want {
		return nil, fmt.Errorf("expected %d bytes, found %d", want, len(data))
	}
	return data, nil
}

// inflate grows its buffer with what there really is. Checksums may come on top of the wanted bytes.
func inflate(data []byte, want int) ([]byte, error) {
	const sums = 64
	z, err := zlib.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("inflate: %w", err)
	}
	var out bytes.Buffer
	out.Grow(min(want+bytes.MinRead, maxDeflate*len(data)+bytes.MinRead))
	n, err := out.ReadFrom(io.LimitReader(z, int64(want)+sums+1))
	if err != nil {
		return nil, fmt.Errorf("inflate, after %d of %d bytes: %w", n, want, err)
	}
	if n > int64(want)+sums {
		return nil, fmt.Errorf("inflate: expected %d bytes, found more", want)
	}
	return out.Bytes(), nil
}

// shuffledBelow is the size of an element where what is inflated is yet to be unshuffled, and nothing else; 0: it is
// not.
func shuffledBelow(filters []filter, mask uint32) (size int) {
	for i, f := range filters {
		switch {
		case mask>>i&1 != 0:
		case size != 0 || f.id != filterShuffle || len(f.values) < 1:
			return 0
		default:
			size = int(min(f.values[0], maxChunk))
		}
	}
	return size
}

// inflateShuffled is inflate and unshuffle in one, in the memory of the chunk alone.
func inflateShuffled(data []byte, size, want int) ([]byte, error) {
	z, err := zlib.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("inflate: %w", err)
	}
	out := &unshuffler{out: make([]byte, want), size: size, n: want / size}
	n, err := io.Copy(out, io.LimitReader(z, int64(want)+1))
	switch {
	case errors.Is(err, errMore):
		return nil, fmt.Errorf("inflate: expected %d bytes, found more", want)
	case err != nil:
		return nil, fmt.Errorf("inflate, after %d of %d bytes: %w", n, want, err)
	case n < int64(want):
		return nil, fmt.Errorf("expected %d bytes, found %d", want, n)
	}
	return out.out, nil
}

// errMore is the error of a chunk that is larger than it should be.
var errMore = errors.New("more bytes")

// unshuffler writes the bytes of n elements, the first bytes of all before their second ones, where they belong.
type unshuffler struct {
	out     []byte
	size, n int
	pos     int
}

func (u *unshuffler) Write(b []byte) (int, error) {
	if len(b) > len(u.out)-u.pos {
		return 0, errMore
	}
	for rest := b; len(rest) > 0; {
		whole := u.n * u.size
		if u.pos >= whole { // what is no element
			u.pos += copy(u.out[u.pos:], rest)
			break
		}
		plane, first := u.pos/u.n, u.pos%u.n
		k := min(len(rest), u.n-first)
		for i, v := range rest[:k] {
			u.out[(first+i)*u.size+plane] = v
		}
		u.pos, rest = u.pos+k, rest[k:]
	}
	return len(b), nil
}

// unshuffle puts the bytes of each element together again: stored are the first bytes of all, then the second bytes.
func unshuffle(data []byte, values []uint32) ([]byte, error) {
	if len(values) < 1 || values[0] < 1 {
		return nil, errors.New("shuffle: expected the size of an element, found none")
	}
	if uint64(values[0]) >= uint64(len(data)) || values[0] == 1 {
		return data, nil
	}
	size := int(values[0])
	n := len(data) / size
	out := make([]byte, len(data))
	for b := range size {
		for i, v := range data[b*n : (b+1)*n] {
			out[i*size+b] = v
		}
	}
	copy(out[n*size:], data[n*size:])
	return out, nil
}

func unfletcher(data []byte) ([]byte, error) {
	if len(data) < 4 {
		return nil, errors.New("Fletcher-32: expected a checksum, found less")
	}
	body, sum := data[:len(data)-4], binary.LittleEndian.Uint32(data[len(data)-4:])
	if found := fletcher32(body); found != sum {
		return nil, fmt.Errorf("expected Fletcher-32 checksum %08x, found %08x: the file is damaged; fetch it again", sum, found)
	}
	return body, nil
}
