package picture

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"testing"
)

// Wherever Decode succeeds, DecodeConfig says the same without the pixels; real and made files.
func TestDecodeConfigAgrees(t *testing.T) {
	n := 0
	for _, root := range []string{"testdata/decode", filepath.Join("..", "..", "..", "shared", "data", "images")} {
		_ = filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return nil // a folder that is not here
			}
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			_, want, err := Decode(bytes.NewReader(data), DecodeOptions{})
			if err != nil {
				return nil
			}
			n++
			got, err := DecodeConfig(bytes.NewReader(data), DecodeOptions{})
			if err != nil || got != want {
				t.Errorf("%s: %+v, %v; decoded: %+v", path, got, err, want)
			}
			return nil
		})
	}
	if n < 5 {
		t.Fatalf("%d images compared", n)
	}
}

func TestDecodeConfigErrors(t *testing.T) {
	var b bytes.Buffer
	m := image.NewGray(image.Rect(0, 0, 300, 20))
	m.SetGray(1, 1, color.Gray{200})
	if err := jpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	info, err := DecodeConfig(bytes.NewReader(b.Bytes()), DecodeOptions{MaxPixels: 5000})
	if !errors.Is(err, ErrTooLarge) || info.Width != 300 {
		t.Errorf("%+v, %v", info, err)
	}
	// a comment of more than what is read at first, before the size
	long := append([]byte("\xff\xd8\xff\xfe\xff\xff"), make([]byte, 0xfffd)...)
	long = append(append(long, long[2:]...), b.Bytes()[2:]...)
	if info, err := DecodeConfig(bytes.NewReader(long), DecodeOptions{}); err != nil || info.Width != 300 || info.Height != 20 {
		t.Errorf("a long header: %+v, %v", info, err)
	}
	for text, want := range map[string]error{"": errUnknownFormat, "text": errUnknownFormat, "\xff\xd8\xff": errTruncated, string(b.Bytes()[:30]): errTruncated} {
		if _, err := DecodeConfig(bytes.NewReader([]byte(text)), DecodeOptions{}); !errors.Is(err, want) {
			t.Errorf("%.10q: %v, want %v", text, err, want)
		}
	}
}
