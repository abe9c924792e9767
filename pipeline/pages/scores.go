package pages

import (
	"fmt"
	"math"

	"fc7/heads/metrics"
	"fc7/heads/protocol"
	"fc7/internal/few"
	"fc7/outputs/report"
)

// addScores puts the scores of the heads into the page.
func (p *reporter) addScores() {
	switch h := p.heads; {
	case h.VOC != nil:
		p.addVOC(h.VOC)
	case h.Caltech != nil:
		p.addCaltech(h.Caltech)
	default:
		p.addSet(h.Set)
	}
	if n := len(p.heads.Excluded); n > 0 {
		p.page.Notes = append(p.page.Notes, fmt.Sprintf("%d rows were left out of training and scoring: %s.", n, few.Names(p.heads.Excluded)))
	}
}

func (p *reporter) addVOC(v *protocol.VOCResult) {
	r := &p.page
	r.Notes = append(r.Notes, sentences(v.Notes)...)
	r.Summary = append(r.Summary,
		report.Figure{Name: "mean AP, 11-point", Value: percentText(v.MeanAP11), Note: "on " + v.Scored},
		report.Figure{Name: "mean AP, all points", Value: percentText(v.MeanAPAll), Note: "on " + v.Scored},
	)
	if !v.MeanAPAll.Defined() {
		return // no labels, so no column would have a figure
	}
	s := &report.ScoreTable{
		Title: "Average precision by class", Columns: []string{"AP, 11-point", "AP, all points"}, Mean: []float64{float64(v.MeanAP11), float64(v.MeanAPAll)},
	}
	for _, c := range v.Classes {
		s.Rows = append(s.Rows, report.ClassScores{Class: c.Name, Positives: c.Positives, Scores: []float64{float64(c.AP11), float64(c.APAll)}})
	}
	r.Scores = s
}

func (p *reporter) addCaltech(c *protocol.CaltechResult) {
	r := &p.page
	r.Notes = append(r.Notes, sentences(c.Notes)...)
	r.Summary = append(r.Summary, report.Figure{Name: "mean class recall", Value: plusMinus(c.MeanRecall, c.Deviation), Note: splitsNote(len(c.Splits))})
	s := &report.ScoreTable{Title: "Recall by class", Columns: []string{"Recall"}, Mean: []float64{float64(c.MeanRecall)}}
	var names []string
	for _, k := range c.Classes {
		s.Rows = append(s.Rows, report.ClassScores{Class: k.Name, Positives: k.Test, Scores: []float64{float64(k.Recall)}})
		names = append(names, k.Name)
	}
	r.Scores = s
	var all []metrics.Confusion
	for _, split := range c.Splits {
		all = append(all, split.Confusion)
	}
	r.Confusion = confusion(names, all)
}

func (p *reporter) addSet(s *protocol.SetResult) {
	r := &p.page
	r.Notes = append(r.Notes, sentences(s.Notes)...)
	for _, f := range []struct {
		name    string
		v, d    metrics.Value
		defined bool
	}{
		{"accuracy", s.Figures.Accuracy, s.Deviation.Accuracy, s.SingleLabel},
		{"mean class recall", s.Figures.MeanRecall, s.Deviation.MeanRecall, s.SingleLabel},
		{"top-5", s.Figures.Top5, s.Deviation.Top5, s.Figures.Top5.Defined()},
		{"mean AP, all points", s.Figures.MeanAP, s.Deviation.MeanAP, true},
	} {
		if f.defined {
			r.Summary = append(r.Summary, report.Figure{Name: f.name, Value: plusMinus(f.v, f.d), Note: splitsNote(len(s.Splits))})
		}
	}
	t := &report.ScoreTable{Title: "Average precision by class", Columns: []string{"AP, all points", "AP, 11-point"}, Mean: []float64{float64(s.Figures.MeanAP), float64(s.Figures.MeanAP11)}}
	if s.SingleLabel {
		t.Title, t.Columns, t.Mean = "Scores by class", []string{"Recall", "AP, all points"}, []float64{float64(s.Figures.MeanRecall), float64(s.Figures.MeanAP)}
	}
	var names []string
	for _, c := range s.Classes {
		names = append(names, c.Name)
		scores := []float64{float64(c.AP), float64(c.AP11)}
		if s.SingleLabel {
			scores = []float64{float64(c.Recall), float64(c.AP)}
		}
		t.Rows = append(t.Rows, report.ClassScores{Class: c.Name, Positives: c.Test, Scores: scores})
	}
	r.Scores = t
	var all []metrics.Confusion
	for _, split := range s.Splits {
		if split.Confusion != nil {
			all = append(all, *split.Confusion)
		}
	}
	r.Confusion = confusion(names, all)
}

// confusion adds the matrices of several splits up.
func confusion(names []string, of []metrics.Confusion) *report.Confusion {
	if len(of) == 0 {
		return nil
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
	names, choices := p.heads.CostCurves()
	for i, c := range choices {
		curve := report.CostCurve{Name: names[i], Chosen: c.C, Measure: c.Measure, On: c.On}
		for _, point := range c.Curve {
			curve.C, curve.Score = append(curve.C, point.C), append(curve.Score, float64(point.Score))
		}
		p.page.Costs = append(p.page.Costs, curve)
	}
}

func (p *reporter) addLowShot() {
	l := p.heads.LowShot
	if l == nil || len(l.Points) == 0 {
		return
	}
	measure, _, _ := l.Points[0].Figure()
	out := &report.LowShot{Measure: measure, Note: fmt.Sprintf("Mean over %d random draws of the training images.", l.Draws)}
	for _, point := range l.Points {
		_, mean, deviation := point.Figure()
		out.Points = append(out.Points, report.LowShotPoint{Shots: point.Shots, Mean: float64(mean), Deviation: float64(deviation)})
	}
	p.page.LowShot = out
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
