package heads

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"fc7/datasets"
	"fc7/extract/picture"
	"fc7/heads/metrics"
	"fc7/internal/escape"
	"fc7/internal/rowkey"
	"fc7/internal/usage"
	"fc7/outputs"
	"fc7/pipeline/backbone"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/inputs"
)

// PredictJob applies a trained head to images.
type PredictJob struct {
	Head        string            // folder or file
	Weights     string            // those the head was trained with
	AlsoWeights []string          // of a head of several nets: the others', in any order
	As          backbone.Readings // of Weights and AlsoWeights; what is not said is as the tables of the head have it
	Inputs      []string          // image files and data sets, KIND:PATH
	Only        []string          // rows of these, by name; nil: all
	Choice      datasets.Options  // of data sets; see inputs.Open
	Out         string            // Parquet file for the scores; empty: none
	Replace     bool              // a file that is there already
	Decode      picture.DecodeOptions
	Threads     int
	teams       int // of these threads; 0: what is best here

	ImageTime time.Duration // that the bytes of one image are waited for; 0: conveyor.DefaultImageTime

	Explain *ExplainJob // where scores come from; nil: it is not asked
}

// Prediction is the head's answer for one image, or one object of it.
type Prediction struct {
	Image         string             `json:"image"`
	Object        int                `json:"object,omitempty"` // 1-based; 0: the whole image
	Best          string             `json:"best,omitempty"`   // the class of the highest score
	Scores        map[string]float64 `json:"scores,omitempty"`
	Probabilities map[string]float64 `json:"probabilities,omitempty"` // of logistic heads of each class by itself, of softmax ones of all together
	Error         string             `json:"error,omitempty"`         // why there is no answer
	Labels        []string           `json:"labels,omitzero"`         // of the data set; empty: of none of its classes; nil: not known
}

// Predict makes the descriptor of each image exactly as that of the head's tables was made, and tells each answer to
// tell, in the order of the inputs. Weights other than the head's are refused. It returns conveyor.ErrSomeFailed if an
// image had no answer; the file of scores is then complete all the same.
func Predict(ctx context.Context, j PredictJob, tell func(Prediction) error, ev conveyor.Events) error {
	h, err := load(j.Head)
	if err != nil {
		return err
	}
	if j.Explain != nil {
		if err := h.explainable(); err != nil {
			return fmt.Errorf("%s: %w", j.Head, err)
		}
	}
	if err := backbone.Distinct(ctx, backbone.WantedAll(append([]string{j.Weights}, j.AlsoWeights...), j.As, ""), nil); err != nil {
		return err
	}
	o := j.Choice
	o.BoxContext = h.boxContext()
	set, err := inputs.Open(ctx, j.Inputs, o, ev)
	if err != nil {
		return err
	}
	if in, ok := set.Reads(j.Out); ok {
		return usage.Errorf("%s is read itself (%s): choose another name", j.Out, escape.Name(in))
	}
	h.dropImages(set, ev)
	j.dropOthers(set)
	if j.Out == "" {
		return h.predictAll(ctx, j, set, tell, ev)
	}
	none := slices.ContainsFunc(set.Items, func(it datasets.Item) bool { return it.None })
	w, err := h.createScores(j, none)
	if err != nil {
		return err
	}
	err = h.predictAll(ctx, j, set, func(p Prediction) error {
		return errors.Join(w.write(p), tell(p))
	}, ev)
	if err != nil && !errors.Is(err, conveyor.ErrSomeFailed) {
		return errors.Join(err, w.Abort())
	}
	return errors.Join(err, w.Close())
}

func (h *Saved) predictAll(ctx context.Context, j PredictJob, set *datasets.Set, tell func(Prediction) error, ev conveyor.Events) error {
	parts, err := h.loadParts(ctx, j, ev)
	if err != nil {
		return err
	}
	defer closeParts(parts)
	p := &predictor{h: h, set: set, parts: parts, job: j, tell: tell, ev: ev}
	if err := p.run(ctx); err != nil {
		return err
	}
	p.tellRest()
	if p.failed > 0 {
		return fmt.Errorf("%d of %d: %w", p.failed, len(p.set.Items), conveyor.ErrSomeFailed)
	}
	return nil
}

// dropImages leaves the whole images of a set of objects out where the head scores objects.
func (h *Saved) dropImages(set *datasets.Set, ev conveyor.Events) {
	if !h.scoresObjects() || !slices.ContainsFunc(set.Items, func(it datasets.Item) bool { return it.Object > 0 }) {
		return
	}
	before := len(set.Items)
	set.Items = slices.DeleteFunc(set.Items, func(it datasets.Item) bool { return it.Object == 0 })
	if n := before - len(set.Items); n > 0 {
		ev.TellNote(fmt.Sprintf("the head scores objects: %d whole images are left out", n))
	}
}

