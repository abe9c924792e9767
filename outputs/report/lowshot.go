package report

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// newLowShotView draws the figure against images a class, a line a head.
func newLowShotView(l *LowShot) (*plotView, error) {
	v := &plotView{Caption: upperFirst(l.Measure) + " in percent. " + l.Note}
	if err := l.table(v); err != nil {
		return nil, err
	}
	first := l.Curves[0]
	x := make([]float64, len(first.Points))
	for i, p := range first.Points {
		x[i] = p.Images
	}
	if len(x) < 2 || slices.Min(x) == slices.Max(x) {
		return v, nil // the table says it
	}
	low, high, bands := 1.0, 0.0, false
	ch := chart{w: 340, h: 200}
	var told []string
	for k, c := range l.Curves {
		one := line{name: c.Head, points: true, series: k, x: x}
		for _, p := range c.Points {
			one.y = append(one.y, p.Mean)
			if !math.IsNaN(p.Mean) {
				low, high = min(low, p.Mean), max(high, p.Mean)
			}
		}
		if one.spread(c.Points) {
			low, high, bands = min(low, slices.Min(one.low)), max(high, slices.Max(one.high)), true
		}
		ch.lines = append(ch.lines, one)
		told = append(told, strings.TrimSpace(fmt.Sprintf("%s %s %% at %.4g, %s %% at %.4g", c.Head, percent(one.y[0]), x[0], percent(one.y[len(x)-1]), x[len(x)-1])))
	}
	if bands {
		v.Caption += " The bands are the deviation over them."
	}
	ch.y = shareAxis(low, high)
	ch.x = axis{label: "images a class", min: slices.Min(x), max: slices.Max(x), log: true}
	for _, at := range x {
		ch.x.ticks = append(ch.x.ticks, tick{at, strconv.FormatFloat(math.Round(10*at)/10, 'f', -1, 64)})
	}
	v.Keys = ch.keys()
	v.Figure = ch.svg(fmt.Sprintf("%s against images a class: %s", l.Measure, strings.Join(told, "; ")))
	return v, nil
}

// table writes the numbers: a line a number of images, a column a head.
func (l *LowShot) table(v *plotView) error {
	if len(l.Curves) == 0 {
		return fmt.Errorf("no head has a curve")
	}
	v.Head = []string{"images a class"}
	short := false
	for _, c := range l.Curves {
		head := l.Measure
		if len(l.Curves) > 1 {
			head = c.Head
		}
		v.Head = append(v.Head, head+", %")
		if len(c.Points) != len(l.Curves[0].Points) {
			return fmt.Errorf("%d points of %s, %d of %s", len(c.Points), c.Head, len(l.Curves[0].Points), l.Curves[0].Head)
		}
		for i, p := range c.Points {
			if err := checkShare(p.Mean); err != nil {
				return err
			}
			if p.Shots < 1 || !(p.Images > 0) {
				return fmt.Errorf("%g images a class of %d, expected more than 0", p.Images, p.Shots)
			}
			if i == len(v.Rows) {
				used := strconv.Itoa(p.Shots)
				if p.Used != used {
					used, short = fmt.Sprintf("%s (%s asked for)", p.Used, used), true
				}
				v.Rows = append(v.Rows, []string{used})
			}
			v.Rows[i] = append(v.Rows[i], spread(p.Mean, p.Deviation))
		}
	}
	if short {
		v.Caption += " Where classes have fewer images than were asked for, the point is at the mean of what they have."
	}
	return nil
}

// spread gives a line the band of its points' deviations, if all have one.
func (l *line) spread(points []LowShotPoint) bool {
	for _, p := range points {
		if math.IsNaN(p.Mean) || math.IsNaN(p.Deviation) {
			return false
		}
	}
	for _, p := range points {
		l.low, l.high = append(l.low, max(0, p.Mean-p.Deviation)), append(l.high, min(1, p.Mean+p.Deviation))
	}
	return true
}
