package table

import (
	"strconv"

	"fc7/datasets"
	"fc7/outputs"
)

// itemFields are the strings that tell items apart in the digest of their list.
func itemFields(id string, object int, box string) []string {
	return []string{id, strconv.Itoa(object), box}
}

// Inputs identifies the list of items by all that defines their rows, without the place where the data set lies.
func Inputs(set *datasets.Set) outputs.Inputs {
	d, boxes, none := outputs.NewDigest(), 0, 0
	for _, it := range set.Items {
		if it.Box != nil {
			boxes++
		}
		d.Add(itemFields(it.ID, it.Object, it.Box.Corners())...)
		addLabels(d, it.Labels(), it.Ignored(), it.Splits(), it.None)
		if it.None {
			none++
		}
	}
	return outputs.Inputs{Kind: set.Kind, Count: len(set.Items), Boxes: boxes, None: none, SHA256: d.Sum()}
}

// addLabels adds what is said of an item to the digest of their list. One of none of the classes has a word more, so
// that lists without such items keep their digest.
func addLabels(d *outputs.Digest, labels, ignored, splits []string, none bool) {
	d.Add(labels...)
	d.Add(ignored...)
	d.Add(splits...)
	if none {
		d.Add("none")
	}
}
