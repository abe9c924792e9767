package vgg

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"strings"

	"fc7/internal/escape"
	"fc7/vgg/weights"
)

// Metadata keys that say where converted weights came from.
const (
	MetaSourceFile   = "fc7.source.file"
	MetaSourceSHA256 = "fc7.source.sha256"
	MetaSourceFormat = "fc7.source.format"
	MetaSourceNames  = "fc7.source.names"
)

// metaFormat is the key by which transformers and timm know that a safetensors file holds tensors in PyTorch's layout.
const metaFormat = "format"

// ConvertOptions are the choices of Convert; the zero value converts the net that a file holds, whole, to float32.
type ConvertOptions struct {
	Net       string        // the net that is expected; empty: whatever the file holds
	Dtype     weights.Dtype // F32, F16 or BF16
	NoFC      bool          // leave the fully connected layers out
	AsIs      bool          // every tensor under its own name and shape, also of files that hold no VGG
	Overwrite bool
}

// Converted tells what Convert has written.
type Converted struct {
	Net        string // empty for a file taken as it is that holds no VGG
	Names      string // the scheme of the source's tensor names
	Preprocess *Preprocess
	Tensors    int
	SHA256     string   // of the source
	LeftOut    []string // tensors of the source that are not in the result
	Vanished   int      // numbers other than 0 that are too small for the Dtype and were stored as 0
}

// Convert writes the net of a weights file to a safetensors file with torchvision's tensor names and layout. The
// preprocessing and where the weights came from travel in its metadata, so the result loads as the same net, and stored
// as float32 gives the same descriptors to the last bit. Tensors are streamed. A number that is not finite, or that
// o.Dtype cannot hold, is an error, and nothing is written. The bytes depend on the source and the options alone.
func Convert(ctx context.Context, f *weights.File, out string, o ConvertOptions) (done Converted, err error) {
	Meant(f, o.Net)
	if done.SHA256, err = f.SHA256(ctx); err != nil {
		return done, err
	}
	c := &converter{ctx: ctx, f: f, o: o, done: &done, used: map[string]bool{}}
	meta, err := c.metadata()
	if err != nil {
		return done, err
	}
	var tensors []weights.Source
	if o.AsIs {
		tensors = c.asIs()
	} else if tensors, err = c.net(); err != nil {
		return done, err
	}
	if len(tensors) == 0 {
		return done, fmt.Errorf("%s: has no floating-point tensor", f.Path)
	}
	done.Tensors = len(tensors)
	return done, weights.WriteSafetensors(out, tensors, weights.SafetensorsOptions{Dtype: o.Dtype, Metadata: meta, Overwrite: o.Overwrite})
}

type converter struct {
	ctx    context.Context
	f      *weights.File
	o      ConvertOptions
	done   *Converted
	config Config
	scheme Scheme
	used   map[string]bool // tensors of the source that go into the result
}

// metadata recognises the net, and says what it is and whence it came.
func (c *converter) metadata() (map[string]string, error) {
	meta := map[string]string{
		metaFormat: "pt", MetaSourceFile: filepath.Base(c.f.Path),
		MetaSourceSHA256: c.done.SHA256, MetaSourceFormat: c.f.Format,
	}
	var err error
	c.config, c.scheme, err = Recognise(c.f)
	if c.o.AsIs {
		maps.Copy(meta, c.f.Metadata) // what is known already stays, and the first source too
		if err != nil && c.o.Net == "" {
			return meta, nil // a file of another kind of net
		}
		if err != nil {
			return nil, err
		}
	} else if err != nil {
		return nil, err
	}
	if err := expectNet(c.f, c.config, c.o.Net); err != nil {
		return nil, err
	}
	p, err := preprocessFor(c.f, c.scheme)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.f.Path, err)
	}
	c.done.Net, c.done.Names, c.done.Preprocess = c.config.Name, c.scheme.Name, &p
	meta[MetaNet], meta[MetaPreprocess], meta[MetaSourceNames] = c.config.Name, p.String(), c.scheme.Name
	c.config.Record(meta)
	for _, k := range []string{MetaOrigin, MetaClasses, MetaPreprocessBy} {
		if known := c.f.Metadata[k]; known != "" {
			meta[k] = known
		}
	}
	// Converted again, the preprocessing is still by the names that the first source had.
	if first := c.f.Metadata[MetaSourceNames]; meta[MetaPreprocessBy] == "" && c.f.Metadata[MetaPreprocess] != "" && meta[MetaOrigin] == "" && first != "" && first != c.scheme.Name {
		meta[MetaPreprocessBy] = namesBy + first
	}
	return meta, nil
}

