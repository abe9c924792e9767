package report

import (
	"fmt"
	"html/template"
	"math"
	"slices"
	"strconv"
)

// newCostView draws the score against C, a line a split.
func newCostView(costs []CostCurve) (*plotView, error) {
	costs = slices.DeleteFunc(slices.Clone(costs), func(c CostCurve) bool { return len(c.C) == 0 })
	if len(costs) == 0 {
		return nil, nil
	}
	v := &plotView{Head: []string{"C"}}
	ch := chart{w: 340, h: 200}
	var grid []float64
	low, high := 1.0, 0.0
	for i, c := range costs {
		if len(c.C) != len(c.Score) {
			return nil, fmt.Errorf("%d values of C for %d scores", len(c.C), len(c.Score))
		}
		for k, s := range c.Score {
			if err := checkShare(s); err != nil {
				return nil, err
			}
			if !(c.C[k] > 0 && c.C[k] <= math.MaxFloat64) {
				return nil, fmt.Errorf("a C of %g, expected more than 0", c.C[k])
			}
			if !math.IsNaN(s) {
				low, high = min(low, s), max(high, s)
			}
		}
		grid = append(grid, c.C...)
		ch.lines = append(ch.lines, line{name: c.Name, x: c.C, y: c.Score, series: i, points: true, mark: slices.Index(c.C, c.Chosen) + 1})
		head := c.Measure + ", %"
		if c.Name != "" {
			head = c.Name + ", %"
		}
		v.Head = append(v.Head, head)
	}
	slices.Sort(grid)
	grid = slices.Compact(grid)
	ch.x = axis{label: "C", min: grid[0], max: grid[len(grid)-1], log: true}
	if len(grid) == 1 {
		ch.x.min, ch.x.max = grid[0]/2, grid[0]*2
	}
	for _, g := range grid {
		ch.x.ticks = append(ch.x.ticks, tick{g, strconv.FormatFloat(g, 'g', 3, 64)})
		row := []string{strconv.FormatFloat(g, 'g', -1, 64)}
		for _, c := range costs {
			cell := "–"
			if k := slices.Index(c.C, g); k >= 0 {
				if cell = percent(c.Score[k]); c.Chosen == g {
					cell += " (chosen)"
				}
			}
			row = append(row, cell)
		}
		v.Rows = append(v.Rows, row)
	}
	first, what := costs[0], "The ring is the C that was chosen."
	if all, ok := meanOfCosts(costs); ok {
		ch.lines, what = []line{all}, fmt.Sprintf("The line is the mean of the %d splits, the band reaches from the lowest of them to the highest; the table has the C that each chose.", len(costs))
	}
	ch.y, v.Keys = shareAxis(low, high), ch.keys()
	v.Caption = fmt.Sprintf("%s in percent, measured on %s; no test image has a part in it. %s", upperFirst(first.Measure), first.On, what)
	v.Figure = ch.svg(fmt.Sprintf("%s against C: from %s to %s %%; chosen C = %g", first.Measure, percent(low), percent(high), first.Chosen))
	return v, nil
}

// meanOfCosts is the mean of more curves than lines can be told apart, of the same values of C.
func meanOfCosts(costs []CostCurve) (line, bool) {
	if len(costs) <= len(series) {
		return line{}, false
	}
	n := len(costs[0].C)
	l := line{points: true, x: costs[0].C, y: make([]float64, n), low: slices.Repeat([]float64{1}, n), high: make([]float64, n)}
	for _, c := range costs {
		if !slices.Equal(c.C, l.x) || slices.ContainsFunc(c.Score, math.IsNaN) {
			return line{}, false
		}
		for k, s := range c.Score {
			l.y[k] += s / float64(len(costs))
			l.low[k], l.high[k] = min(l.low[k], s), max(l.high[k], s)
		}
	}
	return l, true
}

// shareAxis spans the values with a few ticks at whole or half percents or tens.
func shareAxis(low, high float64) axis {
	if low > high {
		return axis{max: 1, ticks: shares(4)}
	}
	step := 0.005
	for _, s := range []float64{0.01, 0.02, 0.05, 0.1, 0.2, 0.25} {
		if (high-low)/step > 4 {
			step = s
		}
	}
	a := axis{min: math.Floor(low/step) * step, max: math.Ceil(high/step) * step}
	if a.max-a.min < step/2 {
		a.max = a.min + step
	}
	for i := 0; a.min+float64(i)*step <= a.max+step/2; i++ {
		x := a.min + float64(i)*step
		a.ticks = append(a.ticks, tick{x, strconv.FormatFloat(math.Round(1000*x)/10, 'f', -1, 64)})
	}
	return a
}

