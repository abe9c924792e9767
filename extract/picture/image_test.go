package picture

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

func TestFlip(t *testing.T) {
	src := &Image{W: 3, H: 2, Pix: []byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19}}
	want := []byte{7, 8, 9, 4, 5, 6, 1, 2, 3, 17, 18, 19, 14, 15, 16, 11, 12, 13}
	var dst Image
	Flip(src, &dst)
	if dst.W != 3 || dst.H != 2 || !bytes.Equal(dst.Pix, want) {
		t.Errorf("got %v", dst)
	}
	rng := rand.New(rand.NewPCG(1, 1))
	var back Image
	for range 30 {
		im := noise(rng, 1+rng.IntN(20), 1+rng.IntN(20))
		Flip(im, &dst)
		Flip(&dst, &back)
		if !bytes.Equal(back.Pix, im.Pix) || back.W != im.W {
			t.Fatalf("%dx%d flipped twice is another image", im.W, im.H)
		}
	}
}

func TestRGBA(t *testing.T) {
	im := noise(rand.New(rand.NewPCG(2, 1)), 7, 5)
	of := im.RGBA()
	if back, err := packRGB(of); err != nil || back.W != 7 || back.H != 5 || !bytes.Equal(back.Pix, im.Pix) || !of.Opaque() {
		t.Errorf("%v: %+v", err, back)
	}
}

func TestReshapeKeepsMemory(t *testing.T) {
	im := newImage(10, 10)
	first := &im.Pix[0]
	im.reshape(4, 5)
	if len(im.Pix) != 60 || &im.Pix[0] != first {
		t.Error("a smaller shape took new memory")
	}
	im.reshape(20, 10)
	if len(im.Pix) != 600 || im.Check() != nil {
		t.Errorf("%d bytes", len(im.Pix))
	}
}
