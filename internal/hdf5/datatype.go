package hdf5

import (
	"fmt"
)

// Class is the class of a datatype (IV.A.2.d).
type Class int

// The classes that are told apart.
const (
	Other     Class = iota // is only named in messages
	Number                 // an integer or an IEEE 754 float
	Text                   // fixed or variable length
	Reference              // to an object
	Sequence               // variable length, of another type
)

// Type is a datatype.
type Type struct {
	Class Class
	size  int    // bytes of an element as stored
	Code  string // of a number, as NumPy writes it: <f4, >f8, |u1
	Name  string // for messages

	variable bool  // text of variable length
	element  *Type // of a sequence
}

// datatype reads a datatype message (IV.A.2.d).
func (f *File) datatype(data []byte) (Type, error) { return f.typeAt(&cursor{b: data}, 0) }

func (f *File) typeAt(c *cursor, depth int) (Type, error) {
	const deepest = 8
	if depth > deepest {
		return Type{}, fmt.Errorf("expected types within at most %d types, found more", deepest)
	}
	first := c.u8()
	flags, size := c.uint(3), c.u32()
	if err := c.err("datatype"); err != nil {
		return Type{}, err
	}
	const most = 1 << 30
	if size < 1 || size > most {
		return Type{}, fmt.Errorf("expected elements of 1 to %d bytes, found %d", most, size)
	}
	t := Type{size: int(size)}
	switch first & 15 {
	case 0:
		return t.integer(c, flags)
	case 1:
		return t.float(c, flags)
	case 3:
		t.Class, t.Name = Text, "text"
	case 7:
		t.Class, t.Name = Reference, "object references"
		if flags&15 != 0 || t.size != f.offsetSize {
			t.Class, t.Name = Other, "references to regions"
		}
	case 8: // an enumeration, such as Python's bool: its numbers are those of the type below it
		return f.typeAt(c, depth+1)
	case 9:
		return f.variableType(t, c, flags, depth)
	default:
		names := [16]string{2: "times", 4: "bit fields", 5: "opaque bytes", 6: "compounds", 10: "arrays"}
		t.Name = names[first&15]
		if t.Name == "" {
			t.Name = fmt.Sprintf("class %d", first&15)
		}
	}
	return t, nil
}

func (f *File) variableType(t Type, c *cursor, flags uint64, depth int) (Type, error) {
	if want := 4 + f.offsetSize + 4; t.size != want {
		return t, fmt.Errorf("expected elements of %d bytes that point into a heap, found %d", want, t.size)
	}
	if flags&15 == 1 {
		t.Class, t.Name, t.variable = Text, "text", true
		return t, nil
	}
	element, err := f.typeAt(c, depth+1)
	if err != nil {
		return t, err
	}
	t.Class, t.Name, t.element = Sequence, "sequences", &element
	return t, nil
}

func order(flags uint64, size int) string {
	switch {
	case size == 1:
		return "|"
	case flags&1 != 0:
		return ">"
	}
	return "<"
}

func (t Type) integer(c *cursor, flags uint64) (Type, error) {
	at, precision := c.u16(), c.u16()
	if err := c.err("datatype"); err != nil {
		return t, err
	}
	t.Name = fmt.Sprintf("integers of %d bits in %d bytes", precision, t.size)
	if at != 0 || precision != 8*t.size || t.size > 8 || t.size&(t.size-1) != 0 {
		return t, nil
	}
	letter := "u"
	if flags&8 != 0 {
		letter = "i"
	}
	t.Class, t.Code = Number, fmt.Sprintf("%s%s%d", order(flags, t.size), letter, t.size)
	return t, nil
}

// floatLayout is where an IEEE 754 number of a size has its parts.
type floatLayout struct {
	at, precision                                            int
	exponentAt, exponentBits, mantissaAt, mantissaBits, bias int
}

var floats = map[int]floatLayout{
	2: {0, 16, 10, 5, 0, 10, 15},
	4: {0, 32, 23, 8, 0, 23, 127},
	8: {0, 64, 52, 11, 0, 52, 1023},
}

func (t Type) float(c *cursor, flags uint64) (Type, error) {
	found := floatLayout{c.u16(), c.u16(), c.u8(), c.u8(), c.u8(), c.u8(), int(c.u32())}
	if err := c.err("datatype"); err != nil {
		return t, err
	}
	t.Name = fmt.Sprintf("floats of %d bits in %d bytes", found.precision, t.size)
	const vax, impliedOne = 0x40, 2
	if want, known := floats[t.size]; !known || found != want || flags&vax != 0 || flags>>4&3 != impliedOne {
		t.Name += " that are not IEEE 754's"
		return t, nil
	}
	t.Class, t.Code = Number, fmt.Sprintf("%sf%d", order(flags, t.size), t.size)
	return t, nil
}
