package training

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"

	"fc7/heads/finetune"
	"fc7/internal/usage"
	"fc7/pipeline/download"
	"fc7/pipeline/training/viewcache"
	"fc7/vgg"
	"fc7/vgg/train"
	"fc7/vgg/weights"
)

// tuning trains new layers on those of a weights file.
type tuning struct {
	job    TuneJob
	file   *download.File
	sha    string
	params *vgg.Parameters // of the file
	net    *finetune.Net

	notes  []string
	teams  int // of threads, which compute cached maps; 0: what is best here
	kept   int // views in the cache
	caches []*viewcache.Cache
}

// newTuning opens the weights and decides which layers are new.
func newTuning(ctx context.Context, j TuneJob, outputs int) (_ *tuning, err error) {
	t := &tuning{job: j}
	if t.file, err = download.Open(j.Weights, j.As); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, t.file.Close())
		}
	}()
	if t.sha, err = t.file.Digest(ctx); err != nil {
		return nil, err
	}
	// The tensors are read when weights are written, which goes on to its end.
	if t.params, err = vgg.ParametersOf(context.WithoutCancel(ctx), t.file.File, j.Net); err != nil {
		return nil, err
	}
	if t.notes, err = preprocessNotes(ctx, t.file); err != nil {
		return nil, err
	}
	if c := t.params.Config; j.Boxes != nil && !c.VGG() {
		return nil, usage.Errorf("%s holds %s: boxes are learnt by the nets of the paper alone", t.file.Path, c.Name)
	}
	t.net, err = finetune.New(t.file.Path, t.params, finetune.Options{First: j.New, Width: j.Width, Classes: outputs, Drawn: j.Boxes != nil})
	return t, err
}

func (t *tuning) identify(_ context.Context, id *identity) error {
	id.WeightsSHA256, id.WeightsPrefix, id.Preprocessing, id.New = t.sha, t.file.Part, &t.params.Preprocess, t.net.Fresh
	id.Said = t.file.Otherwise
	id.NewRate, id.Views = &t.job.NewRate, &t.job.Views
	id.Unit, id.Boxes = id.unit(), t.job.Boxes
	return nil
}

func (t *tuning) source() (weights string, tuned bool) { return t.job.Weights, true }

// inputs are the cached maps of views, or the views themselves; the preprocessing is that of the file.
func (t *tuning) inputs(ctx context.Context, r *runner) (err error) {
	if !t.job.NoColour || r.stage.Cached == "" {
		if err := r.measureColours(ctx); err != nil {
			return err
		}
	}
	r.pre = t.params.Preprocess
	origin := fmt.Sprintf("fine-tuned by fc7 on %s from %s", r.set.Kind, filepath.Base(t.file.Path))
	if r.meta, err = metadata(r.c, r.pre, r.split.classes, origin); err != nil {
		return err
	}
	r.meta[vgg.MetaSourceFile], r.meta[vgg.MetaSourceSHA256] = filepath.Base(t.file.Path), t.sha
	v := &viewer{r: r, t: t}
	if r.stage.Cached == "" {
		r.feed = v.seen()
		return nil
	}
	r.feed, err = v.cachedFeed(ctx)
	return err
}

func (t *tuning) adapt(o *train.Options, r *runner) {
	if o.After, o.Freeze = r.stage.Cached, r.stage.Frozen; o.After == "" {
		o.Spread = r.p.Colours.spread(r.pre)
	}
}

func (t *tuning) start(r *runner, trained []train.Tensor) error { return t.net.Start(r.net, trained) }

// rates are the new layers', that of the last one by the size of its inputs before the first step. What boxes are
// measured by is settled with them.
func (t *tuning) rates(ctx context.Context, r *runner) (err error) {
	if err := r.settleBoxes(ctx); err != nil {
		return err
	}
	if r.p.Square == 0 {
		if r.p.Square, err = t.meanSquare(ctx, r); err != nil {
			return err
		}
		if t.job.Boxes != nil {
			if err := t.net.Temper(r.net, r.p.Square); err != nil {
				return err
			}
		}
	}
	return t.net.SetRates(r.net, r.stage.Rate, t.job.NewRate, r.p.Square)
}

