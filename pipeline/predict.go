package pipeline

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"fc7/datasets"
	"fc7/extract"
	"fc7/outputs"
	"fc7/vgg"
)

// PredictJob applies a trained head to images.
type PredictJob struct {
	Head    string   // folder or file
	Weights string   // those the head was trained with
	Inputs  []string // image files and data sets, KIND:PATH
	Decode  extract.DecodeOptions
	Threads int

	ImageTime time.Duration // for reading and decoding one image; 0: DefaultImageTime
}

// Prediction is the head's answer for one image.
type Prediction struct {
	Image  string             `json:"image"`
	Best   string             `json:"best,omitempty"` // the class of the highest score
	Scores map[string]float64 `json:"scores,omitempty"`
	Error  string             `json:"error,omitempty"` // why there is no answer
	Labels []string           `json:"labels,omitempty"`
}

// Predict makes the descriptor of each image exactly as that of the head's table was made,
// and tells each answer to tell, in the order of the inputs. Weights other than the
// head's are refused. It returns ErrSomeFailed if an image had no answer.
func Predict(ctx context.Context, j PredictJob, tell func(Prediction) error, ev Events) error {
	h, err := LoadHead(j.Head)
	if err != nil {
		return err
	}
	set, err := openInputs(j.Inputs, ev)
	if err != nil {
		return err
	}
	o, err := h.describeOptions()
	if err != nil {
		return fmt.Errorf("%s: %w", j.Head, err)
	}
	net, err := LoadNetFor(ctx, h.Identity.Net, j.Weights, o, j.Threads)
	if err != nil {
		return err
	}
	if err := h.agree(net, o, ev); err != nil {
		return fmt.Errorf("%s: %w", j.Head, err)
	}
	r := vgg.NewRunner(net.Model, j.Threads)
	defer r.Close()
	d, err := extract.NewDescriber(r, o)
	if err != nil {
		return err
	}
	c := newConveyor(set, d, conveyorOptions{decode: j.Decode, threads: j.Threads, imageTime: j.ImageTime}, ev)
	p := &predictor{h: h, tell: tell, ev: ev}
	all := make([]int, len(set.Items))
	for i := range all {
		all[i] = i
	}
	if err := c.run(ctx, all, p); err != nil {
		return err
	}
	if p.failed > 0 {
		return fmt.Errorf("%d of %d: %w", p.failed, len(all), ErrSomeFailed)
	}
	return nil
}

// describeOptions are those that the head's descriptors were made with, for the layer and scales it uses.
func (h *SavedHead) describeOptions() (extract.Options, error) {
	id := h.Identity
	id.Layers, id.Scales = []string{h.Layer}, h.Recipe.Scales
	return describeOptions(id)
}

// agree refuses a net or settings that would give other descriptors than the head knows.
func (h *SavedHead) agree(net *Net, o extract.Options, ev Events) error {
	now := net.identity(o)
	was := h.Identity
	was.Layers = []string{h.Layer}
	now.Scales, now.Dtype = was.Scales, was.Dtype // the head's own columns are asked for
	if was.Arithmetic != now.Arithmetic {
		ev.note(fmt.Sprintf("the head was trained on descriptors of %s, this machine computes %s: scores may differ in the fifth digit", was.Arithmetic, now.Arithmetic))
		now.Arithmetic = was.Arithmetic
	}
	if diff := was.DescriptorDifferences(now); len(diff) > 0 {
		return fmt.Errorf("the head was trained on other descriptors: %s", strings.Join(diff, "; "))
	}
	return nil
}

// openInputs joins image files and data sets into one set.
func openInputs(inputs []string, ev Events) (*datasets.Set, error) {
	kinds := datasets.Kinds()
	all := &datasets.Set{Kind: "inputs"}
	for _, in := range inputs {
		kind, _, ok := strings.Cut(in, ":")
		if !ok || !slices.ContainsFunc(kinds, func(k datasets.KindInfo) bool { return k.Name == kind }) {
			all.Items = append(all.Items, datasets.Item{ID: datasets.Escape(filepath.ToSlash(in)), At: datasets.Location{Path: in}})
			continue
		}
		s, err := datasets.Open(in, datasets.Options{})
		if err != nil {
			return nil, err
		}
		tellSet(s, ev)
		all.Items = append(all.Items, s.Items...)
	}
	return all, nil
}

// predictor is the consumer of a prediction.
type predictor struct {
	h      *SavedHead
	tell   func(Prediction) error
	ev     Events
	failed int
}

func (p *predictor) consume(ctx context.Context, rows <-chan numbered) error {
	for n := range rows {
		if ctx.Err() != nil {
			return nil
		}
		a := Prediction{Image: n.row.Image, Error: n.row.Error, Labels: n.row.Labels}
		if n.row.Status == outputs.StatusOK {
			if err := p.score(&a, n.row.Descriptors); err != nil {
				return err
			}
		} else {
			p.failed++
			p.ev.warn(n.row.Image, n.row.Error)
		}
		if err := p.tell(a); err != nil {
			return err
		}
	}
	return nil
}

func (p *predictor) score(a *Prediction, parts [][]float32) error {
	s, err := p.h.Scores(parts)
	if err != nil {
		return err
	}
	best := 0
	a.Scores = make(map[string]float64, len(s))
	for k, v := range s {
		a.Scores[p.h.Classes[k]] = v
		if v > s[best] {
			best = k
		}
	}
	a.Best = p.h.Classes[best]
	return nil
}
