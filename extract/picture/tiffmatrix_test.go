package picture

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// goldenCase is a file of testdata/make_tiffs.py or make_lossless.py.
type goldenCase struct {
	Name   string
	File   []byte
	RGB    string // digest of what its samples mean; "": it is refused
	Pillow string // "same", another digest, or "error: …"
}

func tiffCases(t testing.TB) []goldenCase {
	t.Helper()
	return goldenCases(t, "tiff.jsonl.gz")
}

func goldenCases(t testing.TB, name string) (cases []goldenCase) {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for d := json.NewDecoder(z); d.More(); {
		var c goldenCase
		if err := d.Decode(&c); err != nil {
			t.Fatal(err)
		}
		cases = append(cases, c)
	}
	return cases
}

// beyondPillow tells the cells that are read as their tags say, and that Pillow reads otherwise, or not at all.
func beyondPillow(name string) string {
	switch {
	case strings.HasPrefix(name, "gray") && strings.Contains(name, "16bit"):
		return "it clips gray of 16 bits at 255, and does not invert it"
	case strings.Contains(name, "16bit") && strings.Contains(name, "planar2"):
		return "it takes planes of 16 bits for ones of 8"
	case strings.HasPrefix(name, "rgbnone") && strings.Contains(name, "planar2"):
		return "it takes a fourth sample that is not explained for transparency in planes, not in pixels"
	}
	return ""
}

// Every compression, meaning of samples, order of bits, size of samples and arrangement that is read gives the pixels
// that Pillow gives; what Pillow has otherwise, or cannot read, gives what the samples mean.
func TestTIFFMatrix(t *testing.T) {
	same, total := 0, 0
	for _, c := range tiffCases(t) {
		if c.RGB == "" {
			continue
		}
		total++
		switch why := beyondPillow(c.Name); {
		case c.Pillow == "same":
			same++
		case !strings.HasPrefix(c.Pillow, "error: ") && why == "":
			t.Errorf("%s: Pillow has %s, and it is not known why", c.Name, c.Pillow)
		}
		im, info, err := Decode(bytes.NewReader(c.File), DecodeOptions{})
		if err != nil {
			t.Errorf("%s: %v", c.Name, err)
			continue
		}
		sum := sha256.Sum256(im.Pix)
		if got := hex.EncodeToString(sum[:8]); got != c.RGB {
			t.Errorf("%s: %+v, pixels %s, want %s (Pillow: %s)", c.Name, info, got, c.RGB, c.Pillow)
		}
		for _, n := range []int{len(c.File) / 3, len(c.File) / 2} {
			if c.Name == "pages" { // of which the first is read
				continue
			}
			if im, _, err := Decode(bytes.NewReader(c.File[:n]), DecodeOptions{}); err == nil {
				t.Errorf("%s: %d of %d bytes are %dx%d pixels", c.Name, n, len(c.File), im.W, im.H)
			}
		}
		config, err := DecodeConfig(bytes.NewReader(c.File), DecodeOptions{})
		if err != nil || config != info {
			t.Errorf("%s: its header alone gives %+v, %v", c.Name, config, err)
		}
	}
	if total < 350 || same < 280 {
		t.Errorf("%d of %d cells as Pillow has them", same, total)
	}
}

// What is not read is refused by the tag that says so, with its number; the number stands in the name of the case.
func TestTIFFRefused(t *testing.T) {
	seen := 0
	for _, c := range tiffCases(t) {
		if c.RGB != "" {
			continue
		}
		seen++
		tag := strings.Split(c.Name, "-")[1]
		_, _, err := Decode(bytes.NewReader(c.File), DecodeOptions{})
		if !errors.Is(err, errUnsupported) || !strings.Contains(err.Error(), "(tag "+tag+") = ") {
			t.Errorf("%s: %v", c.Name, err)
		}
	}
	if seen < 30 {
		t.Errorf("only %d cases", seen)
	}
}
