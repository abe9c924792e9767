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

// Recognise tells which net a weights file holds, from the names and shapes of its
// tensors. A file without fully connected layers gives a Config with FC 0.
func Recognise(f *weights.File) (Config, Scheme, error) {
	var closest string
	var headless Config // its convolutions fit, but no fully connected layer has a name of the scheme
	var of Scheme
	for _, s := range Schemes {
		for _, name := range Names() {
			c, err := Lookup(name)
			if err != nil {
				return Config{}, Scheme{}, err
			}
			found, why := s.match(f, c)
			switch {
			case why == "" && found.FC > 0:
				return found, s, nil
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
		closest = "no tensor is named like a VGG layer (features.0.weight in torchvision and timm, conv1_1.weight in Caffe)"
	}
	return Config{}, Scheme{}, fmt.Errorf("%s (%s, %d tensors): holds no VGG that fc7 knows: %s", f.Path, f.Format, len(f.Tensors), closest)
}

// match fits a net of full width to the file's tensors: narrowed, headless or with other
// class counts as the shapes tell. why says what stands against it.
func (s Scheme) match(f *weights.File, c Config) (_ Config, why string) {
	first := f.Lookup(s.Weight(c.Layers()[0]).Name)
	if first == nil || len(first.Shape) != 4 || first.Shape[0] < 1 || 64%first.Shape[0] != 0 {
		return Config{}, "no first convolution"
	}
	full := c.FC
	c = c.narrow(64 / first.Shape[0])
	convs := 0
	for _, t := range f.Tensors {
		if len(t.Shape) == 4 && strings.HasPrefix(t.Name, s.convs) {
			convs++
		}
	}
	for _, l := range c.Layers() {
		if l.Kind != Convolution {
			continue
		}
		p := s.Weight(l)
		if t := f.Lookup(p.Name); t == nil || !slices.Equal(t.Shape, p.Shape) {
			return c, fmt.Sprintf("it is not %s, for %s is not %v", c.Name, p.Name, p.Shape)
		}
		if l.BatchNorm != (f.Lookup(s.Norm(l, "running_mean").Name) != nil) {
			return c, fmt.Sprintf("it is not %s: batch normalisation does not fit", c.Name)
		}
		convs--
	}
	if convs != 0 {
		return c, fmt.Sprintf("it is not %s: it has other convolutions besides", c.Name)
	}
	return s.head(f, c, full/(64/first.Shape[0])), ""
}

// head sets the widths of the fully connected layers from the file.
func (s Scheme) head(f *weights.File, c Config, usual int) Config {
	rows := func(l Layer) int {
		t := f.Lookup(s.Weight(l).Name)
		if t == nil || len(t.Shape) < 2 {
			return 0
		}
		return t.Shape[0]
	}
	layers := c.Layers()
	n := len(layers)
	if c.FC = rows(layers[n-3]); c.FC == 0 {
		c.Classes = 0
		return c
	}
	if c.FC != usual {
		c.Name += ":fc" + strconv.Itoa(c.FC)
	}
	c.Classes = rows(layers[n-1])
	return c
}
