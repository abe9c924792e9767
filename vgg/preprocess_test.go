package vgg

import (
	"math"
	"testing"
)

// What each preprocessing makes of the darkest and the lightest red, green and blue, by the numbers of its publisher:
// torchvision's documentation of VGG16_Weights, the authors' Caffe models, TensorFlow-slim's vgg_preprocessing.py.
func TestPreprocessings(t *testing.T) {
	for name, c := range map[string]struct {
		p           Preprocess
		dark, light [3]float64 // of R, G and B
	}{
		"torchvision":  {Torchvision, [3]float64{-2.1179, -2.0357, -1.8044}, [3]float64{2.2489, 2.4286, 2.6400}},
		"authors":      {authors, [3]float64{-123.68, -116.779, -103.939}, [3]float64{131.32, 138.221, 151.061}},
		"authors, RGB": {authorsRGB, [3]float64{-123.68, -116.779, -103.939}, [3]float64{131.32, 138.221, 151.061}},
		"slim":         {slim, [3]float64{-123.68, -116.78, -103.94}, [3]float64{131.32, 138.22, 151.06}},
		"features":     {torchvisionFeatures, [3]float64{-122.99925, -116.9991, -103.9992}, [3]float64{132.00075, 138.0009, 151.0008}}, // levels less 123, 117 and 104
	} {
		levels := c.p.levels()
		for i := range levels {
			for v, want := range map[int]float64{0: c.dark[i], 255: c.light[i], 51: c.dark[i] + (c.light[i]-c.dark[i])/5} {
				if got := float64(levels[i][v]); math.Abs(got-want) > 1e-4 {
					t.Errorf("%s: level %d of channel %d becomes %g, want %g", name, v, i, got, want)
				}
			}
		}
	}
}

// The same weights with their input channels in the opposite order take the same inputs.
func TestTurnedPreprocessing(t *testing.T) {
	p := Preprocess{Name: "odd", Order: "RGB", Scale: 1, Mean: [3]float32{1, 2, 3}, Std: [3]float32{4, 5, 6}}
	want := Preprocess{Name: "odd in BGR", Order: "BGR", Scale: 1, Mean: [3]float32{3, 2, 1}, Std: [3]float32{6, 5, 4}}
	if got := p.turned(); got != want || got.levels() != p.levels() {
		t.Errorf("%v became %v", p, got)
	}
	if authors.turned() != authorsRGB || authorsRGB.turned() != authors {
		t.Errorf("%v and %v", authors.turned(), authorsRGB.turned())
	}
}
