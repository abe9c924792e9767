package synth

import (
	"image"
	"image/color"
	"image/jpeg"
	"slices"
	"testing"

	"fc7/datasets"
)

func decode(t *testing.T, it datasets.Item) image.Image {
	t.Helper()
	f, err := it.At.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := jpeg.Decode(f)
	if err != nil {
		t.Fatalf("%s: %v", it.ID, err)
	}
	return img
}

func TestCaltechLayout(t *testing.T) {
	s := generate(t, Options{Layout: LayoutCaltech101, Images: 107, Classes: 5, Seed: 3, Size: 90})
	set := open(t, s)
	if len(set.Items) != 107 || s.Images != 107 || s.Classes != 5 || !slices.Equal(set.Classes, datasets.Caltech101Classes()[:5]) {
		t.Fatalf("%d items, classes %v, summary %+v", len(set.Items), set.Classes, s)
	}
	counts := make(map[string]int)
	gray := 0
	var bytes int64
	for _, it := range set.Items {
		counts[it.Labels()[0]]++
		img := decode(t, it)
		if b := img.Bounds(); b.Dx() != 90 || b.Dy() < 60 || b.Dy() > 91 {
			t.Errorf("%s: size %v", it.ID, b)
		}
		if img.ColorModel() == color.GrayModel {
			gray++
		}
	}
	for _, b := range files(t, s.Root) {
		if isJPEG(b) {
			bytes += int64(len(b))
		}
	}
	for i, c := range set.Classes {
		if want := []int{22, 22, 21, 21, 21}[i]; counts[c] != want {
			t.Errorf("%s: %d images, want %d", c, counts[c], want)
		}
	}
	if set.Items[21].ID != "BACKGROUND_Google/tmp" || set.Items[20].ID != "BACKGROUND_Google/image_0021.jpg" {
		t.Errorf("items %s, %s", set.Items[20].ID, set.Items[21].ID)
	}
	if gray == 0 || gray > 20 || s.bytes != bytes || s.objects != 107-22 {
		t.Errorf("%d gray images, %d bytes, summary %+v", gray, bytes, s)
	}
}

// A crude classifier, the nearest mean colour histogram, does twice as well as chance, and yet makes mistakes: there is
// something to learn.
func TestCaltechCanBeLearned(t *testing.T) {
	set := open(t, generate(t, Options{Layout: LayoutCaltech101, Images: 240, Classes: 12, Seed: 5, Size: 64}))
	means := make(map[string][]float64)
	var test []datasets.Item
	for i, it := range set.Items {
		if i%2 == 1 {
			test = append(test, it)
			continue
		}
		if means[it.Labels()[0]] == nil {
			means[it.Labels()[0]] = make([]float64, 64)
		}
		for k, v := range histogram(decode(t, it)) {
			means[it.Labels()[0]][k] += v
		}
	}
	right := 0
	for _, it := range test {
		h := histogram(decode(t, it))
		best, nearest := "", 0.0
		for _, c := range set.Classes {
			d := 0.0
			for k, v := range means[c] {
				d += (v/10 - h[k]) * (v/10 - h[k])
			}
			if best == "" || d < nearest {
				best, nearest = c, d
			}
		}
		if best == it.Labels()[0] {
			right++
		}
	}
	if right < 2*len(test)/12 || right == len(test) {
		t.Errorf("%d of %d right; chance is %d", right, len(test), len(test)/12)
	}
}

// histogram counts the pixels of 4x4x4 colours.
func histogram(img image.Image) []float64 {
	h := make([]float64, 64)
	b := img.Bounds()
	for y := range b.Dy() {
		for x := range b.Dx() {
			r, g, bl, _ := img.At(x, y).RGBA()
			h[r>>14<<4|g>>14<<2|bl>>14] += 1 / float64(b.Dx()*b.Dy())
		}
	}
	return h
}
