package hdf5

import (
	"errors"
	"fmt"
)

// Messages of an object header that are read (IV.A.2).
const (
	msgDataspace     = 0x01
	msgLinkInfo      = 0x02
	msgDatatype      = 0x03
	msgFillValue     = 0x05
	msgLink          = 0x06
	msgLayout        = 0x08
	msgFilters       = 0x0b
	msgAttribute     = 0x0c
	msgContinuation  = 0x10
	msgSymbolTable   = 0x11
	msgAttributeInfo = 0x15
)

const (
	// maxMessages bounds a header; an object has a dozen, and one for each attribute or compact link.
	maxMessages = 1 << 16
	// maxContinuations bounds the pieces of a header.
	maxContinuations = 1 << 12
)

type message struct {
	kind   int
	shared bool // the data say where the message is
	data   []byte
}

// Object is a group or a dataset: what an object header describes.
type Object struct {
	f        *File
	addr     uint64
	messages []message
}

// Root returns the root group.
func (f *File) Root() (*Object, error) { return f.Object(f.root) }

// Object returns the object whose header is at that address; an object reference is one.
func (f *File) Object(addr uint64) (*Object, error) {
	o, err := f.object(addr)
	if err != nil {
		return nil, fmt.Errorf("object at %d: %w", addr, err)
	}
	return o, nil
}

func (f *File) object(addr uint64) (*Object, error) {
	c, err := f.head(addr, 64)
	if err != nil {
		return nil, err
	}
	h := &headerReader{f: f, object: &Object{f: f, addr: addr}}
	if len(c.b) >= 4 && string(c.b[:4]) == "OHDR" {
		err = h.version2(addr, c)
	} else {
		err = h.version1(addr, c)
	}
	return h.object, err
}

// Address is where the object is; two links to one object have it in common.
func (o *Object) Address() uint64 { return o.addr }

// piece is a range of messages that is still to be read.
type piece struct{ addr, n uint64 }

type headerReader struct {
	f       *File
	object  *Object
	pieces  []piece
	done    int
	ordered bool // version 2: messages carry their creation order
}

// version1 reads a header of version 1 (IV.A.1.a).
func (h *headerReader) version1(addr uint64, c *cursor) error {
	if version := c.u8(); version != 1 {
		return fmt.Errorf("expected an object header of version 1 or 2, found a byte %d", version)
	}
	c.skip(1 + 2 + 4)
	n := c.u32()
	if err := c.err("header"); err != nil {
		return err
	}
	h.pieces = []piece{{addr + 16, uint64(n)}}
	return h.follow(func(p piece) error {
		b, err := h.f.block(p.addr, p.n)
		if err != nil {
			return err
		}
		return h.messages1(b)
	})
}

func (h *headerReader) messages1(b []byte) error {
	c := &cursor{b: b}
	for len(b)-c.at >= 8 {
		kind, size, flags := c.u16(), c.u16(), c.u8()
		c.skip(3)
		data := c.bytes(size)
		if err := c.err("messages"); err != nil {
			return err
		}
		if err := h.message(kind, flags, data); err != nil {
			return err
		}
	}
	return nil
}

// version2 reads a header of version 2 (IV.A.1.b).
func (h *headerReader) version2(addr uint64, c *cursor) error {
	c.skip(4)
	if version := c.u8(); version != 2 {
		return fmt.Errorf("expected an OHDR block of version 2, found %d", version)
	}
	flags := c.u8()
	if flags&0x20 != 0 {
		c.skip(16)
	}
	if flags&0x10 != 0 {
		c.skip(4)
	}
	n := c.uint(1 << (flags & 3))
	if err := c.err("header"); err != nil {
		return err
	}
	h.ordered = flags&4 != 0
	start := uint64(c.at)
	if n > maxBlock {
		return fmt.Errorf("expected a header of at most %d bytes, found %d", maxBlock, n)
	}
	h.pieces = []piece{{addr, start + n + 4}}
	return h.follow(func(p piece) error {
		b, err := h.f.block(p.addr, p.n)
		if err != nil {
			return err
		}
		if b, err = checked(b, "header"); err != nil {
			return err
		}
		if p.addr == addr {
			return h.messages2(b[start:])
		}
		next := &cursor{b: b}
		if err := next.signature("OCHK"); err != nil {
			return err
		}
		return h.messages2(next.rest())
	})
}

func (h *headerReader) messages2(b []byte) error {
	prefix := 4
	if h.ordered {
		prefix = 6
	}
	c := &cursor{b: b}
	for len(b)-c.at >= prefix {
		kind, size, flags := c.u8(), c.u16(), c.u8()
		c.skip(prefix - 4)
		data := c.bytes(size)
		if err := c.err("messages"); err != nil {
			return err
		}
		if err := h.message(kind, flags, data); err != nil {
			return err
		}
	}
	return nil
}

// follow reads every piece of the header; reading one may add others.
func (h *headerReader) follow(read func(piece) error) error {
	for ; h.done < len(h.pieces); h.done++ {
		if h.done > maxContinuations {
			return fmt.Errorf("expected at most %d continuations, found more", maxContinuations)
		}
		if err := read(h.pieces[h.done]); err != nil {
			return err
		}
	}
	return nil
}

func (h *headerReader) message(kind, flags int, data []byte) error {
	if kind == msgContinuation {
		c := &cursor{b: data}
		p := piece{h.f.offset(c), h.f.length(c)}
		for _, known := range h.pieces {
			if known.addr == p.addr {
				return fmt.Errorf("expected a header that continues elsewhere, found it going back to %d", p.addr)
			}
		}
		h.pieces = append(h.pieces, p)
		return c.err("continuation")
	}
	if len(h.object.messages) == maxMessages {
		return fmt.Errorf("expected at most %d messages, found more", maxMessages)
	}
	h.object.messages = append(h.object.messages, message{kind, flags&2 != 0, data})
	return nil
}

// find returns the data of the first message of a kind, nil when there is none.
func (o *Object) find(kind int) ([]byte, error) {
	for _, m := range o.messages {
		if m.kind != kind {
			continue
		}
		if m.shared {
			return o.f.sharedMessage(kind, m.data)
		}
		return m.data, nil
	}
	return nil, nil
}

func (o *Object) has(kind int) bool {
	for _, m := range o.messages {
		if m.kind == kind {
			return true
		}
	}
	return false
}

// sharedMessage finds a message that another object's header has: that of a committed datatype (IV.A.2, shared
// messages).
func (f *File) sharedMessage(kind int, data []byte) ([]byte, error) {
	c := &cursor{b: data}
	version, where := c.u8(), c.u8()
	if version == 1 {
		c.skip(6)
	}
	addr := f.offset(c)
	if err := c.err("shared message"); err != nil {
		return nil, err
	}
	if version < 1 || version > 3 || version == 3 && where != 2 {
		return nil, errors.New("expected a message that a header of its own has, found one in a heap of shared messages, which is not read")
	}
	o, err := f.Object(addr)
	if err != nil {
		return nil, err
	}
	for _, m := range o.messages {
		if m.kind == kind && !m.shared {
			return m.data, nil
		}
	}
	return nil, fmt.Errorf("expected a shared message of kind %d in the object at %d, found none", kind, addr)
}
