package pages

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"fc7/heads/metrics"
	"fc7/internal/few"
	"fc7/internal/forecast"
	"fc7/internal/rowkey"
	"fc7/outputs"
	"fc7/outputs/report"
	"fc7/pipeline/heads"
)

// addWithoutHeads says of a table without heads whether there could be some, and how many images each class has.
func (p *reporter) addWithoutHeads() {
	counts, labelled := map[string]int{}, 0
	for i := range p.rows {
		if p.rows[i].KnownLabels() != nil {
			labelled++
		}
		for _, l := range p.rows[i].Labels {
			counts[l]++
		}
	}
	if labelled == 0 {
		p.page.Notes = append(p.page.Notes, "The images have no labels, so there is nothing to score: fc7 explore, fc7 neighbours, fc7 map and fc7 audit need none, and fc7 svm --labels takes a file of them.")
		return
	}
	p.page.Notes = append(p.page.Notes, "No heads were trained on this run yet: fc7 svm does.")
	p.page.Summary = append(p.page.Summary, report.Figure{Name: "classes", Value: report.Grouped(len(counts)), Note: fmt.Sprintf("%s of %s images have labels", report.Grouped(labelled), report.Grouped(len(p.rows)))})
	if len(counts) > 0 {
		p.page.Tables = append(p.page.Tables, classTable(counts))
	}
}

// shownClasses bounds the classes that are counted on a page without scores.
const shownClasses = 300

// classTable tells how many images classes have, the largest first.
func classTable(counts map[string]int) report.Table {
	var names []string
	for name := range counts {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(counts[b]-counts[a], strings.Compare(a, b)) })
	t := report.Table{Title: "Images of each class", Words: 1, Head: []string{"class", "images"}}
	if n := len(names); n > shownClasses {
		t.Note = fmt.Sprintf("The %d of %s classes with the most images; the others are %s.", shownClasses, report.Grouped(n), few.Names(names[shownClasses:]))
		names = names[:shownClasses]
	}
	for _, name := range names {
		t.Rows = append(t.Rows, []string{name, report.Grouped(counts[name])})
	}
	return t
}

// someImages is how many images of a table without scores are shown.
const someImages = 24

// addSome shows some images of a table without scores, evenly among those that have descriptors.
func (p *reporter) addSome(ctx context.Context) error {
	var present []int
	for i, r := range p.rows {
		if r.Status == outputs.StatusOK {
			present = append(present, i)
		}
	}
	var some []heads.ReviewImage
	for _, k := range forecast.Evenly(someImages, len(present)) {
		r := p.rows[present[k]]
		some = append(some, heads.ReviewImage{ID: rowkey.Of(r.Image, r.Object), Score: metrics.Value(math.NaN()), True: strings.Join(r.Labels, ", ")})
	}
	g := &galleries{title: "Some of the images", note: "Evenly among those that have a descriptor.", groups: []galleryGroup{{}}}
	if len(some) == len(present) {
		g.title, g.note = "The images", "All that have a descriptor."
	}
	g.add("In the order of the table", some, func(im heads.ReviewImage) string { return im.True })
	return p.job.addGallery(ctx, &p.page, p.m, g)
}
