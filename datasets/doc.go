// Package datasets tells what images a data set consists of: their keys, where their bytes are, their labels, boxes and
// official splits. It opens no pixel.
//
// A data set is named KIND:PATH. Open reads its lists and folders and returns a Set, whose items stand in the official
// order of that kind. What lives here:
//
//   - Item, Location, Box, Set: what every kind is turned into;
//   - Open and Kinds: the table of kinds, one file each (caltech101.go,
//     caltech256.go, csv.go, folder.go, imagenet.go, list.go, parquet.go,
//     tar.go, voc.go, vocaction.go);
//   - sets that were published as images with lists beside them, which share
//     listed.go: a value and a reader of the lists each (pets.go, flowers102.go,
//     dtd.go, cub200.go, cars.go, aircraft.go, food101.go, sun397.go, mit67.go,
//     dogs.go, coco.go, cifar.go);
//   - the parsers of the PASCAL VOC devkit's image lists and XML annotations,
//     of lists of paths, of CSV tables, of WebDataset shards, of image tables
//     in Parquet, of split files and of ImageNet's development kit, all of
//     them with bounds on what they take in;
//   - ILSVRC2012: the 1000 classes in the order of the nets' outputs;
//   - options that hold for all kinds: a part of a set, splits from a file,
//     rows for boxes or images, context around boxes;
//   - errors that name the tree that was expected and what was found.
//
// The rule of the house is that no input is lost in silence: a listed image without a file stays an item, whose reading
// then fails with a reason, and a file that is passed over is counted in Set.Skipped. A list, table or shard that says
// two things about one key, or was cut, is an error that names the line or byte.
package datasets
