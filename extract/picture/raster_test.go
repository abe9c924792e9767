package picture

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"math/rand/v2"
	"testing"
)

// TestPackRGB holds every kind of image against the library's own colours, on opaque random pixels.
func TestPackRGB(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	r := image.Rect(0, 0, 11, 6)
	src := image.NewNRGBA(r)
	for i := range src.Pix {
		src.Pix[i] = byte(rng.Uint32())
		if i%4 == 3 {
			src.Pix[i] = 255
		}
	}
	palette := image.NewPaletted(r, color.Palette{color.RGBA{1, 2, 3, 255}, color.NRGBA{200, 100, 50, 255}, color.RGBA64{0x1234, 0x5678, 0x9abc, 0xffff}})
	for i := range palette.Pix {
		palette.Pix[i] = byte(i % 3)
	}
	images := []image.Image{src, palette}
	for _, m := range []draw.Image{image.NewGray(r), image.NewGray16(r), image.NewRGBA(r), image.NewRGBA64(r), image.NewNRGBA64(r)} {
		draw.Draw(m, r, src, image.Point{}, draw.Src)
		images = append(images, m)
	}
	for _, m := range images {
		got, err := packRGB(m)
		if err != nil {
			t.Errorf("%T: %v", m, err)
			continue
		}
		if d, _ := difference(got, slowRGB(m)); d != 0 {
			t.Errorf("%T: differs by %d", m, d)
		}
	}
	if _, err := packRGB(image.NewAlpha(r)); err == nil {
		t.Error("no error for a kind that no decoder returns")
	}
}

// TestAlphaIsDropped: colours multiplied by alpha are divided again, others are taken as they are.
func TestAlphaIsDropped(t *testing.T) {
	r := image.Rect(0, 0, 4, 1)
	straight := &image.NRGBA{Pix: []byte{200, 100, 50, 0, 200, 100, 50, 1, 200, 100, 50, 128, 200, 100, 50, 255}, Stride: 16, Rect: r}
	got, err := packRGB(straight)
	if err != nil || !bytes.Equal(got.Pix, bytes.Repeat([]byte{200, 100, 50}, 4)) {
		t.Errorf("straight: %v, %v", got, err)
	}
	multiplied := &image.RGBA{Pix: []byte{9, 9, 9, 0, 0, 1, 2, 1, 100, 50, 25, 128, 7, 8, 9, 255}, Stride: 16, Rect: r}
	got, err = packRGB(multiplied)
	if err != nil || !bytes.Equal(got.Pix, []byte{9, 9, 9, 0, 255, 255, 199, 99, 49, 7, 8, 9}) {
		t.Errorf("multiplied: %v, %v", got, err)
	}
}

func TestModelName(t *testing.T) {
	for _, c := range []struct {
		m     color.Model
		name  string
		bytes float64
	}{
		{color.GrayModel, "gray", 1},
		{color.Gray16Model, "gray16", 2},
		{color.Palette{}, "palette", 1},
		{color.RGBAModel, "rgb", 4},
		{color.NRGBAModel, "rgba", 4},
		{color.RGBA64Model, "rgb16", 8},
		{color.NRGBA64Model, "rgba16", 8},
	} {
		if name, bytes := modelName(c.m); name != c.name || bytes != c.bytes {
			t.Errorf("got %s, %v, expected %s, %v", name, bytes, c.name, c.bytes)
		}
	}
}
