package extract

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"fc7/extract/picture"
)

func TestPrepare(t *testing.T) {
	p, err := newPreparer(Options{Scales: []int{40, 64, 20}})
	if err != nil {
		t.Fatal(err)
	}
	img := noise(rand.New(rand.NewPCG(1, 3)), 50, 30)
	before := bytes.Clone(img.Pix)
	v, err := p.Prepare(img)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Release()
	if v.w != 50 || v.h != 30 || len(v.list) != 3 {
		t.Fatalf("%dx%d, %d views", v.w, v.h, len(v.list))
	}
	for i, want := range [][3]int{{40, 67, 40}, {64, 107, 64}, {20, 33, 20}} {
		checkView(t, v.list[i], want, img)
	}
	if !bytes.Equal(img.Pix, before) {
		t.Error("the image was changed")
	}
}

// checkView holds a view against Resizer and Flip used alone.
func checkView(t *testing.T, got View, want [3]int, img *picture.Image) {
	t.Helper()
	if got.scale != want[0] || got.w != want[1] || got.h != want[2] || len(got.pix) != 2 {
		t.Errorf("view of scale %d: %dx%d, %d pictures, expected %v and 2", got.scale, got.w, got.h, len(got.pix), want)
		return
	}
	var r picture.Resizer
	var straight, mirrored picture.Image
	if err := r.Resize(img, want[1], want[2], &straight); err != nil {
		t.Fatal(err)
	}
	picture.Flip(&straight, &mirrored)
	if !bytes.Equal(got.pix[0], straight.Pix) || !bytes.Equal(got.pix[1], mirrored.Pix) {
		t.Errorf("view of scale %d has other pixels", got.scale)
	}
}

func TestPrepareNoFlip(t *testing.T) {
	p, err := newPreparer(Options{Scales: []int{8}, NoFlip: true})
	if err != nil {
		t.Fatal(err)
	}
	v, err := p.Prepare(black(8, 8))
	if err != nil || len(v.list[0].pix) != 1 {
		t.Errorf("%+v, %v", v, err)
	}
}

func TestPrepareElongated(t *testing.T) {
	p, err := newPreparer(Options{Scales: []int{256}})
	if err != nil {
		t.Fatal(err)
	}
	for _, img := range []*picture.Image{black(100000, 1), black(1, 100000)} {
		_, err := p.Prepare(img)
		if !errors.Is(err, picture.ErrTooLarge) {
			t.Fatalf("%dx%d: %v", img.W, img.H, err)
		}
		for _, say := range []string{"scale 256", "25600000", "6554 megapixels", "limit is 8.389"} {
			if !strings.Contains(err.Error(), say) {
				t.Errorf("%q does not say %q", err, say)
			}
		}
	}
	if v, err := p.Prepare(black(128, 1)); err != nil { // 32768x256: just the limit
		t.Error(err)
	} else {
		v.Release()
	}
	if _, err := p.Prepare(black(129, 1)); !errors.Is(err, picture.ErrTooLarge) {
		t.Errorf("one pixel more: %v", err)
	}
}

func TestPrepareErrors(t *testing.T) {
	p, err := newPreparer(Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, img := range []*picture.Image{nil, {}, {W: 3, H: 1, Pix: make([]byte, 8)}} {
		if _, err := p.Prepare(img); err == nil {
			t.Errorf("%+v: no error", img)
		}
	}
	if _, err := newPreparer(Options{Scales: []int{-1}}); err == nil {
		t.Error("negative scale: no error")
	}
}

// TestPrepareConcurrently uses memory again across goroutines and sizes; under the race detector it also shows that
// released memory has one owner.
func TestPrepareConcurrently(t *testing.T) {
	p, err := newPreparer(Options{Scales: []int{16, 24}})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(g), 9))
			for range 40 {
				img := noise(rng, 10+rng.IntN(30), 10+rng.IntN(30))
				v, err := p.Prepare(img)
				if err != nil {
					t.Error(err)
					return
				}
				for i, q := range []int{16, 24} {
					w, h := picture.ScaledSize(img.W, img.H, q)
					checkView(t, v.list[i], [3]int{q, w, h}, img)
				}
				v.Release()
				v.Release() // a second one does nothing
			}
		})
	}
	wg.Wait()
}

// TestPictures: what is told of an image's size are the pictures that are made of it.
func TestPictures(t *testing.T) {
	for _, o := range []Options{
		{Scales: []int{40, 64}},
		{Scales: []int{33}, NoFlip: true},
		{Scales: []int{40, 48}, Views: ViewsCentre, CropSize: 32},
		{Scales: []int{40}, Views: ViewsCrops, CropSize: 32},
		{Scales: []int{40}, Views: ViewsCrops, CropSize: 32, NoFlip: true},
	} {
		p, err := newPreparer(o)
		if err != nil {
			t.Fatal(err)
		}
		v, err := p.Prepare(black(50, 31))
		if err != nil {
			t.Fatal(err)
		}
		told := o.Pictures(50, 31)
		if len(told) != len(v.list) {
			t.Fatalf("%+v: %v", o, told)
		}
		for i := range v.list {
			if want := (Pictures{v.list[i].pictures(), v.list[i].h, v.list[i].w}); told[i] != want {
				t.Errorf("%+v: %v, the views are %v", o, told[i], want)
			}
		}
		v.Release()
	}
}
