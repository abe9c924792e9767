package picture

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"strings"
	"testing"
)

// A hand-made GIF: header with a 6x5 canvas and four colours (red, green, blue, gray), and a frame of 2x2 pixels with
// the indices 1, 2, 3, 0 at column x, row y. LZW with 3-bit codes: clear, 1, 2, 3, 0, end.
const (
	gifHead   = "GIF89a\x06\x00\x05\x00\x81\x00\x00"
	gifColors = "\xff\x00\x00\x00\xff\x00\x00\x00\xff\x80\x80\x80"
	gifPixels = "\x02\x03\x8c\x06\x05\x00"
)

func gifFrameAt(x, y, flags byte) string {
	return "," + string([]byte{x, 0, y, 0, 2, 0, 2, 0, flags})
}

func TestDecodeGIFCanvas(t *testing.T) {
	red, green, blue, gray := [3]byte{255, 0, 0}, [3]byte{0, 255, 0}, [3]byte{0, 0, 255}, [3]byte{128, 128, 128}
	clearBlue := "!\xf9\x04\x01\x00\x00\x02\x00"
	for name, c := range map[string]struct {
		file   string
		w, h   int
		x, y   int
		pix    [4][3]byte
		around [3]byte
	}{
		"inside":       {gifHead + gifColors + gifFrameAt(3, 2, 0) + gifPixels + ";", 6, 5, 3, 2, [4][3]byte{green, blue, gray, red}, red},
		"transparent":  {gifHead + gifColors + clearBlue + gifFrameAt(3, 2, 0) + gifPixels + ";", 6, 5, 3, 2, [4][3]byte{green, blue, gray, red}, blue},
		"sticking out": {gifHead + gifColors + gifFrameAt(5, 4, 0) + gifPixels + ";", 7, 6, 5, 4, [4][3]byte{green, blue, gray, red}, red},
		"own colours":  {gifHead + gifColors + gifFrameAt(0, 0, 0x81) + gifColors[3:] + gifColors[:3] + gifPixels, 6, 5, 0, 0, [4][3]byte{blue, gray, red, green}, green},
		"no colours":   {gifHead[:10] + "\x00\x00\x00" + gifFrameAt(0, 0, 0) + gifPixels + ";", 6, 5, 0, 0, [4][3]byte{{1, 1, 1}, {2, 2, 2}, {3, 3, 3}, {0, 0, 0}}, [3]byte{}},
		"odd blocks":   {gifHead + gifColors + "\x00?!\x99\x02ab\x00" + gifFrameAt(3, 2, 0) + gifPixels, 6, 5, 3, 2, [4][3]byte{green, blue, gray, red}, red},
		"interlaced":   {gifHead + gifColors + gifFrameAt(1, 1, 0x40) + gifPixels, 6, 5, 1, 1, [4][3]byte{green, blue, gray, red}, red},
	} {
		im, info, err := Decode(strings.NewReader(c.file), DecodeOptions{})
		if err != nil || im.W != c.w || im.H != c.h || info.Color != "palette" {
			t.Errorf("%s: %+v, %v", name, info, err)
			continue
		}
		for y := range im.H {
			for x := range im.W {
				want := c.around
				if fx, fy := x-c.x, y-c.y; fx >= 0 && fx < 2 && fy >= 0 && fy < 2 {
					want = c.pix[2*fy+fx]
				}
				if got := [3]byte(im.row(y)[3*x:]); got != want {
					t.Errorf("%s: pixel %d,%d is %v, expected %v", name, x, y, got, want)
				}
			}
		}
	}
}

func TestDecodeGIFFirstFrame(t *testing.T) {
	p := color.Palette{color.Black, color.White}
	first, second := image.NewPaletted(image.Rect(0, 0, 4, 3), p), image.NewPaletted(image.Rect(0, 0, 4, 3), p)
	first.Pix[5], second.Pix[6] = 1, 1
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, &gif.GIF{Image: []*image.Paletted{first, second}, Delay: []int{1, 1}}); err != nil {
		t.Fatal(err)
	}
	im, _, err := Decode(&b, DecodeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if d, _ := difference(im, slowRGB(first)); d != 0 {
		t.Errorf("differs by %d", d)
	}
}

func TestDecodeGIFErrors(t *testing.T) {
	for name, c := range map[string]struct {
		file string
		is   error
		say  string
	}{
		"header cut":        {gifHead[:9], errTruncated, "before its first frame"},
		"colours cut":       {gifHead + gifColors[:5], errTruncated, "before its first frame"},
		"no frame":          {gifHead + gifColors + ";", errCorrupt, "no frame"},
		"descriptor cut":    {gifHead + gifColors + gifFrameAt(0, 0, 0)[:7], errTruncated, "before its first frame"},
		"extension cut":     {gifHead + gifColors + "!\xf9\x04\x01", errTruncated, "before its first frame"},
		"extension label":   {gifHead + gifColors + "!", errTruncated, "before its first frame"},
		"pixels cut":        {gifHead + gifColors + gifFrameAt(0, 0, 0) + gifPixels[:3], errTruncated, "pixels end"},
		"too few pixels":    {gifHead + gifColors + gifFrameAt(0, 0, 0) + "\x02\x01\x2c\x00;", errTruncated, "pixels end"},
		"empty frame":       {gifHead + gifColors + ",\x00\x00\x00\x00\x00\x00\x02\x00\x00" + gifPixels, errCorrupt, "0x2"},
		"no canvas":         {"GIF89a\x00\x00\x00\x00\x00\x00\x00,\x00\x00\x00\x00\x00\x00\x02\x00\x00" + gifPixels, errCorrupt, "0x2"},
		"code size of nine": {gifHead + gifColors + gifFrameAt(0, 0, 0) + "\x09" + gifPixels[1:], errCorrupt, "out of range"},
	} {
		if _, _, err := Decode(strings.NewReader(c.file), DecodeOptions{}); !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%s: got %v, expected to say %q", name, err, c.say)
		}
	}
}
