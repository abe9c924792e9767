// Package protocol trains and scores linear heads by the data sets' own rules, each a line of the table [Protocols]:
// PASCAL VOC's image classification and actions, Caltech-101's and -256's random splits, any other labelled set; and
// low-shot curves of all of them.
//
// It starts from a matrix of descriptors a scale and string labels, makes one descriptor of the scales ([Recipe]) and
// of several tables ([Fuse]), chooses the cost C on images held out from training, trains on all of them, and scores:
// [Protocol.Run]. No image that is scored has a part in choosing C. All protocols give a [Result] of one shape, a plain
// struct with JSON tags; what cannot be a figure is null there. It reads and writes no files.
package protocol
