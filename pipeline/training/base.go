package training

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"fc7/pipeline/download"
	"fc7/vgg"
	"fc7/vgg/train"
	"fc7/vgg/weights"
)

// base is what is fine-tuned.
type base struct {
	path, sha string
	file      *weights.File
	params    *vgg.Parameters // of the file
	config    vgg.Config      // of the result
	fresh     []string        // layers that start anew
	job       TuneJob
	cached    int // views, for the message of an interruption
	caches    []interface{ Close() error }
}

func (b *base) close() error {
	var errs []error
	for _, c := range b.caches {
		errs = append(errs, c.Close())
	}
	return errors.Join(append(errs, b.file.Close())...)
}

// openBase opens the weights and decides which layers are new.
func openBase(ctx context.Context, j TuneJob, classes int) (_ *base, err error) {
	f, err := download.Open(j.Weights)
	if err != nil {
		return nil, err
	}
	b := &base{path: f.Path, file: f.File, job: j}
	defer func() {
		if err != nil {
			err = errors.Join(err, b.file.Close())
		}
	}()
	if b.sha, err = f.SHA256(); err != nil {
		return nil, err
	}
	if b.params, err = vgg.ParametersOf(ctx, b.file, j.Net); err != nil {
		return nil, err
	}
	return b, b.renew(classes)
}

// renew sets the net of the result: from the first new layer on its layers are new, the last one with as many outputs as
// there are classes.
func (b *base) renew(classes int) error {
	c, first, width := b.params.Config, b.job.New, b.job.Width
	if first == "" {
		if first = "fc8"; c.FC == 0 {
			first = "fc6"
		}
	}
	if first != "fc6" && (c.FC == 0 || width != 0) {
		return fmt.Errorf("%s: new layers from %s on, %s wide: fc6 and fc7 have one width, and it can be chosen, or must be where the weights have none, if fc6 is new too",
			b.path, first, orUsual(width))
	}
	if !slices.Contains([]string{"fc6", "fc7", "fc8"}, first) {
		return fmt.Errorf("new layers from %q on: expected fc6, fc7 or fc8", first)
	}
	name, _, _ := strings.Cut(c.Name, ":")
	switch {
	case width != 0:
		name += fmt.Sprintf(":fc%d", width)
	case c.FC > 0:
		name = c.Name
	}
	var err error
	if b.config, err = vgg.Lookup(name); err != nil {
		return err
	}
	b.config.Classes = classes
	for _, l := range b.config.Layers() {
		if l.Name == first || len(b.fresh) > 0 {
			b.fresh = append(b.fresh, l.Name)
		}
	}
	return nil
}

func orUsual(width int) string {
	if width == 0 {
		return "as usual"
	}
	return fmt.Sprint(width)
}

// beforeLast is the layer before the last one.
func (b *base) beforeLast() string {
	layers := b.config.Layers()
	return layers[len(layers)-2].Name
}

func (b *base) layer(name string) vgg.Layer {
	l, _ := b.config.Layer(name) // the layers of the net itself
	return l
}

// adapt sets the options of a stage's net.
func (b *base) adapt(o *train.Options, s Stage) { o.After, o.Freeze = s.Cached, s.Frozen }

// newLayersRate is the factor of the learning rate of new hidden layers: they start from random weights, the others from trained ones.
const newLayersRate = 10

// speed sets the learning rates of the new layers. That of the last one holds for inputs of norm 1, of which the curvature of
// either loss is at most 1: on inputs of mean square norm m its rate is divided by m, and its penalty multiplied with m, which
// is the training of the same layer on inputs divided by their root mean square norm, so that one rate serves every net.
func (b *base) speed(n *train.Net, rate, m float64) error {
	var f []train.Factor
	for _, l := range b.fresh[:len(b.fresh)-1] {
		f = append(f, train.Factor{Pattern: l, Rate: newLayersRate, Decay: 1})
	}
	return n.SetFactors(append(f, train.Factor{Pattern: b.fresh[len(b.fresh)-1], Rate: b.job.NewRate / (m * rate), Decay: m}))
}

// identify adds what a run of fine-tuning depends on besides a training's.
func (b *base) identify(id map[string]any) {
	delete(id, "freeze") // the stages tell it
	delete(id, "standard")
	id["weights_sha256"], id["preprocessing"], id["new"], id["new_rate"], id["views"] = b.sha, b.params.Preprocess, b.fresh, b.job.NewRate, b.views()
}

// views is how many there are of a training image; 0: its middle.
func (b *base) views() int { return max(0, b.job.Views) }

// start sets a net's parameters: those of the file, but for the new layers, then what was trained before. A new last layer
// starts at zero, so that the first loss is that of all classes alike.
func (b *base) start(n *train.Net, trained []train.Tensor) error {
	fresh := map[string]bool{}
	for _, l := range b.fresh {
		for _, p := range vgg.Schemes[0].Params(b.layer(l)) {
			fresh[p.Name] = true
		}
	}
	var set []train.Tensor
	params := n.Params()
	for i, p := range params {
		if t, ok := find(trained, p.Name); ok {
			set = append(set, t)
			continue
		}
		if fresh[p.Name] {
			if i >= len(params)-2 {
				clear(p.Data)
				set = append(set, p)
			}
			continue
		}
		s, err := b.source(p.Name)
		if err != nil {
			return err
		}
		if err := readSource(s, p.Data); err != nil {
			return err
		}
		set = append(set, p)
	}
	return n.SetParams(set)
}

// source is a tensor of the file.
func (b *base) source(name string) (weights.Source, error) {
	i := slices.IndexFunc(b.params.Tensors, func(s weights.Source) bool { return s.Name == name })
	if i < 0 {
		return weights.Source{}, fmt.Errorf("%s: has no tensor for %s", b.path, name)
	}
	return b.params.Tensors[i], nil
}

// readSource reads a whole tensor, in the pieces that its source wants.
func readSource(s weights.Source, dst []float32) error {
	const piece = 1 << 22
	for off := 0; off < len(dst); off += piece {
		if err := s.ReadAt(dst[off:min(len(dst), off+piece)], off); err != nil {
			return fmt.Errorf("reading %s: %w", s.Name, err)
		}
	}
	return nil
}

// whole are all tensors of the net: the trained ones, and the others from the file.
func (b *base) whole(c vgg.Config, trained []weights.Source) []weights.Source {
	var all []weights.Source
	for _, l := range c.Layers() {
		if !l.HasWeights() {
			continue
		}
		for _, p := range vgg.Schemes[0].Params(l) {
			if i := slices.IndexFunc(trained, func(s weights.Source) bool { return s.Name == p.Name }); i >= 0 {
				all = append(all, trained[i])
			} else if s, err := b.source(p.Name); err == nil {
				all = append(all, s)
			}
		}
	}
	return all
}
