package pages

import (
	"errors"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fc7/datasets/synth"
	"fc7/heads/metrics"
	"fc7/outputs/report"
	"fc7/pipeline/conveyor"
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

// TestGalleryWithoutImages: classes of which there is no image to show have no place on the page.
func TestGalleryWithoutImages(t *testing.T) {
	g := &galleries{}
	g.byClass([]heads.ReviewClass{{Name: "cat"}, {Name: "dog", ReviewLists: heads.ReviewLists{Hardest: []heads.ReviewImage{{ID: "x", Place: 1234}}}}})
	p := g.pages()
	if len(p) != 1 || len(p[0].Groups) != 1 || p[0].Groups[0].Name != "dog" || p[0].Groups[0].Strips[0].Images[0].Caption != "place 1,234" {
		t.Errorf("%+v", p)
	}
	g = &galleries{}
	g.byClass([]heads.ReviewClass{{Name: "cat"}})
	if p := g.pages(); len(p) != 0 {
		t.Errorf("no image at all: %+v", p)
	}
}

// TestThumbnailsOfAPipedList: what stood on standard input is not waited for.
func TestThumbnailsOfAPipedList(t *testing.T) {
	if l := openThumbnails(t.Context(), "list:-", false); l.err == nil && len(l.items) > 0 {
		t.Errorf("%d images of a list that is gone", len(l.items))
	}
}

// TestThumbnailsThatAreGone: an image that is gone keeps its place and says so; a disk that is gone ends the page.
func TestThumbnailsThatAreGone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	if _, err := synth.Generate(t.Context(), dir, synth.Options{Layout: synth.LayoutCaltech101, Images: 10, Seed: 3}); err != nil {
		t.Fatal(err)
	}
	l := openThumbnails(t.Context(), "caltech101:"+dir, false)
	if l.err != nil {
		t.Fatal(l.err)
	}
	keys := slices.Sorted(maps.Keys(l.items))[:2]
	if err := os.Remove(l.items[keys[0]].At.Path); err != nil {
		t.Fatal(err)
	}
	thumbs := []*report.Thumb{{}, {}}
	if err := l.fill(t.Context(), thumbs, keys); err != nil || thumbs[0].Missing != "no image: its file is gone or cannot be read" || thumbs[1].Missing != "" || thumbs[1].W != thumbSide && thumbs[1].H != thumbSide {
		t.Errorf("%v, %+v", err, thumbs[0])
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	var machine *conveyor.MachineError
	if err := l.fill(t.Context(), thumbs, keys); !errors.As(err, &machine) {
		t.Errorf("the data set is gone: %v", err)
	}
}

// TestNoMargin: where there is nothing to compare a score with, none is shown.
func TestNoMargin(t *testing.T) {
	g := &galleries{}
	g.all(&heads.ReviewLists{Best: []heads.ReviewImage{{ID: "x", Score: metrics.Value(math.NaN()), True: "cat"}, {ID: "y", Score: 0.5}}})
	if images := g.pages()[0].Groups[0].Strips[0].Images; images[0].Score != "" || images[1].Score != "0.50" {
		t.Errorf("%+v", images)
	}
}
