package picture

import (
	"bytes"
	"encoding/binary"
)

// TIFF tags read here (TIFF 6.0, section 8; EXIF uses the same directory).
const (
	tagOrientation = 274
	tagPlanar      = 284
)

// maxTags bounds the directory that is searched; real ones have some dozens of entries.
const maxTags = 1024

// orientation returns the EXIF orientation in a block of EXIF metadata, with or without the prefix "Exif\0\0". Broken,
// missing or meaningless metadata is orientation 1: it must never cost an image.
func orientation(exif []byte) int {
	exif = bytes.TrimPrefix(exif, []byte("Exif\x00\x00"))
	v, ok := tiffShort(exif, tagOrientation)
	if !ok || v < 1 || v > 8 {
		return 1
	}
	return int(v)
}

// tiffShort looks for an integer tag (one value of BYTE, SHORT or LONG) in the first directory of a TIFF structure. It
// allocates nothing and reads every entry once at most.
func tiffShort(d []byte, tag uint16) (uint32, bool) {
	order := tiffOrder(d)
	if order == nil {
		return 0, false
	}
	at := int64(order.Uint32(d[4:8]))
	if at < 8 || at+2 > int64(len(d)) {
		return 0, false
	}
	n := min(int(order.Uint16(d[at:])), maxTags)
	entries := d[at+2:]
	for ; n > 0 && len(entries) >= 12; n, entries = n-1, entries[12:] {
		if order.Uint16(entries) != tag || order.Uint32(entries[4:]) != 1 {
			continue
		}
		switch order.Uint16(entries[2:]) {
		case 1:
			return uint32(entries[8]), true
		case 3:
			return uint32(order.Uint16(entries[8:])), true
		case 4:
			return order.Uint32(entries[8:]), true
		}
	}
	return 0, false
}

// tiffOrder returns the byte order that a TIFF header states, nil when it is none.
func tiffOrder(d []byte) binary.ByteOrder {
	switch {
	case len(d) < 8:
		return nil
	case string(d[:4]) == "II*\x00":
		return binary.LittleEndian
	case string(d[:4]) == "MM\x00*":
		return binary.BigEndian
	}
	return nil
}
