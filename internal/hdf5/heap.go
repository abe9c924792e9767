package hdf5

import "fmt"

// localHeap returns the data of a local heap (III.D).
func (f *File) localHeap(addr uint64) ([]byte, error) {
	c, err := f.head(addr, 64)
	if err != nil {
		return nil, err
	}
	if err := c.signature("HEAP"); err != nil {
		return nil, err
	}
	c.skip(4)
	size := f.length(c)
	f.length(c)
	data := f.offset(c)
	if err := c.err("heap"); err != nil {
		return nil, err
	}
	return f.block(data, size)
}

// globalHeaps reads objects of global heap collections (III.E), keeping the last collection: texts of one attribute lie
// in few of them.
type globalHeaps struct {
	f       *File
	addr    uint64
	objects map[uint32][]byte
}

func (g *globalHeaps) object(addr uint64, index uint32) ([]byte, error) {
	if g.objects == nil || g.addr != addr {
		if err := g.read(addr); err != nil {
			return nil, fmt.Errorf("global heap at %d: %w", addr, err)
		}
	}
	data, ok := g.objects[index]
	if !ok {
		return nil, fmt.Errorf("global heap at %d: expected an object %d, found none", addr, index)
	}
	return data, nil
}

func (g *globalHeaps) read(addr uint64) error {
	g.addr, g.objects = addr, nil
	c, err := g.f.head(addr, 16)
	if err != nil {
		return err
	}
	if err := c.signature("GCOL"); err != nil {
		return err
	}
	c.skip(4)
	size := g.f.length(c)
	start := c.at
	if err := c.err("collection"); err != nil {
		return err
	}
	b, err := g.f.block(addr, size)
	if err != nil {
		return err
	}
	objects := map[uint32][]byte{}
	c = &cursor{b: b, at: min(start, len(b))}
	for len(b)-c.at >= 8+g.f.lengthSize {
		index := uint32(c.u16())
		c.skip(6)
		n := g.f.length(c)
		if index == 0 { // the free space that ends a collection
			break
		}
		objects[index] = c.bytes(int(min(n, maxBlock+1)))
		if err := c.err("object"); err != nil {
			return err
		}
		c.skip(min(int((8-n%8)%8), len(b)-c.at))
	}
	g.objects = objects
	return nil
}
