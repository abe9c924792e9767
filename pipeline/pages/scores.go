package pages

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"fc7/heads/metrics"
	"fc7/heads/protocol"
	"fc7/internal/few"
	"fc7/outputs/report"
)

// addScores puts the scores of the heads into the page.
func (p *reporter) addScores() {
	h, r := p.heads, &p.page
	r.Notes = append(r.Notes, sentences(h.Notes)...)
	note := "on " + h.Scored
	if h.Seeded() {
		note = splitsNote(len(h.Splits))
	}
	for _, f := range h.Summary() {
		r.Summary = append(r.Summary, report.Figure{Name: protocol.MeasureOf(f.Name).Name, Value: plusMinus(f.Value, h.Deviation.Get(f.Name)), Note: note})
	}
	if value, _ := h.Figure(); value.Defined() { // without labels no column would have a figure
		r.Scores = scoreTable(h.Result)
	}
	r.Confusion = confusion(h.Result)
	if n := h.RowsLeftOut(); n > 0 {
		note := fmt.Sprintf("%d rows were left out of training and scoring", n)
		if len(h.Excluded) > 0 {
			note += ": " + few.Names(h.Excluded)
		}
		r.Notes = append(r.Notes, note+".")
	}
}

// scoreColumns are as many figures of a class as a table has room for.
const scoreColumns = 2

// scoreTable is a line a class, with its first figures and their means.
func scoreTable(h *protocol.Result) *report.ScoreTable {
	s := &report.ScoreTable{}
	var names, kinds []string
	for _, f := range h.Classes[0].Figures[:min(scoreColumns, len(h.Classes[0].Figures))] {
		m := protocol.MeasureOf(f.Name)
		names = append(names, f.Name)
		if !slices.Contains(kinds, m.Kind()) {
			kinds = append(kinds, m.Kind())
		}
		s.Columns, s.Mean = append(s.Columns, upper(m.Name)), append(s.Mean, float64(h.Figures.Get(protocol.MeanOf(f.Name))))
	}
	s.Title = "Scores by class"
	if len(kinds) == 1 {
		s.Title = upper(kinds[0]) + " by class"
	}
	for _, c := range h.Classes {
		row := report.ClassScores{Class: c.Name, Positives: c.Counts.Get("test")}
		for _, name := range names {
			row.Scores = append(row.Scores, float64(c.Figures.Get(name)))
		}
		s.Rows = append(s.Rows, row)
	}
	return s
}

func upper(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// confusion adds the matrices of the splits up; nil where there are none.
func confusion(h *protocol.Result) *report.Confusion {
	var of []*metrics.Confusion
	for _, s := range h.Splits {
		if s.Confusion != nil {
			of = append(of, s.Confusion)
		}
	}
	if len(of) == 0 {
		return nil
	}
	var names []string
	for _, c := range h.Classes {
		names = append(names, c.Name)
	}
	c := &report.Confusion{Classes: names, Missing: make([]int, len(names)), Note: "Test images of all splits together; an image that is in several counts each time."}
	if len(of) == 1 {
		c.Note = ""
	}
	for range names {
		c.Counts = append(c.Counts, make([]int, len(names)))
	}
	for _, m := range of {
		for t, row := range m.Counts {
			for q, n := range row {
				c.Counts[t][q] += n
			}
			c.Missing[t] += m.Missing[t]
		}
	}
	return c
}

// addChoice puts the curve of C into the page.
func (p *reporter) addChoice() {
	for _, s := range p.heads.Splits {
		c := s.Choice
		curve := report.CostCurve{Name: s.Name, Chosen: c.C, Measure: c.Measure, On: c.On}
		for _, point := range c.Curve {
			curve.C, curve.Score = append(curve.C, point.C), append(curve.Score, float64(point.Score))
		}
		p.page.Costs = append(p.page.Costs, curve)
	}
}

func (p *reporter) addLowShot() {
	l := p.heads.LowShot
	if l == nil || len(l.Curves) == 0 || len(l.Curves[0].Points) == 0 {
		return
	}
	out := &report.LowShot{Measure: l.Headline.Short(), Note: fmt.Sprintf("Mean over %s of the training images at random.", few.Count(l.Draws, "draw"))}
	for _, n := range l.Notes {
		if !slices.Contains(p.heads.Notes, n) {
			out.Note += " " + strings.Join(sentences([]string{n}), " ")
		}
	}
	for _, c := range l.Curves {
		curve := report.LowShotCurve{Head: c.Name()}
		for _, point := range c.Points {
			mean, deviation := l.Figure(point)
			curve.Points = append(curve.Points, report.LowShotPoint{Shots: point.Shots, Used: point.Images().String(), Images: point.Images().Mean, Mean: float64(mean), Deviation: float64(deviation)})
		}
		out.Curves = append(out.Curves, curve)
	}
	p.page.LowShot = out
}

// addNearest puts the figures of the nearest images beside those of the heads.
func (p *reporter) addNearest() {
	k := p.heads.KNN
	if k == nil {
		return
	}
	names := []string{k.Headline.Figure} // what counts is drawn
	for _, f := range p.heads.Summary() {
		if f.Name != k.Headline.Figure {
			names = append(names, f.Name)
		}
	}
	n := &report.Nearest{Note: "Each of the nearest training images votes for its classes, with weight exp(cos / 0.07), without any training; the splits are those of the heads."}
	for _, name := range names {
		n.Columns, n.Heads = append(n.Columns, protocol.MeasureOf(name).Name), append(n.Heads, float64(p.heads.Figures.Get(name)))
	}
	for _, point := range k.Points {
		one := report.NearestPoint{K: point.K}
		for _, name := range names {
			one.Mean, one.Deviation = append(one.Mean, float64(point.Figures.Get(name))), append(one.Deviation, float64(point.Deviation.Get(name)))
		}
		n.Points = append(n.Points, one)
	}
	n.Note = strings.Join(append([]string{n.Note}, sentences(k.Notes)...), " ")
	p.page.Nearest = n
}

func percentText(v metrics.Value) string {
	if math.IsNaN(float64(v)) {
		return "undefined"
	}
	return fmt.Sprintf("%.1f %%", 100*float64(v))
}

func plusMinus(v, deviation metrics.Value) string {
	if !v.Defined() || !deviation.Defined() {
		return percentText(v)
	}
	return fmt.Sprintf("%.1f ± %.1f %%", 100*float64(v), 100*float64(deviation))
}

func splitsNote(n int) string {
	if n == 1 {
		return "of one split"
	}
	return fmt.Sprintf("mean and deviation over %d splits", n)
}

// sentences makes notes end with a full stop and begin with a capital.
func sentences(notes []string) []string {
	var out []string
	for _, n := range notes {
		if n == "" {
			continue
		}
		if n[0] >= 'a' && n[0] <= 'z' {
			n = string(n[0]-'a'+'A') + n[1:]
		}
		if n[len(n)-1] != '.' {
			n += "."
		}
		out = append(out, n)
	}
	return out
}
