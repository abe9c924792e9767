package pages

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"fc7/heads/metrics"
	"fc7/outputs"
	"fc7/outputs/report"
	"fc7/pipeline/heads"
	"fc7/pipeline/thumbs"
)

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
		if len(c.Recall) > 0 {
			p.page.Curves = append(p.page.Curves, report.Curve{Class: c.Name, AP: float64(c.AP), Recall: c.Recall, Precision: c.Precision, Low: c.Low, High: c.High})
		}
	}
	p.page.CurvesNote = p.curvesNote()
	g := &galleries{note: fmt.Sprintf("Of %s.", v.Scored)}
	if n := len(p.heads.Splits); n > 1 {
		g.note = fmt.Sprintf("Of %s, one of %d splits.", v.Scored, n)
	}
	if v.Images != nil {
		g.all(v.Images)
	} else {
		g.byClass(v.Classes)
	}
	return p.job.addGallery(ctx, &p.page, p.m, g)
}

// addGallery fills in thumbnails, of images of a table or of a data set that a manifest names, and puts them into a
// page.
func (j Job) addGallery(ctx context.Context, r *report.Report, m outputs.Manifest, g *galleries) error {
	if !j.NoImages {
		im, err := thumbs.Open(ctx, m, j.DataSet)
		if err != nil {
			return err
		}
		t := thumbnails{im}
		if t.Err != nil {
			r.Notes = append(r.Notes, fmt.Sprintf("The images could not be opened as %s, so there are no thumbnails (%v).", t.Spec, t.Err))
		}
		if err := t.fill(ctx, g.thumbs, g.keys, g.frames); err != nil {
			return err
		}
	} else {
		for _, t := range g.thumbs {
			t.Missing = "left out"
		}
	}
	r.Galleries = g.pages()
	return nil
}

// curvesNote says of which splits the curves are, where there are several.
func (p *reporter) curvesNote() string {
	n := len(p.heads.Splits)
	if n < 2 {
		return ""
	}
	for _, c := range p.review.Classes {
		if c.Splits > 0 {
			return fmt.Sprintf("Lines are means over the %d splits, bands reach from the lowest of them to the highest; AP is the mean.", n)
		}
	}
	return fmt.Sprintf("Curves and AP are of %s alone, one of %d splits: an earlier fc7 kept no others.", p.review.Scored, n)
}

// galleries collects thumbnails, which are filled later, all at once.
type galleries struct {
	note   string
	title  string
	terms  []report.Term
	groups []galleryGroup
	thumbs []*report.Thumb
	keys   []string
	frames map[int][]thumbs.Frame // that are drawn on some of the thumbs, by place
}

type galleryGroup struct {
	report.Group
	strips [][]*report.Thumb
}

// add puts a strip into the last group, unless it is empty.
func (g *galleries) add(title string, images []heads.ReviewImage, caption func(heads.ReviewImage) string) {
	if len(images) == 0 {
		return
	}
	var strip []*report.Thumb
	for _, im := range images {
		t := &report.Thumb{Image: im.ID, Caption: caption(im)}
		if im.Score.Defined() { // else there was nothing to compare with
			t.Score = strconv.FormatFloat(float64(im.Score), 'f', 2, 64)
		}
		if im.Right != nil {
			t.Right, t.Wrong = *im.Right, !*im.Right
		}
		strip, g.thumbs, g.keys = append(strip, t), append(g.thumbs, t), append(g.keys, im.ID)
	}
	last := &g.groups[len(g.groups)-1]
	last.Strips, last.strips = append(last.Strips, report.Strip{Title: title}), append(last.strips, strip)
}

// all shows images of one label each.
func (g *galleries) all(l *heads.ReviewLists) {
	g.title, g.groups = "Images", []galleryGroup{{}}
	g.note += " Figures are margins: how far the score of the class taken is above that of the true class or, where the two are the same, of the next one."
	g.terms = []report.Term{
		{Name: "Worst", Meaning: "Images that were taken for another class by the largest margin: the heads are sure, and wrong. The label may be."},
		{Name: "Hardest", Meaning: "Of the images that were not recognised, those whose own class has the lowest place among all: the heads see nothing of it. What stands among the worst is not shown again."},
	}
	g.add("Recognised by the largest margin", l.Best, func(im heads.ReviewImage) string { return im.True })
	wrong := func(im heads.ReviewImage) string { return fmt.Sprintf("%s, taken for %s", im.True, im.Taken) }
	g.add("Worst: taken for another class by the largest margin", l.Mistakes, wrong)
	hardest := slices.DeleteFunc(slices.Clone(l.Hardest), func(im heads.ReviewImage) bool {
		return slices.ContainsFunc(l.Mistakes, func(worst heads.ReviewImage) bool { return worst.ID == im.ID })
	})
	g.add("Hardest: their own class has the lowest place", hardest, func(im heads.ReviewImage) string { return fmt.Sprintf("%s, place %d", wrong(im), im.Place) })
}

// galleryClasses bounds the classes that have their images on a page.
const galleryClasses = 40

// orLast puts what is not defined behind all figures.
func orLast(v metrics.Value) metrics.Value {
	if !v.Defined() {
		return 2
	}
	return v
}

// byClass shows the images of each class's ranking.
func (g *galleries) byClass(classes []heads.ReviewClass) {
	g.title = "Images by class"
	g.note += " Figures are scores, which are not comparable between classes; places are those in the class's ranking."
	if n := len(classes); n > galleryClasses {
		classes = slices.Clone(classes)
		slices.SortStableFunc(classes, func(a, b heads.ReviewClass) int { return cmp.Compare(orLast(a.AP), orLast(b.AP)) })
		classes = classes[:galleryClasses]
		g.note += fmt.Sprintf(" The %d of %d classes with the lowest average precision.", galleryClasses, n)
	}
	g.terms = []report.Term{
		{Name: "Worst", Meaning: "Images that do not have the class, and have the highest scores of it: the first false alarms of a search. A label may be missing."},
		{Name: "Hardest", Meaning: "Images that have the class, and have the lowest scores of it: the last that a search finds."},
	}
	place := func(im heads.ReviewImage) string { return "place " + report.Grouped(im.Place) }
	for _, c := range classes {
		group := galleryGroup{Group: report.Group{Name: c.Name}}
		if c.AP.Defined() {
			group.Detail = fmt.Sprintf("AP %.1f, %s positive", 100*float64(c.AP), report.Grouped(c.Positives))
		}
		g.groups = append(g.groups, group)
		g.add("Highest scores", c.Best, place)
		g.add("Worst: the highest scores without the class", c.Mistakes, place)
		g.add("Hardest: the lowest scores with the class", c.Hardest, place)
	}
}

// pages returns what the page shows.
func (g *galleries) pages() []report.Gallery {
	out := report.Gallery{Title: g.title, Note: strings.TrimSpace(g.note), Terms: g.terms}
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
