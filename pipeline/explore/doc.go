// Package explore looks at the descriptors of a table: which rows are near each other, and near new images. What takes
// long is kept below the run's folder with the digest of the table, and is made again when the table is another. Of a
// run on a store (see internal/mirror) it is put there, and comes from there to whoever asks for it.
package explore
