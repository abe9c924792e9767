package vgg

import (
	"context"
	"fmt"
	"math"
	"runtime"

	"fc7/internal/f32"
	"fc7/internal/readjson"
	"fc7/vgg/weights"
)

// LoadOptions says what to load; the zero value loads whatever net the file holds, whole.
type LoadOptions struct {
	Net     string      // the net that is expected; empty: whatever the file holds
	Through string      // the last layer needed; empty: all
	pre     *Preprocess // instead of the one that belongs to the weights
	Threads int         // 0: GOMAXPROCS
}

// Load makes a model of a weights file. Every tensor is checked: its name, its shape, and that all its numbers are
// finite. It ends with the context.
func Load(ctx context.Context, f *weights.File, o LoadOptions) (*Model, error) {
	c, scheme, err := RecogniseAs(f, o.Net)
	if err != nil {
		return nil, err
	}
	if o.Through != "" {
		if _, err := c.Layer(o.Through); err != nil {
			return nil, fmt.Errorf("%s: %w", f.Path, err)
		}
	}
	m := &Model{Config: c, scheme: scheme.Name, layers: c.Layers(), convs: map[string]conv{}, full: map[string]*f32.Matrix{}, last: o.Through, lrn: c.Normalisation()}
	if m.Preprocess, err = preprocessOf(f, scheme, o.pre); err != nil {
		return nil, fmt.Errorf("%s: %w", f.Path, err)
	}
	m.levels = m.Preprocess.levels()
	team := f32.NewTeam(o.Threads)
	defer team.Close()
	ld := &loader{ctx: ctx, m: m, f: f, scheme: scheme, team: team}
	for _, l := range m.layers {
		if err := ld.layer(l); err != nil {
			return nil, err
		}
		if l.Name == o.Through {
			break
		}
	}
	runtime.GC() // the tensors as they were read are as large as a few images' maps
	return m, nil
}

// expectNet is the error of a weights file whose net, c, is another one than that of a name; "": any is right.
func expectNet(f *weights.File, c Config, net string) error {
	if net == "" {
		return nil
	}
	want, err := Lookup(net)
	if err != nil {
		return err
	}
	if c.FC == 0 {
		want.FC, want.Classes = 0, 0
	}
	if want.Name != c.Name {
		return fmt.Errorf("%s: holds %s, not the %s asked for", f.Path, c.Name, want.Name)
	}
	return nil
}

// preprocessFor is the preprocessing that belongs to a weights file: what its metadata says, else that of the source
// whose tensor names it has.
func preprocessFor(f *weights.File, s Scheme) (Preprocess, error) { return preprocessOf(f, s, nil) }

func preprocessOf(f *weights.File, s Scheme, given *Preprocess) (Preprocess, error) {
	p := s.pre
	if given != nil {
		p = *given
	} else if text := f.Metadata[MetaPreprocess]; text != "" {
		var err error
		if p, err = parsePreprocess([]byte(text), readjson.Text); err != nil {
			return p, fmt.Errorf("metadata %s: %w", MetaPreprocess, err)
		}
	} else if s.preprocess != nil {
		var err error
		if p, err = s.preprocess(f); err != nil {
			return p, fmt.Errorf("preprocessing: %w", err)
		}
	}
	if err := p.check(); err != nil {
		return p, fmt.Errorf("preprocessing: %w", err)
	}
	return p, nil
}

type loader struct {
	ctx    context.Context
	m      *Model
	f      *weights.File
	scheme Scheme
	team   *f32.Team
}

func (ld *loader) layer(l Layer) error {
	switch l.Kind {
	case Convolution:
		return ld.conv(l)
	case FullyConnected:
		return ld.fullyConnected(l)
	}
	return nil
}

