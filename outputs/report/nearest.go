package report

import (
	"fmt"
	"math"
	"slices"
	"strconv"
)

// newNearestView draws the first figure against the number of neighbours, and what heads have as a line across.
func newNearestView(n *Nearest) (*plotView, error) {
	if err := n.check(); err != nil {
		return nil, err
	}
	v := &plotView{Head: []string{"neighbours"}, Caption: upperFirst(n.Columns[0]) + " in percent against the number of neighbours. " + n.Note}
	for _, c := range n.Columns {
		v.Head = append(v.Head, c+", %")
	}
	near, heads := line{name: "nearest images", points: true}, line{name: "heads", series: 1}
	low, high := 1.0, 0.0
	see := func(y float64) {
		if !math.IsNaN(y) {
			low, high = min(low, y), max(high, y)
		}
	}
	points := slices.Clone(n.Points)
	slices.SortStableFunc(points, func(a, b NearestPoint) int { return a.K - b.K })
	for _, p := range points {
		near.x, near.y = append(near.x, float64(p.K)), append(near.y, p.Mean[0])
		heads.x, heads.y = append(heads.x, float64(p.K)), append(heads.y, n.Heads[0])
		see(p.Mean[0])
		row := []string{strconv.Itoa(p.K)}
		for i, mean := range p.Mean {
			row = append(row, spread(mean, p.Deviation[i]))
		}
		v.Rows = append(v.Rows, row)
	}
	see(n.Heads[0])
	last := []string{"heads"}
	for _, h := range n.Heads {
		last = append(last, percent(h))
	}
	v.Rows = append(v.Rows, last)
	if near.x[0] == near.x[len(near.x)-1] {
		return v, nil // the table says it
	}
	ch := chart{w: 340, h: 200, y: shareAxis(low, high), lines: []line{near, heads}}
	ch.x = axis{label: "neighbours", min: near.x[0], max: near.x[len(near.x)-1], log: true}
	for _, p := range points {
		ch.x.ticks = append(ch.x.ticks, tick{float64(p.K), strconv.Itoa(p.K)})
	}
	v.Keys = ch.keys()
	v.Figure = ch.svg(fmt.Sprintf("%s against the number of neighbours: from %s to %s %%; heads %s %%",
		n.Columns[0], percent(slices.Min(near.y)), percent(slices.Max(near.y)), percent(n.Heads[0])))
	return v, nil
}

func (n *Nearest) check() error {
	if len(n.Columns) == 0 || len(n.Points) == 0 || len(n.Heads) != len(n.Columns) {
		return fmt.Errorf("%d figures of %d points beside %d of heads, expected at least one", len(n.Columns), len(n.Points), len(n.Heads))
	}
	values := slices.Clone(n.Heads)
	for _, p := range n.Points {
		if p.K < 1 || len(p.Mean) != len(n.Columns) || len(p.Deviation) != len(n.Columns) {
			return fmt.Errorf("%d figures and %d deviations of %d neighbours, expected %d of at least one", len(p.Mean), len(p.Deviation), p.K, len(n.Columns))
		}
		values = append(values, p.Mean...)
	}
	for _, s := range values {
		if err := checkShare(s); err != nil {
			return err
		}
	}
	return nil
}

// spread is a share with its deviation, if it has one.
func spread(mean, deviation float64) string {
	if math.IsNaN(mean) || math.IsNaN(deviation) {
		return percent(mean)
	}
	return percent(mean) + " ± " + percent(deviation)
}
