package main

import (
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"
)

// TestMemoryOfDecoders: sixteen decoders take no more memory than --memory says and the net, whatever the images need;
// each of these needs 110 MB, all at once 1.8 GB. The rows are those of one decoder.
func TestMemoryOfDecoders(t *testing.T) {
	if testing.Short() {
		t.Skip("images of 10 megapixels are not short")
	}
	j := newSmallJob(t, "4")
	data := j.out("images")
	large := filepath.Join(data, "00.png")
	if err := os.MkdirAll(data, 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(large)
	if err != nil {
		t.Fatal(err)
	}
	m := image.NewNRGBA64(image.Rect(0, 0, 4000, 2500))
	for i := range m.Pix {
		m.Pix[i] = 0xff
	}
	m.SetNRGBA64(3, 4, color.NRGBA64{R: 1 << 15, A: 0xffff})
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(f, m); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	for i := 1; i < 16; i++ {
		if err := os.Link(large, filepath.Join(data, string(rune('a'+i))+".png")); err != nil {
			t.Fatal(err)
		}
	}
	run := func(name, memory string) (kb int, table map[string][]byte) {
		out := j.out(name)
		kb = peak(t, "extract", "folder:"+data, "--weights", j.net, "--layer", "conv1_1", "--scales", "32", "--no-flip",
			"--threads", "16", "--memory", memory, "-o", out)
		if table = files(t, out); len(table) == 0 {
			t.Fatal("no table")
		}
		return kb, table
	}
	const most = 600 << 10
	shared, table := run("sixteen", "256MB")
	if shared > most {
		t.Errorf("sixteen decoders with --memory 256MB took %d MB, want at most %d", shared>>10, most>>10)
	}
	alone, again := run("one", "1MB")
	if same := sameTable(table, again); alone > most || !same {
		t.Errorf("each image alone: %d MB, the same table: %v", alone>>10, same)
	}
	t.Logf("16 decoders: %d MB with 256MB, %d MB with 1MB", shared>>10, alone>>10)
}
