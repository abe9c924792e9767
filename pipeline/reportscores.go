package pipeline

import (
	"context"
	"fmt"
	"math"
	"strconv"

	"fc7/heads/metrics"
	"fc7/heads/protocol"
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
		p.page.Notes = append(p.page.Notes, fmt.Sprintf("%d rows were left out by name: %s.", n, some(p.heads.Excluded)))
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
	names, choices := p.heads.costCurves()
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

// addReview puts curves and images into the page.
func (p *reporter) addReview(ctx context.Context) error {
	v := p.review
	if v == nil {
		if p.heads != nil {
			p.page.Notes = append(p.page.Notes, "These heads were trained by an earlier fc7, which kept neither precision-recall curves nor the best and worst images: train them again to see them.")
		}
		return nil
	}
	for _, c := range v.Classes {
		if c.Positives > 0 {
			p.page.Curves = append(p.page.Curves, report.Curve{Class: c.Name, AP: float64(c.AP), Recall: c.Recall, Precision: c.Precision})
		}
	}
	g := &galleries{note: fmt.Sprintf("Of %s.", v.Scored)}
	if v.Images != nil {
		g.all(v.Images)
	} else {
		g.byClass(v.Classes)
	}
	if !p.job.NoImages {
		spec := p.job.DataSet
		if spec == "" {
			spec = p.m.DataSet
		}
		t := openThumbnails(spec, p.m.Identity.Inputs.Boxes > 0)
		if t.err != nil {
			p.page.Notes = append(p.page.Notes, fmt.Sprintf("The images could not be opened as %s, so there are no thumbnails (%v).", spec, t.err))
		}
		if err := t.fill(ctx, g.thumbs, g.keys); err != nil {
			return err
		}
	} else {
		for _, t := range g.thumbs {
			t.Missing = "left out"
		}
	}
	p.page.Galleries = g.pages()
	return nil
}

// galleries collects thumbnails, which are filled later, all at once.
type galleries struct {
	note   string
	title  string
	groups []galleryGroup
	thumbs []*report.Thumb
	keys   []string
}

type galleryGroup struct {
	report.Group
	strips [][]*report.Thumb
}

// add puts a strip into the last group, unless it is empty.
func (g *galleries) add(title string, images []ReviewImage, caption func(ReviewImage) string) {
	if len(images) == 0 {
		return
	}
	var strip []*report.Thumb
	for _, im := range images {
		t := &report.Thumb{Image: im.ID, Score: strconv.FormatFloat(float64(im.Score), 'f', 2, 64), Caption: caption(im)}
		if im.Right != nil {
			t.Right, t.Wrong = *im.Right, !*im.Right
		}
		strip, g.thumbs, g.keys = append(strip, t), append(g.thumbs, t), append(g.keys, im.ID)
	}
	last := &g.groups[len(g.groups)-1]
	last.Strips, last.strips = append(last.Strips, report.Strip{Title: title}), append(last.strips, strip)
}

// all shows images of one label each.
func (g *galleries) all(l *ReviewLists) {
	g.title, g.groups = "Images", []galleryGroup{{}}
	g.note += " Figures are margins: how far the score of the class taken is above that of the true class or, where the two are the same, of the next one."
	g.add("Recognised by the largest margin", l.Best, func(im ReviewImage) string { return im.True })
	wrong := func(im ReviewImage) string { return fmt.Sprintf("%s, taken for %s", im.True, im.Taken) }
	g.add("Worst mistakes: taken for another class by the largest margin", l.Mistakes, wrong)
	g.add("Hardest: the true class ranks lowest", l.Hardest, func(im ReviewImage) string { return fmt.Sprintf("%s, place %d", wrong(im), im.Place) })
}

// byClass shows the images of each class's ranking.
func (g *galleries) byClass(classes []ReviewClass) {
	g.title = "Images by class"
	g.note += " Figures are scores, which are not comparable between classes; places are those in the class's ranking."
	place := func(im ReviewImage) string { return "place " + grouped(im.Place) }
	for _, c := range classes {
		group := galleryGroup{Group: report.Group{Name: c.Name}}
		if c.AP.Defined() {
			group.Detail = fmt.Sprintf("AP %.1f, %s positive", 100*float64(c.AP), grouped(c.Positives))
		}
		g.groups = append(g.groups, group)
		g.add("Highest scores", c.Best, place)
		g.add("Worst mistakes: highest scores without the class", c.Mistakes, place)
		g.add("Hardest positives: lowest scores with the class", c.Hardest, place)
	}
}

// pages returns what the page shows.
func (g *galleries) pages() []report.Gallery {
	out := report.Gallery{Title: g.title, Note: g.note}
	for _, group := range g.groups {
		for i, strip := range group.strips {
			for _, t := range strip {
				group.Strips[i].Images = append(group.Strips[i].Images, *t)
			}
		}
		if len(group.Strips) > 0 {
			out.Groups = append(out.Groups, group.Group)
		}
	}
	if len(out.Groups) == 0 {
		return nil
	}
	return []report.Gallery{out}
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

// grouped writes n with commas between thousands.
func grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
