package training

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"fc7/datasets"
	"fc7/pipeline/download"
	"fc7/vgg"
	"fc7/vgg/train"
	"fc7/vgg/weights"
)

// TuneJob says what to fine-tune; the zero value of an option is its default. Of Job it takes DataSet, Choice, Decode, HeldOut,
// Batch (0: 64), Part, Dropout, Momentum, Decay, Init (of new hidden layers; the last one starts at zero), Seed, NoFlip,
// NoColour and all that says how and where to run.
type TuneJob struct {
	Job
	Weights string   // file, or name of fetched weights
	Net     string   // that the weights are expected to be of; empty: any
	Freeze  []string // see FreezeHelp; nil: all but the new layers
	New     string   // the first layer that starts anew; empty: the last, or fc6 where the weights end before it
	Width   int      // of new fc6 and fc7; 0: as they are, or as in the paper's net
	NewRate float64  // learning rate of the new last layer for inputs of norm 1; 0: 1. Other new layers have 10 times Rate.
	Loss    string   // "softmax" (one class an image), "sigmoid" (several labels), or empty: as the data set's labels are
	Views   int      // cached views of a training image; 0: 8, negative: its middle alone
	Cache   string   // folder of cached maps; empty: "views" in Out

	SMin, SMax int     // smallest side of an image, drawn from SMin to SMax for each view; 0: 256
	Epochs     int     // on cached maps; 0: 30
	Rate       float64 // 0: 1e-3
	Schedule   string  // empty: cosine

	Unfreeze         []string // patterns of layers or tensors that are trained, too, after that; nil: none
	UnfreezeEpochs   int      // 0: 5
	UnfreezeRate     float64  // 0: a tenth of Rate
	UnfreezeSchedule string   // empty: Schedule
}

// FreezeHelp explains what TuneJob.Freeze takes.
const FreezeHelp = "conv: all convolutions; a layer's name, as fc6 or pool4: all layers up to it; or a pattern, as conv[1-4]*: the layers or tensors that it names"

// FineTune trains new layers, and others that are not frozen, of the net of a weights file, or goes on doing so. Its result is
// the net with the lowest validation error.
func FineTune(ctx context.Context, j TuneJob, ev Events) (_ *Result, err error) {
	r, err := newTuner(ctx, j, ev)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.base.close()) }()
	return r.run(ctx)
}

// newTuner opens data set and weights and makes the job of them.
func newTuner(ctx context.Context, j TuneJob, ev Events) (_ *runner, err error) {
	r := &runner{ev: ev}
	if r.set, err = datasets.Open(j.DataSet, j.Choice); err != nil {
		return nil, err
	}
	if j.HeldOut == 0 {
		j.HeldOut = 0.1
	}
	multi, why, err := severalLabels(r.set, j.Loss)
	if err != nil {
		return nil, err
	}
	divide := newSplit
	if multi {
		divide = newLabelSplit
	}
	if r.split, err = divide(r.set, j.HeldOut, j.Seed); err != nil {
		return nil, err
	}
	if why != "" {
		r.split.notes = append(r.split.notes, why)
	}
	if r.base, err = openBase(ctx, j, len(r.set.Classes)); err != nil {
		return nil, err
	}
	if r.j, err = j.job(r.base); err != nil {
		return nil, errors.Join(err, r.base.close())
	}
	return r, nil
}

// severalLabels tells whether a loss for several labels an image is wanted, and if nobody said so, why.
func severalLabels(set *datasets.Set, loss string) (multi bool, why string, err error) {
	switch loss {
	case train.Softmax.String(), "softmax":
		return false, "", nil
	case train.Sigmoid.String(), "sigmoid":
		return true, "", nil
	case "":
	default:
		return false, "", fmt.Errorf("loss %q: expected softmax, for one class an image, or sigmoid, for several labels", loss)
	}
	for _, it := range set.Items {
		if len(it.Labels) > 1 || len(it.Ignored) > 0 {
			return true, fmt.Sprintf("images have several labels (%s, for one): the loss is the sigmoid cross-entropy, the measure mean AP", it.ID), nil
		}
	}
	return false, "", nil
}

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

