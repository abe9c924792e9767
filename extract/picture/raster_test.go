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
	palette := image.NewPaletted(r, color.Palette{color.RGBA{1, 2, 3, 255}, color.NRGBA{200, 100, 50, 255}})
	for i := range palette.Pix {
		palette.Pix[i] = byte(i % 2)
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

// TestAlphaIsDropped: colours are taken as they are, whatever is seen of them.
func TestAlphaIsDropped(t *testing.T) {
	r := image.Rect(0, 0, 4, 1)
	straight := &image.NRGBA{Pix: []byte{200, 100, 50, 0, 200, 100, 50, 1, 200, 100, 50, 128, 200, 100, 50, 255}, Stride: 16, Rect: r}
	got, err := packRGB(straight)
	if err != nil || !bytes.Equal(got.Pix, bytes.Repeat([]byte{200, 100, 50}, 4)) {
		t.Errorf("straight: %v, %v", got, err)
	}
}

func TestModelName(t *testing.T) {
	for _, c := range []struct {
		m     color.Model
		name  string
		bytes float64
	}{
		{color.Palette{}, "palette", 1},
		{color.RGBAModel, "rgb", 4},
		{color.NRGBAModel, "rgba", 4},
	} {
		if name, bytes := modelName(c.m); name != c.name || bytes != c.bytes {
			t.Errorf("got %s, %v, expected %s, %v", name, bytes, c.name, c.bytes)
		}
	}
}
