package hdf5

import (
	"errors"
	"fmt"
)

// attribute is a named array in an object's header.
type attribute struct {
	name     string
	datatype Type
	elements int
	data     []byte
}

// errStop ends a walk early.
var errStop = errors.New("stop")

// Strings returns the texts of the attribute of that name, in row-major order; a scalar is one text. Characters in
// sequences, as MATLAB writes names of fields, are taken for texts. An attribute that is not there, or is of numbers,
// gives nil.
func (o *Object) Strings(name string) ([]string, error) {
	a, err := o.attribute(name)
	var texts []string
	if err == nil && a != nil {
		texts, err = o.f.texts(a)
	}
	if err != nil {
		return nil, fmt.Errorf("attribute %q of the object at %d: %w", name, o.addr, err)
	}
	return texts, nil
}

// HasAttribute tells whether there is an attribute of that name.
func (o *Object) HasAttribute(name string) (bool, error) {
	a, err := o.attribute(name)
	return a != nil, err
}

func (o *Object) attribute(name string) (*attribute, error) {
	for _, m := range o.messages {
		if m.kind != msgAttribute || m.shared {
			continue
		}
		found, err := attributeName(m.data)
		if err != nil {
			return nil, err
		}
		if found == name {
			return o.f.attribute(m.data)
		}
	}
	info, err := o.find(msgAttributeInfo)
	if err != nil || info == nil {
		return nil, err
	}
	return o.denseAttribute(info, name)
}

// denseAttribute looks into the fractal heap of an object with many attributes (IV.A.2.v).
func (o *Object) denseAttribute(info []byte, name string) (*attribute, error) {
	c := &cursor{b: info}
	c.skip(1)
	if c.u8()&1 != 0 {
		c.skip(2)
	}
	heapAt, tree := o.f.offset(c), o.f.offset(c)
	if err := c.err("attribute info"); err != nil || heapAt == undefined || tree == undefined {
		return nil, err
	}
	var a *attribute
	err := o.f.heapObjects(heapAt, tree, btree2Attributes, 0, func(data []byte) error {
		found, err := attributeName(data)
		if err != nil || found != name {
			return err
		}
		if a, err = o.f.attribute(data); err != nil {
			return err
		}
		return errStop
	})
	if errors.Is(err, errStop) {
		err = nil
	}
	return a, err
}

// attributeHead is the start of an attribute message (IV.A.2.m).
type attributeHead struct {
	version, flags         int
	name, datatype, shapes int // bytes
}

func readAttributeHead(c *cursor) (attributeHead, error) {
	h := attributeHead{c.u8(), c.u8(), c.u16(), c.u16(), c.u16()}
	if h.version == 3 {
		c.skip(1)
	}
	if h.version < 1 || h.version > 3 {
		return h, fmt.Errorf("expected an attribute of version 1 to 3, found %d", h.version)
	}
	return h, c.err("attribute")
}

// field returns n bytes; version 1 pads them to a multiple of 8.
func (h attributeHead) field(c *cursor, n int) []byte {
	start := c.at
	b := c.bytes(n)
	if h.version == 1 {
		c.align(start)
	}
	return b
}

func attributeName(data []byte) (string, error) {
	c := &cursor{b: data}
	h, err := readAttributeHead(c)
	if err != nil {
		return "", err
	}
	name := text(c.bytes(h.name))
	return name, c.err("attribute")
}

func (f *File) attribute(data []byte) (*attribute, error) {
	c := &cursor{b: data}
	h, err := readAttributeHead(c)
	if err != nil {
		return nil, err
	}
	a := &attribute{name: text(h.field(c, h.name))}
	datatype, shape := h.field(c, h.datatype), h.field(c, h.shapes)
	if err := c.err("attribute"); err != nil {
		return nil, err
	}
	if h.version > 1 && h.flags&1 != 0 {
		if datatype, err = f.sharedMessage(msgDatatype, datatype); err != nil {
			return nil, err
		}
	}
	if h.version > 1 && h.flags&2 != 0 {
		return nil, errors.New("expected a dataspace of its own, found a shared one, which is not read")
	}
	if a.datatype, err = f.datatype(datatype); err != nil {
		return nil, err
	}
	sizes, err := f.dataspace(shape)
	if err != nil {
		return nil, err
	}
	if a.elements, err = count(sizes, a.datatype.size); err != nil {
		return nil, err
	}
	if room := len(data) - c.at; a.elements*a.datatype.size > room {
		return nil, fmt.Errorf("expected %d elements of %d bytes, found %d bytes", a.elements, a.datatype.size, room)
	}
	a.data = c.bytes(a.elements * a.datatype.size)
	return a, nil
}

// texts reads an attribute's elements as texts.
func (f *File) texts(a *attribute) ([]string, error) {
	d := a.datatype
	sequence := d.Class == Sequence && d.element.size == 1
	if d.Class != Text && !sequence {
		return nil, nil
	}
	heaps := &globalHeaps{f: f}
	out := make([]string, 0, a.elements) // each takes bytes of the attribute
	for i := range a.elements {
		raw := a.data[i*d.size : (i+1)*d.size]
		if d.variable || sequence {
			var err error
			if raw, err = f.variable(heaps, raw); err != nil {
				return nil, err
			}
		}
		out = append(out, text(raw))
	}
	return out, nil
}

// variable follows an element of variable length into the global heap (III.E).
func (f *File) variable(heaps *globalHeaps, element []byte) ([]byte, error) {
	c := &cursor{b: element}
	n, addr, index := c.u32(), f.offset(c), c.u32()
	if n == 0 {
		return nil, nil
	}
	data, err := heaps.object(addr, index)
	if err != nil {
		return nil, err
	}
	if uint64(n) > uint64(len(data)) {
		return nil, fmt.Errorf("expected %d characters in the heap, found %d", n, len(data))
	}
	// The same text may be asked for once an element.
	return data[:n], f.spend(int64(n))
}
