package vgg

import (
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"strings"

	"fc7/internal/readjson"
	"fc7/internal/usage"
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

// vggface is that of VGG-Face (Parkhi, Vedaldi and Zisserman 2015), whose Caffe model subtracts the mean colour of its
// faces, red 129.1863, green 104.7624 and blue 93.5940, and takes BGR.
var vggface = Preprocess{
	Name: "vggface", Order: "BGR", Scale: 1,
	Mean: [3]float32{93.5940, 104.7624, 129.1863}, Std: [3]float32{1, 1, 1},
}

// caffeMean is that of Caffe's own nets of ILSVRC-2012's mean image, as the mean of its pixels.
var caffeMean = Preprocess{
	Name: "caffe, mean colour of ILSVRC-2012's mean image", Order: "BGR", Scale: 1,
	Mean: [3]float32{104.00699, 116.66877, 122.67892}, Std: [3]float32{1, 1, 1},
}

// cnnMean is that of CNN-F, M and S, whose mean image has the mean colour of VGG's.
var cnnMean = Preprocess{
	Name: "authors, mean colour of their mean image", Order: "BGR", Scale: 1, Mean: authors.Mean, Std: authors.Std,
}

// overfeat is that of OverFeat's weights: one mean and one deviation for all colours.
var overfeat = Preprocess{
	Name: "overfeat", Order: "RGB", Scale: 1,
	Mean: [3]float32{118.380948, 118.380948, 118.380948}, Std: [3]float32{61.896913, 61.896913, 61.896913},
}

// published are the preprocessings that have a name for users, in the order of help texts.
var published = []struct {
	name string
	pre  Preprocess
}{
	{"torchvision", Torchvision},
	{"torchvision-features", torchvisionFeatures},
	{"authors", authors},
	{"slim", slim},
	{"keras", authors},
	{"vggface", vggface},
	{"caffe", caffeMean},
	{"overfeat", overfeat},
}

// PreprocessNames are the names that ParsePreprocess knows.
func PreprocessNames() []string {
	var names []string
	for _, p := range published {
		names = append(names, p.name)
	}
	return names
}

// maxPreprocessFile is far more than a preprocessing takes.
const maxPreprocessFile = 1 << 16

// ParsePreprocess reads the name of a published preprocessing, or that of a JSON file, FILE.json, with the fields of
// Preprocess, as the metadata of fc7's files have it; only its name may be left out.
func ParsePreprocess(s string) (Preprocess, error) {
	for _, p := range published {
		if s == p.name {
			return p.pre, nil
		}
	}
	if !strings.EqualFold(filepath.Ext(s), ".json") {
		return Preprocess{}, &usage.Error{What: "preprocessing", Given: s, Words: PreprocessNames(), Want: "or a file, FILE.json"}
	}
	text, err := readjson.Bytes(s, maxPreprocessFile)
	if err != nil {
		return Preprocess{}, err
	}
	p, err := parsePreprocess(text, readjson.Strict)
	if err != nil {
		return p, fmt.Errorf("%s: %w: want %s or the like", s, err, authors)
	}
	return p.known(), nil
}

// parsePreprocess reads the fields of Preprocess by a function of readjson, and checks them. A list read into an array
// of three would be cut or filled with 0.
func parsePreprocess(text []byte, read func([]byte, any) error) (p Preprocess, err error) {
	var is struct {
		Preprocess
		Mean []float32 `json:"mean"`
		Std  []float32 `json:"std"`
	}
	if err := read(text, &is); err != nil {
		return p, err
	}
	p = is.Preprocess
	p.Order = strings.ToUpper(p.Order)
	for _, list := range []struct {
		name string
		is   []float32
		to   *[3]float32
	}{{"mean", is.Mean, &p.Mean}, {"std", is.Std, &p.Std}} {
		if len(list.is) != len(list.to) {
			return p, fmt.Errorf("%q holds %d numbers, one for each of three channels is needed", list.name, len(list.is))
		}
		copy(list.to[:], list.is)
	}
	return p, p.check()
}

// Own is a preprocessing of a user's own numbers, checked: order is RGB or BGR, the order of mean and std, too.
func Own(order string, scale float64, mean, std [3]float64) (Preprocess, error) {
	p := Preprocess{Name: "own", Order: order, Scale: scale}
	for i := range 3 {
		p.Mean[i], p.Std[i] = float32(mean[i]), float32(std[i])
	}
	return p.known(), p.check()
}

func (p Preprocess) check() error {
	if p.Order != "RGB" && p.Order != "BGR" {
		return fmt.Errorf("channel order %q is neither RGB nor BGR", p.Order)
	}
	for i := range 3 {
		if v := float64(p.Mean[i]); math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("means %v must be finite", p.Mean)
		}
		if v := float64(p.Std[i]); !(v > 0) || math.IsInf(v, 0) {
			return fmt.Errorf("deviations %v must be above 0", p.Std)
		}
	}
	if !(p.Scale > 0) || math.IsInf(p.Scale, 0) {
		return fmt.Errorf("scale %v must be above 0", p.Scale)
	}
	return nil
}

// MeanOf tells what the mean stands for, where a predecessor's weights were trained with a mean image: dense maps have
// none, so that of its pixels is taken.
func (c Config) MeanOf(p Preprocess) string {
	if c.rows != nil && (strings.Contains(p.Name, "mean image") || strings.Contains(p.Name, "average image")) {
		return p.Name
	}
	return ""
}

// Same tells whether two preprocessings make the same of every pixel, in the same order, whatever their names.
func (p Preprocess) Same(q Preprocess) bool {
	q.Name = p.Name
	return p == q
}

// known is the preprocessing under the name by which one of the same numbers is known, else under its own.
func (p Preprocess) known() Preprocess {
	if p.Same(authorsRGB) { // users say it by authors and the order
		return authorsRGB
	}
	for _, k := range published {
		if p.Same(k.pre) {
			return k.pre
		}
	}
	return p
}

// Words are the preprocessing for people, with the colours by their letters.
func (p Preprocess) Words() string {
	at := func(v [3]float32) string {
		return fmt.Sprintf("%c %g, %c %g, %c %g", p.Order[0], v[0], p.Order[1], v[1], p.Order[2], v[2])
	}
	text := p.Order + ", 0 to 255"
	switch {
	case p.Scale == 1.0/255:
		text = p.Order + ", 0 to 1"
	case p.Scale != 1:
		text = fmt.Sprintf("%s, 0 to %g", p.Order, 255*p.Scale)
	}
	text += ", less " + at(p.Mean)
	if p.Std != [3]float32{1, 1, 1} {
		text += ", divided by " + at(p.Std)
	}
	return text
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
