package hdf5

import "fmt"

// readFixedArray reads the index of a dataset of fixed size and several chunks (III.E of version 3, "Fixed Array"): a
// header FAHD that points to a data block FADB with an entry for each chunk, in pages when there are many.
func (c *chunked) readFixedArray(entries map[int]chunkEntry) error {
	f := c.d.f
	if c.index.addr == undefined {
		return nil
	}
	b, err := f.block(c.index.addr, uint64(8+f.lengthSize+f.offsetSize+4))
	if err != nil {
		return err
	}
	if b, err = checked(b, "fixed array"); err != nil {
		return err
	}
	h := &cursor{b: b}
	if err := h.signature("FAHD"); err != nil {
		return err
	}
	a := &fixedArray{c: c, entries: entries}
	h.skip(1)
	a.client, a.entry = h.u8(), h.u8()
	pageBits := h.u8()
	total, data := f.length(h), f.offset(h)
	want, _ := count(c.grid, 1)
	if total != uint64(want) || pageBits > 30 || a.entry < f.offsetSize || a.client > 1 ||
		a.client == 1 && (a.entry <= f.offsetSize+4 || a.entry > f.offsetSize+4+8) {
		return fmt.Errorf("expected a fixed array of %d chunks, found %d entries of %d bytes, client %d", want, total, a.entry, a.client)
	}
	if data == undefined {
		return nil
	}
	if want <= 1<<pageBits {
		return a.block(data, want)
	}
	return a.pages(data, want, 1<<pageBits)
}

type fixedArray struct {
	c       *chunked
	client  int // 0: addresses; 1: addresses, sizes and masks of filtered chunks
	entry   int // bytes
	entries map[int]chunkEntry
}

// prefix is the bytes before a data block's entries or page bitmap.
func (a *fixedArray) prefix() int { return 6 + a.c.d.f.offsetSize }

func (a *fixedArray) checkSignature(b []byte) error {
	return (&cursor{b: b}).signature("FADB")
}

// block reads a data block without pages.
func (a *fixedArray) block(addr uint64, n int) error {
	b, err := a.c.d.f.block(addr, uint64(a.prefix()+n*a.entry+4))
	if err != nil {
		return err
	}
	if b, err = checked(b, "fixed array"); err != nil {
		return err
	}
	if err := a.checkSignature(b); err != nil {
		return err
	}
	return a.add(b[a.prefix():], 0)
}

// pages reads a data block in pages of per entries; a bitmap tells which were written.
func (a *fixedArray) pages(addr uint64, n, per int) error {
	f := a.c.d.f
	pages := (n + per - 1) / per
	head := a.prefix() + (pages+7)/8 + 4
	b, err := f.block(addr, uint64(head))
	if err != nil {
		return err
	}
	if b, err = checked(b, "fixed array"); err != nil {
		return err
	}
	if err := a.checkSignature(b); err != nil {
		return err
	}
	written := b[a.prefix():]
	at := addr + uint64(head)
	for p := range pages {
		k := min(per, n-p*per)
		if written[p/8]&(0x80>>(p%8)) != 0 {
			page, err := f.block(at, uint64(k*a.entry+4))
			if err != nil {
				return err
			}
			if page, err = checked(page, "page"); err != nil {
				return err
			}
			if err := a.add(page, p*per); err != nil {
				return err
			}
		}
		at += uint64(per*a.entry + 4)
	}
	return nil
}

// add reads entries, the first of which is that of the chunk numbered first.
func (a *fixedArray) add(b []byte, first int) error {
	f := a.c.d.f
	for i := range len(b) / a.entry {
		c := &cursor{b: b[i*a.entry : (i+1)*a.entry]}
		e := chunkEntry{addr: f.offset(c), stored: uint64(a.c.bytes)}
		if a.client == 1 {
			e.stored, e.mask = c.uint(a.entry-f.offsetSize-4), c.u32()
		}
		if err := c.err("entry"); err != nil {
			return err
		}
		if e.addr != undefined {
			a.entries[first+i] = e
		}
	}
	return nil
}
