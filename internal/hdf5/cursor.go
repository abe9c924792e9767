package hdf5

import (
	"encoding/binary"
	"fmt"
)

// cursor reads the fields of a block. After the first field that the block does not hold, all fields are 0 and err
// fails: a parser reads a group of fields and then asks once.
type cursor struct {
	b     []byte
	at    int
	short bool
}

func (c *cursor) bytes(n int) []byte {
	if c.short || n < 0 || n > len(c.b)-c.at {
		c.short = true
		return nil
	}
	c.at += n
	return c.b[c.at-n : c.at]
}

func (c *cursor) skip(n int) { c.bytes(n) }

// align moves to the next multiple of 8, counted from the byte start.
func (c *cursor) align(start int) { c.skip((8 - (c.at-start)%8) % 8) }

// uint reads a little-endian number of n bytes, at most 8.
func (c *cursor) uint(n int) uint64 {
	var v uint64
	for i, b := range c.bytes(n) {
		v |= uint64(b) << (8 * i)
	}
	return v
}

func (c *cursor) u8() int { return int(c.uint(1)) }

func (c *cursor) u16() int { return int(c.uint(2)) }

func (c *cursor) u32() uint32 { return uint32(c.uint(4)) }

func (c *cursor) rest() []byte { return c.bytes(len(c.b) - c.at) }

// signature checks the four letters that a block begins with.
func (c *cursor) signature(want string) error {
	if found := string(c.bytes(4)); found != want {
		return fmt.Errorf("expected a block %q, found %q", want, found)
	}
	return nil
}

func (c *cursor) err(what string) error {
	if c.short {
		return fmt.Errorf("%s: expected more than the %d bytes it has", what, len(c.b))
	}
	return nil
}

// checked takes the checksum off the end of a block and fails unless it fits.
func checked(b []byte, what string) ([]byte, error) {
	if len(b) < 4 {
		return nil, fmt.Errorf("%s: expected a checksum, found %d bytes", what, len(b))
	}
	body, sum := b[:len(b)-4], binary.LittleEndian.Uint32(b[len(b)-4:])
	if found := lookup3(body); found != sum {
		return nil, fmt.Errorf("%s: expected checksum %08x, found %08x: the file is damaged", what, sum, found)
	}
	return body, nil
}
