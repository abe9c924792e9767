package protocol

import (
	"slices"

	"fc7/heads/metrics"
)

// actionOther is the label of VOC 2012's action task that the devkit does not score: its rows are negatives of the ten
// others.
const actionOther = "other"

// action is VOC 2012's action task: that of VOC's images, with objects for rows and [actionOther] for no class.
var action = Protocol{
	Name: "voc2012-action", Kind: "voc2012:action", Objects: true, takes: []string{takesDifficult, takesCompetition},
	help:    `the same for boxed objects; "other" is a negative, but no class`,
	figures: vocFigures, Headline: vocFigures[1:], summary: vocFigures, columns: vocColumns,
	file: metrics.ActionFile, Paper: &paperAction,
	defaults: Options{Difficult: DifficultOut, ChooseBy: metrics.AllPoint, Competition: 9}, data: withoutOther, prepare: vocTask,
}

// withoutOther is d without the class actionOther, whose rows become those of none of the classes. A row must be an
// object, with Images and Objects set, so that no division of the training rows separates the objects of an image.
func withoutOther(d Data) (Data, error) {
	if d.Images == nil || d.Objects == nil {
		return d, unfit("protocol: the action task scores objects, and the rows are images: extract the boxes")
	}
	if _, err := d.checked(); err != nil {
		return d, err
	}
	for i, n := range d.Objects {
		if n < 1 {
			return d, unfit("protocol: row %s is an image, the action task scores objects: leave images out, or join them to their objects", d.IDs[i])
		}
	}
	drop := func(lists [][]string) [][]string {
		out := make([][]string, len(lists))
		for i, l := range lists {
			out[i] = without(l, actionOther)
		}
		return out
	}
	before := d
	d.Classes, d.Labels = without(d.Classes, actionOther), drop(d.Labels)
	if d.Ignored != nil {
		d.Ignored = drop(d.Ignored)
	}
	d.None = make([]bool, len(d.IDs))
	for i := range d.None {
		d.None[i] = before.known(i) && !d.has(i)
	}
	return d, nil
}

func without(list []string, name string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == name })
}
