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
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
)

// grayNoise is an image that compresses badly, so that its file is read in many pieces.
func grayNoise(w, h int) *image.Paletted {
	m := image.NewPaletted(image.Rect(0, 0, w, h), nil)
	for i := range 256 {
		m.Palette = append(m.Palette, color.Gray{Y: uint8(i)})
	}
	r := rand.New(rand.NewPCG(1, 1))
	for i := range m.Pix {
		m.Pix[i] = byte(r.Uint32())
	}
	return m
}

// TestPoll: decoding asks often, and ends with the error it is given, whatever the format and whatever the decoder
// would make of it.
func TestPoll(t *testing.T) {
	m := grayNoise(300, 300)
	errStop := errors.New("stop")
	for name, encode := range map[string]func(io.Writer) error{
		"jpeg": func(w io.Writer) error { return jpeg.Encode(w, m, nil) },
		"png":  func(w io.Writer) error { return png.Encode(w, m) },
		"gif":  func(w io.Writer) error { return gif.Encode(w, m, nil) },
		"bmp":  func(w io.Writer) error { return bmp.Encode(w, m) },
		"tiff": func(w io.Writer) error { return tiff.Encode(w, m, &tiff.Options{Compression: tiff.Deflate}) },
	} {
		var file bytes.Buffer
		if err := encode(&file); err != nil {
			t.Fatal(err)
		}
		polls := 0
		want, _, err := Decode(bytes.NewReader(file.Bytes()), DecodeOptions{Poll: func() error { polls++; return nil }})
		if err != nil || polls < 4 {
			t.Fatalf("%s: %v, asked %d times", name, err, polls)
		}
		plain, _, err := Decode(bytes.NewReader(file.Bytes()), DecodeOptions{})
		if err != nil || !bytes.Equal(plain.Pix, want.Pix) {
			t.Errorf("%s: other pixels when asked (%v)", name, err)
		}
		for stop := 1; stop < polls; stop += 1 + polls/20 {
			n := 0
			im, _, err := Decode(bytes.NewReader(file.Bytes()), DecodeOptions{Poll: func() error {
				if n++; n >= stop {
					return errStop
				}
				return nil
			}})
			if !errors.Is(err, errStop) || errors.Is(err, errCorrupt) || im != nil || n != stop {
				t.Errorf("%s: stopped at %d of %d: %v, asked %d times", name, stop, polls, err, n)
			}
		}
	}
}

// TestPollOnReading: a file that comes slowly is given up as it is read.
func TestPollOnReading(t *testing.T) {
	errStop := errors.New("stop")
	_, _, err := Decode(endless{}, DecodeOptions{Poll: func() func() error {
		n := 0
		return func() error {
			if n++; n > 3 {
				return errStop
			}
			return nil
		}
	}()})
	if err == nil || !errors.Is(err, errStop) {
		t.Errorf("error %v", err)
	}
}

type endless struct{}

func (endless) Read(b []byte) (int, error) { return len(b), nil }

// TestPollSharedImages: real files have the same pixels when decoding is polled.
func TestPollSharedImages(t *testing.T) {
	files, _ := filepath.Glob("../../shared/data/images/hopper*")
	if len(files) == 0 {
		t.Skip("no shared images here")
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		a, _, errA := Decode(bytes.NewReader(data), DecodeOptions{})
		b, _, errB := Decode(bytes.NewReader(data), DecodeOptions{Poll: func() error { return nil }})
		if (errA == nil) != (errB == nil) || errA == nil && !bytes.Equal(a.Pix, b.Pix) {
			t.Errorf("%s: %v, %v", f, errA, errB)
		}
	}
}
