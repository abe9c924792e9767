package datasets

import (
	"fmt"
	"strings"
)

// Item is one row of a data set: an image, or one boxed object of it. A set may have millions: what most of them share
// is kept once.
type Item struct {
	// ID is the key, unique in the set together with Object; valid UTF-8 without control characters. VOC: the list's
	// name, "000005"; tar: the sample's key; csv: the id column if there is one; otherwise the path below Set.Root with
	// slashes, "accordion/image_0001.jpg", or the absolute path that a list or table gives.
	ID string
	// At is where the image's bytes are. The file need not exist: see Set.Check.
	At Location
	// Object is the 1-based number of the object of a box row; 0: the whole image.
	Object int
	// Box is the object's box; nil: the whole image.
	Box *Box

	labels *labels // nil: neither labels nor ignored ones
	splits splitBits

	// None says that the item is known to be of none of Set.Classes. An item with neither Labels nor Ignored of which
	// it is false is unlabelled: what it is of is not known.
	None bool
	// Foot is how many rows of pixels at the foot of the picture are no part of the image, such as those of a banner.
	Foot uint16
}

// NewItem is an item of some labels, whose bytes are nowhere yet.
func NewItem(id string, labels ...string) Item {
	return Item{ID: id, labels: new(labelLists).shared(labels, nil)}
}

// Labels are the positive classes, in the order of Set.Classes. The slice is shared between items and must not be
// changed.
func (it *Item) Labels() []string {
	if it.labels == nil {
		return nil
	}
	return it.labels.positive
}

// Ignored are the classes to score neither as hit nor as miss, in the order of Set.Classes (VOC: only difficult objects
// of the class). The slice is shared between items and must not be changed.
func (it *Item) Ignored() []string {
	if it.labels == nil {
		return nil
	}
	return it.labels.ignored
}

// Splits are the official splits that the item is in: of SplitTrain, SplitVal, SplitTrainVal and SplitTest, in that
// order, then those of numbered divisions, "train1", of a set that is divided several times; none where the protocol
// draws its own. The slice is shared between items and must not be changed.
func (it *Item) Splits() []string { return it.splits.names() }

// SetSplits sets Splits. Names that are none of an official split are left out.
func (it *Item) SetSplits(names ...string) {
	it.splits = 0
	for _, name := range names {
		bits, _ := splitBitsOf(name)
		it.splits |= bits
	}
}

// Labelled tells whether it is known which of the set's classes the item is of, be it none.
func (it *Item) Labelled() bool { return it.None || it.has() }

// has tells whether the item has a label, be it one that is left out of scoring.
func (it *Item) has() bool { return it.labels != nil }

// Region tells what of the picture the item is, in the words by which lists of items are identified; "": all of it.
func (it *Item) Region() string {
	if it.Foot == 0 {
		return it.Box.Corners()
	}
	return strings.TrimLeft(fmt.Sprintf("%s less %d", it.Box.Corners(), it.Foot), " ")
}