// job is the training: a stage on cached maps, and perhaps one on images with fewer layers frozen.
func (j TuneJob) job(b *base) (Job, error) {
	frozen, through, err := b.frozen(j.Freeze)
	if err != nil {
		return j.Job, err
	}
	if j.Batch == 0 {
		j.Batch = 64
	}
	if b.job.NewRate = orFloat(j.NewRate, 1); !(b.job.NewRate > 0) {
		return j.Job, fmt.Errorf("learning rate %v of the new layer: expected a positive number", j.NewRate)
	}
	if b.job.Views == 0 {
		b.job.Views = 8
	}
	first := Stage{
		Net: b.config.Name, SMin: j.SMin, SMax: j.SMax, Epochs: orInt(j.Epochs, 30), Rate: orFloat(j.Rate, 1e-3), Schedule: j.Schedule,
		Cached: through, Frozen: frozen,
	}
	if first.Schedule == "" {
		first.Schedule = "cosine"
	}
	j.Stages = []Stage{first}
	if len(j.Unfreeze) > 0 {
		second := first
		second.Epochs, second.Rate = orInt(j.UnfreezeEpochs, 5), orFloat(j.UnfreezeRate, first.Rate/10)
		if j.UnfreezeSchedule != "" {
			second.Schedule = j.UnfreezeSchedule
		}
		second.Cached = ""
		if second.Frozen, err = b.unfrozen(frozen, j.Unfreeze); err != nil {
			return j.Job, err
		}
		j.Stages = append(j.Stages, second)
	}
	return j.Job.complete()
}

func orInt(x, def int) int {
	if x == 0 {
		return def
	}
	return x
}

func orFloat(x, def float64) float64 {
	if x == 0 {
		return def
	}
	return x
}

// frozen are the names of the tensors that stay as they are in the first stage, and the last layer before which there are no others.
func (b *base) frozen(freeze []string) (tensors []string, through string, err error) {
	patterns, err := b.freezePatterns(freeze)
	if err != nil {
		return nil, "", err
	}
	if tensors, err = train.Named(b.config, patterns); err != nil {
		return nil, "", err
	}
	if through, err = train.FrozenThrough(b.config, patterns); err != nil {
		return nil, "", err
	}
	if through == "" {
		return nil, "", fmt.Errorf("%s leaves parameters of conv1_1 to train, so no layer's maps can be computed once: freeze the first layers too, or use fc7 train, whose --from starts from weights",
			strings.Join(freeze, " "))
	}
	for _, l := range b.fresh {
		if slices.ContainsFunc(vgg.Schemes[0].Params(b.layer(l)), func(p vgg.Param) bool { return slices.Contains(tensors, p.Name) }) {
			return nil, "", fmt.Errorf("%s is new and must be trained, but is frozen by %s", l, strings.Join(freeze, " "))
		}
	}
	return tensors, through, nil
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

// freezePatterns are patterns of layers and tensors for what FreezeHelp explains.
func (b *base) freezePatterns(freeze []string) ([]string, error) {
	layers := b.config.Layers()
	upTo := func(last int) (names []string) {
		for _, l := range layers[:last+1] {
			if l.HasWeights() {
				names = append(names, l.Name)
			}
		}
		return names
	}
	if len(freeze) == 0 {
		at := slices.IndexFunc(layers, func(l vgg.Layer) bool { return l.Name == b.fresh[0] })
		return upTo(at - 1), nil
	}
	var patterns []string
	for _, f := range freeze {
		at := slices.IndexFunc(layers, func(l vgg.Layer) bool { return l.Name == f })
		switch {
		case f == "conv":
			patterns = append(patterns, "conv*")
		case at >= 0:
			patterns = append(patterns, upTo(at)...)
		default:
			patterns = append(patterns, f)
		}
	}
	return patterns, nil
}

// unfrozen are the frozen tensors but for those that patterns name.
func (b *base) unfrozen(frozen, patterns []string) ([]string, error) {
	free, err := train.Named(b.config, patterns)
	if err != nil {
		return nil, err
	}
	var left []string
	for _, name := range frozen {
		if !slices.Contains(free, name) {
			left = append(left, name)
		}
	}
	if len(left) == len(frozen) {
		return nil, fmt.Errorf("%s unfreezes nothing that was frozen", strings.Join(patterns, " "))
	}
	return left, nil
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
	delete(id, "from")
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
