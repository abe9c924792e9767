package picture

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
)

// Every form of PNG, BMP, GIF and lossless WebP gives the pixels that Pillow gives, or is refused by name. Gray of 16
// bits, which Pillow clips at 255, is not compared.
func TestLosslessMatrix(t *testing.T) {
	refused := map[string]string{
		"-os2": "a header of 12 bytes", "-rle": "packed by method ", "-masks": "packed by method 3", "-v4-masks": "packed by method 3",
		"-v5-othermasks": "packed by method 3", "-16bit": "16 bits a pixel", "-16bit-565": "16 bits a pixel",
	}
	equal := 0
	for _, c := range goldenCases(t, "lossless.jsonl.gz") {
		im, info, err := Decode(bytes.NewReader(c.File), DecodeOptions{})
		form := strings.TrimSuffix(c.Name, "-topdown")
		if bmp, ok := strings.CutPrefix(form, "bmp"); ok {
			for end, want := range refused {
				if !strings.HasSuffix(bmp, end) {
					continue
				}
				if !errors.Is(err, errUnsupported) || !strings.Contains(err.Error(), want) {
					t.Errorf("%s: %v, want one that says %q", c.Name, err, want)
				}
				bmp = ""
				break
			}
			if bmp == "" {
				continue
			}
		}
		if err != nil {
			t.Errorf("%s: %v", c.Name, err)
			continue
		}
		if strings.HasPrefix(c.Name, "png-color0-16bit") {
			continue
		}
		sum := sha256.Sum256(im.Pix)
		if got := hex.EncodeToString(sum[:8]); got != c.Pillow {
			t.Errorf("%s: %+v, pixels %s, Pillow's %s", c.Name, info, got, c.Pillow)
		}
		equal++
	}
	if equal < 75 {
		t.Errorf("only %d files as Pillow has them", equal)
	}
}
