package heads

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"fc7/datasets"
	"fc7/extract"
	"fc7/extract/picture"
	"fc7/heads/metrics"
	"fc7/heads/svm"
	"fc7/pipeline/conveyor"
)

// explain tells where the scores of an item come from, and its descriptors, of all scales of all parts. The error is
// what is wrong with the image or, as a *conveyor.MachineError, with the machine, or the context's.
func (e *explainer) explain(ctx context.Context, r *conveyor.Reader, it *datasets.Item, a Ask) (_ *Evidence, descriptors [][]float32, err error) {
	whole := *it
	whole.Box = nil
	out := &Evidence{Image: it.ID, Object: it.Object, Logistic: e.h.Settings.Loss == svm.Logistic}
	err = r.Use(ctx, &whole, func(im *picture.Image) error {
		w := &explaining{explainer: e, ctx: ctx, ask: a, labels: it.Labels(), out: out}
		defer w.release()
		if err := w.views(im, it); err != nil {
			return err
		}
		if err := w.look(); err != nil {
			return err
		}
		if err := w.positions(); err != nil {
			return err
		}
		descriptors = w.d
		out.Width, out.Height = im.W, im.H
		return out.photograph(im, a.Side)
	})
	if err != nil {
		return nil, nil, err
	}
	return out, descriptors, nil
}

// explaining is the work on one image.
type explaining struct {
	*explainer
	ctx    context.Context
	ask    Ask
	labels []string // of the item
	out    *Evidence
	all    []*extract.Views // of each part
	frames []Rect           // of the image that it is made of
	seen   [][]extract.Seen // by each part's net
	d      [][]float32      // descriptors of all scales of all parts
	rows   []int            // classes of the head that are asked for
	// weights are what each value weighs: [class asked for][scale of all parts][channel].
	weights [][][]float64
}

func (w *explaining) release() {
	for _, v := range w.all {
		v.Release()
	}
}

// views makes what each part's net sees of an image.
func (w *explaining) views(im *picture.Image, it *datasets.Item) error {
	for _, p := range w.parts {
		from, x, y := im, 0, 0
		switch {
		case p.region == RegionImage || it.Box == nil && p.region != RegionBox:
		case it.Box == nil:
			return errors.New(noBox)
		default:
			var err error
			if from, err = conveyor.Boxed(im, it.Box); err != nil {
				return err
			}
			at := it.Box.Pixels(im.W, im.H)
			x, y = max(0, at.Min.X), max(0, at.Min.Y)
		}
		v, err := p.d.First().Prepare(from)
		if err != nil {
			return err
		}
		w.all, w.frames = append(w.all, v), append(w.frames, Rect{float64(x), float64(y), float64(x + from.W), float64(y + from.H)})
	}
	return nil
}

// look sends the views through the nets, and keeps the maps: what their values weigh depends on the whole descriptor.
func (w *explaining) look() error {
	w.seen = make([][]extract.Seen, len(w.parts))
	for i, p := range w.parts {
		columns, err := p.d.First().DescribeMaps(w.ctx, w.all[i], func(s extract.Seen) error {
			s.Map.Data = slices.Clone(s.Map.Data)
			w.seen[i] = append(w.seen[i], s)
			return nil
		})
		if err != nil {
			return err
		}
		w.d = append(w.d, columns...)
	}
	return nil
}

// positions fills in the evidence.
func (w *explaining) positions() error {
	if err := w.choose(w.d); err != nil {
		return err
	}
	for i, p := range w.parts {
		first := len(w.out.Scales)
		w.begin(i)
		for _, s := range w.seen[i] {
			w.add(p, first+s.Scale, s)
		}
	}
	return w.sum()
}

// choose finds the classes that are asked for, and what values weigh in their scores.
func (w *explaining) choose(d [][]float32) error {
	scores, err := w.h.Scores(d)
	if err != nil {
		return err
	}
	w.rows = metrics.Top(scores, w.ask.Top)
	for k, class := range w.h.Classes {
		if w.ask.Labels && slices.Contains(w.labels, class) && !slices.Contains(w.rows, k) {
			w.rows = append(w.rows, k)
		}
	}
	for _, k := range w.rows {
		values, err := w.h.ValueWeights(d, k)
		if err != nil {
			return err
		}
		w.weights = append(w.weights, values)
		c := ClassEvidence{Class: w.h.Classes[k], Score: scores[k], Bias: w.h.Bias[k], scale: 1}
		for s, v := range d {
			for i, x := range v {
				c.scale += math.Abs(values[s][i] * float64(x))
			}
		}
		w.out.Classes = append(w.out.Classes, c)
	}
	return nil
}

// begin adds the scales of part i, of which nothing is known yet.
func (w *explaining) begin(i int) {
	p := w.parts[i]
	for _, q := range w.h.recipes()[i].Scales {
		w.out.Scales = append(w.out.Scales, EvidenceScale{
			Part: i + 1, Net: p.table.Identity.Net, Layer: p.table.Layer, Scale: q, Stride: p.stride, Receptive: p.receptive,
			Frame: w.frames[i],
		})
		for k := range w.out.Classes {
			c := &w.out.Classes[k]
			c.Sums, c.Values = append(c.Sums, 0), append(c.Values, nil)
		}
	}
}

// add adds the positions of one picture's map.
func (w *explaining) add(p *explained, scale int, s extract.Seen) {
	e := &w.out.Scales[scale]
	for y := range s.Map.H {
		for x := range s.Map.W {
			e.Positions = append(e.Positions, Position{p.window(s, x, y).on(e.Frame, s.W, s.H), s.Mirrored})
		}
	}
	for k := range w.rows {
		c := &w.out.Classes[k]
		values := positionValues(s.Map.Data, w.weights[k][scale], p.table.Identity.Pooling == extract.PoolMax.String())
		for i := range values {
			values[i] /= float64(s.Pictures)
		}
		c.Values[scale] = append(c.Values[scale], values...)
	}
}

// sum adds up positions and scales, and makes sure that they are the scores.
func (w *explaining) sum() error {
	for k := range w.out.Classes {
		c := &w.out.Classes[k]
		total := c.Bias
		for s, values := range c.Values {
			for _, v := range values {
				c.Sums[s] += v
			}
			total += c.Sums[s]
		}
		if gap := math.Abs(total - c.Score); !(gap <= evidenceGap*c.scale) {
			return fmt.Errorf("class %s: the score is %v, but its evidence adds up to %v: this is a fault of fc7", c.Class, c.Score, total)
		}
	}
	return nil
}

// evidenceGap is how far a score may be from its sum, which is of values before they were rounded to float32 for the
// descriptor, as a part of all values' amounts.
const evidenceGap = 1e-6
