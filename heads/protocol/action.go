package protocol

import (
	"fmt"
	"slices"

	"fc7/heads/metrics"
)

// ActionOther is the label of VOC 2012's action task that the devkit does not score: its rows are negatives of the ten
// others.
const ActionOther = "other"

// action is VOC 2012's action task: that of VOC's images, with objects for rows and [ActionOther] for no class.
var action = Protocol{
	Name: "voc2012-action", Kind: "voc2012:action", Objects: true, Takes: []string{takesDifficult, takesCompetition},
	Help:    `the same for boxed objects; "other" is a negative, but no class`,
	Figures: vocFigures, Headline: vocFigures[1:], Summary: vocFigures, Columns: vocColumns,
	File: metrics.ActionFile, Paper: &paperAction,
	defaults: Options{Difficult: DifficultOut, ChooseBy: metrics.AllPoint, Competition: 9}, data: withoutOther, prepare: vocTask,
}

// withoutOther is d without the class ActionOther. A row must be an object, with Images and Objects set, so that no
// division of the training rows separates the objects of an image.
func withoutOther(d Data) (Data, error) {
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
