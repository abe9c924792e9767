package extract

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"

	"fc7/extract/picture"
)

func TestParseViews(t *testing.T) {
	for _, m := range viewModes {
		if got, err := ParseViews(m.String()); err != nil || got != m {
			t.Errorf("%v: %v, %v", m, got, err)
		}
	}
	if got, err := ParseViews("center"); err != nil || got != ViewsCentre {
		t.Errorf("center: %v, %v", got, err)
	}
	if _, err := ParseViews("sparse"); err == nil {
		t.Error("sparse: no error")
	}
}

// TestGridOffset holds the integer rule against its definition, and a few against values worked out by hand.
func TestGridOffset(t *testing.T) {
	for length := 224; length < 700; length++ {
		for i := range 5 {
			want := int(math.Floor(float64(i)*float64(length-224)/4 + 0.5))
			if got := gridOffset(i, length, 224); got != want {
				t.Fatalf("crop %d of %d pixels: %d, expected %d", i, length, got, want)
			}
		}
		if gridOffset(4, length, 224) != length-224 {
			t.Fatalf("the last crop of %d pixels does not touch the border", length)
		}
	}
	for i, want := range []int{0, 8, 16, 24, 32} {
		if got := gridOffset(i, 256, 224); got != want {
			t.Errorf("crop %d of 256 pixels: %d, expected %d", i, got, want)
		}
	}
	for i, want := range []int{0, 29, 59, 88, 117} { // 117/4 = 29.25, 58.5, 87.75
		if got := gridOffset(i, 341, 224); got != want {
			t.Errorf("crop %d of 341 pixels: %d, expected %d", i, got, want)
		}
	}
}

func TestCentreOffset(t *testing.T) {
	for length := 224; length < 700; length++ {
		if got, want := centreOffset(length, 224), int(math.RoundToEven(float64(length-224)/2)); got != want {
			t.Fatalf("%d pixels: %d, expected %d", length, got, want)
		}
	}
}

// TestViewSize: torchvision cuts off what ScaledSize rounds.
func TestViewSize(t *testing.T) {
	for _, c := range []struct {
		m          ViewMode
		w, h, q    int
		wantW, wHh int
	}{
		{ViewsDense, 500, 375, 256, 341, 256},
		{ViewsDense, 50, 30, 64, 107, 64}, // 106.67
		{ViewsCrops, 50, 30, 64, 107, 64},
		{ViewsCentre, 50, 30, 64, 106, 64},
		{ViewsCentre, 375, 500, 256, 256, 341},
		{ViewsCentre, 7, 7, 256, 256, 256},
	} {
		if w, h := c.m.viewSize(c.w, c.h, c.q); w != c.wantW || h != c.wHh {
			t.Errorf("%v of %dx%d at %d: %dx%d, expected %dx%d", c.m, c.w, c.h, c.q, w, h, c.wantW, c.wHh)
		}
	}
}

// TestPages holds every picture of crops and centre views against its definition, pixel by pixel.
func TestPages(t *testing.T) {
	img := noise(rand.New(rand.NewPCG(3, 5)), 61, 47)
	for _, mode := range []ViewMode{ViewsCrops, ViewsCentre} {
		for _, flip := range []bool{false, true} {
			p, err := newPreparer(Options{Scales: []int{40, 33}, Views: mode, CropSize: 33, Flip: flip, NoFlip: !flip})
			if err != nil {
				t.Fatal(err)
			}
			v, err := p.Prepare(img)
			if err != nil {
				t.Fatal(err)
			}
			for i := range v.list {
				checkPages(t, &v.list[i], img, mode, flip)
			}
			v.Release()
		}
	}
}

func checkPages(t *testing.T, v *View, img *picture.Image, mode ViewMode, flip bool) {
	t.Helper()
	var r picture.Resizer
	var scaled picture.Image
	w, h := mode.viewSize(img.W, img.H, v.scale)
	if err := r.Resize(img, w, h, &scaled); err != nil {
		t.Fatal(err)
	}
	var want [][]byte
	add := func(x, y int) {
		crop, err := picture.Crop(&scaled, x, y, x+33, y+33)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, crop.Pix)
		if flip {
			var m picture.Image
			picture.Flip(crop, &m)
			want = append(want, m.Pix)
		}
	}
	if mode == ViewsCentre {
		add(int(math.RoundToEven(float64(w-33)/2)), int(math.RoundToEven(float64(h-33)/2)))
	} else {
		for y := range 5 {
			for x := range 5 {
				add(int(math.Floor(float64(x*(w-33))/4+0.5)), int(math.Floor(float64(y*(h-33))/4+0.5)))
			}
		}
	}
	var a album
	a.reserve(4)
	n := v.pictures()
	for k := range min(n, len(want)) {
		if v.crops != nil {
			v.cut(k, &a, k%4)
		}
		if p := v.picture(k, &a, k%4); !bytes.Equal(p, want[k]) {
			t.Errorf("%v, flip %v, scale %d: picture %d has other pixels", mode, flip, v.scale, k)
		}
	}
	if n != len(want) || v.w != 33 || v.h != 33 {
		t.Errorf("%v, flip %v: %d pictures of %dx%d, expected %d of 33x33", mode, flip, n, v.w, v.h, len(want))
	}
}
