package synth

import (
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"fc7/datasets"
)

// Each class has a positive and a negative image in each split, even in the smallest set for which that is promised.
func TestVOCLayoutClasses(t *testing.T) {
	for _, images := range []int{16, 17, 100} {
		for _, size := range []int{32, 80} {
			s := generate(t, Options{Layout: LayoutVOC2007, Images: images, Seed: uint64(images), Size: size})
			set := open(t, s)
			if len(set.Items) != images || len(set.Notes) > 0 || s.Images != images || s.Classes != 20 {
				t.Errorf("%d items, notes %v, summary %+v", len(set.Items), set.Notes, s)
			}
			counts := make(map[string]int)
			for _, it := range set.Items {
				for _, split := range it.Splits() {
					counts[split]++
					for _, c := range it.Labels() {
						counts[c+" "+split]++
					}
				}
			}
			if counts["train"] != images/4 || counts["val"] != images/4 || counts["trainval"] != images/4*2 || counts["test"] != images-images/4*2 {
				t.Errorf("%d images: splits %v", images, counts)
			}
			for _, c := range set.Classes {
				for _, split := range []string{"train", "val", "trainval", "test"} {
					if n := counts[c+" "+split]; n < 1 || n >= counts[split] {
						t.Errorf("%d images of %d pixels: %d of %d %s images show a %s", images, size, n, counts[split], split, c)
					}
				}
			}
		}
	}
}

func TestVOCLayoutAnnotations(t *testing.T) {
	s := generate(t, Options{Layout: LayoutVOC2007, Images: 120, Seed: 2, Size: 100})
	set := open(t, s)
	objects, difficult, truncated := 0, 0, 0
	for _, it := range set.Items {
		a, err := datasets.ReadAnnotation(filepath.Join(set.Root, "Annotations", it.ID+".xml"))
		if err != nil {
			t.Fatal(err)
		}
		f, err := it.At.Open()
		if err != nil {
			t.Fatal(err)
		}
		cfg, err := jpeg.DecodeConfig(f)
		f.Close()
		if err != nil || cfg.Width != a.Width || cfg.Height != a.Height || a.Depth != 3 || a.Filename != it.ID+".jpg" {
			t.Errorf("%s: %dx%d image, annotation %+v, %v", it.ID, cfg.Width, cfg.Height, a, err)
		}
		for _, o := range a.Objects {
			objects++
			difficult += bit(o.Difficult)
			truncated += bit(o.Truncated)
			if !o.Box.Pixels(a.Width, a.Height).In(image.Rect(0, 0, a.Width, a.Height)) {
				t.Errorf("%s: box %v in %dx%d", it.ID, *o.Box, a.Width, a.Height)
			}
		}
	}
	if objects != s.objects || difficult != s.difficult || objects < 180 || difficult < 5 || truncated < 10 || difficult > objects/3 {
		t.Errorf("%d objects, %d difficult, %d truncated; summary %+v", objects, difficult, truncated, s)
	}
}

// The lists say what the annotations say: without the lists the set is the same.
func TestVOCLayoutListsAgreeWithAnnotations(t *testing.T) {
	s := generate(t, Options{Layout: LayoutVOC2007, Images: 60, Seed: 11, Size: 80})
	before := open(t, s)
	ignored := 0
	for _, it := range before.Items {
		ignored += len(it.Ignored())
	}
	if ignored == 0 {
		t.Error("no class has only difficult objects in any image")
	}
	main := filepath.Join(before.Root, "ImageSets", "Main")
	entries, err := os.ReadDir(main)
	if err != nil || len(entries) != 84 {
		t.Fatal(len(entries), err)
	}
	for _, e := range entries {
		if strings.Contains(e.Name(), "_") {
			if err := os.Remove(filepath.Join(main, e.Name())); err != nil {
				t.Fatal(err)
			}
		}
	}
	after := open(t, s)
	for i, it := range after.Items {
		if was := before.Items[i]; !reflect.DeepEqual(it, was) {
			t.Errorf("by annotations %s %v %v, by lists %s %v %v", it.ID, it.Labels(), it.Ignored(), was.ID, was.Labels(), was.Ignored())
		}
	}
}
