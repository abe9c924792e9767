package datasets

import "fmt"

// Box is a rectangle in pixels as PASCAL VOC writes it: 1-based, both corners inside, so that a box over a whole W x H
// image is {1, 1, W, H}. It may reach beyond the image, to 0, to less and to more than W and H, as in annotations of
// objects that are cut off: what is inside is cropped, and an inspection tells of it. One that has no pixel of the image
// fails as an image does.
type Box struct {
	XMin, YMin, XMax, YMax int
}

// Corners are the four numbers with spaces between, as lists of items are identified by; of no box nothing.
func (b *Box) Corners() string {
	if b == nil {
		return ""
	}
	return fmt.Sprint(b.XMin, b.YMin, b.XMax, b.YMax)
}

// Item is one row of a data set: an image, or one boxed object of it.
//
// Slices are shared between items and must not be changed.
type Item struct {
	// ID is the key, unique in the set together with Object; valid UTF-8 without control characters. VOC: the list's
	// name, "000005"; tar: the sample's key; csv: the id column if there is one; otherwise the path below Set.Root with
	// slashes, "accordion/image_0001.jpg", or the absolute path that a list or table gives.
	ID string
	// Object is the 1-based number of the object of a box row; 0: the whole image.
	Object int
	// Box is the object's box; nil: the whole image.
	Box *Box
	// width and height are the image's size in pixels where the set's own files tell it for a box row; 0: not known.
	width, height int32
	// At is where the image's bytes are. The file need not exist: see Set.Check.
	At Location
	// Labels are the positive classes, in the order of Set.Classes.
	Labels []string
	// Ignored are the classes to score neither as hit nor as miss, in the order of Set.Classes (VOC: only difficult
	// objects of the class).
	Ignored []string
	// None says that the item is known to be of none of Set.Classes. An item with neither Labels nor Ignored of which
	// it is false is unlabelled: what it is of is not known.
	None bool
	// Splits are the official splits that the item is in: of SplitTrain, SplitVal, SplitTrainVal and SplitTest, in that
	// order; none where the protocol draws its own.
	Splits []string
}

// Labelled tells whether it is known which of the set's classes the item is of, be it none.
func (it *Item) Labelled() bool { return it.None || it.has() }

// has tells whether the item has a label, be it one that is left out of scoring.
func (it *Item) has() bool { return len(it.Labels)+len(it.Ignored) > 0 }

// The names of official splits.
const (
	SplitTrain    = "train"
	SplitVal      = "val"
	SplitTrainVal = "trainval"
	SplitTest     = "test"
)