// read returns a whole tensor, checked. A parameter without a name is all zeros.
func (ld *loader) read(p Param) ([]float32, error) {
	if p.Name == "" {
		n := 1
		for _, d := range p.Shape {
			n *= d
		}
		return make([]float32, n), nil
	}
	t, err := p.find(ld.f)
	if err != nil {
		return nil, err
	}
	return t.Until(ld.ctx).ReadFinite()
}

// weights returns the layer's weights with their axes in the order to, such as "OIHW".
func (ld *loader) weights(l Layer, to string) (*weights.Tensor, error) {
	p := ld.scheme.weightOf(l)
	if err := p.axes.check(); err != nil {
		return nil, err
	}
	t, err := p.find(ld.f)
	if err != nil {
		return nil, err
	}
	return t.Until(ld.ctx).Arranged(p.axes.split(l), p.axes.order(to))
}

func (ld *loader) conv(l Layer) error {
	t, err := ld.weights(l, canonical)
	if err != nil {
		return err
	}
	w, err := t.ReadFinite()
	if err != nil {
		return err
	}
	bias, err := ld.read(ld.scheme.biasOf(l))
	if err != nil {
		return err
	}
	if l.BatchNorm {
		if err := ld.fold(l, w, bias); err != nil {
			return err
		}
	}
	if l.order == 0 {
		w = ld.toRGB(w, l)
	}
	switch ld.m.Config.way(l) {
	case byRows:
		ld.m.first = f32.NewConv3(w, bias, l.Out)
	case byIm2col:
		ld.m.convs[l.Name] = conv{cols: f32.NewIm2col(w, bias, l.Out, l.In, l.inMemory(), l.Groups, l.Window(), l.ReLU)}
	case byProduct:
		m := f32.NewMatrix(f32.Pad(l.In), f32.Pad(l.In), l.Out, bias, true)
		rows := make([][]float32, l.Out)
		for i := range rows {
			rows[i] = w[i*l.In : (i+1)*l.In]
		}
		for p := 0; p < l.Out; p += 16 {
			m.Set(p/16, rows[p:min(p+16, l.Out)], depths(l.In, 1))
		}
		ld.m.convs[l.Name] = conv{one: m}
	case byWinograd:
		ld.m.convs[l.Name] = conv{wino: f32.NewWinograd(ld.team, w, bias, l.Out, l.In)}
	}
	return nil
}

// toRGB reorders the input channels of the first convolution, [Out,3,Kernel,Kernel], to R, G, B.
func (ld *loader) toRGB(w []float32, l Layer) []float32 {
	if ld.m.Preprocess.Order == "RGB" {
		return w
	}
	out, area := make([]float32, len(w)), l.Kernel*l.Kernel
	for o := 0; o < len(w); o += 3 * area {
		for c := range 3 {
			copy(out[o+area*c:o+area*(c+1)], w[o+area*ld.m.Preprocess.rgb(c):])
		}
	}
	return out
}

// fold puts a batch normalisation (Ioffe and Szegedy 2015, with the running statistics) into the weights and bias of
// the convolution before it.
func (ld *loader) fold(l Layer, w, bias []float32) error {
	var t [4][]float32
	for i, kind := range normKinds {
		var err error
		if t[i], err = ld.read(ld.scheme.normOf(l, kind)); err != nil {
			return err
		}
	}
	epsilon := ld.scheme.epsilon
	if epsilon == 0 {
		epsilon = 1e-5 // PyTorch's default
	}
	per := len(w) / l.Out
	for o := range l.Out {
		if t[3][o] < 0 {
			return fmt.Errorf("%s: tensor %s: variance %g at %d is below 0", ld.f.Path, ld.scheme.normOf(l, "running_var").Name, t[3][o], o)
		}
		g := float64(t[0][o]) / math.Sqrt(float64(t[3][o])+epsilon)
		for i := o * per; i < (o+1)*per; i++ {
			w[i] = float32(float64(w[i]) * g)
		}
		bias[o] = float32(float64((float64(bias[o])-float64(t[2][o]))*g) + float64(t[1][o])) // not fused, on any processor
	}
	return nil
}
