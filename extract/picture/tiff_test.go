package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"math/rand/v2"
	"strings"
	"testing"

	"golang.org/x/image/tiff"
)

// withTag returns a little-endian TIFF with one of its tags replaced by another of type SHORT.
func withTag(t *testing.T, d []byte, old, tag, value uint16) []byte {
	t.Helper()
	d = bytes.Clone(d)
	e := tiffEntry(t, d, old)
	binary.LittleEndian.PutUint16(e, tag)
	binary.LittleEndian.PutUint16(e[2:], 3)
	binary.LittleEndian.PutUint32(e[4:], 1)
	binary.LittleEndian.PutUint32(e[8:], uint32(value))
	return d
}

// tiffEntry is the entry of a tag in a little-endian TIFF.
func tiffEntry(t *testing.T, d []byte, tag uint16) []byte {
	t.Helper()
	at := binary.LittleEndian.Uint32(d[4:])
	n := int(binary.LittleEndian.Uint16(d[at:]))
	for e := d[at+2:]; n > 0; n, e = n-1, e[12:] {
		if binary.LittleEndian.Uint16(e) == tag {
			return e
		}
	}
	t.Fatalf("no tag %d", tag)
	return nil
}

func TestTIFFTurned(t *testing.T) {
	src := noise(rand.New(rand.NewPCG(2, 2)), 6, 4)
	m := image.NewRGBA(image.Rect(0, 0, 6, 4))
	for i := range 24 {
		copy(m.Pix[4*i:], []byte{src.Pix[3*i], src.Pix[3*i+1], src.Pix[3*i+2], 255})
	}
	var b bytes.Buffer
	if err := tiff.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	// The encoder writes tag 277, samples a pixel, which the sizes of the samples tell as well; 274 keeps the order of
	// tags.
	im, info, err := Decode(bytes.NewReader(withTag(t, b.Bytes(), 277, 274, 6)), DecodeOptions{})
	if err != nil || info.orientation != 6 || info.Width != 4 || info.Height != 6 {
		t.Fatalf("turned: %+v, %v", info, err)
	}
	if d, _ := difference(im, orient(src, 6)); d != 0 {
		t.Errorf("turned: differs by %d", d)
	}
}

// An orientation that is no whole number, lies outside the file or means nothing costs no image.
func TestTIFFBrokenOrientation(t *testing.T) {
	for name, change := range map[string]func(entry []byte){
		"a fraction":           func(e []byte) { binary.LittleEndian.PutUint16(e[2:], 5) },
		"behind the file":      func(e []byte) { binary.LittleEndian.PutUint32(e[4:], 9); binary.LittleEndian.PutUint32(e[8:], 1<<31) },
		"none of the meanings": func(e []byte) { binary.LittleEndian.PutUint32(e[8:], 9) },
	} {
		d := withTag(t, grayTIFF(t), 277, tagOrientation, 6)
		change(tiffEntry(t, d, tagOrientation))
		if _, info, err := Decode(bytes.NewReader(d), DecodeOptions{}); err != nil || info.orientation != 1 {
			t.Errorf("%s: %+v, %v", name, info, err)
		}
	}
}

