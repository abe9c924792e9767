package extraction_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"fc7/datasets"
	"fc7/extract"
	"fc7/outputs"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/extraction"
	"fc7/pipeline/internal/fixture"
)

// pngOf is a PNG whose header says w x h gray pixels, with rows rows of zeros in it.
func pngOf(w, h, rows int) []byte {
	var pixels bytes.Buffer
	z := zlib.NewWriter(&pixels)
	for range rows {
		z.Write(make([]byte, 1+w))
	}
	z.Close()
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(w)), uint32(h))
	out := []byte("\x89PNG\r\n\x1a\n")
	for _, c := range []struct {
		name string
		data []byte
	}{{"IHDR", append(head, 8, 0, 0, 0, 0)}, {"IDAT", pixels.Bytes()}, {"IEND", nil}} {
		out = binary.BigEndian.AppendUint32(out, uint32(len(c.data)))
		body := append([]byte(c.name), c.data...)
		out = binary.BigEndian.AppendUint32(append(out, body...), crc32.ChecksumIEEE(body))
	}
	return out
}

// scanBomb is a progressive JPEG of side x side gray pixels with scans scans, each of a few bytes that make the decoder
// go through all blocks.
func scanBomb(side, scans int) []byte {
	seg := func(marker byte, data []byte) []byte {
		return append(binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(2+len(data))), data...)
	}
	size := binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16([]byte{8}, uint16(side)), uint16(side))
	out := []byte{0xff, 0xd8}
	out = append(out, seg(0xdb, append([]byte{0}, bytes.Repeat([]byte{1}, 64)...))...)
	out = append(out, seg(0xc2, append(size, 1, 1, 0x11, 0))...)
	dc, ac := make([]byte, 18), make([]byte, 18)
	dc[1], dc[17] = 1, 0                 // one code, 0: no difference
	ac[0], ac[1], ac[17] = 0x10, 1, 0xe0 // one code, 0: a run of 2^14 blocks and more without coefficients
	out = append(append(out, seg(0xc4, dc)...), seg(0xc4, ac)...)
	blocks := (side + 7) / 8 * ((side + 7) / 8)
	out = append(append(out, seg(0xda, []byte{1, 1, 0, 0, 0, 0})...), make([]byte, (blocks+7)/8)...)
	scan := seg(0xda, []byte{1, 1, 0, 1, 63, 0})
	var run string
	for n := 0; n < blocks; n += 1<<15 - 1 {
		run += "0" + strings.Repeat("1", 14)
	}
	run += strings.Repeat("1", 7-(len(run)+7)%8)
	for ; run != ""; run = run[8:] {
		b, _ := strconv.ParseUint(run[:8], 2, 8) // digits of 0 and 1
		if scan = append(scan, byte(b)); b == 0xff {
			scan = append(scan, 0)
		}
	}
	return append(append(out, bytes.Repeat(scan, scans)...), 0xff, 0xd9)
}

