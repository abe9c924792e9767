package hdf5

import (
	"fmt"
	"math"
	"math/bits"
)

// Kinds of version 2 B-trees (III.A.2).
const (
	btree2Links      = 5
	btree2Attributes = 8
)

// btree2 walks the records of a version 2 B-tree.
type btree2 struct {
	f          *File
	kind       int
	nodeBytes  int
	record     int   // bytes
	countBytes int   // of the number of records in a node
	totalBytes []int // of the number of records below a node, by its level
	each       func(record []byte) error
}

// btree2 calls each for every record of the tree whose header is at addr, in order.
func (f *File) btree2(addr uint64, kind int, each func(record []byte) error) error {
	fail := func(err error) error { return fmt.Errorf("tree at %d: %w", addr, err) }
	b, err := f.block(addr, uint64(16+f.offsetSize+2+f.lengthSize+4))
	if err != nil {
		return fail(err)
	}
	if b, err = checked(b, "header"); err != nil {
		return fail(err)
	}
	c := &cursor{b: b}
	if err := c.signature("BTHD"); err != nil {
		return fail(err)
	}
	version, foundKind := c.u8(), c.u8()
	t := &btree2{f: f, kind: kind, nodeBytes: int(c.u32()), record: c.u16(), each: each}
	depth := c.u16()
	c.skip(2)
	root, records := f.offset(c), c.u16()
	if version != 0 || foundKind != kind {
		return fail(fmt.Errorf("expected version 0 and kind %d, found %d and %d", kind, version, foundKind))
	}
	if t.record < 1 || t.nodeBytes < 10+t.record || t.nodeBytes > maxBlock || depth > maxLevel {
		return fail(fmt.Errorf("expected nodes and records that fit and at most %d levels, found nodes of %d bytes, records of %d, %d levels",
			maxLevel, t.nodeBytes, t.record, depth))
	}
	if root == undefined || records == 0 {
		return nil
	}
	t.sizes(depth)
	if err := t.node(root, records, depth); err != nil {
		return fail(err)
	}
	return nil
}

// sizes computes how many bytes the counts of records take: as many as the largest possible count needs (III.A.2,
// internal nodes).
func (t *btree2) sizes(depth int) {
	most := uint64((t.nodeBytes - 10) / t.record)
	t.countBytes = bytesFor(most)
	t.totalBytes = []int{0}
	below := most
	for range depth {
		pointer := t.f.offsetSize + t.countBytes + t.totalBytes[len(t.totalBytes)-1]
		n := uint64(max(0, t.nodeBytes-10-pointer) / (t.record + pointer))
		high, low := bits.Mul64(n+1, below)
		if high != 0 || low+n < low {
			low, n = math.MaxUint64, 0
		}
		below = low + n
		t.totalBytes = append(t.totalBytes, bytesFor(below))
	}
}

// bytesFor is how many bytes a count of at most n takes.
func bytesFor(n uint64) int { return (bits.Len64(n|1)-1)/8 + 1 }

func (t *btree2) node(addr uint64, records, level int) error {
	pointer := 0
	signature := "BTLF"
	if level > 0 {
		signature = "BTIN"
		pointer = t.f.offsetSize + t.countBytes + t.totalBytes[level-1]
	}
	n := 6 + records*t.record + 4
	if level > 0 {
		n += (records + 1) * pointer
	}
	b, err := t.f.block(addr, uint64(n))
	if err != nil {
		return err
	}
	if b, err = checked(b, "node"); err != nil {
		return err
	}
	c := &cursor{b: b}
	if err := c.signature(signature); err != nil {
		return err
	}
	if version, kind := c.u8(), c.u8(); version != 0 || kind != t.kind {
		return fmt.Errorf("node at %d: expected version 0 and kind %d, found %d and %d", addr, t.kind, version, kind)
	}
	all := c.bytes(records * t.record)
	for i := 0; i <= records; i++ {
		if level > 0 {
			child, count := t.f.offset(c), int(c.uint(t.countBytes))
			c.skip(t.totalBytes[level-1])
			if err := c.err("node"); err != nil {
				return err
			}
			if count > t.nodeBytes/t.record {
				return fmt.Errorf("node at %d: expected at most %d records, found %d", child, t.nodeBytes/t.record, count)
			}
			if err := t.node(child, count, level-1); err != nil {
				return err
			}
		}
		if i < records {
			if err := t.each(all[i*t.record : (i+1)*t.record]); err != nil {
				return err
			}
		}
	}
	return nil
}
