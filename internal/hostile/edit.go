package hostile

import (
	"encoding/binary"
	"math/rand/v2"
)

// An edit is five bytes: what is done, where (two bytes, a share of the file's length), and what with (two bytes).
const (
	editBytes = 5
	maxEdits  = 64
	// most is how long a file may become: nothing is learned from larger ones.
	most = 1 << 17
)

// lengths are numbers that lengths, counts and offsets go wrong with.
var lengths = []uint64{
	0, 1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 63, 64, 100, 127, 128, 255, 256, 257, 1000, 1023, 1024, 4095, 4096, 1<<15 - 1, 1 << 15, 1<<16 - 1, 1 << 16,
	1 << 20, 1<<24 - 1, 1 << 24, 1<<31 - 1, 1 << 31, 1<<32 - 1, 1 << 32, 1 << 40, 1 << 52, 1<<53 + 1, 1<<62 - 1, 1<<63 - 1, 1 << 63, 1<<64 - 8, 1<<64 - 1,
}

// randomEdits are up to n edits for edited.
func randomEdits(rng *rand.Rand, n int) []byte {
	e := make([]byte, editBytes*(1+rng.IntN(n)))
	for i := range e {
		e[i] = byte(rng.Uint32())
	}
	return e
}

// edited changes a copy of a file by edits, using a format's words. No edits, no change.
func edited(file, edits []byte, words []string) []byte {
	out := append(make([]byte, 0, len(file)+256), file...)
	for n := 0; len(edits) >= editBytes && n < maxEdits && len(out) < most; n++ {
		at := 0
		if len(out) > 0 {
			at = int(binary.LittleEndian.Uint16(edits[1:])) * len(out) >> 16
		}
		out = editAt(out, edits[0], at, edits[3], edits[4], words)
		edits = edits[editBytes:]
	}
	return out
}

func editAt(out []byte, op byte, at int, a, b byte, words []string) []byte {
	rest := out[at:]
	if len(rest) == 0 {
		return append(out, a)
	}
	size := 1 + int(b)%32
	if b >= 224 {
		size = 1 + int(b-224)*len(rest)/64
	}
	size = min(size, len(rest))
	switch op % 16 {
	case 0:
		rest[0] ^= 1 << (a % 8)
	case 1, 2:
		rest[0] = a
	case 3:
		rest[0] += a%9 - 4
	case 4, 5:
		number(rest, a, lengths[int(b)%len(lengths)])
	case 6:
		number(rest, a, uint64(len(out))-uint64(b)+16)
	case 7:
		nudge(rest, a, b)
	case 8:
		return append(out[:at], rest[size:]...)
	case 9:
		return splice(out, at, append([]byte(nil), rest[:size]...))
	case 10:
		from := int(a) * len(out) >> 8
		copy(rest[:size], append([]byte(nil), out[from:]...))
	case 11:
		return splice(out, at, binary.AppendUvarint(nil, lengths[int(a)%len(lengths)]))
	case 12, 13, 14:
		if len(words) == 0 {
			rest[0] = b
			break
		}
		word := []byte(words[(int(a)|int(b)<<8)%len(words)])
		if op%16 == 12 {
			copy(rest, word)
			break
		}
		return splice(out, at, word)
	case 15:
		if a < 32 {
			return out[:at]
		}
		return splice(out, at, []byte{a})
	}
	return out
}

// splice inserts bytes.
func splice(out []byte, at int, b []byte) []byte {
	out = append(out, b...)
	copy(out[at+len(b):], out[at:])
	copy(out[at:], b)
	return out
}

// number writes a number of 1, 2, 4 or 8 bytes in one of the orders, where there is room.
func number(b []byte, form byte, v uint64) {
	size := 1 << (form % 4)
	if len(b) < size {
		return
	}
	for i := range size {
		k := i
		if form&4 != 0 {
			k = size - 1 - i
		}
		b[k] = byte(v >> (8 * i))
	}
}

// nudge adds a little to a number.
func nudge(b []byte, form, by byte) {
	size := 1 << (form % 4)
	if len(b) < size {
		return
	}
	var v uint64
	for i := range size {
		k := i
		if form&4 != 0 {
			k = size - 1 - i
		}
		v |= uint64(b[k]) << (8 * i)
	}
	number(b, form, v+uint64(int64(int8(by))))
}

// Sample is a file damaged in a few ways by small edits, in many if every byte is asked for: for programs, which take
// longer than a reader inside one.
func Sample(file []byte) (all [][]byte) {
	rng := rand.New(rand.NewPCG(*seed, uint64(len(file))))
	n := 2
	if *every {
		n = 60
	}
	for i := range n {
		all = append(all, edited(file, randomEdits(rng, 1+i%4), nil))
	}
	return append(all, file[:rng.IntN(len(file)+1)], file)
}
