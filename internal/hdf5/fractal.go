package hdf5

import (
	"errors"
	"fmt"
	"math/bits"
)

// fractalHeap is a heap of the new style (III.G). Its space is a doubling table: rows of width blocks, the first two
// rows of the starting size, each further one of twice the size of the row before.
type fractalHeap struct {
	f           *File
	idBytes     int
	offsetBytes int // of an offset in the heap's space
	lengthBytes int
	width       uint64
	start       uint64 // size of the blocks of row 0
	directRows  int    // rows of direct blocks in an indirect one
	root        uint64
	rows        int // of the root; 0: the root is a direct block
}

func (f *File) fractalHeap(addr uint64) (*fractalHeap, error) {
	n := 22 + 12*f.lengthSize + 3*f.offsetSize + 4
	b, err := f.block(addr, uint64(n))
	if err != nil {
		return nil, err
	}
	c := &cursor{b: b}
	if err := c.signature("FRHP"); err != nil {
		return nil, err
	}
	version, h := c.u8(), &fractalHeap{f: f}
	h.idBytes = c.u16()
	filters := c.u16()
	c.skip(1)
	managed := uint64(c.u32())
	c.skip(10*f.lengthSize + 2*f.offsetSize)
	h.width, h.start = uint64(c.u16()), f.length(c)
	direct, maxBits := f.length(c), c.u16()
	c.skip(2)
	h.root, h.rows = f.offset(c), c.u16()
	if err := c.err("header"); err != nil {
		return nil, err
	}
	if version != 0 || filters != 0 {
		return nil, fmt.Errorf("expected version 0 without filters, found version %d with %d bytes of filters", version, filters)
	}
	if _, err := checked(b, "header"); err != nil {
		return nil, err
	}
	if bits.OnesCount64(h.width) != 1 || bits.OnesCount64(h.start) != 1 || bits.OnesCount64(direct) != 1 ||
		direct < h.start || maxBits > 64 || h.rows > 64 {
		return nil, fmt.Errorf("expected sizes that are powers of two, found width %d, blocks of %d to %d bytes, %d bits, %d rows",
			h.width, h.start, direct, maxBits, h.rows)
	}
	h.offsetBytes = (maxBits + 7) / 8
	h.lengthBytes = min((bits.Len64(direct)-1+7)/8, bytesFor(managed))
	h.directRows = bits.Len64(direct) - bits.Len64(h.start) + 2
	return h, nil
}

// object returns the object of a heap ID (III.G, heap IDs).
func (h *fractalHeap) object(id []byte) ([]byte, error) {
	c := &cursor{b: id}
	const managedID, tinyID = 0, 2
	switch flags := c.u8(); flags >> 4 & 3 {
	case managedID:
		at, n := c.uint(h.offsetBytes), c.uint(h.lengthBytes)
		if err := c.err("heap ID"); err != nil {
			return nil, err
		}
		return h.managed(at, n)
	case tinyID:
		data := c.bytes(flags&15 + 1)
		return data, c.err("heap ID")
	default:
		return nil, errors.New("expected an object within the heap, found a huge one, which is not read")
	}
}

func (h *fractalHeap) managed(at, n uint64) ([]byte, error) {
	if h.rows == 0 {
		return h.within(h.root, h.start, at, n)
	}
	return h.indirect(h.root, h.rows, at, n)
}

// within reads from the direct block at an address; offsets count its header too.
func (h *fractalHeap) within(addr, size, at, n uint64) ([]byte, error) {
	if addr == undefined || at > size || n > size-at {
		return nil, fmt.Errorf("expected an object within a block of %d bytes, found %d bytes from %d on", size, n, at)
	}
	return h.f.block(addr+at, n)
}

// rowSize returns the size of the blocks of a row.
func (h *fractalHeap) rowSize(row int) uint64 { return h.start << max(0, row-1) }

// indirect reads an object that lies at byte at of the space of an indirect block; the rows of its indirect children
// are fewer than its own.
func (h *fractalHeap) indirect(addr uint64, rows int, at, n uint64) ([]byte, error) {
	row := 0
	for ; row < rows && at >= h.width*h.rowSize(row); row++ {
		at -= h.width * h.rowSize(row)
	}
	size := h.rowSize(row)
	if row == rows || size == 0 || addr == undefined {
		return nil, fmt.Errorf("expected an offset within %d rows of blocks, found %d beyond them", rows, at)
	}
	entry := uint64(row)*h.width + at/size
	head := uint64(5 + h.f.offsetSize + h.offsetBytes)
	b, err := h.f.block(addr, 4)
	if err != nil {
		return nil, err
	}
	if err := (&cursor{b: b}).signature("FHIB"); err != nil {
		return nil, err
	}
	if b, err = h.f.block(addr+head+entry*uint64(h.f.offsetSize), uint64(h.f.offsetSize)); err != nil {
		return nil, err
	}
	child := h.f.offset(&cursor{b: b})
	if row < h.directRows {
		return h.within(child, size, at%size, n)
	}
	// A child's rows hold as much as the block that it stands for.
	below := bits.Len64(size) - bits.Len64(h.start*h.width) + 1
	if below < 1 || below >= rows {
		return nil, fmt.Errorf("expected a block of fewer than %d rows, found %d", rows, below)
	}
	return h.indirect(child, below, at%size, n)
}
