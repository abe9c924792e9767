package report

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// frame is a figure of 100 by 100 with data from 0 to 10, as text of size 10 leaves it.
func frame(x, y axis) *figure { return newFigure(100, 100, 10, x, y) }

// TestFrameLeavesRoom: the axes' texts stand in the box, however long they are, and so does the first and last one
// below.
func TestFrameLeavesRoom(t *testing.T) {
	ticks := func(labels ...string) (t []tick) {
		for i, l := range labels {
			t = append(t, tick{float64(i), l})
		}
		return t
	}
	for _, c := range []struct {
		x, y                     axis
		left, top, right, bottom float64
	}{
		{axis{}, axis{}, 4, 5, 99.5, 83},
		{axis{label: "epoch"}, axis{ticks: ticks("0", "100")}, 23.2, 5, 99.5, 70},
		{axis{ticks: ticks("0.0001", "1000")}, axis{ticks: ticks("0")}, 18.8, 5, 87.2, 83},
		{axis{ticks: ticks("cat", "horse"), upright: true}, axis{ticks: ticks("horse", "馬馬馬馬")}, 44, 5, 99.5, 68},
	} {
		f := frame(c.x, c.y)
		for i, v := range []float64{f.left - c.left, f.top - c.top, f.right - c.right, f.bottom - c.bottom} {
			if math.Abs(v) > 1e-9 {
				t.Errorf("%+v %+v: side %d is off by %v", c.x, c.y, i, v)
			}
		}
	}
}

// TestAt: data run to the right and upwards, from side to side of the frame, by their logarithm where the axis says so.
func TestAt(t *testing.T) {
	f := frame(axis{min: 1, max: 100, log: true}, axis{min: -1, max: 3})
	for _, c := range []struct{ x, y, wantX, wantY float64 }{
		{1, -1, f.left, f.bottom}, {100, 3, f.right, f.top}, {10, 1, (f.left + f.right) / 2, (f.top + f.bottom) / 2}, {1, 0, f.left, f.bottom*0.75 + f.top*0.25},
	} {
		if p := f.at(c.x, c.y); math.Abs(p.x-c.wantX)+math.Abs(p.y-c.wantY) > 1e-9 {
			t.Errorf("%v, %v: at %v, want %v %v", c.x, c.y, p, c.wantX, c.wantY)
		}
	}
	if p := frame(axis{min: 7, max: 7, log: true}, axis{}).at(7, 0); p != (point{51.75, 44}) {
		t.Errorf("the only place of an axis is at %v, want the middle", p)
	}
}

func TestFigureElements(t *testing.T) {
	for want, draw := range map[string]func(*figure){
		`<path class="s1 l" stroke-width="1.6" stroke-dasharray="2 1.25" d="M1 2L3 4"/>`: func(f *figure) { f.path("s1", 1.6, "2 1.25", "M1 2L3 4") },
		`<path class="axis l" stroke-width="0.75" d="M1 2L3.25 4"/>`:                     func(f *figure) { f.line(inkAxis, point{1, 2}, point{3.25, 4}) },
		`<circle class="s2 f" cx="1" cy="2" r="2.2"/>`:                                   func(f *figure) { f.dot("s2", point{1, 2}, 2.2) },
		`<circle class="mark l" cx="1" cy="2" r="4.5"/>`:                                 func(f *figure) { f.ring(inkMark, point{1, 2}, 4.5) },
		`<text class="label" x="1" y="2" text-anchor="end">a</text>`:                     func(f *figure) { f.text(point{1, 2}, "end", false, "a") },
		`<text class="label" x="1" y="2" text-anchor="end" transform="rotate(-90 1 2)">&lt;a href=&#34;x&#34;&gt;&amp;&#39;</text>`: func(f *figure) {
			f.text(point{1, 2}, "end", true, `<a href="x">&'`)
		},
	} {
		f := frame(axis{}, axis{})
		if draw(f); f.out.String() != want {
			t.Errorf("%s\nwant %s", f.out.String(), want)
		}
	}
}

// TestTextsBelowDoNotTouch: of twenty-one values of C those are written that have room, from the left.
func TestTextsBelowDoNotTouch(t *testing.T) {
	x := axis{min: 1, max: 1 << 20, log: true}
	for i := range 21 {
		x.ticks = append(x.ticks, tick{float64(int(1) << i), strconv.Itoa(1 << i)})
	}
	f := newFigure(340, 200, 10, x, axis{})
	f.texts()
	end := math.Inf(-1)
	var written []string
	for _, m := range regexp.MustCompile(`x="([0-9.]+)"[^>]*>(\d+)<`).FindAllStringSubmatch(f.out.String(), -1) {
		at, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		if at-f.width(m[2])/2 < end || at+f.width(m[2])/2 > 340 {
			t.Errorf("%s at %v touches the text before, which ends at %v, or the side", m[2], at, end)
		}
		end = at + f.width(m[2])/2
		written = append(written, m[2])
	}
	if len(written) < 7 || written[0] != "1" {
		t.Errorf("written: %v", written)
	}
}

func TestRounds(t *testing.T) {
	for _, c := range []struct {
		low, high, least float64
		want             string
	}{
		{1, 1, 1, "1"},
		{1, 2, 1, "1 2"},
		{1, 74, 1, "20 40 60"},
		{0, 6.9, 0, "0 2 4 6"},
		{0, 0.31, 0, "0 0.1 0.2 0.3"},
		{0, 1e-6, 0, "0 2e-07 4e-07 6e-07 8e-07 1e-06"},
		{1, 1000, 1, "200 400 600 800 1000"},
		{1, 102, 1, "20 40 60 80 100"},
	} {
		var got []string
		for _, k := range rounds(c.low, c.high, c.least) {
			got = append(got, k.label)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%v to %v: %v, want %s", c.low, c.high, got, c.want)
		}
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
	c := chart{w: 100, h: 80, x: axis{min: 0, max: 4, ticks: rounds(0, 4, 1)}, y: axis{max: 1}, lines: []line{{x: []float64{0, 1, 2, 3, 4}, y: []float64{0, 1, nan, 1, 0}}}}
	svg := string(c.svg("two pieces"))
	_, rest, _ := strings.Cut(svg, `class="s1 l"`)
	_, d, _ := strings.Cut(rest, ` d="`)
	if d, _, _ = strings.Cut(d, `"`); strings.Count(d, "M") != 2 || strings.Count(d, "L") != 2 {
		t.Errorf("the line is %s, want two pieces of one segment", d)
	}
	for _, word := range []string{`aria-label="two pieces"`, `viewBox="0 0 100 80"`, `class="axis l"`, `class="label"`} {
		if !strings.Contains(svg, word) {
			t.Errorf("no %s in %s", word, svg)
		}
	}
}

// TestHeatMapCells: every count is one cell of the ink of its share, in the row of its true class.
func TestHeatMapCells(t *testing.T) {
	m := heatMap{counts: [][]int{{10, 0, 0}, {1, 8, 1}, {0, 0, 0}}, total: []int{10, 10, 0}}
	figure, _ := m.draw([]string{"a", "b", "c"}, "x")
	svg := string(figure)
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