// grayTIFF is a little-endian TIFF of 64x64 gray pixels in one strip, with tags in place of others.
func grayTIFF(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := tiff.Encode(&b, image.NewGray(image.Rect(0, 0, 64, 64)), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Sizes that a directory claims are held against the image, the file and the limits before memory is taken for them.
func TestTIFFClaims(t *testing.T) {
	for name, c := range map[string]struct {
		file []byte
		is   error
		want string
	}{
		"tiles far larger than the image": {withTag(t, withTag(t, grayTIFF(t), 282, 322, 60000), 283, 323, 60000), errCorrupt, "tiles of 60000x60000 pixels in an image of 64x64"},
		"tiles of nothing":                {withTag(t, withTag(t, grayTIFF(t), 282, 322, 0), 283, 323, 16), errCorrupt, "tiles of 0x16 pixels"},
		"more strips than places":         {withTag(t, grayTIFF(t), 278, 278, 1), errCorrupt, "1 values of StripOffsets (tag 273), expected 64"},
		"a strip behind the file":         {withTag(t, grayTIFF(t), 273, 273, 60000), errTruncated, "strip 1: truncated image: it is at byte 60000"},
		"a strip that is too short":       {withTag(t, grayTIFF(t), 279, 279, 100), errTruncated, "after 100 of 4096 bytes"},
		"a palette that is not there":     {withTag(t, grayTIFF(t), 262, 262, 3), errCorrupt, "a ColorMap (tag 320) of 0 values, expected 768"},
		"no width":                        {withTag(t, grayTIFF(t), 256, 256, 0), errCorrupt, "0x64 pixels"},
		"64 samples a pixel":              {withTag(t, grayTIFF(t), 277, 277, 65), errUnsupported, "SamplesPerPixel (tag 277) = 65"},
	} {
		_, _, err := Decode(bytes.NewReader(c.file), DecodeOptions{})
		if !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Samples that are not looked at cost memory, too.
	wide := withTag(t, withTag(t, withTag(t, withTag(t, grayTIFF(t), 256, 256, 8000), 257, 257, 8000), 277, 277, 64), 278, 278, 8000)
	if _, _, err := Decode(bytes.NewReader(wide), DecodeOptions{}); !errors.Is(err, ErrTooLarge) || !strings.Contains(err.Error(), "needs about") {
		t.Errorf("64 samples of 64 megapixels: %v", err)
	}
}

// A strip without a length ends with the file; rows that no strip counts are those of one strip.
func TestTIFFWithout(t *testing.T) {
	want, _, err := Decode(bytes.NewReader(grayTIFF(t)), DecodeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, tag := range []uint16{278, 279} {
		got, _, err := Decode(bytes.NewReader(withTag(t, grayTIFF(t), tag, 60000, 1)), DecodeOptions{})
		if err != nil {
			t.Errorf("without tag %d: %v", tag, err)
		} else if d, _ := difference(got, want); d != 0 {
			t.Errorf("without tag %d: differs by %d", tag, d)
		}
	}
}

// What PackBits unpacks to ends where the pixels do, and with the data.
func TestUnpackBits(t *testing.T) {
	for _, c := range []struct {
		src  string
		n    int
		want string
	}{
		{"\xfe\xaa\x02\x80\x00\x2a\xfd\xaa\x03\x80\x00\x2a\x22\xf7\xaa", 24, "\xaa\xaa\xaa\x80\x00\x2a\xaa\xaa\xaa\xaa\x80\x00\x2a\x22\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa"}, // the example of section 9
		{"\x81a", 5, "aaaaa"}, {"\x81a", 200, strings.Repeat("a", 128)}, {"\x80\x80\x00b", 9, "b"}, {"\x05abc", 9, "abc"}, {"\x05abcdef", 2, "ab"}, {"\x05", 3, ""}, {"", 3, ""},
	} {
		if got, _ := unpackBits([]byte(c.src), c.n); string(got) != c.want {
			t.Errorf("%q: %q, want %q", c.src, got, c.want)
		}
	}
}

// Fax and LZW data that are damaged, and LZW of before 1987, are errors.
func TestTIFFDamaged(t *testing.T) {
	for _, c := range tiffCases(t) {
		if !strings.HasPrefix(c.Name, "fax") && !strings.Contains(c.Name, "lzw") && !strings.Contains(c.Name, "deflate") {
			continue
		}
		bad, with := bytes.Clone(c.File), byte(0xff)
		if strings.HasPrefix(c.Name, "fax") { // where ones are a row as the one before
			with = 0
		}
		for i := 8; i < 8+12; i++ {
			bad[i] = with
		}
		if _, _, err := Decode(bytes.NewReader(bad), DecodeOptions{}); !errors.Is(err, errCorrupt) && !errors.Is(err, errTruncated) {
			t.Errorf("%s: %v", c.Name, err)
		}
	}
	old := withTag(t, grayTIFF(t), 259, 259, 5)
	copy(old[8:], "\x00\x01")
	if _, _, err := Decode(bytes.NewReader(old), DecodeOptions{}); !errors.Is(err, errUnsupported) || !strings.Contains(err.Error(), "before 1987") {
		t.Errorf("LZW of before 1987: %v", err)
	}
}