// asIs takes every tensor that a safetensors file of o.Dtype can hold. Counters and other integers are no weights; they
// are left out, and named.
func (c *converter) asIs() (out []weights.Source) {
	for _, t := range c.f.Tensors {
		if !t.Dtype.Float() {
			c.done.LeftOut = append(c.done.LeftOut, t.Name)
			continue
		}
		out = append(out, c.checked(t.Source()))
	}
	return out
}

// net takes the parameters of each layer, by torchvision's names.
func (c *converter) net() (out []weights.Source, err error) {
	if c.o.NoFC {
		c.config.FC, c.config.Classes = 0, 0
	}
	ld := &loader{ctx: c.ctx, f: c.f, scheme: c.scheme}
	for _, l := range c.config.Layers() {
		if !l.HasWeights() {
			continue
		}
		to, from := TorchvisionNames.Params(l), c.scheme.Params(l)
		for i := range to {
			s, err := c.source(ld, l, to[i], from[i], i == 0)
			if err != nil {
				return nil, err
			}
			c.used[from[i].Name] = true
			out = append(out, c.checked(s))
		}
	}
	for _, t := range c.f.Tensors {
		if !c.used[t.Name] && !strings.HasSuffix(t.Name, ".num_batches_tracked") {
			c.done.LeftOut = append(c.done.LeftOut, t.Name)
		}
	}
	return out, nil
}

// source is one parameter of a layer in torchvision's layout. Weights are a view of the file, the others are a few
// hundred numbers.
func (c *converter) source(ld *loader, l Layer, to, from Param, isWeight bool) (weights.Source, error) {
	if isWeight {
		t, err := ld.weights(l, canonical)
		if err != nil {
			return weights.Source{}, err
		}
		return weights.Source{Name: to.Name, Shape: to.Shape, ReadAt: t.ReadFloat32At}, nil
	}
	x, err := ld.read(from)
	if err != nil {
		return weights.Source{}, err
	}
	if strings.HasSuffix(to.Name, ".running_var") {
		if err := c.variances(from, x); err != nil {
			return weights.Source{}, err
		}
	}
	return weights.SliceSource(to.Name, to.Shape, x), nil
}

// torchEpsilon is what PyTorch adds to the variance of a batch normalisation.
const torchEpsilon = 1e-5

// variances makes the same sums with PyTorch's epsilon, which has no place in the file, and refuses what no net could
// be loaded with.
func (c *converter) variances(from Param, x []float32) error {
	for i, v := range x {
		if e := c.scheme.epsilon; e != 0 && float32(e) != torchEpsilon { // files hold it in single precision
			x[i] = float32(float64(v) + e - torchEpsilon)
		}
		if v < 0 || x[i] < 0 {
			return fmt.Errorf("%s: tensor %s: variance %g at %d is below 0, or its sum with the epsilon of the file below PyTorch's %g", c.f.Path, escape.Line(from.Name), v, i, torchEpsilon)
		}
	}
	return nil
}

// checked refuses numbers that are not finite, and counts those that the Dtype makes 0.
func (c *converter) checked(s weights.Source) weights.Source {
	read, path, name := s.Until(c.ctx).ReadAt, c.f.Path, s.Name
	var tiny float32 // at or below it a number is stored as 0: half of the smallest one, ties to even
	if c.o.Dtype == weights.F16 {
		tiny = 1.0 / (1 << 25)
	}
	s.ReadAt = func(dst []float32, off int) error {
		if err := read(dst, off); err != nil {
			return err
		}
		for i, v := range dst {
			if v-v != 0 {
				return fmt.Errorf("%s: number %d of %s is %g: weights must be finite%s", path, off+i, escape.Line(name), v, c.wayOut(name))
			}
			if v != 0 && v <= tiny && v >= -tiny {
				c.done.Vanished++
			}
		}
		return nil
	}
	return s
}

// wayOut names the choice that leaves the spoilt layer out, where there is one.
func (c *converter) wayOut(name string) string {
	if !c.o.AsIs && strings.HasPrefix(name, "classifier.") {
		return "; without the fully connected layers the net can be converted"
	}
	return ""
}
