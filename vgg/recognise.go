package vgg

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"fc7/vgg/weights"
)

// Metadata keys of the safetensors files that fc7 writes.
const (
	MetaNet        = "fc7.net"
	MetaPreprocess = "fc7.preprocess"
	MetaOrigin     = "fc7.origin"
)

// OriginRandom is the origin of weights that Init drew.
const OriginRandom = "random (He), not trained"

// Recognise tells which net a weights file holds, from the names and shapes of its tensors. A file without fully
// connected layers gives a Config with FC 0.
func Recognise(f *weights.File) (Config, Scheme, error) {
	if len(f.Graph) > 0 {
		return recogniseGraph(f)
	}
	var closest string
	var headless Config // its convolutions fit, but no fully connected layer has a name of the scheme
	var of Scheme
	for _, s := range schemes {
		s, ok := s.within(names(f), s.weightOf(Layer{Name: "conv1_1", Block: 1}).Name)
		if !ok {
			continue
		}
		for _, name := range Names() {
			c, err := Lookup(name)
			if err != nil {
				return Config{}, Scheme{}, err
			}
			found, why := s.match(f, c)
			switch {
			case why == "" && found.FC > 0:
				return s.hollow(f, found)
			case why == "" && headless.Name == "":
				headless, of = found, s
			}
			if why != "" && closest == "" && found.Name != "" {
				closest = why
			}
		}
	}
	if headless.Name != "" {
		return headless, of, nil
	}
	if closest == "" {
		closest = "no tensor is named like a VGG layer (features.0.weight in torchvision and timm, conv1_1.weight in Caffe, " +
			"vgg_16/conv1/conv1_1/weights in TensorFlow-slim, block1_conv1/kernel in Keras, conv1_1.filters in MatConvNet)"
	}
	return Config{}, Scheme{}, fmt.Errorf("%s (%s, %d tensors): holds no VGG that fc7 knows: %s", f.Path, f.Format, len(f.Tensors), closest)
}

// match fits a net of full width to the file's tensors: narrowed, headless or with other class counts as the shapes
// tell. why says what stands against it.
func (s Scheme) match(f *weights.File, c Config) (_ Config, why string) {
	width := s.outputs(f, c.Layers()[0])
	if width < 1 || 64%width != 0 {
		return Config{}, "no first convolution"
	}
	full := c.FC
	c = c.narrow(64 / width)
	for _, t := range f.Tensors {
		if s.foreign != "" && strings.HasSuffix(t.Name, s.foreign) {
			return c, fmt.Sprintf("it is not %s: it has batch normalisation besides (%s)", c.Name, t.Name)
		}
	}
	convs := 0
	for _, t := range f.Tensors {
		if len(t.Shape) == 4 && strings.HasPrefix(t.Name, s.scope+s.convs) {
			convs++
		}
	}
	for _, l := range c.Layers() {
		if l.Kind != Convolution {
			continue
		}
		p := s.weightOf(l)
		if t := f.Lookup(p.Name); t == nil || !slices.Equal(t.Shape, p.Shape) {
			return c, fmt.Sprintf("it is not %s, for %s is not %v", c.Name, p.Name, p.Shape)
		}
		if l.BatchNorm != (f.Lookup(s.normOf(l, "running_mean").Name) != nil) {
			return c, fmt.Sprintf("it is not %s: batch normalisation does not fit", c.Name)
		}
		convs--
	}
	if convs != 0 {
		return c, fmt.Sprintf("it is not %s: it has other convolutions besides", c.Name)
	}
	return s.head(f, c, full/(64/width)), ""
}

// outputs is the width of a layer in the file, 0 where it has no weights of the layout's axes.
func (s Scheme) outputs(f *weights.File, l Layer) int {
	p := s.weightOf(l)
	if t := f.Lookup(p.Name); t != nil {
		return p.axes.outputs(t.Shape)
	}
	return 0
}

// head sets the widths of the fully connected layers from the file.
func (s Scheme) head(f *weights.File, c Config, usual int) Config {
	layers := c.Layers()
	n := len(layers)
	if c.FC = s.outputs(f, layers[n-3]); c.FC == 0 {
		c.Classes = 0
		return c
	}
	if c.FC != usual {
		c.Name += ":fc" + strconv.Itoa(c.FC)
	}
	c.Classes = s.outputs(f, layers[n-1])
	return c
}

func names(f *weights.File) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for _, t := range f.Tensors {
			if !yield(t.Name) {
				return
			}
		}
	}
}

// hollow looks for the mark of weights for features only: torchvision publishes VGG-16's convolutions from the authors'
// own weights, with a classifier that is NaN throughout and a preprocessing of its own. Such a net ends with pool5.
func (s Scheme) hollow(f *weights.File, c Config) (Config, Scheme, error) {
	var fc6 Layer
	for _, l := range c.Layers() {
		if l.Kind == FullyConnected {
			fc6 = l
			break
		}
	}
	t, err := s.weightOf(fc6).find(f)
	if err != nil || !t.Dtype.Float() {
		return c, s, nil // a wrong shape is for loading to tell
	}
	x := make([]float32, min(t.Len(), 4096))
	if err := t.InStorageOrder().ReadFloat32At(x, 0); err != nil {
		return c, s, err
	}
	for _, v := range x {
		if v == v {
			return c, s, nil
		}
	}
	c.Name, _, _ = strings.Cut(c.Name, ":")
	c.FC, c.Classes, s.FeaturesOnly = 0, 0, true
	if s.pre == Torchvision {
		s.pre = torchvisionFeatures
	}
	return c, s, nil
}
