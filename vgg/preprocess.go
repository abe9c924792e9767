package vgg

import (
	"encoding/json"
	"fmt"
)

// Preprocess is what turns 8-bit pixels into a net's input: channel i becomes (value*Scale - Mean[i]) / Std[i],
// channels in the given order. It belongs to the weights, so it travels with them and is part of a feature table's
// identity.
type Preprocess struct {
	Name  string     `json:"name"`
	Order string     `json:"order"` // "RGB" or "BGR": the order of Mean, Std and of conv1_1's inputs
	Scale float64    `json:"scale"`
	Mean  [3]float32 `json:"mean"`
	Std   [3]float32 `json:"std"`
}

// Torchvision is the preprocessing of torchvision's and timm's weights.
var Torchvision = Preprocess{
	Name: "torchvision", Order: "RGB", Scale: 1.0 / 255,
	Mean: [3]float32{0.485, 0.456, 0.406}, Std: [3]float32{0.229, 0.224, 0.225},
}

// authors is the preprocessing of the paper's authors' own weights (section 2.1: the mean RGB is subtracted; the Caffe
// files hold BGR filters).
var authors = Preprocess{
	Name: "authors", Order: "BGR", Scale: 1,
	Mean: [3]float32{103.939, 116.779, 123.68}, Std: [3]float32{1, 1, 1},
}

// authorsRGB is that of the authors' weights where the first filters were turned to RGB.
var authorsRGB = Preprocess{
	Name: "authors-rgb", Order: "RGB", Scale: 1,
	Mean: [3]float32{123.68, 116.779, 103.939}, Std: [3]float32{1, 1, 1},
}

// slim is that of TensorFlow-slim's VGG checkpoints (preprocessing/vgg_preprocessing.py), which came from the authors'
// weights and round their mean.
var slim = Preprocess{
	Name: "tf-slim", Order: "RGB", Scale: 1,
	Mean: [3]float32{123.68, 116.78, 103.94}, Std: [3]float32{1, 1, 1},
}

// torchvisionFeatures is that of torchvision's VGG16_Weights.IMAGENET1K_FEATURES.
var torchvisionFeatures = Preprocess{
	Name: "torchvision-features", Order: "RGB", Scale: 1.0 / 255,
	Mean: [3]float32{0.48235, 0.45882, 0.40784}, Std: [3]float32{1.0 / 255, 1.0 / 255, 1.0 / 255},
}

func (p Preprocess) check() error {
	if p.Order != "RGB" && p.Order != "BGR" {
		return fmt.Errorf("channel order %q is neither RGB nor BGR", p.Order)
	}
	if p.Scale <= 0 || p.Std[0] <= 0 || p.Std[1] <= 0 || p.Std[2] <= 0 {
		return fmt.Errorf("scale %v and deviations %v must be above 0", p.Scale, p.Std)
	}
	return nil
}

// String is the preprocessing in one line.
func (p Preprocess) String() string {
	b, err := json.Marshal(p)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// rgb is the place of RGB channel i in the weights' order.
func (p Preprocess) rgb(i int) int {
	if p.Order == "BGR" {
		return 2 - i
	}
	return i
}

// Value is the input value of a level, 0 to 255, of R, G or B (channel 0, 1 or 2), computed in float32 as PyTorch does
// (to [0,1], minus mean, by deviation), so that inputs agree bit for bit.
func (p Preprocess) Value(level float32, channel int) float32 {
	c := p.rgb(channel)
	if p.Scale == 1.0/255 {
		level /= 255
	} else {
		level *= float32(p.Scale)
	}
	return (level - p.Mean[c]) / p.Std[c]
}

// levels tabulates the input value of each of the 256 levels of R, G and B.
func (p Preprocess) levels() (t [3][256]float32) {
	for i := range t {
		for v := range t[i] {
			t[i][v] = p.Value(float32(v), i)
		}
	}
	return t
}
