package protocol

import (
	"context"
	"fmt"
	"math"
	"slices"

	"fc7/heads/neighbours"
	"fc7/internal/usage"
)

// Probe is how well the nearest training images tell the class, without any training, by the figures of the protocol.
type Probe struct {
	Headline Measure      `json:"headline"`
	Points   []ProbePoint `json:"points"` // in the order asked for
	Notes    []string     `json:"notes,omitempty"`
}

// ProbePoint is the figures of k neighbours.
type ProbePoint struct {
	K         int     `json:"k"`
	Figures   Figures `json:"figures"`   // means over the splits
	Deviation Figures `json:"deviation"` // over the splits, n-1 in the denominator
}

// temperature of the votes.
const temperature = 0.07

// ProbeKs are the numbers of neighbours that are in use.
func ProbeKs() []int { return []int{10, 20, 100, 200} }

// Probe classifies the images to test of each division by their k nearest ones to train, for each of ks: the cosine of
// final descriptors tells who is near, each votes for its classes with weight exp(cos / 0.07), and the score of a class
// is its share of the weights (Wu et al. 2018, arXiv 1805.01978, section 3.4; as used in Caron et al. 2021, arXiv
// 2104.14294).
func (p Protocol) Probe(ctx context.Context, d Data, o Options, ks []int) (*Probe, error) {
	if k, twice := repeated(ks); twice {
		return nil, usage.Errorf("%d neighbours are given twice", k)
	}
	if len(ks) == 0 || slices.Min(ks) < 1 {
		return nil, usage.Errorf("a probe of %v neighbours; expected at least one", ks)
	}
	t, err := p.task(d, o)
	if err != nil {
		return nil, err
	}
	results := make([]Result, len(ks))
	for _, v := range t.divisions {
		if err := t.probe(ctx, v, ks, results); err != nil {
			return nil, fmt.Errorf("protocol: %s: %w", v.name, err)
		}
	}
	out := &Probe{Notes: t.probeNotes(ks)}
	for i, r := range results {
		r.sum()
		out.Points = append(out.Points, ProbePoint{ks[i], r.Figures, r.Deviation})
	}
	out.Headline = p.headline(out.Points[0].Figures)
	return out, nil
}

// probe adds a division's figures for each of ks to the results.
func (t *task) probe(ctx context.Context, v division, ks []int, results []Result) error {
	train, test := t.d.present(v.train), t.d.present(v.test)
	if len(train) == 0 || len(test) == 0 {
		return fmt.Errorf("%d images to train and %d to test have labels and descriptors", len(train), len(test))
	}
	x, err := neighbours.Unit(t.d.Subset(train).X)
	if err != nil {
		return err
	}
	q, err := neighbours.Unit(t.d.Subset(test).X)
	if err != nil {
		return err
	}
	near, err := neighbours.Among(ctx, q, x, neighbours.Options{K: slices.Max(ks), Threads: t.o.Threads})
	if err != nil {
		return err
	}
	for i, k := range ks {
		s := &Split{Seed: v.seed}
		if err := t.scoredBy(s, v.test, t.votes(near, k, train)); err != nil {
			return err
		}
		if err := t.figuresOf(s, v); err != nil {
			return err
		}
		results[i].Splits = append(results[i].Splits, *s)
	}
	return nil
}

// votes are the shares [K][N] of the classes in the votes of the k nearest of the rows that near names by their places.
func (t *task) votes(near *neighbours.Lists, k int, rows []int) [][]float64 {
	scores := make([][]float64, len(t.y))
	for c := range scores {
		scores[c] = make([]float64, near.Len())
	}
	for i := range near.Len() {
		places, squares := near.Of(i)
		all := 0.0
		for n := range min(k, len(places)) {
			w := math.Exp((1 - neighbours.CosineDistance(squares[n])) / temperature)
			all += w
			for c, y := range t.y {
				if y[rows[places[n]]] > 0 {
					scores[c][i] += w
				}
			}
		}
		for c := range scores {
			scores[c][i] /= all
		}
	}
	return scores
}

// probeNotes tell which k must go beyond the images of a class.
func (t *task) probeNotes(ks []int) (notes []string) {
	most, all := 0, 0
	for _, v := range t.divisions {
		all = max(all, len(t.d.present(v.train)))
		for _, y := range t.y {
			most = max(most, positives(y, t.d.present(v.train)))
		}
	}
	for _, k := range ks {
		switch {
		case k > all:
			notes = append(notes, fmt.Sprintf("probe of %d neighbours: there are %d images to train, which are all of them", k, all))
		case k > most:
			notes = append(notes, fmt.Sprintf("probe of %d neighbours: no class has more than %d images to train, so that others vote too", k, most))
		}
	}
	return notes
}
