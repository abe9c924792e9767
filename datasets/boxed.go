package datasets

import (
	"context"
	"fmt"
	"slices"

	"fc7/internal/waiting"
)

// Boxed is a set of whole images, each once, with the boxes of its objects: what a net that predicts boxes learns from.
type Boxed struct {
	*Set
	Boxes [][]ObjectBox // of each item, one at least, in the order of the objects
}

// ObjectBox is where an object is, and of what class.
type ObjectBox struct {
	*Box
	Class string
}

// OpenBoxed opens a data set whose annotations have boxes. Of o, Objects and BoxContext are not looked at, and PerClass
// and Limit are of images. Validation images of ImageNet that ILSVRC's blacklist names, where it lies with the set,
// images without a box, and objects that are to be ignored, are left out and counted in Notes. Errors are those of
// Open.
func OpenBoxed(ctx context.Context, spec string, o Options) (*Boxed, error) {
	return waiting.For(ctx, func() (*Boxed, error) { return openBoxed(spec, o) })
}

func openBoxed(spec string, o Options) (*Boxed, error) {
	rows := o
	rows.Objects, rows.BoxContext, rows.PerClass, rows.Limit = ObjectsBoth, 0, 0, 0
	voc := isVOC(spec)
	if voc {
		rows.Objects = ""
	}
	s, err := open(spec, rows)
	if err != nil {
		return nil, err
	}
	b := &Boxed{Set: s}
	of := b.gather()
	if voc {
		if of, err = b.readVOC(spec); err != nil {
			return nil, err
		}
	}
	if err := b.leaveBlacklisted(); err != nil {
		return nil, fmt.Errorf("data set %s: %w", spec, err)
	}
	boxless := 0
	b.Items = slices.DeleteFunc(b.Items, func(it Item) bool {
		if len(of[it.ID]) == 0 {
			boxless++
			return true
		}
		return false
	})
	if boxless > 0 {
		b.Notes = append(b.Notes, fmt.Sprintf("%d images have no box of a class, and are left out", boxless))
	}
	if len(b.Items) == 0 {
		return nil, &SpecError{spec, "boxes of classes are needed, and no image has one"}
	}
	if err := b.keepFirst(spec, o); err != nil {
		return nil, err
	}
	for _, it := range b.Items {
		b.Boxes = append(b.Boxes, of[it.ID])
	}
	return b, nil
}

// gather leaves whole images as items, those that have rows of boxes alone too, and returns the boxes of each by its
// ID.
func (b *Boxed) gather() map[string][]ObjectBox {
	var images []Item
	var shared labelLists
	at, of := make(map[string]int), make(map[string][]ObjectBox)
	ignored := 0
	for _, it := range b.Items {
		if it.Box != nil && len(it.Labels()) == 0 {
			ignored++
		}
		for _, class := range it.Labels() {
			if it.Box != nil {
				of[it.ID] = append(of[it.ID], ObjectBox{it.Box, class})
			}
		}
		i, seen := at[it.ID]
		switch {
		case !seen:
			at[it.ID] = len(images)
			it.Box, it.Object = nil, 0
			images = append(images, it)
		case it.Box == nil: // the image's own row, which knows its labels
			images[i] = it
		default:
			images[i].labels = shared.shared(union(b.Classes, images[i].Labels(), it.Labels()), images[i].Ignored())
		}
	}
	b.Items = images
	if ignored > 0 {
		b.Notes = append(b.Notes, ignoredNote(ignored))
	}
	return of
}

// ignoredNote tells of objects that are left out.
func ignoredNote(n int) string {
	return fmt.Sprintf("%d objects are to be ignored, as difficult ones are: their boxes are left out", n)
}

// union are the classes that are in one of two lists, in their order.
func union(classes, a, b []string) (both []string) {
	if !slices.ContainsFunc(b, func(c string) bool { return !slices.Contains(a, c) }) {
		return a
	}
	for _, c := range classes {
		if slices.Contains(a, c) || slices.Contains(b, c) {
			both = append(both, c)
		}
	}
	return both
}

// In is the box in an image of width x height pixels: as it is, or scaled where it was drawn on a picture of another
// size.
func (b *Box) In(width, height int) Box {
	if !b.Scaled(width, height) {
		return Box{XMin: b.XMin, YMin: b.YMin, XMax: b.XMax, YMax: b.YMax}
	}
	x, y := float64(width)/float64(b.drawn.width), float64(height)/float64(b.drawn.height)
	return Box{XMin: (b.XMin-1)*x + 1, YMin: (b.YMin-1)*y + 1, XMax: b.XMax * x, YMax: b.YMax * y}
}
