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
	c := CountInputs()
	c.Add(set.Items)
	return c.Of(set.Kind)
}

// InputCounter identifies a list of items that comes in pieces.
type InputCounter struct {
	d  *outputs.Digest
	of outputs.Inputs
}

// CountInputs starts one.
func CountInputs() *InputCounter { return &InputCounter{d: outputs.NewDigest()} }

// Add takes the next items.
func (c *InputCounter) Add(items []datasets.Item) {
	for i := range items {
		it := &items[i]
		c.of.Count++
		if it.Box != nil {
			c.of.Boxes++
		}
		c.of.Foot = max(c.of.Foot, int(it.Foot))
		c.d.Add(itemFields(it.ID, it.Object, it.Box.Corners())...)
		addLabels(c.d, it.Labels(), it.Ignored(), it.Splits(), it.None)
		if it.None {
			c.of.None++
		}
	}
}

// Of is what identifies the list of all items, of a set of that kind.
func (c *InputCounter) Of(kind string) outputs.Inputs {
	c.of.Kind, c.of.SHA256 = kind, c.d.Sum()
	return c.of
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
