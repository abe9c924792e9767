package backbone

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"fc7/extract"
	"fc7/internal/f32"
	"fc7/internal/usage"
	"fc7/internal/waiting"
	"fc7/outputs"
	"fc7/pipeline/download"
	"fc7/vgg"
	"fc7/vgg/weights"
)

// Net is a model with the digest of the file it came from.
type Net struct {
	*vgg.Model
	SHA256   string // of the weights file
	Path     string
	part     string       // prefix of its tensors' names, where the file holds other nets (download.File)
	expected vgg.Expected // of pixels, and how that was decided
	Trained  bool         // false where the file says that its weights are random

	rounded   bool // its pooling rounds otherwise than its file's own way
	otherwise bool // its preprocessing is another than its file and names say

	Labels   []string // of the outputs of fc8, where the file names them
	NoLabels error    // why the labels that it names cannot be used
	Boxes    string   // what boxes the outputs are, as the file says it (vgg.MetaBoxes); "": they are classes
}

// Wanted says which net to load, and how.
type Wanted struct {
	Net     string // that is expected; empty: whatever the file holds
	Weights string // a file, or the name of weights in the cache
	As      download.Reading
	Threads int
}

// Load opens a weights file and makes the model of it, up to the layer that is needed. The digest is computed while the
// weights are read.
func Load(ctx context.Context, w Wanted, through string) (*Net, error) {
	return loadNet(ctx, w, func(*weights.File) (string, error) { return through, nil })
}

// LoadFor is Load up to the last layer that the options need. Options that the net cannot serve are refused before its
// weights are read.
func LoadFor(ctx context.Context, w Wanted, o extract.Options) (*Net, error) {
	return loadNet(ctx, w, func(f *weights.File) (string, error) {
		c, _, err := vgg.Recognise(f)
		if err != nil {
			return "", err
		}
		if err := serves(f, c, o); err != nil {
			return "", err
		}
		return c.Deepest(o.NetLayers())
	})
}

// serves is the error of options that the net of a file cannot serve.
func serves(f *weights.File, c vgg.Config, o extract.Options) error {
	if err := o.For(c.Side()).Validate(layerTable(c)); err != nil {
		return fmt.Errorf("%s: %w", f.Path, err)
	}
	return nil
}

// layerTable is a net of which nothing was loaded.
type layerTable vgg.Config

func (t layerTable) Layer(name string) (width, minSide int, err error) {
	l, err := vgg.Config(t).Layer(name)
	return l.Out, l.MinSide(), err
}

// loadNet reads the weights up to the layer that last chooses. The end of the context does not wait for them.
func loadNet(ctx context.Context, w Wanted, last func(*weights.File) (string, error)) (*Net, error) {
	if err := f32.Check(); err != nil {
		return nil, err
	}
	return waiting.For(ctx, func() (*Net, error) { return readNet(ctx, w, last) })
}

func readNet(ctx context.Context, w Wanted, last func(*weights.File) (string, error)) (_ *Net, err error) {
	f, err := download.Open(w.Weights, w.As)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	vgg.Meant(f.File, w.Net)
	through, err := last(f.File)
	if err != nil {
		return nil, err
	}
	reading, stop := context.WithCancel(ctx) // what cannot be loaded needs no digest
	defer stop()
	digest := make(chan error, 1)
	var sum string
	go func() {
		var err error
		sum, err = f.Digest(reading)
		digest <- err
	}()
	m, err := vgg.Load(ctx, f.File, vgg.LoadOptions{Net: w.Net, Through: through, Threads: w.Threads})
	if err != nil {
		stop()
	}
	if e := <-digest; err == nil {
		err = e
	}
	if err != nil {
		return nil, err
	}
	n := &Net{Model: m, SHA256: sum, Path: f.Path, part: f.Part, Trained: f.Metadata[vgg.MetaOrigin] != vgg.OriginRandom, rounded: f.Rounded, otherwise: f.Otherwise != nil}
	if n.expected, err = vgg.ExpectedOf(ctx, f.File); err != nil {
		return nil, err
	}
	n.Boxes = f.Metadata[vgg.MetaBoxes]
	n.Labels, n.NoLabels = vgg.ClassesOf(f.File, m.Config)
	return n, nil
}

// SameCrops refuses nets that are to see the same crops and were made for images of different sizes, where no size was
// asked for.
func SameCrops(o extract.Options, nets []*Net) error {
	for _, n := range nets {
		if o.CropSize == 0 && o.Views != extract.ViewsDense && n.Config.Side() != nets[0].Config.Side() {
			return usage.Errorf("%s was made for images of %d pixels, %s for %d, and they are to see the same crops: one size for both can be given (--crop-size), or a run for each",
				nets[0].Config.Name, nets[0].Config.Side(), n.Config.Name, n.Config.Side())
		}
	}
	return nil
}

// Identity is that of descriptors by this net and these options; what is stored of them, and of which inputs, is the
// caller's to add.
func (n *Net) Identity(o extract.Options) outputs.Identity {
	p, x := n.Preprocess, o.For(n.Config.Side()).Identity()
	id := outputs.Identity{
		Format: outputs.FormatVersion, Arithmetic: n.Arithmetic(), Net: n.Config.Name, WeightsSHA256: n.SHA256,
		WeightsPrefix: n.part,
		Preprocessing: outputs.Preprocessing{Channels: p.Order, Scale: p.Scale, MeanOf: n.Config.MeanOf(p)},
		Layers:        x.Layers, Scales: x.Scales, CropSize: x.CropSize, Flip: x.Flip, Pooling: x.Pooling,
		Resize: fmt.Sprintf("%s/%d", x.Resize, x.PixelVersion),
	}
	if n.Config.CeilPool { // as old tables, those that round down do not say it
		id.PoolRounding = n.Config.Rounding()
	}
	id.LRN = n.Config.Constants()
	if x.Views != extract.ViewsDense.String() { // tables of the time when there were no others do not say it
		id.Views = x.Views
	}
	for i := range 3 {
		id.Preprocessing.Mean[i], id.Preprocessing.Std[i] = shortest(p.Mean[i]), shortest(p.Std[i])
	}
	return id
}

// DescribeOptions are those that the descriptors of a table were made with.
func DescribeOptions(id outputs.Identity) (extract.Options, error) {
	pool, err := extract.ParsePooling(id.Pooling)
	if err != nil {
		return extract.Options{}, usage.InFile(err)
	}
	views, err := extract.ParseViews(cmp.Or(id.Views, extract.ViewsDense.String()))
	if err != nil {
		return extract.Options{}, usage.InFile(err)
	}
	return extract.Options{
		Scales: id.Scales, Layers: id.Layers, Views: views, CropSize: id.CropSize, Flip: id.Flip, NoFlip: !id.Flip, Pool: pool,
	}, nil
}

// shortest is the float64 that prints as the float32 does: 0.485, not 0.48500001430511475.
func shortest(x float32) float64 {
	var y float64
	if _, err := fmt.Sscan(fmt.Sprint(x), &y); err != nil {
		return float64(x)
	}
	return y
}

// Digest is the SHA-256 of a file of weights, or of weights in the cache.
func Digest(ctx context.Context, path string) (string, error) {
	f, err := download.Open(path, download.Reading{})
	if err != nil {
		return "", err
	}
	sum, err := f.Digest(ctx)
	return sum, errors.Join(err, f.Close())
}
