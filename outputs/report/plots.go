package report

import (
	"fmt"
	"html/template"
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// axis is one axis of a chart.
type axis struct {
	label    string // below the horizontal one; the vertical one's stands in the caption
	min, max float64
	log      bool
	ticks    []plot.Tick // nil: plain ones
}

// chart is a figure of lines.
type chart struct {
	w, h  vg.Length // units that the page scales to its width; text is 10 of them
	x, y  axis
	lines []line
	text  float64 // size of text; 0: 10
}

// line is one line of a chart.
type line struct {
	name   string
	x, y   []float64 // NaN in y: a gap
	series int       // from 0: ink and dash
	points bool
	mark   int // a point to mark, from 1; 0: none
}

// series are the inks and dashes of lines, told apart by both.
var series = []struct {
	ink  ink
	dash []vg.Length
}{{"s1", nil}, {"s2", []vg.Length{5, 3}}, {"s3", []vg.Length{1.5, 2.5}}, {"s4", []vg.Length{7, 2, 1.5, 2}}}

// svg draws the chart; label says in words what it shows.
func (c chart) svg(label string) (template.HTML, error) {
	p := newPlot(c.text)
	for _, a := range []struct {
		to   *plot.Axis
		from axis
	}{{&p.X, c.x}, {&p.Y, c.y}} {
		a.to.Min, a.to.Max, a.to.Label.Text = a.from.min, a.from.max, a.from.label
		if a.from.log {
			a.to.Scale = plot.LogScale{}
		}
		if a.from.ticks != nil {
			a.to.Tick.Marker = plot.ConstantTicks(a.from.ticks)
		} else {
			a.to.Tick.Marker = plainTicks{}
		}
	}
	grid := plotter.NewGrid()
	grid.Vertical.Color, grid.Horizontal.Color = inkClear, inkGrid
	grid.Horizontal.Width, grid.Vertical.Width = 0.75, 0.75
	p.Add(grid)
	for _, l := range c.lines {
		if err := l.add(p); err != nil {
			return "", fmt.Errorf("%s: %w", label, err)
		}
	}
	min, max := c.x, c.y // adding data widens the axes
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = min.min, min.max, max.min, max.max
	return render(p, c.w, c.h, label), nil
}

// add puts the line into a plot, cut where it has gaps.
func (l line) add(p *plot.Plot) error {
	s := series[l.series%len(series)]
	style := draw.LineStyle{Color: s.ink, Width: 1.6, Dashes: s.dash}
	var run plotter.XYs
	flush := func() error {
		if len(run) > 1 {
			one, err := plotter.NewLine(run)
			if err != nil {
				return err
			}
			one.LineStyle = style
			p.Add(one)
		}
		run = nil
		return nil
	}
	var all plotter.XYs
	for i := range l.x {
		if math.IsNaN(l.y[i]) || math.IsInf(l.y[i], 0) {
			if err := flush(); err != nil {
				return err
			}
			continue
		}
		run = append(run, plotter.XY{X: l.x[i], Y: l.y[i]})
		all = append(all, plotter.XY{X: l.x[i], Y: l.y[i]})
	}
	if err := flush(); err != nil {
		return err
	}
	if l.points && len(all) > 0 {
		if err := dots(p, all, draw.GlyphStyle{Color: s.ink, Radius: 2.2, Shape: draw.CircleGlyph{}}); err != nil {
			return err
		}
	}
	if i := l.mark - 1; i >= 0 && i < len(l.x) && !math.IsNaN(l.y[i]) {
		if err := dots(p, plotter.XYs{{X: l.x[i], Y: l.y[i]}}, draw.GlyphStyle{Color: inkMark, Radius: 4.5, Shape: draw.RingGlyph{}}); err != nil {
			return err
		}
	}
	return nil
}

func dots(p *plot.Plot, at plotter.XYs, style draw.GlyphStyle) error {
	s, err := plotter.NewScatter(at)
	if err != nil {
		return err
	}
	s.GlyphStyle = style
	p.Add(s)
	return nil
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
		out = append(out, keyView{string(s.ink), dashes(s.dash), l.name})
	}
	return out
}

// newPlot is a plot without frame and with all inks set.
func newPlot(size float64) *plot.Plot {
	if size == 0 {
		size = 10
	}
	p := plot.New()
	p.BackgroundColor = nil
	f := font.From(font.Font{Typeface: "Liberation", Variant: "Sans"}, vg.Length(size))
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.LineStyle = draw.LineStyle{Color: inkAxis, Width: 0.75}
		a.Tick.LineStyle = draw.LineStyle{Color: inkAxis, Width: 0.75}
		a.Tick.Length = 3
		a.Tick.Label.Font, a.Label.TextStyle.Font = f, f
		a.Tick.Label.Color, a.Label.TextStyle.Color = inkText, inkText
		a.Padding = 2
	}
	p.Y.LineStyle.Color, p.Y.Tick.LineStyle.Color, p.Y.Tick.Length = inkClear, inkClear, 0
	return p
}

// render draws a plot as an SVG element that takes the width of its place.
func render(p *plot.Plot, w, h vg.Length, label string) template.HTML {
	c := newCanvas(w, h)
	p.Draw(draw.NewCanvas(c, w, h))
	return template.HTML(fmt.Sprintf(`<svg class="plot" viewBox="0 0 %s %s" role="img" aria-label="%s">%s</svg>`,
		number(float64(w)), number(float64(h)), escape(label), c.out.String())) // our own elements; every text in them is escaped
}

// plainTicks are gonum's ticks with the shortest labels.
type plainTicks struct{}

func (plainTicks) Ticks(min, max float64) []plot.Tick {
	t := plot.DefaultTicks{}.Ticks(min, max)
	for i := range t {
		if t[i].Label != "" {
			t[i].Label = strconv.FormatFloat(t[i].Value, 'g', 4, 64)
		}
	}
	return t
}

// shares are ticks of 0 to 1 at each of n steps, labelled in percent.
func shares(n int) []plot.Tick {
	var t []plot.Tick
	for i := range n + 1 {
		v := float64(i) / float64(n)
		t = append(t, plot.Tick{Value: v, Label: strconv.Itoa(int(math.Round(100 * v)))})
	}
	return t
}
