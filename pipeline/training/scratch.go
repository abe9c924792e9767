package training

import (
	"context"
	"fmt"

	"fc7/pipeline/download"
	"fc7/vgg/train"
	"fc7/vgg/weights"
)

// scratch trains a net from random weights, or from some of another net's (section 3.1 of the paper).
type scratch struct {
	job  Job
	from *download.File // whose layers the first stage starts from; nil: none
}

// newScratch opens the weights that the job starts from.
func newScratch(j Job) (*scratch, error) {
	s := &scratch{job: j}
	if j.From == "" {
		return s, nil
	}
	var err error
	s.from, err = download.Open(j.From)
	return s, err
}

func (s *scratch) identify(id *identity) (err error) {
	id.Freeze, id.Factors, id.Standard = s.job.Freeze, s.job.Factors, &s.job.Standard
	id.Unit = !s.job.Standard
	if s.from != nil {
		id.FromSHA256, err = s.from.SHA256()
	}
	return err
}

func (s *scratch) source() (weights string, tuned bool) { return s.job.From, false }

// inputs are pixels, normalised by the training images' own statistics.
func (s *scratch) inputs(ctx context.Context, r *runner) (err error) {
	if err := r.measureColours(ctx); err != nil {
		return err
	}
	r.pre = r.p.Colours.preprocess(s.job.Standard)
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
		if trained, err = tensorsOf(s.from.File, ""); err != nil {
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

func (s *scratch) rates(_ context.Context, r *runner) error { return r.net.SetFactors(s.job.Factors) }

func (s *scratch) whole(trained []weights.Source) ([]weights.Source, error) { return trained, nil }

func (s *scratch) cached() int { return 0 }

func (s *scratch) close() error {
	if s.from == nil {
		return nil
	}
	return s.from.Close()
}
