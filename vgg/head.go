package vgg

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"fc7/internal/few"
	"fc7/vgg/weights"
)

// The fully connected layers of a file are found apart from its convolutions: files have them under other numbers (a
// Dropout before the first) or as convolutions over 7x7 and 1x1 (Long et al. 2015, fully convolutional nets), or have
// other layers in their place, and are then of use up to pool5.

// fullPlace is where a file has a fully connected layer.
type fullPlace struct {
	name string // with the scope, without .weight or .bias
	axes Axes
}

// head finds the fully connected layers and sets their widths from the file. Where they are not VGG's, the net ends
// with its last pooling and Headless says why.
func (t *fit) head(f *weights.File) {
	whole, names := t.config, t.scheme.fullNames(f, t.config)
	t.config.FC, t.config.Classes = 0, 0
	if len(names) == 0 {
		t.config.Headless = t.scheme.leftOver(f, t.config)
		return
	}
	layers := whole.fullyConnected()
	t.scheme.full = map[string]fullPlace{}
	for i, name := range names[:min(len(names), len(layers))] {
		t.scheme.full[layers[i].Name] = t.scheme.place(f, name, layers[i])
	}
	fc6 := t.scheme.weightOf(layers[0])
	shape := f.Lookup(fc6.Name).Shape
	if k := fc6.axes.window(shape); k == 3 && whole.rows == nil {
		t.against("%v (%s is %v), as in DeepLab's fc_reduced nets: fc7 computes an fc6 over %dx%[4]d", errDilated, fc6.Name, shape, PoolSize)
		t.refused = true
		return
	}
	widths := []int{fc6.axes.outputs(shape)}
	if len(names) > 1 {
		fc7 := t.scheme.weightOf(layers[1])
		widths = append(widths, fc7.axes.outputs(f.Lookup(fc7.Name).Shape))
	}
	whole = whole.widths(widths...)
	if whole.Classes = 0; len(names) > 2 {
		fc8 := t.scheme.weightOf(layers[2])
		whole.Classes = fc8.axes.outputs(f.Lookup(fc8.Name).Shape)
	}
	if why := t.scheme.otherHead(f, whole, names); why != "" {
		t.config, t.scheme.full = t.config.headless(notVGGs+why), nil
		return
	}
	t.config = whole
}

// widths is the net with an fc6 and fc7 of those widths, and a name that tells them: OverFeat's own, or both alike, as
// fc6's.
func (c Config) widths(of ...int) Config {
	if c.first > 0 && len(of) > 1 && of[0] == c.first && of[1] == c.FC {
		return c
	}
	if of[0] != c.FC || c.first > 0 {
		c.Name += ":fc" + strconv.Itoa(of[0])
	}
	c.FC, c.first = of[0], 0
	return c
}

// fullyConnected are the layers of the head, none where the net ends with pool5.
func (c Config) fullyConnected() []Layer {
	return slices.DeleteFunc(c.Layers(), func(l Layer) bool { return l.Kind != FullyConnected })
}

// fullNames lists where the file has fully connected layers, in their order: by the scheme's names, or, in a list of
// modules, by whatever numbers those with weights have.
func (s Scheme) fullNames(f *weights.File, c Config) (names []string) {
	if s.classifier == "" {
		for _, l := range c.fullyConnected() {
			name := s.scope + s.tensor(l)
			if x := f.Lookup(name + s.weight); x == nil || len(x.Shape) < 2 {
				break
			}
			names = append(names, name)
		}
		return names
	}
	numbers := s.modules(f, s.weight, 2)
	for _, n := range numbers {
		names = append(names, s.scope+s.classifier+strconv.Itoa(n))
	}
	return names
}

// modules are the numbers of the classifier's modules that have a tensor of that ending and at least that many axes.
func (s Scheme) modules(f *weights.File, ending string, axes int) (numbers []int) {
	for _, x := range f.Tensors {
		rest, is := strings.CutPrefix(x.Name, s.scope+s.classifier)
		number, ends := strings.CutSuffix(rest, ending)
		if n, err := strconv.Atoi(number); is && ends && err == nil && strconv.Itoa(n) == number && len(x.Shape) >= axes {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	return numbers
}

// place is where a layer is and, by the number of its axes, how it lies there: flat, or as a convolution.
func (s Scheme) place(f *weights.File, name string, l Layer) fullPlace {
	axes := s.layout.of(l)
	rank := len(f.Lookup(name + s.weight).Shape)
	for _, a := range []Axes{axes, s.layout.conv, s.layout.conv.flat()} {
		if len(strings.Fields(string(a))) == rank {
			return fullPlace{name, a}
		}
	}
	return fullPlace{name, axes}
}

// otherHead says why layers of those names are not fc6, fc7 and fc8 of the net; empty if they are.
func (s Scheme) otherHead(f *weights.File, c Config, names []string) string {
	norm := s.foreignNorm(f, c, true)
	if list := s.modules(f, ".running_mean", 1); s.classifier != "" && len(list) > 0 {
		norm = s.scope + s.classifier + strconv.Itoa(list[0]) + ".running_mean"
	}
	switch {
	case norm != "":
		return "they have batch normalisation (" + norm + ")"
	case len(names) < 2 || len(names) > 3:
		return fmt.Sprintf("there are %d of them (%s)", len(names), few.Quoted(names, 4))
	}
	for _, l := range c.fullyConnected()[:len(names)] {
		p := s.weightOf(l)
		if shape := f.Lookup(p.Name).Shape; !slices.Equal(shape, p.Shape) {
			return fmt.Sprintf("%s is %v, not the %v of %s", p.Name, shape, p.Shape, l.Name)
		}
	}
	return ""
}

// leftOver says which other tensors a file has that could be layers behind pool5; empty where it has none.
func (s Scheme) leftOver(f *weights.File, c Config) string {
	known := map[string]bool{}
	for _, l := range c.Layers() {
		for _, p := range s.Params(l) {
			known[p.Name] = true
		}
	}
	var names []string
	for _, x := range f.Tensors {
		if len(x.Shape) > 1 && !known[x.Name] {
			names = append(names, x.Name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return fmt.Sprintf("its other tensors are not named as the fully connected layers of %s files are (%s)", s.Name, few.Quoted(names, 3))
}

// hollow looks for the mark of weights for features only: torchvision publishes VGG-16's convolutions from the authors'
// own weights, with a classifier that is NaN throughout and a preprocessing of its own. Such a net ends with pool5.
func (s Scheme) hollow(f *weights.File, c Config) (Config, Scheme, error) {
	t, err := s.weightOf(c.fullyConnected()[0]).find(f)
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
	c = c.headless("its fully connected layers hold NaN throughout, which are weights for features only")
	if s.pre == Torchvision {
		s.pre = torchvisionFeatures
	}
	return c, s, nil
}
