package picture

import (
	"errors"
	"strings"
	"testing"
)

func TestSniff(t *testing.T) {
	for data, want := range map[string]string{
		"\xff\xd8\xff\xe0": "jpeg", pngMagic: "png", "GIF87a": "gif", "GIF89a..": "gif", "RIFF\x00\x01\x02\x03WEBPVP8 ": "webp",
		"BM1234\x00\x00\x00\x00": "bmp", "II*\x00": "tiff", "MM\x00*": "tiff",
	} {
		if f, err := sniff([]byte(data)); err != nil || f.name != want {
			t.Errorf("%q: %q, %v", data, f.name, err)
		}
	}
	for data, say := range map[string]string{
		"":                               "empty",
		"\x00\x00\x00\x18ftypheic":       "HEIF",
		"\x00\x00\x00\x18ftypavif":       "AVIF",
		"RIFF\x00\x01\x02\x03WAVEfmt ":   "starts with",
		"BMx":                            "starts with",
		"<!DOCTYPE html>":                "HTML",
		strings.Repeat("\x00", 100):      "zeros",
		"\x00\x00\x00\x0cjP  \r\n\x87\n": "JPEG 2000",
	} {
		if _, err := sniff([]byte(data)); !errors.Is(err, errUnknownFormat) || !strings.Contains(err.Error(), say) {
			t.Errorf("%.20q: %v, expected to say %q", data, err, say)
		}
	}
}
