package report

import (
	"cmp"
	"html/template"
	"math"
	"strconv"
	"strings"
)

// chart is a figure of lines.
type chart struct {
	w, h  float64 // units that the page scales to its width; text is 10 of them
	x, y  axis
	lines []line
	text  float64 // size of text; 0: 10
}

// line is one line of a chart.
type line struct {
	name   string
	x, y   []float64 // NaN in y: a gap
	low    []float64 // with high, a band about the line without gaps; nil: none
	high   []float64
	series int // from 0: ink and dash
	points bool
	mark   int // a point to mark, from 1; 0: none
}

// series are the inks and dashes of lines, told apart by both.
var series = []struct {
	ink  ink
	dash string
}{{"s1", ""}, {"s2", "5 3"}, {"s3", "1.5 2.5"}, {"s4", "7 2 1.5 2"}}

// bands are the inks of the bands of the series.
var bands = []ink{inkBand, "b2", "b3", "b4"}

// svg draws the chart; label says in words what it shows.
func (c chart) svg(label string) template.HTML {
	f := newFigure(c.w, c.h, cmp.Or(c.text, 10), c.x, c.y)
	f.texts()
	for _, t := range c.y.ticks {
		y := f.at(c.x.min, t.at).y
		f.line(inkGrid, point{f.left, y}, point{f.right, y})
	}
	f.line(inkAxis, point{f.left, f.bottom}, point{f.right, f.bottom})
	for _, t := range c.x.ticks {
		p := f.at(t.at, c.y.min)
		f.line(inkAxis, p, point{p.x, p.y + 3})
	}
	for _, l := range c.lines {
		l.draw(f)
	}
	return f.svg(label)
}

// draw puts the line into a figure, cut where it has gaps.
func (l line) draw(f *figure) {
	s := series[l.series%len(series)]
	l.band(f)
	known := func(i int) bool { return i >= 0 && i < len(l.y) && !math.IsNaN(l.y[i]) && !math.IsInf(l.y[i], 0) }
	var d strings.Builder
	for i := range l.y {
		if !known(i) {
			continue
		}
		op := "M"
		if known(i - 1) {
			op = "L"
		}
		d.WriteString(op + f.at(l.x[i], l.y[i]).String())
	}
	if d.Len() > 0 {
		f.path(s.ink, 1.6, s.dash, d.String())
	}
	for i := range l.y {
		if l.points && known(i) {
			f.dot(s.ink, f.at(l.x[i], l.y[i]), 2.2)
		}
	}
	if i := l.mark - 1; known(i) {
		f.ring(inkMark, f.at(l.x[i], l.y[i]), 4.5)
	}
}

// band fills what lies between low and high.
func (l line) band(f *figure) {
	if len(l.low) == 0 {
		return
	}
	if len(l.low) == 1 { // which has no area
		f.path(inkGrid, 5, "", "M"+f.at(l.x[0], l.low[0]).String()+"L"+f.at(l.x[0], l.high[0]).String())
		return
	}
	var d strings.Builder
	for i, y := range l.high {
		op := "L"
		if i == 0 {
			op = "M"
		}
		d.WriteString(op + f.at(l.x[i], y).String())
	}
	for i := len(l.low) - 1; i >= 0; i-- {
		d.WriteString("L" + f.at(l.x[i], l.low[i]).String())
	}
	f.area(bands[l.series%len(bands)], d.String()+"Z")
}

// keyView is a line's sample and name, which stand in the caption, where they hide nothing.
type keyView struct{ Class, Dash, Name string }

// keys are those of several lines; one line needs none.
func (c chart) keys() []keyView {
	if len(c.lines) < 2 {
		return nil
	}
	var out []keyView
	for _, l := range c.lines {
		s := series[l.series%len(series)]
		out = append(out, keyView{string(s.ink), s.dash, l.name})
	}
	return out
}

// shares are ticks of 0 to 1 at each of n steps, labelled in percent.
func shares(n int) []tick {
	var t []tick
	for i := range n + 1 {
		v := float64(i) / float64(n)
		t = append(t, tick{v, strconv.Itoa(int(math.Round(100 * v)))})
	}
	return t
}

// rounds are ticks at round numbers from low to high, at most seven and not closer than least.
func rounds(low, high, least float64) []tick {
	step := math.Pow(10, math.Floor(math.Log10((high-low)/6)))
	for _, s := range []float64{1, 2, 5, 10} {
		if (high-low)/(s*step) <= 6 {
			step *= s
			break
		}
	}
	step = max(step, least)
	var t []tick
	for i := math.Ceil(low / step); i*step <= high; i++ {
		t = append(t, tick{i * step, strconv.FormatFloat(i*step, 'g', 4, 64)})
	}
	return t
}
