package protocol

import (
	"context"
	"fmt"
	"slices"
)

// ActionOther is the label of VOC 2012's action task that the devkit does not score: its rows are negatives of the ten others.
const ActionOther = "other"

// Action trains and scores VOC-2012 action heads as VOC does, on the data that ActionData makes.
func Action(ctx context.Context, d Data, o VOCOptions) (*VOCResult, error) {
	d, err := ActionData(d)
	if err != nil {
		return nil, err
	}
	return voc(ctx, d, o, "voc-action")
}

// ActionData is d without the class ActionOther. A row must be an object, with Images and Objects set, so that no division of the
// training rows separates the objects of an image.
func ActionData(d Data) (Data, error) {
	if d.Images == nil || d.Objects == nil {
		return d, fmt.Errorf("protocol: the action task scores objects, and the rows are images: extract the boxes")
	}
	if _, err := d.checked(); err != nil {
		return d, err
	}
	for i, n := range d.Objects {
		if n < 1 {
			return d, fmt.Errorf("protocol: row %s is an image, the action task scores objects: leave images out, or join them to their objects", d.IDs[i])
		}
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
	return d, nil
}

func without(list []string, name string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == name })
}
