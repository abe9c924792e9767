package datasets

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"fc7/internal/usage"
)

// What a row is in a set with boxes; see Options.Objects.
const (
	ObjectsImage = "image"
	ObjectsBox   = "box"
	ObjectsBoth  = "both"
)

// Objects lists what Options.Objects may be.
func Objects() []string { return []string{ObjectsImage, ObjectsBox, ObjectsBoth} }

// maxBoxContext bounds the factor: a box is at most the image anyway.
const maxBoxContext = 1000

// checkBoxes checks the options that concern boxes.
func (o Options) checkBoxes(spec string) error {
	if o.Objects != "" && !slices.Contains(Objects(), o.Objects) {
		return &SpecError{spec, usage.Unknown("rows for objects", o.Objects, Objects()...).Error()}
	}
	if o.BoxContext != 0 && !(o.BoxContext >= 1 && o.BoxContext <= maxBoxContext) {
		return &SpecError{spec, fmt.Sprintf("box context: want a factor from 1 to %d, found %v", maxBoxContext, o.BoxContext)}
	}
	if o.BoxContext != 0 && o.Objects == ObjectsImage {
		return &SpecError{spec, fmt.Sprintf("box context: a factor of %v would do nothing to whole images", o.BoxContext)}
	}
	return nil
}

// chooseBoxes leaves the rows that are asked for, with their boxes enlarged.
func (s *Set) chooseBoxes(spec string, o Options) error {
	boxes := 0
	for i := range s.Items {
		if s.Items[i].Box != nil {
			boxes++
		}
	}
	asked := o.Objects == ObjectsBox || o.Objects == ObjectsBoth
	switch {
	case boxes > 0:
	case !asked && o.BoxContext != 0 && slices.Contains([]string{vocXML.Name, imagenet.Name}, s.Kind):
		return &SpecError{spec, "box context: rows are whole images here unless boxes are asked for: add --objects box"}
	case asked || o.BoxContext != 0:
		return &SpecError{spec, "rows of boxes are asked for, but the set has no boxes"}
	}
	if o.Objects == ObjectsImage || o.Objects == ObjectsBox {
		s.Items = slices.DeleteFunc(s.Items, func(it Item) bool { return (it.Box == nil) == (o.Objects == ObjectsBox) })
	}
	if len(s.Items) == 0 {
		return &SpecError{spec, "rows of whole images are asked for, but the set has boxes only"}
	}
	if o.BoxContext > 1 {
		for i := range s.Items {
			if it := &s.Items[i]; it.Box != nil {
				size := cmp.Or(it.Box.drawn, s.sizes[it.ID])
				b := it.Box.enlarge(o.BoxContext, size.width, size.height)
				it.Box = &b
			}
		}
	}
	s.sizes = nil
	return nil
}

// enlarge returns the box about the same centre whose sides are factor times as long, rounded to whole pixels outwards
// by at most half a one, and clipped to a picture of width x height pixels. 0: that side of it is not known, and the
// box may go beyond it. A factor of 1 or less only clips; a box wholly outside the picture comes back as it is.
func (b Box) enlarge(factor float64, width, height int) Box {
	e := b.rounded()
	if factor > 1 {
		e.XMin, e.XMax = enlarge(e.XMin, e.XMax, factor)
		e.YMin, e.YMax = enlarge(e.YMin, e.YMax, factor)
	}
	e.XMin, e.XMax = clip(e.XMin, e.XMax, width)
	e.YMin, e.YMax = clip(e.YMin, e.YMax, height)
	if e.XMin > e.XMax || e.YMin > e.YMax {
		return b
	}
	return e
}

func enlarge(from, to, factor float64) (float64, float64) {
	margin := min(math.Round((factor-1)/2*(to-from+1)), math.MaxInt32)
	return from - margin, to + margin
}

// clip leaves of a side what is in a picture's side of size pixels; 0: that is not known.
func clip(from, to float64, size int) (float64, float64) {
	if size > 0 {
		to = min(to, float64(size))
	}
	return max(from, 1), to
}
