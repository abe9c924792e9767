// Package protocol trains and scores linear heads by the data sets' own rules: PASCAL VOC's image classification (VOC) and
// actions (Action), Caltech-101's and -256's random splits (Caltech), any other labelled set (Set), and low-shot curves (LowShot).
//
// It starts from a matrix of descriptors a scale and string labels, makes one descriptor of the scales (Recipe) and of several
// tables (Fuse), chooses the cost C on images held out from training, trains on all of them, and scores. No image that is scored has
// a part in choosing C. Results are plain structs with JSON tags; what cannot be a figure is null there. It reads and writes no files.
package protocol
