package hdf5

import (
	"fmt"
)

// maxLinks bounds the members of one group.
const maxLinks = 1 << 20

// Link is a member of a group.
type Link struct {
	Name    string
	Address uint64 // of the object; meaningless when Soft is set
	Soft    string // path of a soft link
}

// isGroup tells whether the object is a group.
func (o *Object) isGroup() bool {
	return o.has(msgSymbolTable) || o.has(msgLinkInfo) || o.has(msgLink)
}

// Links lists the members of a group, in the order that the file keeps: by name, except in compact groups. External
// links are left out: they point into other files.
func (o *Object) Links() ([]Link, error) {
	l := &linkReader{f: o.f}
	if err := l.read(o); err != nil {
		return nil, fmt.Errorf("group at %d: %w", o.addr, err)
	}
	return l.links, nil
}

// Lookup returns the member of that name, nil when there is none.
func (o *Object) Lookup(name string) (*Object, error) {
	links, err := o.Links()
	if err != nil {
		return nil, err
	}
	for _, l := range links {
		if l.Name == name && l.Soft == "" {
			return o.f.Object(l.Address)
		}
	}
	return nil, nil
}

type linkReader struct {
	f     *File
	links []Link
}

func (l *linkReader) add(link Link) error {
	if len(l.links) == maxLinks {
		return fmt.Errorf("expected at most %d members, found more", maxLinks)
	}
	l.links = append(l.links, link)
	return nil
}

func (l *linkReader) read(o *Object) error {
	table, err := o.find(msgSymbolTable)
	if err != nil {
		return err
	}
	if table != nil {
		return l.symbolTable(table)
	}
	for _, m := range o.messages {
		if m.kind == msgLink {
			if err := l.link(m.data); err != nil {
				return err
			}
		}
	}
	info, err := o.find(msgLinkInfo)
	if err != nil || info == nil {
		return err
	}
	return l.dense(info)
}

// link reads a link message (IV.A.2.g).
func (l *linkReader) link(data []byte) error {
	c := &cursor{b: data}
	if version := c.u8(); version != 1 {
		return fmt.Errorf("expected a link of version 1, found %d", version)
	}
	flags, kind := c.u8(), 0
	if flags&8 != 0 {
		kind = c.u8()
	}
	if flags&4 != 0 {
		c.skip(8)
	}
	if flags&16 != 0 {
		c.skip(1)
	}
	link := Link{Name: string(c.bytes(int(min(c.uint(1<<(flags&3)), maxBlock))))}
	switch kind {
	case 0:
		link.Address = l.f.offset(c)
	case 1:
		link.Soft = string(c.bytes(c.u16()))
	default:
		return c.err("link")
	}
	if err := c.err("link"); err != nil {
		return err
	}
	return l.add(link)
}

// dense reads the links of a group that keeps them in a fractal heap (IV.A.2.c).
func (l *linkReader) dense(info []byte) error {
	c := &cursor{b: info}
	c.skip(1)
	if c.u8()&1 != 0 {
		c.skip(8)
	}
	heapAt, tree := l.f.offset(c), l.f.offset(c)
	if err := c.err("link info"); err != nil {
		return err
	}
	if heapAt == undefined || tree == undefined {
		return nil
	}
	const hashBytes = 4
	return l.f.heapObjects(heapAt, tree, btree2Links, hashBytes, l.link)
}

// heapObjects reads the objects of a fractal heap that a version 2 B-tree lists, whose records have a heap ID at byte
// idAt.
func (f *File) heapObjects(heapAt, tree uint64, kind, idAt int, each func([]byte) error) error {
	heap, err := f.fractalHeap(heapAt)
	if err != nil {
		return fmt.Errorf("fractal heap at %d: %w", heapAt, err)
	}
	return f.btree2(tree, kind, func(record []byte) error {
		if len(record) < idAt+heap.idBytes {
			return fmt.Errorf("expected records with heap IDs of %d bytes, found %d bytes", heap.idBytes, len(record))
		}
		data, err := heap.object(record[idAt : idAt+heap.idBytes])
		if err != nil {
			return fmt.Errorf("fractal heap at %d: %w", heapAt, err)
		}
		return each(data)
	})
}
