package hdf5

import "fmt"

// Groups of the old style: a symbol table message names a version 1 B-tree, whose leaves are symbol table nodes, and a
// local heap with the names (III.A.1, III.B, III.C, III.D).

func (l *linkReader) symbolTable(data []byte) error {
	c := &cursor{b: data}
	tree, heapAt := l.f.offset(c), l.f.offset(c)
	if err := c.err("symbol table"); err != nil {
		return err
	}
	heap, err := l.f.localHeap(heapAt)
	if err != nil {
		return fmt.Errorf("local heap at %d: %w", heapAt, err)
	}
	return l.f.btree1(tree, btree1Group, l.f.lengthSize, func(_ []byte, child uint64) error {
		if err := l.symbols(child, heap); err != nil {
			return fmt.Errorf("symbol table node at %d: %w", child, err)
		}
		return nil
	})
}

// symbols reads a symbol table node (III.B).
func (l *linkReader) symbols(addr uint64, heap []byte) error {
	c, err := l.f.head(addr, 8)
	if err != nil {
		return err
	}
	if err := c.signature("SNOD"); err != nil {
		return err
	}
	c.skip(2)
	count := c.u16()
	if err := c.err("node"); err != nil {
		return err
	}
	entry := 2*l.f.offsetSize + 24
	b, err := l.f.block(addr+8, uint64(count*entry))
	if err != nil {
		return err
	}
	for i := range count {
		link, err := l.symbol(&cursor{b: b[i*entry : (i+1)*entry]}, heap)
		if err != nil {
			return err
		}
		if err := l.add(link); err != nil {
			return err
		}
	}
	return nil
}

// symbol reads a symbol table entry (III.C).
func (l *linkReader) symbol(c *cursor, heap []byte) (Link, error) {
	nameAt := l.f.offset(c)
	link := Link{Address: l.f.offset(c)}
	const softLink = 2
	cached := c.u32()
	c.skip(4)
	target := c.u32()
	if nameAt >= uint64(len(heap)) {
		return link, fmt.Errorf("expected a name within the heap's %d bytes, found %d", len(heap), nameAt)
	}
	link.Name = text(heap[nameAt:])
	if cached == softLink {
		if uint64(target) >= uint64(len(heap)) {
			return link, fmt.Errorf("expected a path within the heap's %d bytes, found %d", len(heap), target)
		}
		link.Soft = text(heap[target:])
	}
	return link, c.err("symbol")
}
