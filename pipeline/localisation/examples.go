package localisation

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"

	"fc7/heads/localise"
	"fc7/outputs"
)

// Example is an object whose box is worth a look.
type Example struct {
	Image string         `json:"image"`
	Size  localise.Size  `json:"size"`
	Class string         `json:"class"`
	Box   localise.Box   `json:"box"` // with the class given
	True  []localise.Box `json:"true"`
	IoU   float64        `json:"iou"`
	// Taken is the class that the nets find most probable, Posterior how probable; "": none tells classes.
	Taken     string  `json:"taken,omitempty"`
	Posterior float64 `json:"posterior,omitempty"`
}

// Examples are those of the last way of testing.
type Examples struct {
	Best     []Example `json:"best"`     // of the greatest IoU
	Worst    []Example `json:"worst"`    // of the least
	Confused []Example `json:"confused"` // taken for another class, the surest first
}

// shownExamples is how long each list is.
const shownExamples = 12

// add puts an example among those that it belongs to.
func (e *Examples) add(x Example) {
	keep := func(list *[]Example, less func(a, b Example) int) {
		i, _ := slices.BinarySearchFunc(*list, x, func(have, x Example) int { return cmp.Or(less(have, x), -1) }) // behind equal ones
		if *list = slices.Insert(*list, i, x); len(*list) > shownExamples {
			*list = (*list)[:shownExamples]
		}
	}
	keep(&e.Best, func(a, b Example) int { return cmp.Compare(b.IoU, a.IoU) })
	keep(&e.Worst, func(a, b Example) int { return cmp.Compare(a.IoU, b.IoU) })
	if x.Taken != "" && x.Taken != x.Class {
		keep(&e.Confused, func(a, b Example) int { return cmp.Compare(b.Posterior, a.Posterior) })
	}
}

// examples adds what the last way of testing says of an image.
func (s *system) examples(e *Examples, v *sight, cases []localise.Image) {
	for _, c := range cases {
		if c.Given == nil {
			continue
		}
		x := Example{Image: v.row.Image, Size: v.of, Class: s.classes[c.Class], Box: *c.Given, True: c.Boxes, IoU: localise.Nearest(*c.Given, c.Boxes)}
		if top := v.likely(s, 1); v.posterior != nil && len(top) > 0 {
			x.Taken, x.Posterior = s.classes[top[0]], v.posterior[top[0]]
		}
		e.add(x)
	}
}

// ReadResult reads what Evaluate left in a run's folder.
func ReadResult(run string) (*Result, error) {
	path := filepath.Join(run, resultName)
	r := &Result{Out: run}
	if err := outputs.ReadJSON(path, r); err != nil {
		return nil, err
	}
	if len(r.Rows) == 0 || len(r.Boxes) == 0 {
		return nil, fmt.Errorf("%s: no figures: was it written by fc7 localise evaluate?", path)
	}
	for i, row := range r.Rows {
		for _, v := range []float64{row.Right, row.MeanIoU, row.CorLoc} {
			if !(v >= 0 && v <= 1) {
				return nil, fmt.Errorf("%s: row %d: expected shares between 0 and 1, found %g", path, i+1, v)
			}
		}
		for _, n := range row.Nets {
			if n < 0 || n >= len(r.Boxes) {
				return nil, fmt.Errorf("%s: row %d: net %d of %d", path, i+1, n+1, len(r.Boxes))
			}
		}
	}
	return r, nil
}
