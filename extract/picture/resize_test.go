package picture

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// resizeCase is a line of testdata/resize.jsonl.gz.
type resizeCase struct {
	W   int    `json:"w"`
	H   int    `json:"h"`
	ToW int    `json:"to_w"`
	ToH int    `json:"to_h"`
	Src []byte `json:"src"`
	Dst []byte `json:"dst"`
}

func readResizeCases(t *testing.T, path string) []resizeCase {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var cases []resizeCase
	s := bufio.NewScanner(z)
	s.Buffer(nil, 64<<20)
	for s.Scan() {
		var c resizeCase
		if err := json.Unmarshal(s.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		cases = append(cases, c)
	}
	if s.Err() != nil || len(cases) == 0 {
		t.Fatalf("%s: %d cases, %v", path, len(cases), s.Err())
	}
	return cases
}

// TestResizeGolden holds every level against Pillow's, with one Resizer and one result for all sizes, so that nothing
// of an earlier size may show.
func TestResizeGolden(t *testing.T) {
	var r Resizer
	dst := Image{Pix: make([]byte, 1<<16)}
	for _, c := range readResizeCases(t, filepath.Join("testdata", "resize.jsonl.gz")) {
		src := &Image{W: c.W, H: c.H, Pix: c.Src}
		if err := r.Resize(src, c.ToW, c.ToH, &dst); err != nil {
			t.Fatal(err)
		}
		if dst.W != c.ToW || dst.H != c.ToH || len(dst.Pix) != len(c.Dst) {
			t.Fatalf("%dx%d to %dx%d: got %dx%d, %d bytes", c.W, c.H, c.ToW, c.ToH, dst.W, dst.H, len(dst.Pix))
		}
		for i := range c.Dst {
			if dst.Pix[i] != c.Dst[i] {
				t.Errorf("%dx%d to %dx%d: byte %d is %d, Pillow has %d", c.W, c.H, c.ToW, c.ToH, i, dst.Pix[i], c.Dst[i])
				break
			}
		}
	}
}

// TestResizeOfFlat checks that a flat image stays flat at any size: the weights sum to one.
func TestResizeOfFlat(t *testing.T) {
	var r Resizer
	var dst Image
	for _, v := range []byte{0, 1, 127, 254, 255} {
		for _, c := range [][4]int{{5, 7, 31, 2}, {300, 2, 7, 9}, {1, 1, 4, 4}, {3000, 1, 3, 1}} {
			src := newImage(c[0], c[1])
			for i := range src.Pix {
				src.Pix[i] = v
			}
			if err := r.Resize(src, c[2], c[3], &dst); err != nil {
				t.Fatal(err)
			}
			for i, got := range dst.Pix {
				if got != v {
					t.Fatalf("%v: level %d became %d at byte %d", c, v, got, i)
				}
			}
		}
	}
}

// TestResizeMirrored checks that scaling and mirroring can be exchanged, which the descriptor of the flip relies on:
// its view is the mirror of the scaled image.
func TestResizeMirrored(t *testing.T) {
	var r Resizer
	var a, b, mirrored, want Image
	rng := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		src := noise(rng, 1+rng.IntN(60), 1+rng.IntN(60))
		w, h := 1+rng.IntN(80), 1+rng.IntN(80)
		if err := r.Resize(src, w, h, &a); err != nil {
			t.Fatal(err)
		}
		Flip(&a, &want)
		Flip(src, &mirrored)
		if err := r.Resize(&mirrored, w, h, &b); err != nil {
			t.Fatal(err)
		}
		for i := range want.Pix {
			if d := int(want.Pix[i]) - int(b.Pix[i]); d < -1 || d > 1 {
				t.Fatalf("%dx%d to %dx%d: byte %d: %d and %d", src.W, src.H, w, h, i, want.Pix[i], b.Pix[i])
			}
		}
	}
}

func TestResizeErrors(t *testing.T) {
	var r Resizer
	var dst Image
	good := newImage(2, 2)
	for name, err := range map[string]error{
		"nil":        r.Resize(nil, 1, 1, &dst),
		"zero side":  r.Resize(good, 0, 1, &dst),
		"negative":   r.Resize(good, 1, -1, &dst),
		"no pixels":  r.Resize(&Image{}, 1, 1, &dst),
		"short data": r.Resize(&Image{W: 2, H: 2, Pix: make([]byte, 11)}, 1, 1, &dst),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestResizeAllocatesNothing(t *testing.T) {
	var r Resizer
	var dst Image
	src := newImage(61, 43)
	n := testing.AllocsPerRun(10, func() {
		if err := r.Resize(src, 30, 77, &dst); err != nil {
			t.Fatal(err)
		}
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestScaledSize(t *testing.T) {
	for _, c := range [][5]int{ // w, h, q, and what Python's round gives
		{500, 375, 256, 341, 256},
		{375, 500, 256, 256, 341},
		{256, 256, 256, 256, 256},
		{300, 200, 384, 576, 384},
		{5, 2, 1, 2, 1},
		{7, 2, 1, 4, 1}, // 2.5 and 3.5 to the even neighbour
		{1, 100000, 256, 256, 25600000},
		{3, 3, 512, 512, 512},
		{1000, 3, 5, 1667, 5},
		{640, 427, 512, 767, 512},
	} {
		if w, h := ScaledSize(c[0], c[1], c[2]); w != c[3] || h != c[4] {
			t.Errorf("%dx%d at %d: got %dx%d, expected %dx%d", c[0], c[1], c[2], w, h, c[3], c[4])
		}
	}
}

func TestFittedSize(t *testing.T) {
	for _, c := range [][5]int{ // w, h, longer side, and what is expected
		{500, 375, 128, 128, 96}, {375, 500, 128, 96, 128}, {640, 427, 300, 300, 200}, {7, 1000, 100, 1, 100}, {20, 10, 50, 50, 25},
	} {
		if w, h := FittedSize(c[0], c[1], c[2]); w != c[3] || h != c[4] {
			t.Errorf("%dx%d at %d: got %dx%d, expected %dx%d", c[0], c[1], c[2], w, h, c[3], c[4])
		}
	}
}

// noise draws an image of random levels.
func noise(rng *rand.Rand, w, h int) *Image {
	im := newImage(w, h)
	for i := range im.Pix {
		im.Pix[i] = byte(rng.Uint32())
	}
	return im
}

func BenchmarkResize(b *testing.B) {
	for _, c := range [][4]int{{500, 375, 341, 256}, {500, 375, 683, 512}, {300, 200, 576, 384}, {4000, 3000, 341, 256}} {
		src := noise(rand.New(rand.NewPCG(1, 2)), c[0], c[1])
		b.Run(fmt.Sprintf("%dx%d to %dx%d", c[0], c[1], c[2], c[3]), func(b *testing.B) {
			var r Resizer
			var dst Image
			for b.Loop() {
				if err := r.Resize(src, c[2], c[3], &dst); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
