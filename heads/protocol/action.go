package protocol

import (
	"context"
	"fmt"
	"slices"
)

// ActionOther is the label of VOC 2012's action task that the devkit does not score: its rows are negatives of the ten others.
const ActionOther = "other"

// Action trains and scores VOC-2012 action heads as VOC does, with two differences: a row of d is an object, so Images and Objects
// must be set, and no division of the training rows separates the objects of an image; and ActionOther is no class.
func Action(ctx context.Context, d Data, o VOCOptions) (*VOCResult, error) {
	if d.Images == nil || d.Objects == nil {
		return nil, fmt.Errorf("protocol: the action task scores objects, and the rows are images: extract the boxes")
	}
	for i, n := range d.Objects {
		if n < 1 {
			return nil, fmt.Errorf("protocol: row %s is an image, the action task scores objects: leave images out, or join them to their objects", d.IDs[i])
		}
	}
	if _, err := d.checked(); err != nil {
		return nil, err
	}
	drop := func(lists [][]string) [][]string {
		out := make([][]string, len(lists))
		for i, l := range lists {
			out[i] = without(l, ActionOther)
		}
		return out
	}
	d.Classes, d.Labels = without(d.Classes, ActionOther), drop(d.Labels)
	if d.Ignored != nil {
		d.Ignored = drop(d.Ignored)
	}
	return voc(ctx, d, o, "voc-action")
}

func without(list []string, name string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == name })
}
