package heads

import (
	"context"
	"fmt"

	"fc7/extract"
	"fc7/internal/usage"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/extraction"
)

// Explainer tells where in an image a head's scores come from.
//
// A descriptor is a mean over the positions of a layer's map (or, of tables pooled by their maximum, a value of one
// position for each channel), over mirrored pictures and crops, and what joins scales and tables is linear once the
// image is given ([protocol.Head.ValueWeights]). So a linear head's score is exactly its bias and a sum over positions.
//
// It is for one goroutine at a time, whose images go through the nets on all its threads.
type Explainer struct {
	h     *Saved
	parts []*explained
}

// explained is a part of a head's descriptor.
type explained struct {
	*headPart
	table Table
	d     *extraction.Describers // one team

	receptive, stride int     // pixels at a scale; see vgg.Layer
	centre            float64 // of the first position
}

// OpenExplainer loads a head and its nets, of which the job says the same as for Predict; its inputs are of no account.
// Heads whose scores are no sum over positions are refused with the reason, before a net is loaded. It is to be closed.
func OpenExplainer(ctx context.Context, j PredictJob, ev conveyor.Events) (*Explainer, error) {
	h, err := load(j.Head)
	if err != nil {
		return nil, err
	}
	if err := h.explainable(); err != nil {
		return nil, fmt.Errorf("%s: %w", j.Head, err)
	}
	parts, err := h.loadParts(ctx, j, ev)
	if err != nil {
		return nil, err
	}
	defer closeParts(parts)
	return h.explainer(parts, j.Threads)
}

// explainable refuses a head whose scores are no sum over positions.
func (h *Saved) explainable() error {
	for _, t := range h.tables {
		if t.Layer == extract.LayerProb {
			return usage.Errorf("its descriptors are probabilities (layer %s): the softmax of a mean over positions is no sum over positions, so there is no evidence of its scores: take heads on %s",
				t.Layer, extract.DefaultLayer)
		}
		if _, err := extract.ParsePooling(t.Identity.Pooling); err != nil || t.Identity.Pooling == extract.PoolMap.String() {
			return fmt.Errorf("its descriptors are pooled by %q, of which it is not known how they are a sum over positions", t.Identity.Pooling)
		}
	}
	return nil
}

// explainer works with the nets of parts.
func (h *Saved) explainer(parts []*headPart, threads int) (*Explainer, error) {
	e := &Explainer{h: h}
	for i, p := range parts {
		one := &explained{headPart: p, table: h.tables[i]}
		o, err := one.table.describeOptions(h.recipes()[i])
		if err == nil {
			l, e := p.net.Config.Layer(one.table.Layer)
			one.receptive, one.stride, one.centre, err = l.Receptive, l.Stride, l.Centre, e
		}
		if err == nil {
			one.d, err = extraction.NewDescribers(p.net, o, extraction.Cores{Threads: threads, Teams: 1, Parts: len(parts)}, conveyor.Events{})
		}
		if err != nil {
			e.Close()
			return nil, err
		}
		e.parts = append(e.parts, one)
	}
	return e, nil
}

// Close ends the nets' threads.
func (e *Explainer) Close() {
	for _, p := range e.parts {
		p.d.Close()
	}
}

// Ask says of which scores of an image evidence is wanted.
type Ask struct {
	Top     int      // classes of the highest scores, in their order
	Classes []string // further ones
	Side    int      // longest side of Evidence.Photo in pixels; 0: none is wanted

	descriptors [][]float32 // of all scales of all parts, which then need not be made
}
