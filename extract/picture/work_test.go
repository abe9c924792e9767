package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"strings"
	"testing"
)

// emptyBlocks are a stream of Deflate, as zlib writes it, of n stored blocks of nothing before one of 16 bytes.
func emptyBlocks(n int) []byte {
	b := append([]byte{0x78, 0x01}, bytes.Repeat([]byte{0, 0, 0, 0xff, 0xff}, n)...)
	return append(append(b, 1, 16, 0, 0xef, 0xff), make([]byte, 20)...)
}

// stripsOf is a gray TIFF of 16 pixels a row, of so many strips of a row, all of which lie in the same bytes.
func stripsOf(strips int, compression uint16, data []byte) []byte {
	le := binary.LittleEndian
	b := []byte("II*\x00")
	at := uint32(8 + len(data))
	b = le.AppendUint32(b, at+uint32(8*strips))
	b = append(b, data...)
	for range strips {
		b = le.AppendUint32(b, 8)
	}
	for range strips {
		b = le.AppendUint32(b, uint32(len(data)))
	}
	tags := []struct {
		tag, kind    uint16
		count, value uint32
	}{
		{256, 4, 1, 16},
		{257, 4, 1, uint32(strips)},
		{258, 3, 1, 8},
		{259, 3, 1, uint32(compression)},
		{262, 3, 1, 1},
		{273, 4, uint32(strips), at},
		{277, 3, 1, 1},
		{278, 4, 1, 1},
		{279, 4, uint32(strips), at + 4*uint32(strips)},
	}
	b = le.AppendUint16(b, uint16(len(tags)))
	for _, e := range tags {
		b = le.AppendUint16(le.AppendUint16(b, e.tag), e.kind)
		b = le.AppendUint32(le.AppendUint32(b, e.count), e.value)
	}
	return le.AppendUint32(b, 0)
}

// TestWorkIsCounted: small files that ask for work without end are refused after the same work, and so with the same
// words, on every machine; it is not much.
func TestWorkIsCounted(t *testing.T) {
	bomb := emptyBlocks(400_000) // 2 MB, all of which each strip reads
	chunk := func(name string, data []byte) []byte {
		b := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
		b = append(append(b, name...), data...)
		return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
	}
	head := chunk("IHDR", []byte{0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0})
	for name, c := range map[string]struct {
		file []byte
		says string
	}{
		"strips in one place":  {stripsOf(20_000, 8, bomb), "the pixels are not all there after"},
		"bits that do nothing": {stripsOf(20_000, 32773, append(bytes.Repeat([]byte{0x80}, 2<<20), 0xf1, 0)), "the pixels are not all there after"},
		"many strips":          {stripsOf(3_000_000, 1, make([]byte, 16)), "3000000 strips, at most 1398100 are read"},
		"a stream of nothing":  {bytes.Join([][]byte{[]byte(pngMagic), head, chunk("IDAT", bomb), chunk("IEND", nil)}, nil), "after 1048"},
		"chunks of nothing":    {bytes.Join([][]byte{[]byte(pngMagic), head, bytes.Repeat(chunk("IDAT", nil), 1_500_000)}, nil), "1500001 chunks, at most 1398100 are read"},
	} {
		said := ""
		for range 2 {
			_, _, err := Decode(bytes.NewReader(c.file), DecodeOptions{})
			if !errors.Is(err, ErrTooLarge) || !strings.Contains(err.Error(), c.says) || said != "" && err.Error() != said {
				t.Fatalf("%s: %v, before %q", name, err, said)
			}
			said = err.Error()
		}
	}
}

// TestSharedStrips: strips that share their bytes, as writers of empty maps store them, are sound.
func TestSharedStrips(t *testing.T) {
	im, _, err := Decode(bytes.NewReader(stripsOf(50_000, 1, bytes.Repeat([]byte{7}, 16))), DecodeOptions{})
	if err != nil || im.H != 50_000 || im.Pix[len(im.Pix)-1] != 7 {
		t.Errorf("%v", err)
	}
}

// TestWideTiles: tiles of which nearly nothing is seen are refused before they are unpacked.
func TestWideTiles(t *testing.T) {
	f := tiffFile{w: 1, h: 100 << 20, bits: 8, samples: 1, cw: 1024, ch: 1024, tiled: true}
	if err := f.bound(DecodeOptions{}.withDefaults()); !errors.Is(err, ErrTooLarge) || !strings.Contains(err.Error(), "tiles of 1024x1024 pixels hold") {
		t.Error(err)
	}
	f.cw, f.ch = 16, 16
	if err := f.bound(DecodeOptions{MaxPixels: 1 << 30}.withDefaults()); err != nil {
		t.Error(err)
	}
}
