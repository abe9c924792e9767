package hdf5

import (
	"fmt"
)

const (
	// maxChunk bounds a chunk; HDF5's own bound is 4 GiB. Nothing is allocated but for bytes that are there.
	maxChunk = 1 << 30
	// maxChunks bounds the chunks of a dataset: VGG's largest layer in MATLAB's chunks of 48 KiB has 9,000.
	maxChunks = 1 << 24
)

// Indexes of chunks (IV.A.2.i, version 4); version 3 has but the B-tree of version 1.
const (
	indexBTree1     = 0
	indexSingle     = 1
	indexImplicit   = 2
	indexFixedArray = 3
)

type chunkIndex struct {
	kind       int
	addr       uint64
	stored     uint64 // bytes of a single, filtered chunk
	mask       uint32
	edgesPlain bool // chunks that stand over the edge are not filtered
}

// chunkEntry is where a chunk lies.
type chunkEntry struct {
	addr   uint64
	stored uint64 // bytes
	mask   uint32 // filters that were left out
}

// chunked is the layout of a dataset in chunks. Every chunk has the full size; those at the edge stand over it.
type chunked struct {
	d       *Dataset
	sizes   []int // of a chunk, in elements
	grid    []int // chunks along each dimension
	bytes   int   // of a chunk before filters
	filters []filter
	index   chunkIndex
	entries func() (map[int]chunkEntry, error)
	flat    []dimension
}

// dimension is one side of the array as it is copied: in bytes, with the inner dimensions that chunks span whole merged
// into one.
type dimension struct {
	size  int // of the array
	chunk int // of a chunk
	grid  int // chunks
}

// flatten merges trailing dimensions that every chunk spans whole, so that runs of bytes are long.
func (c *chunked) flatten() {
	last := len(c.sizes) - 1
	inner := c.d.Type.size
	for last > 0 && c.sizes[last] == c.d.Shape[last] {
		inner *= c.sizes[last]
		last--
	}
	for i := range last + 1 {
		c.flat = append(c.flat, dimension{c.d.Shape[i], c.sizes[i], c.grid[i]})
	}
	c.flat[last].size *= inner
	c.flat[last].chunk *= inner
}

// slab is the bytes of the chunks that one index of the outermost dimension touches: what a reading in order comes back
// to.
func (c *chunked) slab() int64 {
	n := int64(c.bytes)
	for _, g := range c.grid[1:] {
		n *= int64(max(g, 1))
		if n > maxChunk {
			return n
		}
	}
	return n
}

// readIndex returns where the chunks lie, by their row-major number; what is missing was never written. Chunks of an
// implicit index lie one behind the other.
func (c *chunked) readIndex() (map[int]chunkEntry, error) {
	entries := map[int]chunkEntry{}
	var err error
	switch x := c.index; x.kind {
	case indexBTree1:
		err = c.readBTree(entries)
	case indexSingle:
		stored := x.stored
		if len(c.filters) == 0 {
			stored = uint64(c.bytes)
		}
		if x.addr != undefined {
			entries[0] = chunkEntry{x.addr, stored, x.mask}
		}
	case indexFixedArray:
		err = c.readFixedArray(entries)
	}
	if err != nil {
		return nil, fmt.Errorf("index of chunks: %w", err)
	}
	return entries, nil
}

// readBTree reads the index of version 3 (III.A.1, node type 1): keys have the stored size, the mask, and where in the
// array the chunk begins.
func (c *chunked) readBTree(entries map[int]chunkEntry) error {
	rank := len(c.sizes)
	return c.d.f.btree1(c.index.addr, btree1Chunk, 8+8*(rank+1), func(key []byte, child uint64) error {
		k := &cursor{b: key}
		stored, mask, number := k.u32(), k.u32(), 0
		for i, n := range c.sizes {
			at := k.uint(8)
			if at%uint64(n) != 0 || at/uint64(n) >= uint64(c.grid[i]) {
				return fmt.Errorf("expected chunks of %v within shape %v, found one from %d on in dimension %d", c.sizes, c.d.Shape, at, i)
			}
			number = number*c.grid[i] + int(at/uint64(n))
		}
		if err := k.err("key"); err != nil {
			return err
		}
		entries[number] = chunkEntry{child, uint64(stored), mask}
		return nil
	})
}

// entry returns where a chunk lies; its address is undefined when it was never written.
func (c *chunked) entry(number int) (chunkEntry, error) {
	if c.index.kind == indexImplicit {
		if c.index.addr == undefined {
			return chunkEntry{addr: undefined}, nil
		}
		return chunkEntry{addr: c.index.addr + uint64(number*c.bytes), stored: uint64(c.bytes)}, nil
	}
	entries, err := c.entries()
	if err != nil {
		return chunkEntry{}, err
	}
	if e, ok := entries[number]; ok {
		return e, nil
	}
	return chunkEntry{addr: undefined}, nil
}

// edge tells whether a chunk stands over the array's edge.
func (c *chunked) edge(number int) bool {
	for i := len(c.grid) - 1; i >= 0; i-- {
		at := number % c.grid[i]
		number /= c.grid[i]
		if (at+1)*c.sizes[i] > c.d.Shape[i] {
			return true
		}
	}
	return false
}

// read returns the bytes of a chunk, nil when it was never written.
func (c *chunked) read(number int) ([]byte, error) {
	e, err := c.entry(number)
	if err != nil || e.addr == undefined {
		return nil, err
	}
	f := c.d.f
	at, err := f.place(e.addr, e.stored)
	if err != nil {
		return nil, err
	}
	if e.stored > maxChunk+maxChunk/8 {
		return nil, fmt.Errorf("expected at most %d bytes, found %d", maxChunk, e.stored)
	}
	stored := make([]byte, e.stored)
	if _, err := f.r.ReadAt(stored, at); err != nil {
		return nil, err
	}
	filters := c.filters
	if c.index.edgesPlain && c.edge(number) {
		filters = nil
	}
	return unfilter(stored, filters, e.mask, c.bytes)
}
