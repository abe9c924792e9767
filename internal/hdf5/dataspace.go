package hdf5

import (
	"fmt"
	"math"
)

// maxRank is HDF5's own bound on dimensions.
const maxRank = 32

// dataspace reads a dataspace message (IV.A.2.b): the sizes, outermost first; nil for a scalar. A null dataspace has
// the sizes [0].
func (f *File) dataspace(data []byte) ([]int, error) {
	c := &cursor{b: data}
	version, rank, _ := c.u8(), c.u8(), c.u8()
	const null = 2
	switch version {
	case 1:
		c.skip(5)
	case 2:
		if c.u8() == null {
			return []int{0}, c.err("dataspace")
		}
	default:
		return nil, fmt.Errorf("expected a dataspace of version 1 or 2, found %d", version)
	}
	if rank > maxRank {
		return nil, fmt.Errorf("expected at most %d dimensions, found %d", maxRank, rank)
	}
	var shape []int
	for range rank {
		d := f.length(c)
		if d > math.MaxInt {
			return nil, fmt.Errorf("expected a size that this machine can count, found %d", d)
		}
		shape = append(shape, int(d))
	}
	return shape, c.err("dataspace")
}

// count multiplies a shape and a size of elements with checks.
func count(shape []int, size int) (elements int, err error) {
	n := 1
	for _, d := range shape {
		if d > 0 && n > math.MaxInt/d {
			return 0, fmt.Errorf("shape %v has more elements than this machine can count", shape)
		}
		n *= d
	}
	if size > 0 && n > math.MaxInt/size {
		return 0, fmt.Errorf("shape %v has more bytes than this machine can count", shape)
	}
	return n, nil
}
