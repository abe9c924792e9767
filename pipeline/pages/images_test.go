package pages

import (
	"math"
	"strings"
	"testing"

	"fc7/heads/metrics"
	"fc7/pipeline/heads"
)

// TestGalleryOfManyClasses: the page has room for some classes, those that fare worst.
func TestGalleryOfManyClasses(t *testing.T) {
	var classes []heads.ReviewClass
	for k := range 100 {
		ap := metrics.Value(1 - float64(k)/100)
		if k == 99 {
			ap = metrics.Value(math.NaN())
		}
		classes = append(classes, heads.ReviewClass{Name: string(rune('A' + k)), AP: ap, Positives: 3, ReviewLists: heads.ReviewLists{Best: []heads.ReviewImage{{ID: "x"}}}})
	}
	g := &galleries{}
	g.byClass(classes)
	p := g.pages()
	if len(p) != 1 || len(p[0].Groups) != galleryClasses || p[0].Groups[0].Name != string(rune('A'+98)) || !strings.Contains(p[0].Note, "40 of 100 classes") {
		t.Errorf("%d groups, first %q, note %q", len(p[0].Groups), p[0].Groups[0].Name, p[0].Note)
	}
}

// TestThumbnailsOfAPipedList: what stood on standard input is not waited for.
func TestThumbnailsOfAPipedList(t *testing.T) {
	if l := openThumbnails("list:-", false); l.err == nil && len(l.items) > 0 {
		t.Errorf("%d images of a list that is gone", len(l.items))
	}
}
