package synth

import (
	"fmt"
	"image"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fc7/datasets"
)

// TestVOC2012Layout: as published, but that nothing tells what the test images show.
func TestVOC2012Layout(t *testing.T) {
	s := generate(t, Options{Layout: "voc2012", Images: 16, Seed: 5, Size: 64})
	set := open(t, s)
	if set.Kind != "voc2012" || len(set.Items) != 16 || s.Spec != "voc2012:"+s.Root {
		t.Fatalf("%s: %d items, %+v", set.Kind, len(set.Items), s)
	}
	for _, it := range set.Items {
		test := slices.Contains(it.Splits(), datasets.SplitTest)
		_, err := os.Stat(filepath.Join(set.Root, "Annotations", it.ID+".xml"))
		if it.Labelled() == test || (err != nil) != test || !strings.HasPrefix(it.ID, "2012_") {
			t.Errorf("%s of %v: labels %v, annotation %v", it.ID, it.Splits(), it.Labels(), err)
		}
	}
}

// TestActionLayout: a row a person, with a box in the image; each does one thing, which of the test images is not told.
func TestActionLayout(t *testing.T) {
	s := generate(t, Options{Layout: "voc2012-action", Images: 16, Seed: 5, Size: 96})
	set := open(t, s)
	if set.Kind != "voc2012:action" || len(set.Items) != s.objects || s.Classes != 11 || s.objects < 16 {
		t.Fatalf("%s: %d items, %+v", set.Kind, len(set.Items), s)
	}
	seen := map[string]bool{}
	for _, it := range set.Items {
		test := slices.Contains(it.Splits(), datasets.SplitTest)
		if it.Object < 1 || it.Box == nil || it.Box.XMin < 1 || it.Box.XMax > 96 {
			t.Errorf("%s#%d: box %v", it.ID, it.Object, it.Box)
		}
		if len(it.Labels()) != 1-bit(test) {
			t.Errorf("%s#%d of %v: %v", it.ID, it.Object, it.Splits(), it.Labels())
		}
		for _, l := range it.Labels() {
			for _, split := range it.Splits() {
				seen[split+" "+l] = true
			}
		}
	}
	for _, l := range datasets.VOCActions() {
		if !seen["train "+l] || !seen["val "+l] {
			t.Errorf("%s is not in train and val", l)
		}
	}
}

// TestVOCXMLLayout: images of one's own with annotations, in folders of splits; every class is in each.
func TestVOCXMLLayout(t *testing.T) {
	s := generate(t, Options{Layout: "vocxml", Images: 24, Classes: 4, Seed: 5, Size: 96})
	set := open(t, s)
	if set.Kind != "vocxml" || len(set.Items) != 24 || !slices.Equal(set.Classes, datasets.VOCClasses()[:4]) {
		t.Fatalf("%s: %d items of %v", set.Kind, len(set.Items), set.Classes)
	}
	seen := map[string]bool{}
	for _, it := range set.Items {
		for _, l := range it.Labels() {
			seen[strings.Join(it.Splits(), " ")+" "+l] = true
		}
	}
	if len(seen) != 3*4 {
		t.Errorf("classes in splits: %v", seen)
	}
	boxes, err := datasets.Open(t.Context(), s.Spec, datasets.Options{Objects: datasets.ObjectsBox})
	if err != nil || len(boxes.Items) != s.objects {
		t.Fatalf("%d boxes of %d, %v", len(boxes.Items), s.objects, err)
	}
	for _, it := range boxes.Items {
		if w, h := it.Box.Drawn(); max(w, h) != 96 {
			t.Errorf("%s#%d was drawn on %dx%d", it.ID, it.Object, w, h)
		}
	}
}

// TestAlone: each image has one object, whose box has the sides that it is to have, at any place; most are to train.
// Other layouts have no such sets.
func TestAlone(t *testing.T) {
	o := Options{Layout: layoutVOCXML, Images: 64, Classes: 12, Seed: 5, Size: 100, Alone: true}
	s := generate(t, o)
	set, err := datasets.OpenBoxed(t.Context(), s.Spec, datasets.Options{})
	if err != nil || len(set.Items) != 64 || len(set.Classes) != 12 {
		t.Fatal(set, err)
	}
	splits, least, most := map[string]int{}, 100.0, 0.0
	for i, objects := range set.Boxes {
		splits[set.Items[i].Splits()[0]]++
		if w, h := objects[0].Drawn(); len(objects) != 1 || w != 100 || h != 100 {
			t.Fatalf("%s: %d objects in %d x %d pixels", set.Items[i].ID, len(objects), w, h)
		}
		b := objects[0].Box
		for _, side := range []float64{b.XMax - b.XMin + 1, b.YMax - b.YMin + 1} {
			if side < 18 || side > 91 || b.XMin < 1 || b.YMin < 1 || b.XMax > 100 || b.YMax > 100 {
				t.Errorf("%s: %+v", set.Items[i].ID, b)
			}
			least, most = min(least, side), max(most, side)
		}
	}
	if splits["train"] != 48 || splits["val"] != 8 || splits["test"] != 8 || least > 30 || most < 80 {
		t.Errorf("%v, sides from %v to %v", splits, least, most)
	}
	o.Layout = "caltech101"
	if err := o.Check(); err == nil || !strings.Contains(err.Error(), "one object an image") {
		t.Errorf("alone in Caltech's: %v", err)
	}
}

