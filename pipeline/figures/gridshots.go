package figures

import (
	"fmt"
	"slices"

	"fc7/heads/protocol"
	"fc7/internal/usage"
	"fc7/pipeline/heads"
)

// lowShot are the points of k images a class in the place of runs, one for each head of their curves: the divisions are
// the draws.
func (g *Grid) lowShot(found []gridRun, k int) (all []gridRun, _ error) {
	for _, one := range found {
		l := one.r.LowShot
		if l == nil {
			return nil, usage.Errorf("%s: has no low-shot curves: train the heads with fc7 svm --low-shot %d, or leave the run out", one.path, k)
		}
		i := slices.IndexFunc(l.Curves[0].Points, func(p protocol.LowShotPoint) bool { return p.Shots == k })
		if i < 0 {
			return nil, usage.Errorf("%s: the low-shot curves have no point of %d images a class: train the heads with fc7 svm --low-shot %[2]d, or leave the run out", one.path, k)
		}
		if u := l.Curves[0].Points[i].Images(); u.Least < k {
			g.Notes = append(g.Notes, fmt.Sprintf("%s: of %d images a class that were asked for classes have %v", one.path, k, u))
		}
		for _, c := range l.Curves { // which have the same points
			all = append(all, gridRun{one.name + ", " + c.Name(), one.path, pointAsResult(one.r, c.Points[i]), one.note})
			one.note = "" // once
		}
	}
	return all, nil
}

// pointAsResult is a result with the figures of a point, whose divisions are the draws.
func pointAsResult(r *heads.Result, p protocol.LowShotPoint) *heads.Result {
	of, one := *r.Result, *r
	of.Headline, of.Figures, of.Deviation, of.Splits = r.LowShot.Headline, p.Figures, p.Deviation, nil
	of.Trained = fmt.Sprintf("%d images a class", p.Shots)
	for _, d := range p.Draws {
		of.Splits = append(of.Splits, protocol.Split{Name: fmt.Sprintf("draw %d", d.Seed), Seed: d.Seed, Figures: d.Figures, Images: d.Images})
	}
	one.Result = &of
	return &one
}