type trainingView struct {
	Loss, Error template.HTML
	Measure     string // that Error shows
	LossKeys    []keyView
	ErrorKeys   []keyView
	Head        []string
	Rows        [][]string
}

// newTrainingView draws loss and validation measures against epochs.
func newTrainingView(epochs []Epoch) (*trainingView, error) {
	if len(epochs) == 0 {
		return nil, nil
	}
	m := measuresOf(epochs[0])
	v := &trainingView{Head: append([]string{"epoch", "stage", "loss", "validation loss"}, m.heads...)}
	v.Head = append(v.Head, "rate")
	loss := []line{{name: "training"}, {name: "validation", series: 1}}
	var shares []line
	for k, name := range m.names {
		shares = append(shares, line{name: name, series: k})
	}
	top, worst := 0.0, 0.0
	for i, e := range epochs {
		values, n := m.of(e), strconv.Itoa(i+1)
		if e.Best {
			n += " (best so far)"
		}
		row := []string{n, e.Stage, four(e.Loss), four(e.ValLoss)}
		for k, y := range values {
			if err := checkShare(y); err != nil {
				return nil, err
			}
			shares[k].put(i, y, &worst)
			row = append(row, percent(y))
		}
		for k, y := range []float64{e.Loss, e.ValLoss} {
			loss[k].put(i, y, &top)
		}
		v.Rows = append(v.Rows, append(row, strconv.FormatFloat(e.Rate, 'g', 3, 64)))
	}
	x := axis{label: "epoch", min: 1, max: float64(len(epochs)), ticks: rounds(1, float64(len(epochs)), 1)}
	if len(epochs) == 1 {
		for _, lines := range [][]line{loss, shares} {
			for k := range lines {
				lines[k].points = true
			}
		}
		x.min, x.max = 0, 2
	}
	v.LossKeys, v.ErrorKeys = chart{lines: loss}.keys(), chart{lines: shares}.keys()
	first, last := epochs[0], epochs[len(epochs)-1]
	y := axis{max: max(top*1.05, 1e-6)}
	y.ticks = rounds(0, y.max, 0)
	text := fmt.Sprintf("Loss over %d epochs: training from %s to %s", len(epochs), four(first.Loss), four(last.Loss))
	validated := slices.ContainsFunc(epochs, func(e Epoch) bool { return !math.IsNaN(e.ValLoss) })
	if validated {
		text += ", validation to " + four(last.ValLoss)
	}
	v.Loss = chart{w: 340, h: 200, x: x, y: y, lines: loss}.svg(text)
	if !validated {
		v.LossKeys, v.ErrorKeys = nil, nil
		return v, nil
	}
	v.Measure = "Validation " + m.what
	v.Error = chart{w: 340, h: 200, x: x, y: shareAxis(0, worst), lines: shares}.svg(
		fmt.Sprintf("Validation %s over %d epochs: %s from %s to %s %%", m.what, len(epochs), m.names[0], percent(m.of(first)[0]), percent(m.of(last)[0])))
	return v, nil
}

// put adds the y of epoch i, from 0, and keeps the largest.
func (l *line) put(i int, y float64, largest *float64) {
	l.x, l.y = append(l.x, float64(i+1)), append(l.y, y)
	if !math.IsNaN(y) && !math.IsInf(y, 0) {
		*largest = max(*largest, y)
	}
}

// measures are what the validation of a training is measured by.
type measures struct {
	what         string
	names, heads []string
	of           func(Epoch) []float64
}

func measuresOf(e Epoch) measures {
	if e.MultiLabel {
		return measures{"mean AP", []string{"mean AP"}, []string{"mean AP, %"}, func(e Epoch) []float64 { return []float64{e.MeanAP} }}
	}
	if e.Boxes {
		return measures{
			"boxes",
			[]string{"wrong boxes", "mean IoU"},
			[]string{"wrong boxes, %", "mean IoU, %"},
			func(e Epoch) []float64 { return []float64{e.Top1, e.MeanIoU} },
		}
	}
	return measures{
		"error",
		[]string{"top-1", "top-5"},
		[]string{"top-1 error, %", "top-5 error, %"},
		func(e Epoch) []float64 { return []float64{e.Top1, e.Top5} },
	}
}

func four(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}

func upperFirst(s string) string {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	return string(s[0]-'a'+'A') + s[1:]
}
