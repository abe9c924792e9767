package datasets

// Box is a rectangle in pixels as PASCAL VOC writes it: 1-based, both corners inside, so that a box over a whole W x H
// image is {1, 1, W, H}.
type Box struct {
	XMin, YMin, XMax, YMax int
}

// Item is one row of a data set: an image, or one boxed object of it.
//
// Slices are shared between items and must not be changed. An item with neither Labels nor Ignored in a set that has
// classes is unlabelled: in no kind here does an image have labels and yet none of the classes.
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
	width, height int
	// At is where the image's bytes are. The file need not exist: see Set.Check.
	At Location
	// Labels are the positive classes, in the order of Set.Classes.
	Labels []string
	// Ignored are the classes to score neither as hit nor as miss, in the order of Set.Classes (VOC: only difficult
	// objects of the class).
	Ignored []string
	// Splits are the official splits that the item is in: of SplitTrain, SplitVal, SplitTrainVal and SplitTest, in that
	// order; none where the protocol draws its own.
	Splits []string
}

// The names of official splits.
const (
	SplitTrain    = "train"
	SplitVal      = "val"
	SplitTrainVal = "trainval"
	SplitTest     = "test"
)
