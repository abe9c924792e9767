package vgg

import (
	"fmt"
	"slices"
	"strings"

	"fc7/vgg/weights"
)

// Metadata keys of the safetensors files that fc7 writes.
const (
	MetaNet        = "fc7.net"
	MetaPreprocess = "fc7.preprocess"
	MetaOrigin     = "fc7.origin"
	MetaRounding   = "fc7.pool_rounding" // RoundingFloor or RoundingCeil; absent: floor
	MetaLRN        = "fc7.lrn"           // JSON of an f32.LRN; absent: that of A-LRN
)

// OriginRandom is the origin of weights that Init drew.
const OriginRandom = "random (He), not trained"

// Recognise tells which net a weights file holds, from the names and shapes of its tensors. A file without fully
// connected layers that are VGG's gives a Config with FC 0, and with Headless where it has others.
func Recognise(f *weights.File) (Config, Scheme, error) {
	c, s, err := recognise(f)
	if err == nil {
		err = c.recorded(f)
	}
	return c, s, err
}

// RecogniseAs is Recognise of a file that is to hold the net of that name, and an error if it holds another; "": any is
// right. Of nets whose tensors are alike it is that one, whenever the open file is asked again.
func RecogniseAs(f *weights.File, net string) (Config, Scheme, error) {
	Meant(f, net)
	c, s, err := Recognise(f)
	if err == nil {
		err = expectNet(f, c, net)
	}
	return c, s, err
}

func recognise(f *weights.File) (Config, Scheme, error) {
	if len(f.Graph) > 0 {
		return recogniseGraph(f)
	}
	c, s, err := recogniseNames(f)
	if err == nil {
		return c, s, nil
	}
	switch prefixes := Prefixes(f); len(prefixes) {
	case 0:
		return c, s, err
	case 1:
		return recogniseNames(under(f, prefixes[0]))
	default:
		return c, s, severalNets(f, prefixes)
	}
}

// recogniseNames is Recognise by the names and shapes of tensors, which all stand under one prefix.
func recogniseNames(f *weights.File) (Config, Scheme, error) {
	var closest *fit
	var whole, headless []*fit
	for _, s := range schemes {
		first, nets := s.nets()
		for _, name := range first {
			s, ok := s.within(names(f), f.Prefix, name)
			if !ok {
				continue
			}
			for _, c := range nets[name] {
				t := s.match(f, c)
				switch {
				case t.refused:
					return Config{}, Scheme{}, fmt.Errorf("%s (%s, %d tensors): %s", f.Path, f.Format, len(f.Tensors), t.why)
				case t.why != "":
					if closest == nil || t.closer(closest) {
						closest = t
					}
				case t.config.FC > 0:
					whole = append(whole, t)
				default:
					headless = append(headless, t)
				}
			}
		}
	}
	if t := chosen(f, whole); t != nil {
		return t.scheme.hollow(f, t.config)
	}
	if t := chosen(f, headless); t != nil {
		return t.config, t.scheme, nil
	}
	why := "no tensor is named like a VGG layer (features.0.weight in torchvision and timm, conv1_1.weight in Caffe, " +
		"vgg_16/conv1/conv1_1/weights in TensorFlow-slim, block1_conv1/kernel in Keras, conv1_1.filters in MatConvNet)"
	if closest != nil {
		why = closest.reason()
	}
	return Config{}, Scheme{}, fmt.Errorf("%s (%s, %d tensors): holds no VGG that fc7 knows: %s", f.Path, f.Format, len(f.Tensors), why)
}

// chosen is that of several nets which fit a file that it says itself (MetaNet), or the user (Meant); else the first of
// the tables, with the others that are as like.
func chosen(f *weights.File, fits []*fit) *fit {
	if len(fits) == 0 {
		return nil
	}
	t := fits[0]
	for _, other := range fits {
		if said, err := Lookup(f.Metadata[MetaNet]); err == nil && said.base() == other.config.base() {
			return other
		}
		if other.config.base() != t.config.base() && other.scheme.Name == t.scheme.Name {
			t.scheme.alike = append(t.scheme.alike, other.config.base())
		}
	}
	return t
}

// base is the net's name without its widths.
func (c Config) base() string {
	name, _, _ := strings.Cut(c.Name, "/")
	name, _, _ = strings.Cut(name, ":")
	return name
}

// Meant enters the name of a net, where it is one, into the metadata of an open file that names none: of several nets
// whose tensors are alike it is the one that is meant.
func Meant(f *weights.File, net string) {
	if net != "" && f.Metadata[MetaNet] == "" {
		f.Metadata[MetaNet] = net
	}
}

