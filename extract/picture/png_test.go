package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"strings"
	"testing"
)

// chunk makes a PNG chunk.
func chunk(name, data string) string {
	d := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	d = append(append(d, name...), data...)
	return string(binary.BigEndian.AppendUint32(d, crc32.ChecksumIEEE(d[4:])))
}

// afterHeader puts chunks behind the 33 bytes of signature and header chunk.
func afterHeader(file []byte, s string) []byte {
	return append(append(append([]byte{}, file[:33]...), s...), file[33:]...)
}

func madePNG(t *testing.T, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestDecodePNGKinds(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 9))
	r := image.Rect(0, 0, 13, 7)
	deep, gray, clear := image.NewNRGBA64(r), image.NewGray16(r), image.NewNRGBA(r)
	for _, p := range [][]byte{deep.Pix, gray.Pix, clear.Pix} {
		for i := range p {
			p[i] = byte(rng.Uint32())
		}
	}
	pal := image.NewPaletted(r, color.Palette{color.NRGBA{10, 20, 30, 0}, color.NRGBA{40, 50, 60, 255}, color.NRGBA{70, 80, 90, 100}})
	for i := range pal.Pix {
		pal.Pix[i] = byte(rng.IntN(3))
	}
	for _, c := range []struct {
		m     image.Image
		color string
		at    func(i int) [3]byte
	}{
		{deep, "rgba16", func(i int) [3]byte { return [3]byte{deep.Pix[8*i], deep.Pix[8*i+2], deep.Pix[8*i+4]} }},
		{gray, "gray16", func(i int) [3]byte { return [3]byte{gray.Pix[2*i], gray.Pix[2*i], gray.Pix[2*i]} }},
		{clear, "rgba", func(i int) [3]byte { return [3]byte(clear.Pix[4*i:]) }},
		{pal, "palette", func(i int) [3]byte { v := 10 + 30*pal.Pix[i]; return [3]byte{v, v + 10, v + 20} }},
	} {
		im, info, err := Decode(bytes.NewReader(madePNG(t, c.m)), DecodeOptions{})
		if err != nil || info.Color != c.color {
			t.Errorf("%s: %+v, %v", c.color, info, err)
			continue
		}
		for i := range 13 * 7 {
			if got := [3]byte(im.Pix[3*i:]); got != c.at(i) {
				t.Errorf("%s: pixel %d is %v, expected %v", c.color, i, got, c.at(i))
				break
			}
		}
	}
}

func TestDecodePNGChunks(t *testing.T) {
	m := image.NewRGBA(image.Rect(0, 0, 5, 4))
	for i := range m.Pix {
		m.Pix[i] = byte(i * 11)
		if i%4 == 3 {
			m.Pix[i] = 255
		}
	}
	file := madePNG(t, m)
	plain := slowRGB(m)
	turn := chunk("eXIf", "MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00")
	badCRC := chunk("tEXt", "k\x00v")
	badCRC = badCRC[:len(badCRC)-1] + "?"
	for name, c := range map[string]struct {
		file []byte
		want *Image
	}{
		"turned":              {afterHeader(file, turn), orient(plain, 6)},
		"turned at the end":   {append(append([]byte{}, file[:len(file)-12]...), turn+chunk("IEND", "")...), orient(plain, 6)},
		"broken text":         {afterHeader(file, badCRC), plain},
		"transparent colour":  {afterHeader(file, chunk("tRNS", "\x00\x00\x00\x0b\x00\x16")), plain},
		"broken transparency": {afterHeader(file, chunk("tRNS", "\x00")), plain},
		"suggested palette":   {afterHeader(file, chunk("PLTE", "odd")), plain},
		"no end":              {file[:len(file)-12], plain},
		"half an end":         {file[:len(file)-5], plain},
		"trailing data":       {append(append([]byte{}, file...), "more"...), plain},
	} {
		im, _, err := Decode(bytes.NewReader(c.file), DecodeOptions{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if d, _ := difference(im, c.want); d != 0 {
			t.Errorf("%s: differs by %d", name, d)
		}
	}
}

func TestDecodePNGErrors(t *testing.T) {
	file := madePNG(t, image.NewGray(image.Rect(0, 0, 50, 50)))
	head := string(file[:33])
	idat := bytes.Index(file, []byte("IDAT"))
	flipped := append([]byte{}, file...)
	flipped[idat+10] ^= 0xff
	for name, c := range map[string]struct {
		file string
		is   error
		say  string
	}{
		"signature alone":   {pngMagic, errCorrupt, "no header chunk"},
		"other first chunk": {pngMagic + chunk("IDAT", "x"), errCorrupt, "IHDR expected"},
		"short header":      {pngMagic + chunk("IHDR", "x"), errCorrupt, "13 are expected"},
		"two headers":       {head + head[8:], errCorrupt, "second header"},
		"no pixels":         {head + chunk("IEND", ""), errTruncated, "pixels end"},
		"cut in the pixels": {string(file[:idat+12]), errTruncated, "bytes long, the file has 8 left"},
		"damaged pixels":    {string(flipped), errCorrupt, "png: "},
		"huge width":        {pngMagic + chunk("IHDR", "\x80\x00\x00\x00\x00\x00\x00\x01\x08\x00\x00\x00\x00"), errCorrupt, "2147483648x1"},
		"no width":          {pngMagic + chunk("IHDR", "\x00\x00\x00\x00\x00\x00\x00\x01\x08\x00\x00\x00\x00"), errCorrupt, "0x1"},
		"odd depth":         {pngMagic + chunk("IHDR", "\x00\x00\x00\x01\x00\x00\x00\x01\x05\x00\x00\x00\x00"), errUnsupported, "bit depth 5"},
	} {
		if _, _, err := Decode(strings.NewReader(c.file), DecodeOptions{}); !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%s: got %v, expected to say %q", name, err, c.say)
		}
	}
}
