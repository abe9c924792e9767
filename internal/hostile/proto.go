package hostile

import "encoding/binary"

// Protocol buffers hold messages in messages, each with its length before it, so that one byte more or less anywhere
// spoils all that is around it. EditProto changes fields instead and writes the lengths anew.

// field is a field of a message.
type field struct {
	key   uint64
	value []byte  // of other than message fields: their bytes, without the length
	inner []field // of a field whose bytes are a message
}

const maxDepth = 12

// parse takes a message apart; ok: it is one, to its end.
func parse(b []byte, depth int) (fields []field, ok bool) {
	for len(b) > 0 {
		key, n := binary.Uvarint(b)
		if n <= 0 || key>>3 == 0 {
			return nil, false
		}
		b = b[n:]
		f := field{key: key}
		switch key & 7 {
		case 0:
			if _, n = binary.Uvarint(b); n <= 0 {
				return nil, false
			}
		case 1:
			n = 8
		case 5:
			n = 4
		case 2:
			size, m := binary.Uvarint(b)
			if m <= 0 || size > uint64(len(b)-m) {
				return nil, false
			}
			b, n = b[m:], int(size)
		default:
			return nil, false
		}
		if n > len(b) {
			return nil, false
		}
		f.value = b[:n:n]
		if key&7 == 2 && n > 1 && depth < maxDepth {
			if inner, ok := parse(f.value, depth+1); ok {
				f.inner = inner
			}
		}
		fields, b = append(fields, f), b[n:]
	}
	return fields, true
}

func appendFields(out []byte, fields []field) []byte {
	for _, f := range fields {
		out = binary.AppendUvarint(out, f.key)
		value := f.value
		if f.inner != nil {
			value = appendFields(nil, f.inner)
		}
		if f.key&7 == 2 {
			out = binary.AppendUvarint(out, uint64(len(value)))
		}
		out = append(out, value...)
	}
	return out
}

// EditProto makes an edit function for protocol buffers. A file that is none is edited as bytes, and so is every
// fourth.
func EditProto(words []string) func(file, edits []byte) []byte {
	return func(file, edits []byte) []byte {
		fields, ok := parse(file, 0)
		if !ok || len(edits) < editBytes || edits[len(edits)-1]%4 == 0 {
			return edited(file, edits, words)
		}
		for n := 0; len(edits) >= editBytes && n < maxEdits; n++ {
			fields = editMessage(fields, edits[:editBytes], words, 0)
			edits = edits[editBytes:]
		}
		if out := appendFields(nil, fields); len(out) <= most {
			return out
		}
		return file
	}
}

// editMessage walks down to a field by the bits of an edit, and changes it or its place.
func editMessage(fields []field, e []byte, words []string, depth int) []field {
	if len(fields) == 0 {
		return fields
	}
	which := (int(e[1]) | int(e[2])<<8) >> depth
	i := which % len(fields)
	f := &fields[i]
	if f.inner != nil && (which>>3)%5 != 0 {
		f.inner = editMessage(f.inner, e, words, depth+3)
		return fields
	}
	switch e[0] >> 4 {
	case 0:
		return append(fields[:i:i], fields[i+1:]...)
	case 1:
		return append(append(fields[:i+1:i+1], *f), fields[i+1:]...)
	case 2:
		j := int(e[3]) % len(fields)
		fields[i], fields[j] = fields[j], fields[i]
	case 3:
		f.key = f.key&7 | uint64(1+e[3]%40)<<3
	case 4:
		j := int(e[3]) % len(fields)
		f.value, f.inner, f.key = fields[j].value, fields[j].inner, f.key&^7|fields[j].key&7
	default:
		value := f.value
		if f.inner != nil {
			value = appendFields(nil, f.inner)
		}
		if f.key&7 == 0 {
			value = binary.AppendUvarint(nil, lengths[int(e[3])%len(lengths)])
		} else if f.key&7 == 2 {
			value = edited(value, []byte{e[0] & 15, e[4], e[2], e[3], e[4]}, words)
		} else {
			value = append([]byte(nil), value...)
			value[int(e[4])%len(value)] ^= e[3]
		}
		f.value, f.inner = value, nil
	}
	return fields
}
