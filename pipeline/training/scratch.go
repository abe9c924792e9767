package training

import (
	"context"
	"errors"
	"fmt"
	"math"

	"fc7/internal/usage"
	"fc7/pipeline/download"
	"fc7/vgg"
	"fc7/vgg/train"
	"fc7/vgg/weights"
)

// scratch trains a net from random weights, or from some of another net's (section 3.1 of the paper).
type scratch struct {
	job    Job
	from   *download.File  // whose layers the first stage starts from; nil: none
	params *vgg.Parameters // of it
	notes  []string        // of its preprocessing
}

// there refuses weights that cannot be opened, before a long list of images is read.
func there(name string, as download.Reading) error {
	f, err := download.Open(name, as)
	if err != nil {
		return err
	}
	return f.Close()
}

// newScratch opens the weights that the job starts from.
func newScratch(ctx context.Context, j Job) (s *scratch, err error) {
	s = &scratch{job: j}
	if j.From == "" {
		return s, nil
	}
	if s.from, err = download.Open(j.From, j.As); err != nil {
		return nil, err
	}
	if s.params, err = vgg.ParametersOf(ctx, s.from.File, ""); err == nil && j.Standard && !divides(s.params.Preprocess) {
		err = usage.Errorf("--standard divides colours by their deviation, and %s is of a net that expects them undivided: its layers would start from other inputs than theirs",
			s.from.Path)
	}
	if err == nil {
		s.notes, err = preprocessNotes(ctx, s.from)
	}
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// preprocessNotes are what is to be said of how images are prepared for a file of weights.
func preprocessNotes(ctx context.Context, f *download.File) ([]string, error) {
	e, err := vgg.ExpectedOf(ctx, f.File)
	return e.Notes(f.Path), err
}

// divides tells whether a preprocessing divides pixels of 0 to 255 by anything but 1.
func divides(p vgg.Preprocess) bool {
	return math.Abs(float64(p.Std[0])/p.Scale-1) > 0.1
}

// told is what is to be said of the weights that a run starts from.
func (s *scratch) told() []string {
	if s.from == nil {
		return nil
	}
	p := s.params.Preprocess
	return append(s.notes, fmt.Sprintf("images are prepared as %s expects, in all stages: (pixel times %.4g - %v) / %v", s.from.Path, p.Scale, p.Mean, p.Std))
}

func (s *scratch) identify(ctx context.Context, id *identity) (err error) {
	id.Freeze, id.Factors = s.job.Freeze, s.job.Factors
	if s.from != nil {
		id.Preprocessing, id.WeightsPrefix, id.Said, id.Unit = &s.params.Preprocess, s.from.Part, s.from.Otherwise, true
		id.FromSHA256, err = s.from.Digest(ctx)
		return err
	}
	id.Standard, id.Unit = &s.job.Standard, !s.job.Standard
	return nil
}

func (s *scratch) source() (weights string, tuned bool) { return s.job.From, false }

// inputs are pixels, as the weights that the run starts from expect them, or else normalised by the training images'
// own statistics.
func (s *scratch) inputs(ctx context.Context, r *runner) (err error) {
	if err := r.measureColours(ctx); err != nil {
		return err
	}
	if r.pre = r.p.Colours.preprocess(s.job.Standard); s.from != nil {
		r.pre = s.params.Preprocess
	}
	r.feed = r.images()
	r.meta, err = metadata(r.c, r.pre, r.split.classes, "trained by fc7 on "+r.set.Kind)
	return err
}

func (s *scratch) adapt(o *train.Options, r *runner) {
	o.Freeze, o.Spread = s.job.Freeze, r.p.Colours.spread(r.pre)
}

// start takes the parameters that fit by name of layer and shape: all of them from the same net, and otherwise the
// first convolutions and the fully connected layers, which is what the paper's deeper nets start from (section 3.1).
func (s *scratch) start(r *runner, trained []train.Tensor) (err error) {
	if trained == nil {
		if s.from == nil {
			return nil
		}
		if trained, err = s.tensors(); err != nil {
			return err
		}
	}
	taken, err := inherited(r.c, r.net.Params(), trained)
	if err != nil {
		return err
	}
	names := make([]string, len(taken))
	for i, t := range taken {
		names[i] = t.Name
	}
	r.note(fmt.Sprintf("stage %d starts from %d of %d tensors: %s", r.p.Stage+1, len(taken), len(r.net.Params()), list(names)))
	return r.net.SetParams(taken)
}

// tensors are those of the weights to start from.
func (s *scratch) tensors() ([]train.Tensor, error) {
	ts := make([]train.Tensor, len(s.params.Tensors))
	for i, from := range s.params.Tensors {
		values, err := from.Values()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.from.Path, err)
		}
		ts[i] = train.Tensor{Name: from.Name, Shape: from.Shape, Data: values}
	}
	return ts, nil
}

func (s *scratch) rates(_ context.Context, r *runner) error { return r.net.SetFactors(s.job.Factors) }

func (s *scratch) whole(trained []weights.Source) ([]weights.Source, error) { return trained, nil }

func (s *scratch) cached() int { return 0 }

func (s *scratch) close() error {
	if s.from == nil {
		return nil
	}
	return s.from.Close()
}
