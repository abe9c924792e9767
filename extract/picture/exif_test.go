package picture

import (
	"encoding/binary"
	"testing"
)

// exifBlock makes EXIF metadata of one directory; each entry is tag, type, count, value (left-justified).
func exifBlock(order binary.AppendByteOrder, entries ...[4]uint32) []byte {
	d := []byte("II*\x00")
	if order == binary.BigEndian {
		d = []byte("MM\x00*")
	}
	d = order.AppendUint32(d, 8)
	d = order.AppendUint16(d, uint16(len(entries)))
	for _, e := range entries {
		d = order.AppendUint16(order.AppendUint16(d, uint16(e[0])), uint16(e[1]))
		d = order.AppendUint32(d, e[2])
		switch e[1] {
		case 3:
			d = order.AppendUint16(order.AppendUint16(d, uint16(e[3])), 0)
		case 1:
			d = append(d, byte(e[3]), 0, 0, 0)
		default:
			d = order.AppendUint32(d, e[3])
		}
	}
	return order.AppendUint32(d, 0)
}

func TestOrientation(t *testing.T) {
	le, be := binary.LittleEndian, binary.BigEndian
	good := exifBlock(be, [4]uint32{271, 2, 4, 0}, [4]uint32{274, 3, 1, 6})
	for name, c := range map[string]struct {
		exif []byte
		want int
	}{
		"big-endian":       {good, 6},
		"little-endian":    {exifBlock(le, [4]uint32{274, 3, 1, 8}), 8},
		"with prefix":      {append([]byte("Exif\x00\x00"), good...), 6},
		"long":             {exifBlock(le, [4]uint32{274, 4, 1, 3}), 3},
		"byte":             {exifBlock(be, [4]uint32{274, 1, 1, 3}), 3},
		"none":             {nil, 1},
		"no such tag":      {exifBlock(le, [4]uint32{256, 3, 1, 6}), 1},
		"zero":             {exifBlock(le, [4]uint32{274, 3, 1, 0}), 1},
		"nine":             {exifBlock(le, [4]uint32{274, 3, 1, 9}), 1},
		"two values":       {exifBlock(le, [4]uint32{274, 3, 2, 6}), 1},
		"text":             {exifBlock(le, [4]uint32{274, 2, 1, 6}), 1},
		"neither order":    {append([]byte("XX"), good[2:]...), 1},
		"header alone":     {good[:8], 1},
		"cut in an entry":  {good[:len(good)-10], 1},
		"offset beyond":    {[]byte("II*\x00\xff\xff\xff\xff\x01\x00"), 1},
		"offset in header": {[]byte("II*\x00\x00\x00\x00\x00\x01\x00"), 1},
		"count beyond":     {append([]byte("II*\x00\x08\x00\x00\x00\xff\xff"), good[10:]...), 1},
	} {
		if got := orientation(c.exif); got != c.want {
			t.Errorf("%s: got %d, expected %d", name, got, c.want)
		}
	}
}
