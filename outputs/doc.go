// Package outputs holds what a run leaves behind: the feature table in Parquet, its identity, and the manifest.
//
// # The table
//
// One row an item, in input order, over the shards of a folder: features/part-00000-of-00008.parquet, …
//
//	image     string          the key, with object
//	object    int32 or null   1-based object number of a box row
//	path      string          where the image came from
//	width     int32           of the image in pixels, 0 if not known
//	height    int32
//	labels    list of string  positive classes; see below
//	ignored   list of string  classes left out of scoring
//	splits    list of string  train, val, trainval, test
//	status    string          "ok" or "failed"
//	error     string or null  why it failed
//	fc7_q256  list of float32 (or float16), or null in a failed row; one such column a layer and scale
//	pool5_map_q256        the same, of a length that differs: a whole map, row by row, channels last
//	pool5_map_q256_shape  list of int32: height, width and channels of the map in the column before
//
// A table with inputs that are known to be of none of the classes (Inputs.None) has an empty list of labels in their
// rows, and null where the labels are not known. In all other tables labels are never null, and empty where they are
// not known.
//
// The footer's keys: "fc7.identity" (Identity), "fc7.columns" (every Column), "fc7.shard" (which of how many), all
// JSON, "ARROW:schema", and "fc7.sha256": the SHA-256 of the whole file in hex, taken with 64 zeros in the place of its
// digits.
//
// CreateShard writes a shard, CreateParquet and CreateArrow a table of one file; OpenShard reads one, a row group at a
// time; OpenTable reads a whole table into memory, or maps it where it lies, NewScanner reads a row group of it at a
// time; CheckShard finds any damage. A shard appears by renaming, so one that is there is complete; it is replaced by
// RewriteShard alone, when failed rows are retried. The same rows give the same bytes.
//
// CreateResults writes another kind of file: a table of results in columns of the caller's choice, in one file, such as
// a head's scores of images, or the answers of a classifier. These two are all that writes Parquet.
//
// # Reading by other programs
//
// pandas, polars, DuckDB and arrow-go v15 must read every file. Hence:
//
//   - Encoding PLAIN in data pages of version 1. arrow-go v15 cannot read BYTE_STREAM_SPLIT.
//   - Lists of three levels, named list and element as the Parquet format asks.
//   - Descriptors are lists of values that are not null, in a list that may be. Only a column that cannot hold nulls is a fixed-size
//     list in the Arrow schema: with nulls, pyarrow refuses such a list, and arrow-go v15 panics (a test keeps the proof).
//   - Strings are UTF-8; the writer refuses others, and Escape makes any file name fit.
//   - Bounds in statistics are true or left out: the Parquet library would compare float16 values as byte strings.
//
// Tests read every kind of file by arrow-go v15 and by the library's own reader; testdata/readers.mjs by DuckDB,
// Polars, arrow-rs and hyparquet. All agree to the last bit.
//
// # Storage, as measured
//
// 1,024 rows of 4,096 float32 or float16 in one column, on one core of a 2-core Zen 3. Descriptors of VGG-16 with
// random weights on photographs: the mean over positions and the flip at Q = 256 (65 % of the values are not zero), a
// single position at 224 (50 %); and values of which 20 % are not zero, as in trained nets at a single position.
//
//	            size: mean  single  20 %   read MB/s      size in float16       write MB/s
//	none              1.00  1.00    1.00   3,000–3,600    1.00  1.00  1.00      50–85
//	snappy            0.78  0.65    0.33     870–1,050    0.89  0.75  0.40      35–65
//	zstd 1            0.70  0.57    0.28     340–570      0.72  0.59  0.31      30–50
//	zstd 3            0.72  0.57    0.26     470–610      0.73  0.59  0.30      20–40
//
// The table is not compressed. The values of a multi-scale mean hardly shrink, float16 halves them for certain, and an
// uncompressed column reads six times as fast, can be mapped, and has the same bytes with every version of a
// compression library and on every machine (snappy's encoders for amd64 and for other machines gave different bytes).
// Row groups hold 64 MiB and pages 1 MiB: between 16 and 256 MiB, and 256 KiB and 4 MiB, reading times did not differ
// by more than their scatter, and the writer, which holds a row group, stays at about 120 MB. Reading rows and one
// column of 5,011 x 4,096 float32 (82 MB) from the page cache takes 25 to 60 ms on two cores; writing takes 0.2 to 0.25
// ms a descriptor.
//
// # Trust
//
// A file may be damaged, or made to harm. The reader checks the footer's structure before the library decodes it, and
// reads pages itself: sizes are held against the bytes that are there before memory is taken, and each page against its
// checksum. What it cannot read is an error that names the file; it does not panic. Files that another program rewrote
// are refused, since the identity does not vouch for them.
package outputs