// What is placed in a cell ends where the cell does, whatever its shape.
func TestExactly(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for class := range int(shapes) {
		c := cell{10.5, 20, 60, 25.25}
		thing := exactly(r, c, class)
		x0, y0, x1, y1 := edges(thing.look.shape.contours(), thing.pose())
		for i, d := range []float64{x0 - c.x, y0 - c.y, x1 - c.x - c.w, y1 - c.y - c.h} {
			if math.Abs(d) > 1e-9 {
				t.Errorf("class %d: edge %d is %v beside the cell's", class, i, d)
			}
		}
	}
}

// TestImageNetBoxes: one a drawn shape of train and val, around it; none without the option, which no other layout has.
func TestImageNetBoxes(t *testing.T) {
	o := Options{Layout: "imagenet", Images: 16, Classes: 3, Seed: 5, Size: 48}
	s := generate(t, o)
	if _, err := datasets.Open(t.Context(), s.Spec, datasets.Options{Objects: datasets.ObjectsBox}); err == nil {
		t.Error("boxes were not asked for")
	}
	o.Boxes = true
	s = generate(t, o)
	boxes, err := datasets.Open(t.Context(), s.Spec, datasets.Options{Objects: datasets.ObjectsBox})
	if err != nil || len(boxes.Items) != 12 {
		t.Fatalf("%+v, %v", boxes, err)
	}
	drawn := planImageNet(o).scenes
	for _, it := range boxes.Items {
		i := slices.IndexFunc(drawn, func(s scene) bool { return s.path == it.ID })
		s := drawn[i]
		box, t0 := it.Box.Pixels(it.Box.Drawn()), s.things[0]
		if c := image.Pt(int(t0.x), int(t0.y)); !c.In(box) || box.Dx() > int(2*t0.radius)+2 || !box.In(image.Rect(0, 0, s.w, s.h)) || box.Dx() < int(t0.radius)/2 {
			t.Errorf("%s: box %v about a shape at %v, radius %v", it.ID, box, c, t0.radius)
		}
	}
	o.Layout = "caltech101"
	if err := o.Check(); err == nil || !strings.Contains(err.Error(), "boxes") {
		t.Errorf("boxes of Caltech's: %v", err)
	}
}

func TestCaltech256Layout(t *testing.T) {
	s := generate(t, Options{Layout: "caltech256", Images: 21, Classes: 4, Seed: 5, Size: 64})
	set := open(t, s)
	if want := []string{"001.ak47", "002.american-flag", "003.backpack", "257.clutter"}; !slices.Equal(set.Classes, want) || len(set.Items) != 21 {
		t.Fatalf("classes %v of %d items", set.Classes, len(set.Items))
	}
	if set.Items[0].ID != "001.ak47/001_0001.jpg" || set.Items[20].ID != "257.clutter/257_0005.jpg" || s.objects != 16 {
		t.Errorf("%s to %s, %d objects", set.Items[0].ID, set.Items[20].ID, s.objects)
	}
}

// TestImageNetLayout: training images tell their class by their folder, those of val by the kit; those of test have
// none.
func TestImageNetLayout(t *testing.T) {
	s := generate(t, Options{Layout: "imagenet", Images: 40, Classes: 5, Seed: 5, Size: 48})
	set := open(t, s)
	count := map[string]int{}
	for _, it := range set.Items {
		count[it.Splits()[0]+" "+strings.Join(it.Labels(), " ")]++
	}
	if len(set.Items) != 30 || len(set.Classes) != 5 {
		t.Fatalf("%d items of %v", len(set.Items), set.Classes)
	}
	for _, c := range set.Classes {
		if count["train "+c] != 4 || count["val "+c] != 2 {
			t.Errorf("%s: %v", c, count)
		}
	}
	test, err := datasets.Open(t.Context(), s.Spec, datasets.Options{Split: datasets.SplitTest})
	if err != nil || len(test.Items) != 10 {
		t.Fatal(err)
	}
	for i, it := range test.Items {
		if it.ID != fmt.Sprintf("test/ILSVRC2012_test_%08d.JPEG", i+1) || it.Labelled() {
			t.Errorf("%s: %v", it.ID, it.Labels())
		}
	}
}
