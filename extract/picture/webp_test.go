package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// webpChunk makes a RIFF chunk, padded.
func webpChunk(kind string, data []byte) []byte {
	d := binary.LittleEndian.AppendUint32([]byte(kind), uint32(len(data)))
	d = append(d, data...)
	return append(d, make([]byte, len(data)&1)...)
}

// webpOf makes a file of chunks.
func webpOf(chunks ...[]byte) []byte {
	body := append([]byte("WEBP"), bytes.Join(chunks, nil)...)
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}

// goldenChunk is the picture of a golden file, without the file around it.
func goldenChunk(t *testing.T, name string) (kind string, data []byte, plain *Image) {
	t.Helper()
	path := filepath.Join("testdata", "decode", name)
	d, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := parseWebP(d, false)
	if err != nil {
		t.Fatal(err)
	}
	im, _, err := decodeFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return f.kind, f.bits, im
}

func TestDecodeWebPContainers(t *testing.T) {
	for _, name := range []string{"lossy.webp", "lossless.webp"} {
		kind, bits, plain := goldenChunk(t, name)
		still := webpChunk(kind, bits)
		extended := func(flags byte, w, h int) []byte {
			return webpChunk("VP8X", []byte{flags, 0, 0, 0, byte(w - 1), 0, 0, byte(h - 1), 0, 0})
		}
		exif := webpChunk("EXIF", append([]byte("Exif\x00\x00"), exifBlock(binary.BigEndian, [4]uint32{274, 3, 1, 8})...))
		framed := webpChunk("ANMF", append(append([]byte{2, 0, 0, 1, 0, 0}, make([]byte, 10)...), still...))
		canvas := newImage(50, 40)
		for y := range plain.H {
			copy(canvas.row(y + 2)[3*4:], plain.row(y))
		}
		for what, c := range map[string]struct {
			file []byte
			want *Image
		}{
			"turned":       {webpOf(extended(8, 37, 29), still, exif), orient(plain, 8)},
			"alpha absent": {webpOf(extended(16, 37, 29), still), plain},
			"wrong size":   {append([]byte("RIFF\x00\x00\x00\x00"), webpOf(still)[8:]...), plain},
			"cut metadata": {webpOf(still, exif)[:12+len(still)+20], plain},
			"animation":    {webpOf(extended(2, 50, 40), webpChunk("ANIM", make([]byte, 6)), framed), canvas},
		} {
			im, _, err := Decode(bytes.NewReader(c.file), DecodeOptions{})
			if err != nil {
				t.Errorf("%s, %s: %v", name, what, err)
				continue
			}
			if d, _ := difference(im, c.want); d != 0 {
				t.Errorf("%s, %s: differs by %d", name, what, d)
			}
		}
	}
}

func TestDecodeWebPErrors(t *testing.T) {
	kind, bits, _ := goldenChunk(t, "lossy.webp")
	whole := webpOf(webpChunk(kind, bits))
	for name, c := range map[string]struct {
		file []byte
		is   error
		say  string
	}{
		"no chunks":   {webpOf(), errTruncated, "no picture"},
		"only EXIF":   {webpOf(webpChunk("EXIF", []byte("x"))), errTruncated, "no picture"},
		"cut":         {whole[:len(whole)-20], errTruncated, "bytes long, the file has"},
		"empty frame": {webpOf(webpChunk("VP8 ", nil)), errTruncated, "ends before"},
		"noise":       {webpOf(webpChunk("VP8L", []byte(strings.Repeat("noise", 9)))), errCorrupt, "vp8l"},
	} {
		if _, _, err := Decode(bytes.NewReader(c.file), DecodeOptions{}); !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%s: got %v, expected to say %q", name, err, c.say)
		}
	}
}
