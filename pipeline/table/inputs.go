package table

import (
	"fmt"
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
	d, boxes := outputs.NewDigest(), 0
	for _, it := range set.Items {
		box := ""
		if b := it.Box; b != nil {
			boxes++
			box = fmt.Sprint(b.XMin, b.YMin, b.XMax, b.YMax)
		}
		d.Add(itemFields(it.ID, it.Object, box)...)
		d.Add(it.Labels...)
		d.Add(it.Ignored...)
		d.Add(it.Splits...)
	}
	return outputs.Inputs{Kind: set.Kind, Count: len(set.Items), Boxes: boxes, SHA256: d.Sum()}
}
