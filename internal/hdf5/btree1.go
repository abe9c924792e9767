package hdf5

import "fmt"

// Kinds of version 1 B-trees (III.A.1).
const (
	btree1Group = 0
	btree1Chunk = 1
)

// maxLevel bounds the height of a tree; with two children a node it has 2^24 leaves.
const maxLevel = 24

// btree1 calls each for every child of the leaves of a version 1 B-tree, with the key to its left.
func (f *File) btree1(addr uint64, kind, keyBytes int, each func(key []byte, child uint64) error) error {
	if addr == undefined {
		return nil
	}
	return f.node1(addr, kind, keyBytes, -1, each)
}

// node1 reads a node that has to be of the level; -1 stands for whatever the root's is. Levels fall on the way down, so
// a tree that goes back to itself is an error.
func (f *File) node1(addr uint64, kind, keyBytes, level int, each func(key []byte, child uint64) error) error {
	c, err := f.head(addr, uint64(8+2*f.offsetSize))
	if err != nil {
		return fmt.Errorf("node of a B-tree: %w", err)
	}
	if err := c.signature("TREE"); err != nil {
		return fmt.Errorf("node of a B-tree at %d: %w", addr, err)
	}
	foundKind, foundLevel, used := c.u8(), c.u8(), c.u16()
	c.skip(2 * f.offsetSize)
	if err := c.err("node of a B-tree"); err != nil {
		return err
	}
	if level < 0 {
		level = foundLevel
	}
	if foundKind != kind || foundLevel != level || level > maxLevel {
		return fmt.Errorf("node of a B-tree at %d: expected kind %d and level %d of at most %d, found %d and %d",
			addr, kind, level, maxLevel, foundKind, foundLevel)
	}
	entry := keyBytes + f.offsetSize
	b, err := f.block(addr+uint64(c.at), uint64(used*entry))
	if err != nil {
		return fmt.Errorf("node of a B-tree at %d: %w", addr, err)
	}
	for i := range used {
		c := &cursor{b: b[i*entry : (i+1)*entry]}
		key := c.bytes(keyBytes)
		child := f.offset(c)
		if level > 0 {
			err = f.node1(child, kind, keyBytes, level-1, each)
		} else {
			err = each(key, child)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