func goodPNG(t *testing.T, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, w, h))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestHostile: whatever the files are, each is a row, with its reason if it failed, and none costs more than the limits
// say.
func TestHostile(t *testing.T) {
	j := fixture.Job(t)
	set, err := datasets.Open(t.Context(), j.DataSet, datasets.Options{})
	if err != nil {
		t.Fatal(err)
	}
	photo, err := os.ReadFile(set.Items[0].At.Path)
	if err != nil {
		t.Fatal(err)
	}
	gif := append([]byte("GIF89a\xff\xff\xff\xff\x00\x00\x00,\x00\x00\x00\x00\xff\xff\xff\xff\x00\x02"), 0x02, 0x4c, 0x01, 0, 0x3b)
	files := map[string]struct {
		data []byte
		says string // of the reason; "": it is an image
	}{
		"bomb.png":        {pngOf(60000, 60000, 0), "3600 megapixels"},
		"bomb.gif":        {gif, "image over the limit"},
		"wide.png":        {goodPNG(t, 100000, 1), "image over the limit: a 100000x1 image"},
		"tall.png":        {goodPNG(t, 1, 100000), "image over the limit: a 1x100000 image"},
		"short.png":       {pngOf(400, 400, 3), "truncated"},
		"zero.png":        {pngOf(0, 10, 1), "0x10"},
		"negative.png":    {pngOf(1<<31, 10, 0), "2147483648x10"},
		"over.png":        {goodPNG(t, 1100, 1000), "1.1 megapixels, at most 1"},
		"many scans.jpg":  {scanBomb(800, 26_000), "image over the limit: 26001 scans over 800x800 pixels"},
		"scans.jpg":       {scanBomb(800, 200), ""},
		"empty.jpg":       {nil, "the file is empty"},
		"zeros.jpg":       {make([]byte, 5000), "zeros"},
		"half.jpg":        {photo[:len(photo)/2], "truncated"},
		"header.jpg":      {photo[:2], "truncated"},
		"page.jpg":        {[]byte("<!DOCTYPE html><title>404</title>"), "an HTML page"},
		"archive.png":     {[]byte("PK\x03\x04abc"), "a ZIP archive"},
		"a photo.png":     {photo, ""},
		"tiny.png":        {goodPNG(t, 1, 1), ""},
		"bad\xffname.bmp": {photo, ""},
		"line\nbreak.jpg": {photo, ""},
	}
	root := t.TempDir()
	for name, f := range files {
		if err := os.WriteFile(filepath.Join(root, name), f.data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for from, to := range map[string]string{"loop.jpg": "loop.jpg", "gone.jpg": "nowhere.jpg"} {
		if err := os.Symlink(to, filepath.Join(root, from)); err != nil {
			t.Fatal(err)
		}
	}
	j.DataSet, j.ShardRows, j.Decoders = "folder:"+root, 5, 3
	j.Decode.MaxPixels = 1_000_000
	j.Describe = extract.Options{Scales: []int{224}}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r, err := extraction.Extract(context.Background(), j, conveyor.Events{})
	runtime.ReadMemStats(&after)
	if !errors.Is(err, conveyor.ErrSomeFailed) || r == nil {
		t.Fatalf("error %v, want ErrSomeFailed with a result", err)
	}
	if n := (after.TotalAlloc - before.TotalAlloc) >> 20; n > 500 {
		t.Errorf("%d MB were allocated in all: a limit was not kept", n)
	}
	table, err := outputs.OpenTable(j.Out, outputs.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(table.Rows) != len(files)+2 {
		t.Errorf("%d rows, want %d", len(table.Rows), len(files)+2)
	}
	for _, row := range table.Rows {
		name := strings.NewReplacer(`\xff`, "\xff", `\n`, "\n", `\x0a`, "\n").Replace(row.Image)
		f, ok := files[name]
		if !ok {
			f.says = "open image"
		}
		if (row.Status == outputs.StatusOK) != (f.says == "") || !strings.Contains(row.Error, f.says) {
			t.Errorf("%q: %s, reason %q, want %q", row.Image, row.Status, row.Error, f.says)
		}
	}
	if v := mustVerify(t, extraction.VerifyJob{Run: j.Out}); len(v.Problems) > 0 {
		t.Errorf("verify: %q", v.Problems)
	}
}

// TestSharedImages runs over images that nobody here made.
func TestSharedImages(t *testing.T) {
	const root = "../../../shared/data/images"
	if _, err := os.Stat(root); err != nil {
		t.Skipf("the shared images are not here: %v (TestHostile has files of its own)", err)
	}
	j := fixture.Job(t)
	j.DataSet, j.Describe = "folder:"+root, extract.Options{Scales: []int{224}, NoFlip: true}
	r, err := extraction.Extract(context.Background(), j, conveyor.Events{})
	if r == nil || !errors.Is(err, conveyor.ErrSomeFailed) {
		t.Fatal(err)
	}
	if c := r.Manifest.Counts; c.Inputs < 80 || c.OK < 70 || c.Failed < 5 || c.Inputs != c.OK+c.Failed {
		t.Errorf("%+v", c)
	}
	if v := mustVerify(t, extraction.VerifyJob{Run: j.Out, Sample: 10}); len(v.Problems) > 0 || v.Sampled.Rows != 10 {
		t.Errorf("verify: %q", v.Problems)
	}
}
