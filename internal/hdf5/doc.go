// Package hdf5 reads the parts of HDF5 that Keras and MATLAB write: groups, attributes of text, datasets of numbers and
// of object references. It only reads, with positioned reads, and executes nothing.
//
// The format is that of the HDF5 File Format Specification, version 3.0 (The HDF Group); comments name its sections.
// Read are superblocks 0 to 3 behind any user block (II.A), object headers 1 and 2 with continuations (IV.A.1), groups
// as symbol tables (III.A to III.D) and as compact or dense links (IV.A.2.g, III.G), and datasets that are compact,
// contiguous or chunked, whatever index their chunks have but extensible arrays and version 2 B-trees (those of
// datasets that can grow), through the filters deflate, shuffle and Fletcher-32. Numbers are IEEE 754 floats of 16, 32
// and 64 bits and integers, of either byte order.
//
// A file may be hostile. Every block is checked against the file's size before it is allocated, trees carry their depth
// down, and all blocks that one File reads draw on one budget, so that whatever refers to itself ends in an error.
//
// What lives where: file.go the superblock and the budget, cursor.go fields of a block, header.go object headers,
// group.go and links.go the two kinds of groups, heap.go, fractal.go, btree1.go and btree2.go the structures they use,
// attribute.go, dataspace.go and datatype.go what a dataset is, layout.go where it lies, chunks.go and array.go the
// indexes of chunks, filter.go and read.go its bytes, checksum.go the sums.
package hdf5