// meanSquare is the mean square norm of what the new last layer is given for the first training images, before
// training.
func (t *tuning) meanSquare(ctx context.Context, r *runner) (float64, error) {
	const enough = 256
	items := order(r.feed.train, r.j.Seed, r.p.Stage, 0)
	items = items[:min(enough, len(items))]
	one := make([]float32, r.feed.width)
	n, sum, before := 0, 0.0, t.net.BeforeLast()
	for _, i := range items {
		if err := r.feed.sample(ctx, one, i, 0); ends(ctx, err) {
			return 0, err
		} else if err != nil {
			r.failed([]failure{{i, err}})
			continue
		}
		n++
		x := one[:r.feed.width-r.split.tail()]
		if r.stage.Cached != before {
			var err error
			if x, err = r.net.Maps(x, before); err != nil {
				return 0, err
			}
		}
		for _, v := range x {
			sum += float64(v) * float64(v)
		}
	}
	if n == 0 {
		return 0, fmt.Errorf("none of %d training images could be read: %w", len(items), r.lastFailure())
	}
	if m := sum / float64(n); m > 0 && !math.IsInf(m, 0) {
		return m, nil
	}
	return 0, fmt.Errorf("%s of %s gives zeros alone, or numbers without bounds, for the training images: nothing can be learnt from them", before, t.file.Path)
}

func (t *tuning) whole(trained []weights.Source) ([]weights.Source, error) {
	return t.net.Whole(trained)
}

func (t *tuning) cached() int { return t.kept }

func (t *tuning) close() error {
	var errs []error
	for _, c := range t.caches {
		errs = append(errs, c.Close())
	}
	return errors.Join(append(errs, t.file.Close())...)
}

// frozen is what Net.Frozen tells of the job.
func (t *tuning) frozen() (tensors []string, through string, err error) {
	if b := t.job.Boxes; b != nil && b.Tune == TuneAll {
		return nil, "", nil
	}
	return t.net.Frozen(t.job.Freeze)
}

// stages is the training: a stage on cached maps, and perhaps one on images with fewer layers frozen.
func (t *tuning) stages() (Job, error) {
	j := t.job
	frozen, through, err := t.frozen()
	if err != nil {
		return j.Job, err
	}
	first := Stage{
		Net: t.net.Config.Name, SMin: j.SMin, SMax: j.SMax, Epochs: j.Epochs, Rate: j.Rate, Schedule: j.Schedule,
		Cached: through, Frozen: frozen,
	}
	if through == "" && j.Cache != "" {
		return j.Job, usage.Errorf("--view-cache would do nothing: conv1_1 is trained too, so no layer's maps can be computed once")
	}
	if through == "" {
		t.notes = append(t.notes, "conv1_1 is trained too, so no layer's maps can be computed once: each step computes the whole net on images")
	}
	j.Stages = []Stage{first}
	if len(j.Unfreeze) > 0 {
		second := j.second(first)
		if second.Frozen, err = t.net.Unfrozen(frozen, j.Unfreeze); err != nil {
			return j.Job, err
		}
		j.Stages = append(j.Stages, second)
	}
	if j.FreezeStatistics {
		if err := t.freezeStatistics(j.Stages); err != nil {
			return j.Job, err
		}
	}
	return j.Job.complete()
}

// freezeStatistics freezes the running statistics of all batch normalisations in stages.
func (t *tuning) freezeStatistics(stages []Stage) error {
	more := 0
	for i := range stages {
		s := &stages[i]
		s.Frozen = slices.Clone(s.Frozen)
		for _, name := range t.net.Statistics() {
			if !slices.Contains(s.Frozen, name) {
				s.Frozen = append(s.Frozen, name)
				more++
			}
		}
	}
	if more == 0 {
		return usage.Errorf("--freeze-statistics would do nothing: no batch normalisation of %s is trained", t.net.Config.Name)
	}
	return nil
}
