package picture

import (
	"bytes"
	"errors"
	"image"
	"image/gif"
	"image/png"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
)

// goldenTolerance bounds the differences from Pillow. All but JPEG are equal; there the inverse cosine transform may
// differ by a level a component, which chroma carries into up to three levels of RGB.
func goldenTolerance(name string) (most int, mean float64) {
	if filepath.Ext(name) == ".jpg" {
		return 3, 0.05
	}
	return 0, 0
}

func TestDecodeGolden(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "decode", "*"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, path := range files {
		if strings.HasSuffix(path, "_rgb.png") {
			continue
		}
		n++
		im, _, err := decodeFile(path)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		want := readPNG(t, strings.ReplaceAll(path, ".", "_")+"_rgb.png")
		most, mean := goldenTolerance(path)
		if m, a := difference(im, want); m > most || a > mean {
			t.Errorf("%s: differs from Pillow by up to %d, %.4f in the mean; allowed are %d and %.2f", path, m, a, most, mean)
		}
	}
	if n < 20 {
		t.Errorf("%d golden files", n)
	}
}

// TestDecodeOfMadeFiles writes every format with another encoder and expects the very pixels back.
func TestDecodeOfMadeFiles(t *testing.T) {
	src := noise(rand.New(rand.NewPCG(3, 4)), 21, 14)
	rgba, gray := image.NewRGBA(image.Rect(0, 0, 21, 14)), image.NewGray(image.Rect(0, 0, 21, 14))
	grayWant := newImage(21, 14)
	for i := range 21 * 14 {
		copy(rgba.Pix[4*i:], []byte{src.Pix[3*i], src.Pix[3*i+1], src.Pix[3*i+2], 255})
		gray.Pix[i] = src.Pix[3*i]
		copy(grayWant.Pix[3*i:], []byte{src.Pix[3*i], src.Pix[3*i], src.Pix[3*i]})
	}
	for _, c := range []struct {
		name   string
		want   *Image
		encode func(w io.Writer) error
	}{
		{"png", src, func(w io.Writer) error { return png.Encode(w, rgba) }},
		{"png", grayWant, func(w io.Writer) error { return png.Encode(w, gray) }},
		{"bmp", src, func(w io.Writer) error { return bmp.Encode(w, rgba) }},
		{"tiff", src, func(w io.Writer) error {
			return tiff.Encode(w, rgba, &tiff.Options{Compression: tiff.Deflate, Predictor: true})
		}},
		{"gif", grayWant, func(w io.Writer) error { return gif.Encode(w, grayPaletted(gray), nil) }},
	} {
		var b bytes.Buffer
		if err := c.encode(&b); err != nil {
			t.Fatal(err)
		}
		im, info, err := Decode(&b, DecodeOptions{})
		if err != nil || info.Format != c.name {
			t.Errorf("%s: %+v, %v", c.name, info, err)
			continue
		}
		if m, _ := difference(im, c.want); m != 0 {
			t.Errorf("%s: differs by %d", c.name, m)
		}
	}
}

func TestDecodeLimits(t *testing.T) {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 100, 50))); err != nil {
		t.Fatal(err)
	}
	file := b.Bytes()
	for name, c := range map[string]struct {
		o  DecodeOptions
		ok bool
	}{
		"none":        {DecodeOptions{}, true},
		"pixels just": {DecodeOptions{MaxPixels: 5000}, true},
		"pixels":      {DecodeOptions{MaxPixels: 4999}, false},
		"bytes just":  {DecodeOptions{maxBytes: int64(len(file))}, true},
		"bytes":       {DecodeOptions{maxBytes: int64(len(file)) - 1}, false},
		"memory just": {DecodeOptions{maxMemory: 20000 + int64(len(file))}, true},
		"memory":      {DecodeOptions{maxMemory: 19999 + int64(len(file))}, false},
	} {
		_, _, err := Decode(bytes.NewReader(file), c.o)
		if c.ok && err != nil || !c.ok && !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDecodeRefusesBeforeAllocating gives headers of huge images, which must cost next to nothing.
func TestDecodeRefusesBeforeAllocating(t *testing.T) {
	for name, file := range hugeFiles(t) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, info, err := Decode(bytes.NewReader(file), DecodeOptions{})
		runtime.ReadMemStats(&after)
		if !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %v (%+v)", name, err, info)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 1<<20 {
			t.Errorf("%s: %d bytes allocated", name, used)
		}
	}
}

func TestDecodeOfNoImage(t *testing.T) {
	for _, s := range []string{"", "x", "GIF", "BM", "RIFF", "\xff", "hello, world", "<html><body>404", "PK\x03\x04zip", string(make([]byte, 600))} {
		im, info, err := Decode(strings.NewReader(s), DecodeOptions{})
		if !errors.Is(err, errUnknownFormat) || im != nil || info.Format != "" {
			t.Errorf("%.20q: %v, %+v", s, err, info)
		}
	}
}

func TestDecodeReportsReadErrors(t *testing.T) {
	broken := errors.New("cable pulled")
	_, _, err := Decode(io.MultiReader(strings.NewReader("\xff\xd8"), errReader{broken}), DecodeOptions{})
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

type errReader struct{ err error }

func (r errReader) Read([]byte) (int, error) { return 0, r.err }

// TestDecodeOfPrefixes cuts every golden file at many lengths, at all of the last hundred: each is an error or the
// whole image, never another one.
func TestDecodeOfPrefixes(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "decode", "*"))
	if err != nil || len(files) == 0 {
		t.Fatal(len(files), err)
	}
	for _, path := range files {
		if strings.HasSuffix(path, "_rgb.png") {
			continue
		}
		file, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		whole, _, err := Decode(bytes.NewReader(file), DecodeOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for n := 0; n < len(file); n += 1 + (len(file)-n)/100 {
			im, _, err := Decode(bytes.NewReader(file[:n]), DecodeOptions{})
			if err == nil && !bytes.Equal(im.Pix, whole.Pix) {
				t.Errorf("%s cut to %d of %d bytes gives another image", path, n, len(file))
				break
			}
		}
	}
}

func TestDecodeGuarded(t *testing.T) {
	f := format{name: "odd", decode: func([]byte, DecodeOptions, *Info) (*Image, error) { panic("index out of range") }}
	im, err := decodeGuarded(f, nil, DecodeOptions{}, &Info{})
	if im != nil || !errors.Is(err, errCorrupt) || !strings.Contains(err.Error(), "index out of range") {
		t.Errorf("got %v, %v", im, err)
	}
}
