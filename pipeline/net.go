package pipeline

import (
	"context"
	"fmt"

	"fc7/extract"
	"fc7/internal/f32"
	"fc7/outputs"
	"fc7/vgg"
)

// Net is a model with the digest of the file it came from.
type Net struct {
	*vgg.Model
	SHA256  string // of the weights file
	Path    string
	Trained bool // false where the file says that its weights are random
}

// LoadNet opens a weights file and makes the model of it, up to the layer that is needed.
// name is the net that is expected; empty: whatever the file holds. path may also be the
// name of weights in the cache. The digest is computed while the weights are read.
func LoadNet(ctx context.Context, name, path, through string, threads int) (_ *Net, err error) {
	if err := f32.Check(); err != nil {
		return nil, err
	}
	f, err := openWeights(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	digest := make(chan error, 1)
	var sum string
	go func() {
		var err error
		sum, err = f.SHA256()
		digest <- err
	}()
	m, err := vgg.Load(f.File, vgg.LoadOptions{Net: name, Through: through, Threads: threads})
	if e := <-digest; err == nil {
		err = e
	}
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	return &Net{Model: m, SHA256: sum, Path: f.Path, Trained: f.Metadata[vgg.MetaOrigin] != vgg.OriginRandom}, nil
}

// identity is that of descriptors by this net and these options; what is stored of them,
// and of which inputs, is the caller's to add.
func (n *Net) identity(o extract.Options) outputs.Identity {
	p, x := n.Preprocess, o.Identity()
	id := outputs.Identity{
		Format: outputs.FormatVersion, Arithmetic: n.Arithmetic(), Net: n.Config.Name, WeightsSHA256: n.SHA256,
		Preprocessing: outputs.Preprocessing{Channels: p.Order, Scale: p.Scale},
		Layers:        []string{x.Layer}, Scales: x.Scales, Flip: x.Flip, Pooling: x.Pooling,
		Resize: fmt.Sprintf("%s/%d", x.Resize, x.PixelVersion),
	}
	for i := range 3 {
		id.Preprocessing.Mean[i], id.Preprocessing.Std[i] = shortest(p.Mean[i]), shortest(p.Std[i])
	}
	return id
}

// shortest is the float64 that prints as the float32 does: 0.485, not 0.48500001430511475.
func shortest(x float32) float64 {
	var y float64
	if _, err := fmt.Sscan(fmt.Sprint(x), &y); err != nil {
		return float64(x)
	}
	return y
}
