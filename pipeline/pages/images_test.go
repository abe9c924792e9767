package pages

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fc7/datasets/synth"
	"fc7/heads/metrics"
	"fc7/outputs"
	"fc7/outputs/report"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/heads"
	"fc7/pipeline/thumbs"
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

// TestThumbnailsThatAreGone: an image that is gone keeps its place and says so; a disk that is gone ends the page.
func TestThumbnailsThatAreGone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	if _, err := synth.Generate(t.Context(), dir, synth.Options{Layout: synth.LayoutCaltech101, Images: 10, Seed: 3}); err != nil {
		t.Fatal(err)
	}
	im, err := thumbs.Open(t.Context(), outputs.Manifest{}, "caltech101:"+dir)
	if err != nil || im.Err != nil {
		t.Fatal(err, im.Err)
	}
	l := thumbnails{im}
	files, err := filepath.Glob(filepath.Join(dir, "*", "*", "*.jpg"))
	if err != nil || len(files) < 2 {
		t.Fatal(err, files)
	}
	var keys []string
	for _, f := range files[:2] {
		keys = append(keys, filepath.Base(filepath.Dir(f))+"/"+filepath.Base(f))
	}
	if err := os.Remove(files[0]); err != nil {
		t.Fatal(err)
	}
	made := []*report.Thumb{{}, {}}
	if err := l.fill(t.Context(), made, keys, nil); err != nil || made[0].Missing != "no image: its file is gone or cannot be read" || made[1].Missing != "" || made[1].W != thumbSide && made[1].H != thumbSide {
		t.Errorf("%v, %+v", err, made[0])
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	var machine *conveyor.MachineError
	if err := l.fill(t.Context(), made, keys, nil); !errors.As(err, &machine) {
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
