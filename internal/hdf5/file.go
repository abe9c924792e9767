package hdf5

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
)

// signature begins the superblock.
const signature = "\x89HDF\r\n\x1a\n"

const (
	// maxBlock bounds one block of metadata; the largest that Keras writes is the text of a model, below a megabyte.
	maxBlock = 64 << 20
	// blockCost is what a block draws on the budget beside its bytes.
	blockCost = 64
	// undefined is an address that stands for none (I.C).
	undefined = ^uint64(0)
)

// File is an open HDF5 file. Its methods are safe for concurrent use.
type File struct {
	r          io.ReaderAt
	size       int64
	base       uint64 // added to every address
	offsetSize int    // bytes of an address
	lengthSize int    // bytes of a length
	root       uint64 // address of the root group's header
	budget     atomic.Int64
	chunks     chunkCache
}

// Find tells at which byte the superblock begins: 0, or a power of two from 512 on, after a user block (II.A).
func Find(r io.ReaderAt, size int64) (int64, bool) {
	const farthest = 1 << 20
	var head [len(signature)]byte
	for at := int64(0); at <= farthest && at+int64(len(head)) <= size; at = max(512, 2*at) {
		if _, err := r.ReadAt(head[:], at); err != nil {
			return 0, false
		}
		if string(head[:]) == signature {
			return at, true
		}
	}
	return 0, false
}

// Open reads the superblock of the size bytes of r, whose reads fill their buffers or fail, as io.ReaderAt demands.
func Open(r io.ReaderAt, size int64) (*File, error) {
	at, ok := Find(r, size)
	if !ok {
		return nil, fmt.Errorf("expected the signature %q, found none", signature)
	}
	f := &File{r: r, size: size}
	// A reader follows each block a few times at most; what asks for more goes in circles.
	f.budget.Store(64<<20 + 16*size)
	f.chunks.init()
	head := make([]byte, min(size-at, 128))
	if _, err := r.ReadAt(head, at); err != nil {
		return nil, err
	}
	if err := f.superblock(head, uint64(at)); err != nil {
		return nil, fmt.Errorf("superblock: %w", err)
	}
	return f, nil
}

// superblock reads versions 0 to 3 (II.A).
func (f *File) superblock(head []byte, at uint64) error {
	c := &cursor{b: head, at: len(signature)}
	version := c.u8()
	var end uint64
	switch version {
	case 0, 1:
		c.skip(4)
		f.offsetSize, f.lengthSize = c.u8(), c.u8()
		c.skip(1 + 4 + 4)
		if version == 1 {
			c.skip(4)
		}
		if err := f.checkSizes(c); err != nil {
			return err
		}
		f.base = f.offset(c)
		f.offset(c)
		end = f.offset(c)
		f.offset(c)
		c.skip(f.offsetSize) // of the root's name
		f.root = f.offset(c)
	case 2, 3:
		f.offsetSize, f.lengthSize = c.u8(), c.u8()
		c.skip(1)
		if err := f.checkSizes(c); err != nil {
			return err
		}
		f.base = f.offset(c)
		f.offset(c)
		end = f.offset(c)
		f.root = f.offset(c)
		if _, err := checked(head[:min(len(head), c.at+4)], "block"); err != nil {
			return err
		}
	default:
		return fmt.Errorf("expected version 0 to 3, found %d", version)
	}
	if err := c.err("block"); err != nil {
		return err
	}
	if f.base != at && f.base != 0 {
		return fmt.Errorf("expected addresses that count from byte %d, found %d", at, f.base)
	}
	f.base = at // a user block put before a finished file leaves the field as it was
	if end != undefined && end > uint64(f.size) {
		return fmt.Errorf("truncated: expected %d bytes, found %d; fetch the file again", end, f.size)
	}
	return nil
}

func (f *File) checkSizes(c *cursor) error {
	if err := c.err("block"); err != nil {
		return err
	}
	for _, n := range []int{f.offsetSize, f.lengthSize} {
		if n != 2 && n != 4 && n != 8 {
			return fmt.Errorf("expected addresses and lengths of 2, 4 or 8 bytes, found %d and %d", f.offsetSize, f.lengthSize)
		}
	}
	return nil
}

// offset reads an address; all ones of any width are undefined.
func (f *File) offset(c *cursor) uint64 {
	v := c.uint(f.offsetSize)
	if v == undefined>>(64-8*f.offsetSize) {
		return undefined
	}
	return v
}

func (f *File) length(c *cursor) uint64 { return c.uint(f.lengthSize) }

// place turns an address into a position in the file at which n bytes exist.
func (f *File) place(addr, n uint64) (int64, error) {
	room := uint64(f.size) - f.base
	if addr > room || n > room-addr {
		return 0, fmt.Errorf("expected %d bytes at address %d, found the file's end at %d", n, addr, room)
	}
	return int64(f.base + addr), nil
}

// errBudget ends what goes in circles.
var errBudget = errors.New("expected a file whose parts refer to each other a few times, found one that goes in circles")

func (f *File) spend(n int64) error {
	if f.budget.Add(-n) < 0 {
		return errBudget
	}
	return nil
}

// block reads n bytes of metadata at an address.
func (f *File) block(addr, n uint64) ([]byte, error) {
	at, err := f.place(addr, n)
	if err != nil {
		return nil, err
	}
	if n > maxBlock {
		return nil, fmt.Errorf("expected a block of at most %d bytes at address %d, found %d", maxBlock, addr, n)
	}
	if err := f.spend(int64(n) + blockCost); err != nil {
		return nil, err
	}
	b := make([]byte, n)
	if _, err := f.r.ReadAt(b, at); err != nil {
		return nil, err
	}
	return b, nil
}

// head reads n bytes, or as many as there are when that is fewer: the start of a block of unknown length.
func (f *File) head(addr, n uint64) (*cursor, error) {
	if room := uint64(f.size) - f.base; addr < room {
		n = min(n, room-addr)
	}
	b, err := f.block(addr, n)
	return &cursor{b: b}, err
}

// text returns the characters before the first zero byte.
func text(b []byte) string {
	b, _, _ = bytes.Cut(b, []byte{0})
	return string(b)
}
