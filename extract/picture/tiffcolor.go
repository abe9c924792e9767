package picture

import "encoding/binary"

// eights makes samples of 8 bits of a row: gray of fewer bits is spread from 0 to 255, numbers of a palette stay as
// they are, and 16 bits lose their low byte.
func (f *tiffFile) eights(dst, row []byte) {
	switch f.bits {
	case 8:
		copy(dst, row)
	case 16:
		high := 0
		if f.order == binary.ByteOrder(binary.LittleEndian) {
			high = 1
		}
		for i := range dst {
			dst[i] = row[2*i+high]
		}
	default:
		most := 1<<f.bits - 1
		scale := byte(255 / most)
		if f.color == "palette" {
			scale = 1
		}
		each := 8 / f.bits
		for i := range dst {
			dst[i] = row[i/each] >> (8 - f.bits*(i%each+1)) & byte(most) * scale
		}
	}
}

// colours converts a row of pixels, of which each has all its samples.
func (f *tiffFile) colours(dst, line []byte) {
	n := f.samples
	for ; len(dst) >= 3; dst, line = dst[3:], line[n:] {
		switch f.color {
		case "palette":
			copy(dst, f.table[line[0]][:])
		case "rgb":
			copy(dst[:3], line[:3])
			if f.associated {
				divide(dst[:3], line[3])
			}
		case "cmyk":
			for c := range 3 {
				dst[c] = underBlack(line[c], 255-line[3])
			}
		default:
			v := line[0]
			if f.inverted {
				v = 255 - v
			}
			dst[0], dst[1], dst[2] = v, v, v
		}
	}
}

// divide takes alpha out of colours that were multiplied by it; nothing is left of them where it is 0.
func divide(rgb []byte, alpha byte) {
	if alpha == 255 {
		return
	}
	if alpha == 0 {
		clear(rgb)
		return
	}
	for c, v := range rgb {
		rgb[c] = byte(min(uint32(v)*255/uint32(alpha), 255))
	}
}