// fit is how a net of the table and the tensors of a file agree.
type fit struct {
	config  Config
	scheme  Scheme
	agree   int    // convolutions, and their normalisations, that the file has as the net would
	differ  int    // those that it lacks or has otherwise, and those that it has besides
	fitting int    // layers that are as the file says that they are
	why     string // what stands against the net; empty: nothing

	refused bool // it is the net, but with another use of its weights
}

// against notes a tensor that does not agree; the first one is the reason that is told.
func (t *fit) against(format string, args ...any) {
	if t.differ++; t.why == "" {
		t.why = fmt.Sprintf(format, args...)
	}
}

// closer tells whether a net that does not fit fits better than another: more of its tensors agree, or fewer do not.
func (t *fit) closer(than *fit) bool {
	a, b := []int{t.agree, t.fitting, -t.differ}, []int{than.agree, than.fitting, -than.differ}
	return slices.Compare(a, b) > 0
}

func (t *fit) reason() string {
	if t.agree == 0 {
		return t.why
	}
	return fmt.Sprintf("it is not %s, the closest (%d tensors of its convolutions agree): %s", t.config.Name, t.agree, t.why)
}

// match fits a net of full width to the file's tensors: narrowed, headless or with other class counts as the shapes
// tell.
func (s Scheme) match(f *weights.File, c Config) *fit {
	t := &fit{config: c, scheme: s}
	p := s.weightOf(c.Layers()[0])
	first := f.Lookup(p.Name).Shape
	width, full := p.axes.outputs(first), p.axes.outputs(p.Shape)
	if width < 1 || full%width != 0 || !c.narrows(full/width) {
		t.against("%s is %v, which is no first convolution of %d filters, nor of %[3]d divided by 2, 4 and so on", p.Name, first, full)
		return t
	}
	t.config = c.narrow(full / width)
	if t.scheme.before = c.rows != nil; t.scheme.before && c.by.Order != "" && (t.scheme.layersNamed || t.scheme.pre.Order == c.by.Order) {
		t.scheme.pre = c.by
	}
	t.convolutions(f)
	if t.why == "" {
		t.head(f)
	}
	if t.why == "" {
		t.layers(f)
	}
	return t
}

// convolutions compares those of the net with the file's.
func (t *fit) convolutions(f *weights.File) {
	known := map[string]bool{}
	for _, l := range t.config.Layers() {
		if l.Kind != Convolution {
			continue
		}
		p := t.scheme.weightOf(l)
		known[p.Name] = true
		switch x := f.Lookup(p.Name); {
		case x == nil:
			t.against("%s is missing", p.Name)
		case !slices.Equal(x.Shape, p.Shape):
			t.against("%s is %v, not %v", p.Name, x.Shape, p.Shape)
		default:
			t.agree++
		}
		t.normalisation(f, l)
	}
	for _, x := range f.Tensors {
		if len(x.Shape) == 4 && strings.HasPrefix(x.Name, t.scheme.scope+t.scheme.convs) && !known[x.Name] {
			t.against("it has another convolution besides (%s)", x.Name)
		}
	}
	if name := t.scheme.foreignNorm(f, t.config, false); name != "" {
		t.against("it has batch normalisation besides (%s)", name)
	}
}

// normalisation compares the batch normalisation behind a convolution, which often has no bias then.
func (t *fit) normalisation(f *weights.File, l Layer) {
	name := t.scheme.normOf(l, "running_mean").Name
	switch has := f.Lookup(name) != nil; {
	case has && !l.BatchNorm:
		t.against("it has batch normalisation behind %s (%s)", l.Name, name)
	case !has && l.BatchNorm:
		t.against("it has no batch normalisation behind %s (%s)", l.Name, name)
	case has:
		t.agree++
		if f.Lookup(t.scheme.biasOf(l).Name) == nil {
			t.scheme.unbiased = append(t.scheme.unbiased, l.Name)
		}
	}
}

// foreignNorm names a tensor of a batch normalisation that the source's VGGs have not: among the convolutions, or
// behind them in the head, as far as the file tells where it stands.
func (s Scheme) foreignNorm(f *weights.File, c Config, head bool) string {
	if s.foreign == "" {
		return ""
	}
	last := ""
	for _, l := range c.Layers() {
		if l.Kind == Convolution {
			last = s.weightOf(l).Name
		}
	}
	end := slices.IndexFunc(f.Tensors, func(t *weights.Tensor) bool { return t.Name == last })
	for i, t := range f.Tensors {
		if !strings.HasSuffix(t.Name, s.foreign) {
			continue
		}
		outside := s.scope != "" && !strings.HasPrefix(t.Name, s.scope)
		if behind := outside || f.InOrder && end >= 0 && i > end; behind == head {
			return t.Name
		}
	}
	return ""
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
