package hdf5

import (
	"encoding/binary"
	"fmt"
	"io"
)

// ReadAt fills p from byte off of the array's elements in row-major order, or fails. It is safe for concurrent use.
func (d *Dataset) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 || off > d.Bytes || int64(len(p)) > d.Bytes-off {
		return 0, fmt.Errorf("expected %d bytes from %d on, found an array of %d: %w", len(p), off, d.Bytes, io.ErrUnexpectedEOF)
	}
	switch {
	case d.data != nil:
		return copy(p, d.data[off:]), nil
	case d.chunks != nil:
		if err := d.chunks.readAt(p, int(off)); err != nil {
			return 0, fmt.Errorf("dataset at %d: %w", d.addr, err)
		}
	case d.start >= 0:
		return d.f.r.ReadAt(p, d.start+off)
	default:
		d.fillIn(p, off)
	}
	return len(p), nil
}

// fillIn writes what stands for elements that were never written; p begins at byte off of the array.
func (d *Dataset) fillIn(p []byte, off int64) {
	if d.fill == nil {
		clear(p)
		return
	}
	for i := range p {
		p[i] = d.fill[(off+int64(i))%int64(len(d.fill))]
	}
}

// readAt copies run by run: from the row-major position to the end of its chunk's row.
func (c *chunked) readAt(p []byte, off int) error {
	c.d.f.chunks.reserve(c.slab())
	inner := len(c.flat) - 1
	var held [64]heldChunk // runs may be as short as an element, and go through neighbouring chunks in turn
	for len(p) > 0 {
		number, within, run := c.locate(off)
		h := &held[number%len(held)]
		if !h.is || h.number != number {
			data, err := c.d.f.chunks.get(c, number)
			if err != nil {
				return fmt.Errorf("chunk %d: %w", number, err)
			}
			*h = heldChunk{true, number, data}
		}
		run = min(run, len(p), c.flat[inner].size-off%c.flat[inner].size)
		if h.data == nil {
			c.d.fillIn(p[:run], int64(off))
		} else {
			copy(p[:run], h.data[within:within+run])
		}
		p, off = p[run:], off+run
	}
	return nil
}

// heldChunk is a chunk that a reading has at hand.
type heldChunk struct {
	is     bool
	number int
	data   []byte // nil when it was never written
}

// locate returns the chunk that has a byte of the array, where in the chunk it is, and how far the chunk's row goes on.
func (c *chunked) locate(off int) (number, within, run int) {
	gridStep, chunkStep := 1, 1
	for i := len(c.flat) - 1; i >= 0; i-- {
		d := c.flat[i]
		at := off % d.size
		off /= d.size
		if i == len(c.flat)-1 {
			run = d.chunk - at%d.chunk
		}
		number += at / d.chunk * gridStep
		within += at % d.chunk * chunkStep
		gridStep *= d.grid
		chunkStep *= d.chunk
	}
	return number, within, run
}

// References returns the elements of a dataset of object references; each is the address of an object, 0 for none.
func (d *Dataset) References() ([]uint64, error) {
	const most = 1 << 20
	if d.Type.Class != Reference {
		return nil, fmt.Errorf("dataset at %d: expected object references, found %s", d.addr, d.Type.Name)
	}
	n := d.Bytes / int64(d.Type.size)
	if n > most {
		return nil, fmt.Errorf("dataset at %d: expected at most %d references, found %d", d.addr, most, n)
	}
	if err := d.f.spend(d.Bytes); err != nil {
		return nil, err
	}
	raw := make([]byte, d.Bytes)
	if _, err := d.ReadAt(raw, 0); err != nil {
		return nil, err
	}
	refs := make([]uint64, n)
	for i := range refs {
		var wide [8]byte
		copy(wide[:], raw[i*d.Type.size:(i+1)*d.Type.size])
		refs[i] = binary.LittleEndian.Uint64(wide[:])
	}
	return refs, nil
}

// ReadAll returns the whole array, of at most limit bytes.
func (d *Dataset) ReadAll(limit int64) ([]byte, error) {
	if d.Bytes > limit {
		return nil, fmt.Errorf("dataset at %d: expected at most %d bytes, found %d", d.addr, limit, d.Bytes)
	}
	if err := d.f.spend(d.Bytes); err != nil {
		return nil, err
	}
	raw := make([]byte, d.Bytes)
	_, err := d.ReadAt(raw, 0)
	return raw, err
}
