// Package datasets tells what images a data set consists of: their keys, where
// their bytes are, their labels, boxes and official splits. It opens no pixel.
//
// A data set is named KIND:PATH. Open reads its lists and folders and returns
// a Set, whose items stand in the official order of that kind. What
// lives here:
//
//   - Item, Location, Box, Set: what every kind is turned into;
//   - Open and Kinds: the table of kinds, one file each (caltech101.go,
//     folder.go, voc.go);
//   - the parsers of the PASCAL VOC devkit's image lists and XML annotations;
//   - errors that name the tree that was expected and what was found.
//
// The rule of the house is that no input is lost in silence: a listed image
// without a file stays an item, whose reading then fails with a reason, and a
// file that is passed over is counted in Set.Skipped.
package datasets
