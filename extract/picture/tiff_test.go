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
	at := binary.LittleEndian.Uint32(d[4:])
	n := int(binary.LittleEndian.Uint16(d[at:]))
	for e := d[at+2:]; n > 0; n, e = n-1, e[12:] {
		if binary.LittleEndian.Uint16(e) == old {
			binary.LittleEndian.PutUint16(e, tag)
			binary.LittleEndian.PutUint16(e[2:], 3)
			binary.LittleEndian.PutUint32(e[4:], 1)
			binary.LittleEndian.PutUint32(e[8:], uint32(value))
			return d
		}
	}
	t.Fatalf("no tag %d", old)
	return nil
}

func TestDecodeTIFFTags(t *testing.T) {
	src := noise(rand.New(rand.NewPCG(2, 2)), 6, 4)
	m := image.NewRGBA(image.Rect(0, 0, 6, 4))
	for i := range 24 {
		copy(m.Pix[4*i:], []byte{src.Pix[3*i], src.Pix[3*i+1], src.Pix[3*i+2], 255})
	}
	var b bytes.Buffer
	if err := tiff.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	// The encoder writes tag 277, samples a pixel, which its decoder does not read; 274 keeps the order of tags.
	im, info, err := Decode(bytes.NewReader(withTag(t, b.Bytes(), 277, 274, 6)), DecodeOptions{})
	if err != nil || info.orientation != 6 || info.Width != 4 || info.Height != 6 {
		t.Fatalf("turned: %+v, %v", info, err)
	}
	if d, _ := difference(im, orient(src, 6)); d != 0 {
		t.Errorf("turned: differs by %d", d)
	}
	_, _, err = Decode(bytes.NewReader(withTag(t, b.Bytes(), 296, 284, 2)), DecodeOptions{})
	if !errors.Is(err, errUnsupported) || !strings.Contains(err.Error(), "separate planes") {
		t.Errorf("planes apart: %v", err)
	}
}