// dropOthers leaves out the items that the job does not name.
func (j PredictJob) dropOthers(of *datasets.Set) {
	if j.Only == nil {
		return
	}
	named := set(j.Only)
	of.Items = slices.DeleteFunc(of.Items, func(it datasets.Item) bool { return !named[rowkey.Of(it.ID, it.Object)] })
}

func (h *Saved) scoresObjects() bool {
	return slices.ContainsFunc(h.tables, func(t Table) bool { return t.Region != RegionRow })
}

// boxContext is the factor that the boxes of the head's descriptors were enlarged by.
func (h *Saved) boxContext() float64 {
	for _, t := range h.tables {
		if t.Identity.BoxContext != 0 {
			return t.Identity.BoxContext
		}
	}
	return 0
}

// predictor applies a head, a chunk of items after the other.
type predictor struct {
	h      *Saved
	set    *datasets.Set
	parts  []*headPart
	job    PredictJob
	tell   func(Prediction) error
	ev     conveyor.Events
	told   int // items
	failed int
	shown  int // items whose evidence was told
}

// predictChunk is how many items go through one net before the next net has its turn; their descriptors wait in memory,
// a few MB.
const predictChunk = 128

func (p *predictor) run(ctx context.Context) error {
	first, err := p.explainFirst(ctx)
	if err != nil {
		return err
	}
	chunk := predictChunk
	if len(p.parts) == 1 {
		chunk = max(1, len(p.set.Items))
	}
	for ; first < len(p.set.Items); first += chunk {
		if err := p.some(ctx, first, min(first+chunk, len(p.set.Items))); err != nil {
			return err
		}
	}
	return nil
}

// some answers for some items, which are those that are told next.
func (p *predictor) some(ctx context.Context, first, last int) error {
	if len(p.parts) > 1 {
		return p.chunk(ctx, first, last)
	}
	part := *p.set
	part.Items = p.set.Items[first:last]
	return p.parts[0].run(ctx, &part, p.job, p.behind(first), p.one)
}

// behind are the events of items behind the first ones, which were told.
func (p *predictor) behind(first int) conveyor.Events {
	ev, failed := p.ev, p.failed
	if tell := p.ev.Progress; tell != nil && first > 0 {
		ev.Progress = func(s conveyor.Progress) {
			s.Total, s.Done, s.Earlier, s.Failed = len(p.set.Items), s.Done+first, s.Earlier+first, s.Failed+failed
			tell(s)
		}
	}
	return ev
}

// chunk sends some items through all nets, then scores them.
func (p *predictor) chunk(ctx context.Context, first, last int) error {
	rows := make([]outputs.Row, last-first)
	quiet := p.ev
	quiet.Progress = nil
	part := *p.set
	part.Items = p.set.Items[first:last]
	for n, hp := range p.parts {
		at := 0
		err := hp.run(ctx, &part, p.job, quiet, func(row outputs.Row) error {
			if to := &rows[at]; n == 0 || to.Status == outputs.StatusOK && row.Status != outputs.StatusOK {
				*to = row
			} else if to.Status == outputs.StatusOK {
				to.Descriptors = append(to.Descriptors, row.Descriptors...)
			}
			at++
			return nil
		})
		if err != nil {
			return err
		}
	}
	for _, row := range rows {
		if err := p.one(row); err != nil {
			return err
		}
	}
	p.ev.TellProgress(conveyor.Progress{Total: len(p.set.Items), Done: last, Failed: p.failed})
	return nil
}

// one scores a row with the descriptors of all parts and tells the answer.
func (p *predictor) one(row outputs.Row) error {
	a := Prediction{Image: row.Image, Object: row.Object, Error: row.Error, Labels: row.KnownLabels()}
	if row.Status == outputs.StatusOK {
		if err := p.h.predict(&a, row.Descriptors); err != nil {
			return err
		}
	} else {
		p.failed++
		p.ev.TellWarning(row.Image, row.Error)
	}
	p.told++
	return p.tell(a)
}

// predict fills in scores and probabilities, given the descriptors of all scales of all parts.
func (h *Saved) predict(a *Prediction, descriptors [][]float32) error {
	s, err := h.Scores(descriptors)
	if err != nil {
		return err
	}
	a.Best = h.Classes[max(0, metrics.Best(s))]
	a.Scores = make(map[string]float64, len(s))
	for k, v := range s {
		a.Scores[h.Classes[k]] = v
	}
	if probabilities := h.Probabilities(s); probabilities != nil {
		a.Probabilities = make(map[string]float64, len(s))
		for k, v := range probabilities {
			a.Probabilities[h.Classes[k]] = v
		}
	}
	return nil
}
