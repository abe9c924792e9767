package picture

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
)

// sized reads bytes, counts them, and tells how many there are.
type sized struct {
	*bytes.Reader
	read int
}

func (s *sized) Read(b []byte) (int, error) {
	n, err := s.Reader.Read(b)
	s.read += n
	return n, err
}

// noisy is a picture that no format packs into 64 kB.
func noisy(m interface {
	Set(x, y int, c color.Color)
	image.Image
},
) image.Image {
	v := uint32(1)
	for y := range m.Bounds().Dy() {
		for x := range m.Bounds().Dx() {
			v = v*1664525 + 1013904223
			m.Set(x, y, color.NRGBA64{uint16(v >> 16), uint16(v >> 8), uint16(v), 0xffff})
		}
	}
	return m
}

// Memory is asked for before it is taken: of a file whose beginning tells, once, for all, before the rest of it is
// read; and what is asked for is what is used.
func TestReserved(t *testing.T) {
	box := image.Rect(0, 0, 700, 500)
	palette := make(color.Palette, 256)
	for i := range palette {
		palette[i] = color.Gray{byte(i)}
	}
	for name, c := range map[string]struct {
		encode func(w io.Writer) error
		told   bool // by the beginning
	}{
		"png":    {func(w io.Writer) error { return png.Encode(w, noisy(image.NewNRGBA(box))) }, true},
		"png 16": {func(w io.Writer) error { return png.Encode(w, noisy(image.NewNRGBA64(box))) }, true},
		"jpeg":   {func(w io.Writer) error { return jpeg.Encode(w, noisy(image.NewRGBA(box)), &jpeg.Options{Quality: 95}) }, true},
		"gif":    {func(w io.Writer) error { return gif.Encode(w, noisy(image.NewPaletted(box, palette)), nil) }, true},
		"bmp":    {func(w io.Writer) error { return bmp.Encode(w, noisy(image.NewRGBA(box))) }, true},
		"tiff":   {func(w io.Writer) error { return tiff.Encode(w, noisy(image.NewRGBA(box)), nil) }, false},
	} {
		var file bytes.Buffer
		if err := c.encode(&file); err != nil || file.Len() <= headBytes {
			t.Fatalf("%s: %d bytes, %v", name, file.Len(), err)
		}
		r := &sized{Reader: bytes.NewReader(file.Bytes())}
		var asked []int64
		readAtFirst := 0
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _, err := Decode(r, DecodeOptions{Reserve: func(n int64) error {
			if asked = append(asked, n); len(asked) == 1 {
				readAtFirst = r.read
			}
			return nil
		}})
		runtime.ReadMemStats(&after)
		if err != nil || len(asked) != 2 || readAtFirst > headBytes || c.told != (asked[0] == asked[1]) {
			t.Fatalf("%s: asked for %v of %d bytes, first after %d, %v", name, asked, file.Len(), readAtFirst, err)
		}
		if least := int64(file.Len() + 3*box.Dx()*box.Dy()); asked[1] < least {
			t.Errorf("%s: asked for %d bytes, want at least %d", name, asked[1], least)
		}
		if used := int64(after.TotalAlloc - before.TotalAlloc); used > asked[1]+asked[1]/4+1<<20 {
			t.Errorf("%s: %d bytes were used, %d asked for", name, used, asked[1])
		}
	}
}

// What Reserve says against it ends the decoding, and is returned as it is; a size over the limit is not asked for.
func TestReserveRefused(t *testing.T) {
	no := errors.New("no memory")
	var file bytes.Buffer
	if err := png.Encode(&file, noisy(image.NewNRGBA(image.Rect(0, 0, 300, 300)))); err != nil {
		t.Fatal(err)
	}
	refuse := DecodeOptions{Reserve: func(int64) error { return no }}
	for _, r := range []io.Reader{bytes.NewReader(file.Bytes()), io.MultiReader(bytes.NewReader(file.Bytes()))} {
		if _, _, err := Decode(r, refuse); err != no { // not wrapped
			t.Errorf("%v", err)
		}
	}
	most := int64(0)
	_, _, err := Decode(bytes.NewReader(file.Bytes()), DecodeOptions{MaxPixels: 1000, Reserve: func(n int64) error {
		most = max(most, n)
		return nil
	}})
	if !errors.Is(err, ErrTooLarge) || !strings.Contains(err.Error(), "megapixels") || most > int64(file.Len()) {
		t.Errorf("asked for %d bytes: %v", most, err)
	}
}
