package report

import (
	"image/color"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/font/liberation"
	"gonum.org/v1/plot/vg"
)

func TestCanvasTurnsTheAxisOver(t *testing.T) {
	c := newCanvas(100, 50)
	c.SetColor(ink("s1"))
	var p vg.Path
	p.Move(vg.Point{X: 10, Y: 10})
	p.Line(vg.Point{X: 20, Y: 50})
	c.SetLineDash([]vg.Length{2, 1.25}, 0)
	c.Stroke(p)
	if got, want := c.out.String(), `<path class="s1 l" stroke-width="1" stroke-dasharray="2 1.25" d="M10 40L20 0"/>`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestCanvasTransforms(t *testing.T) {
	c := newCanvas(100, 100)
	c.Push()
	c.Translate(vg.Point{X: 10, Y: 20})
	c.Rotate(math.Pi / 2)
	c.Scale(2, 3)
	if x, y := c.at(vg.Point{X: 5, Y: 1}); math.Abs(x-7) > 1e-9 || math.Abs(y-70) > 1e-9 { // (10,3) turned is (-3,10)
		t.Errorf("%v %v, want 7 and 70", x, y)
	}
	c.Pop()
	if x, y := c.at(vg.Point{X: 5, Y: 1}); x != 5 || y != 99 {
		t.Errorf("%v %v after Pop, want 5 and 99", x, y)
	}
}

func TestCanvasText(t *testing.T) {
	c := newCanvas(100, 100)
	c.SetColor(inkText)
	face := font.NewCache(liberation.Collection()).Lookup(font.Font{Typeface: "Liberation", Variant: "Sans"}, 10)
	c.Rotate(math.Pi / 2)
	c.FillString(face, vg.Point{X: 30, Y: -20}, `<a href="x">&'`)
	if got, want := c.out.String(), `<text class="label" x="20" y="70" font-size="10" transform="rotate(-90 20 70)">&lt;a href=&#34;x&#34;&gt;&amp;&#39;</text>`; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

// TestCanvasCircle: a full circle is two halves, and does not vanish.
func TestCanvasCircle(t *testing.T) {
	c := newCanvas(100, 100)
	c.SetColor(ink("mark"))
	var p vg.Path
	p.Arc(vg.Point{X: 50, Y: 50}, 10, 0, 2*math.Pi)
	p.Close()
	c.Fill(p)
	if got, want := c.out.String(), `<path class="mark f" d="M60 50A10 10 0 0 0 40 50A10 10 0 0 0 60 50Z"/>`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestCanvasDrawsNoForeignColour: what a plot did not give an ink stays away, so that no black lands on a dark page.
func TestCanvasDrawsNoForeignColour(t *testing.T) {
	c := newCanvas(10, 10)
	for _, col := range []color.Color{color.Black, nil, inkClear} {
		c.SetColor(col)
		c.Stroke(vg.Path{{Type: vg.MoveComp}})
		c.Fill(vg.Path{{Type: vg.MoveComp}})
	}
	c.SetColor(ink("s1"))
	c.SetLineWidth(0)
	c.Stroke(vg.Path{{Type: vg.MoveComp}})
	if c.out.Len() > 0 {
		t.Errorf("drawn: %s", &c.out)
	}
}

func TestNumber(t *testing.T) {
	for v, want := range map[float64]string{0: "0", -0.001: "0", 1.5: "1.5", 100: "100", 1.005: "1", -2.25: "-2.25", 0.126: "0.13"} {
		if got := number(v); got != want {
			t.Errorf("%v: %s, want %s", v, got, want)
		}
	}
}

// TestChartKeepsGaps: a point that is not known is a gap, not a line across it.
func TestChartKeepsGaps(t *testing.T) {
	nan := math.NaN()
	c := chart{w: 100, h: 80, x: axis{min: 0, max: 4}, y: axis{max: 1}, lines: []line{{x: []float64{0, 1, 2, 3, 4}, y: []float64{0, 1, nan, 1, 0}}}}
	svg, err := c.svg("two pieces")
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(svg), `class="s1 l"`); n != 2 {
		t.Errorf("%d pieces of a line, want 2: %s", n, svg)
	}
	for _, word := range []string{`aria-label="two pieces"`, `viewBox="0 0 100 80"`, `class="axis l"`, `class="label"`} {
		if !strings.Contains(string(svg), word) {
			t.Errorf("no %s in %s", word, svg)
		}
	}
}

// TestHeatMapCells: every count is one cell of the ink of its share, in the row of its true class.
func TestHeatMapCells(t *testing.T) {
	m := heatMap{counts: [][]int{{10, 0, 0}, {1, 8, 1}, {0, 0, 0}}, total: []int{10, 10, 0}}
	svg := string(m.draw([]string{"a", "b", "c"}, "x"))
	for ink, cells := range map[string]int{"h7": 1, "h6": 1, "h2": 2, "h1": 0, "h3": 0} {
		_, rest, found := strings.Cut(svg, `<path class="`+ink+` f" d="`)
		path, _, _ := strings.Cut(rest, `"`)
		if n := strings.Count(path, "M"); found != (cells > 0) || cells > 0 && n != cells {
			t.Errorf("ink %s: %d cells, want %d", ink, n, cells)
		}
	}
}

func TestShareAxis(t *testing.T) {
	for _, c := range []struct {
		low, high, min, max float64
	}{{0.31, 0.34, 0.31, 0.34}, {0, 1, 0, 1}, {0.5, 0.5, 0.5, 0.505}, {0.12, 0.77, 0, 0.8}, {1, 0, 0, 1}} {
		a := shareAxis(c.low, c.high)
		if math.Abs(a.min-c.min) > 1e-9 || math.Abs(a.max-c.max) > 1e-9 || len(a.ticks) < 2 || len(a.ticks) > 7 {
			t.Errorf("%v to %v: axis %v to %v with %d ticks, want %v to %v", c.low, c.high, a.min, a.max, len(a.ticks), c.min, c.max)
		}
	}
}

var _ plot.Plotter = heatMap{}
