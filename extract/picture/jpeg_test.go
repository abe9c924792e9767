package picture

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"strings"
	"testing"
)

// madeJPEG encodes a smooth picture of w x h pixels with 4:2:0 chroma.
func madeJPEG(t testing.TB, w, h int) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.Set(x, y, color.RGBA{byte(40 + 3*x), byte(200 - 4*y), byte(90 + x + y), 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestDecodeJPEGSmooth: a smooth picture comes back close to what was drawn, at every size around the blocks.
func TestDecodeJPEGSmooth(t *testing.T) {
	for _, s := range [][2]int{{1, 1}, {2, 3}, {5, 2}, {8, 8}, {15, 17}, {16, 16}, {17, 31}, {40, 33}} {
		im, info, err := Decode(bytes.NewReader(madeJPEG(t, s[0], s[1])), DecodeOptions{})
		if err != nil || im.W != s[0] || im.H != s[1] || info.Color != "ycbcr" {
			t.Fatalf("%v: %+v, %v", s, info, err)
		}
		for y := range im.H {
			for x := range im.W {
				p := im.row(y)[3*x:]
				for c, want := range []int{40 + 3*x, 200 - 4*y, 90 + x + y} {
					if d := int(p[c]) - want; d < -8 || d > 8 {
						t.Fatalf("%v: pixel %d,%d colour %d is %d, drawn %d", s, x, y, c, p[c], want)
					}
				}
			}
		}
	}
}

// insert puts segments after the start marker.
func insert(file []byte, s string) []byte {
	return append(append(append([]byte{}, file[:2]...), s...), file[2:]...)
}

func TestDecodeJPEGMetadata(t *testing.T) {
	file := madeJPEG(t, 9, 5)
	plain, _, err := Decode(bytes.NewReader(file), DecodeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	exif := func(o byte) string {
		return seg(mAPP1, "Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00"+string(o)+"\x00\x00\x00\x00\x00\x00")
	}
	for name, c := range map[string]struct {
		file []byte
		want *Image
	}{
		"turned":               {insert(file, exif(6)), orient(plain, 6)},
		"first EXIF counts":    {insert(file, exif(3)+exif(6)), orient(plain, 3)},
		"broken EXIF":          {insert(file, seg(mAPP1, "Exif\x00\x00MM\x00*\xff\xff")), plain},
		"junk before segments": {insert(file, "junk\xff\x00"), plain},
		"unknown segments":     {insert(file, seg(0xf7, "?")+seg(0xee, "Ado")), plain},
		"no end marker":        {file[:len(file)-2], plain},
		"trailing data":        {append(append([]byte{}, file...), "MPF and more"...), plain},
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

func TestDecodeJPEGDamage(t *testing.T) {
	file := madeJPEG(t, 64, 48)
	cut := file[:len(file)/2+100]
	if _, info, err := Decode(bytes.NewReader(cut), DecodeOptions{}); !errors.Is(err, errTruncated) || info.Width != 64 || info.Height != 48 {
		t.Errorf("cut: %v, %+v", err, info)
	}
	bad := append([]byte{}, file...)
	i := bytes.Index(bad, []byte{0xff, mSOS}) + 14
	copy(bad[i:], strings.Repeat("\xfe", 40))
	if im, _, err := Decode(bytes.NewReader(bad), DecodeOptions{}); err == nil && im.Check() != nil {
		t.Errorf("damaged: %v", im)
	}
	zero := append([]byte{}, file...)
	j := bytes.Index(zero, []byte{0xff, mSOF0})
	zero[j+5], zero[j+6] = 0, 0
	if _, _, err := Decode(bytes.NewReader(zero), DecodeOptions{}); !errors.Is(err, errCorrupt) {
		t.Errorf("no height: %v", err)
	}
}

func TestPlanes4(t *testing.T) {
	// Two full components and two halved ones, as image/jpeg returns them: inverted, repeated, interleaved.
	f := &jpegFile{w: 3, h: 3, adobe: 0, comps: []jpegComponent{{h: 2, v: 2}, {h: 1, v: 1}, {h: 1, v: 1}, {h: 2, v: 2}}}
	m := image.NewCMYK(image.Rect(0, 0, 3, 3))
	for y := range 3 {
		for x := range 3 {
			small := byte(10*(y/2) + x/2)
			copy(m.Pix[y*m.Stride+4*x:], []byte{255 - byte(10*y+x), 255 - small, 255 - (100 + small), 255 - byte(50+10*y+x)})
		}
	}
	ps := f.planes4(m)
	for i, want := range [][]byte{{0, 1, 2, 10, 11, 12, 20, 21, 22}, {0, 1, 10, 11}, {100, 101, 110, 111}, {50, 51, 52, 60, 61, 62, 70, 71, 72}} {
		if !bytes.Equal(ps[i].pix, want) {
			t.Errorf("plane %d: %v, expected %v", i, ps[i].pix, want)
		}
	}
}
