package heads

import (
	"fmt"

	"fc7/extract"
	"fc7/internal/usage"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/extraction"
)

// explainer tells where in an image a head's scores come from.
//
// A descriptor is a mean over the positions of a layer's map (or, of tables pooled by their maximum, a value of one
// position for each channel), over mirrored pictures and crops, and what joins scales and tables is linear once the
// image is given ([protocol.Head.ValueWeights]). So a linear head's score is exactly its bias and a sum over positions.
//
// It is for one goroutine at a time, whose images go through the nets on all its threads.
type explainer struct {
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

// newExplainer works with the nets of parts. It is to be closed.
func (h *Saved) newExplainer(parts []*headPart, threads int) (*explainer, error) {
	e := &explainer{h: h}
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
			e.close()
			return nil, err
		}
		e.parts = append(e.parts, one)
	}
	return e, nil
}

// close ends the nets' threads.
func (e *explainer) close() {
	for _, p := range e.parts {
		p.d.Close()
	}
}

// Ask says of which scores of an image evidence is wanted.
type Ask struct {
	Top    int  // classes of the highest scores, in their order
	Labels bool // and those that the image is labelled with
	Side   int  // longest side of Evidence.Photo in pixels; 0: none is wanted
}
