package evaluation

import (
	"slices"

	"fc7/extract"
	"fc7/internal/usage"
)

// Testing is how class posteriors of an image come about (arXiv 1409.1556, section 3.2): the class-score map is
// averaged over space, and the softmax of it over the image and its mirror, or over crops. Posteriors of several
// scales, views and nets are averaged.
type Testing struct {
	Scales []int              // smallest sides Q; empty: see DefaultScales
	Views  []extract.ViewMode // empty: dense
	NoFlip bool               // leave the mirror images out
}

// ParseViews reads the names of views for testing: those of extract.ParseViews, and both, the paper's dense and crops
// together.
func ParseViews(s string) ([]extract.ViewMode, error) {
	if s == "both" {
		return []extract.ViewMode{extract.ViewsDense, extract.ViewsCrops}, nil
	}
	v, err := extract.ParseViews(s)
	if err != nil {
		return nil, usage.Unknown("views", s, "dense", "crops", "both", "centre")
	}
	return []extract.ViewMode{v}, nil
}

// DefaultScales are the paper's for nets trained with scale jitter (table 4); the centre crop is torchvision's, of 256.
func DefaultScales(views []extract.ViewMode) []int {
	if slices.Contains(views, extract.ViewsCentre) {
		return []int{256}
	}
	return []int{256, 384, 512}
}

func (t Testing) resolved() Testing {
	if len(t.Views) == 0 {
		t.Views = []extract.ViewMode{extract.ViewsDense}
	}
	if len(t.Scales) == 0 {
		t.Scales = DefaultScales(t.Views)
	}
	return t
}

// Check tells what is wrong with it, whatever the nets.
func (t Testing) Check() error {
	t = t.resolved()
	for _, v := range t.Views {
		if err := t.describe(v).Check(); err != nil {
			return usage.Wrap(err)
		}
	}
	return nil
}

// describe are the options that make the posteriors of one kind of views, a column a scale.
func (t Testing) describe(v extract.ViewMode) extract.Options {
	return extract.Options{Scales: t.Scales, Layers: []string{extract.LayerProb}, Views: v, NoFlip: t.NoFlip}
}

// average adds posteriors to sum, which it makes where it is nil.
func average(sum []float64, parts [][]float32) []float64 {
	for _, p := range parts {
		if sum == nil {
			sum = make([]float64, len(p))
		}
		for k, v := range p {
			sum[k] += float64(v)
		}
	}
	return sum
}
