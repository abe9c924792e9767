package outputs

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"slices"

	"github.com/parquet-go/parquet-go"

	"fc7/internal/atomicfile"
	"fc7/internal/place"
)

// The footer's keys. keyColumns is the JSON of []Column, keyShard that of shardMark.
const (
	keyIdentity = "fc7.identity"
	keyColumns  = "fc7.columns"
	keyShard    = "fc7.shard"
	keyDigest   = "fc7.sha256" // see digestMark
	keyArrow    = "ARROW:schema"
)

const (
	// rowGroupBytes is how much a row group holds before it is written out: it bounds the writer's memory, and leaves a
	// reader with several groups to share out among its cores.
	rowGroupBytes = 64 << 20
	// pageBytes is the size of a data page with its levels in memory: 40 rows of 4,096 floats.
	pageBytes = 1 << 20
)

// shardMark says which shard of how many a file is, whatever its name.
type shardMark struct {
	Index int `json:"index"`
	Count int `json:"count"`
}

// ShardWriter writes one shard of a feature table. It is for one goroutine. The shard appears under its final name only
// when Close succeeds; until then, and after any error, there is at most a temporary file, which Close or Abort
// removes. The same rows give the same bytes.
type ShardWriter struct {
	final  string
	file   outFile
	sum    *hashing
	table  *parquet.GenericWriter[any]
	encode *encoder
	cols   []Column
	none   bool // see Inputs.None
	group  int  // bytes in the current row group
	limit  int  // rowGroupBytes
	rows   int
	err    error // the first failure; everything after it gives the same
	closed bool
}

// RewriteShard is CreateShard for a shard that is there already: the old one stands until Close puts the new one in its
// place, in one step.
func RewriteShard(dir string, index, count int, cols []Column, id Identity) (*ShardWriter, error) {
	return createShard(dir, shardMark{index, count}, cols, id, replacing)
}

// RewriteShardIn is RewriteShard in a folder of a place, of a shard that was read as of a version; see place.Place.
func RewriteShardIn(in place.Place, dir string, index, count int, cols []Column, id Identity, version string) (*ShardWriter, error) {
	if err := errors.Join(checkShard(index, count), checkColumns(cols)); err != nil {
		return nil, fmt.Errorf("creating a shard in %s: %w", in.At(dir), err)
	}
	name := path.Join(dir, ShardName(index, count))
	return createParquet(in.At(name), shardMark{index, count}, cols, id, func(string) (outFile, error) { return in.Replace(name, version) })
}

// CreateShard starts shard index (from 0) of count in dir, which must exist. It removes temporary files that a killed
// run left of the same shard, and refuses a shard that is there already.
func CreateShard(dir string, index, count int, cols []Column, id Identity) (*ShardWriter, error) {
	return createShard(dir, shardMark{index, count}, cols, id, newFile)
}

// CreateShardIn is CreateShard in a folder of a place, where a shard that is there already may be found at Close.
func CreateShardIn(in place.Place, dir string, index, count int, cols []Column, id Identity) (*ShardWriter, error) {
	if err := errors.Join(checkShard(index, count), checkColumns(cols)); err != nil {
		return nil, fmt.Errorf("creating a shard in %s: %w", in.At(dir), err)
	}
	name := path.Join(dir, ShardName(index, count))
	return createParquet(in.At(name), shardMark{index, count}, cols, id, func(string) (outFile, error) { return in.Create(name, false) })
}

// outFile is what a writer needs of a file in the making; tests put one in its place whose disk is full.
type outFile interface {
	io.Writer
	io.ReaderAt
	io.WriterAt
	Commit() error
	Abort() error
}

// newFile starts a file that must not be there yet.
func newFile(path string) (outFile, error) { return atomicfile.Create(path, false) }

// replacing starts a file that takes the place of what is there.
func replacing(path string) (outFile, error) { return atomicfile.Create(path, true) }

func creator(replace bool) func(path string) (outFile, error) {
	if replace {
		return replacing
	}
	return newFile
}

func createShard(dir string, mark shardMark, cols []Column, id Identity, create func(path string) (outFile, error)) (*ShardWriter, error) {
	if err := errors.Join(checkShard(mark.Index, mark.Count), checkColumns(cols)); err != nil {
		return nil, fmt.Errorf("creating a shard in %s: %w", dir, err)
	}
	return createParquet(filepath.Join(dir, ShardName(mark.Index, mark.Count)), mark, cols, id, create)
}

// CreateParquet starts a table of one file at path, whatever its name. A file that is there already is refused, or,
// with replace, replaced when Close succeeds. Otherwise it is CreateShard.
func CreateParquet(path string, cols []Column, id Identity, replace bool) (*ShardWriter, error) {
	if err := checkColumns(cols); err != nil {
		return nil, fmt.Errorf("creating %s: %w", path, err)
	}
	return createParquet(path, shardMark{0, 1}, cols, id, creator(replace))
}

// segmentBytes is what a row group of a segment holds: another writer's row group is in memory beside it.
const segmentBytes = 8 << 20

// CreateSegment is CreateParquet of a file that is of use until a shard is whole, with small row groups, instead of
// what stands at a name in a place.
func CreateSegment(in place.Place, name string, cols []Column, id Identity) (*ShardWriter, error) {
	if err := checkColumns(cols); err != nil {
		return nil, fmt.Errorf("creating %s: %w", in.At(name), err)
	}
	w, err := createParquet(in.At(name), shardMark{0, 1}, cols, id, func(string) (outFile, error) { return in.Create(name, true) })
	if err == nil {
		w.limit = segmentBytes
	}
	return w, err
}

// Path is the name that the file gets.
func (w *ShardWriter) Path() string { return w.final }

func createParquet(final string, mark shardMark, cols []Column, id Identity, create func(path string) (outFile, error)) (*ShardWriter, error) {
	footer, err := footerOf(mark, cols, id)
	if err != nil {
		return nil, fmt.Errorf("creating %s: %w", final, err)
	}
	f, err := create(final)
	if err != nil {
		return nil, fmt.Errorf("creating %s: %w", final, err)
	}
	w := &ShardWriter{final: final, file: f, cols: slices.Clone(cols), none: id.Inputs.None > 0, limit: rowGroupBytes}
	w.sum = &hashing{w: f, sum: sha256.New()}
	w.table = newTableWriter(w.sum, w.cols, w.none, footer)
	w.encode = newEncoder(w.cols, w.none, w.table.ColumnWriters())
	return w, nil
}

// footerOf gives the footer's keys and values.
func footerOf(mark shardMark, cols []Column, id Identity) (map[string]string, error) {
	if id.Format != FormatVersion {
		return nil, fmt.Errorf("the identity says table format %d, expected %d", id.Format, FormatVersion)
	}
	identity, err := id.encode()
	if err != nil {
		return nil, err
	}
	columns, err := json.Marshal(cols)
	if err != nil {
		return nil, err
	}
	shard, err := json.Marshal(mark)
	if err != nil {
		return nil, err
	}
	schema, err := arrowSchemaText(cols, id.Inputs.None > 0)
	if err != nil {
		return nil, err
	}
	return map[string]string{keyIdentity: identity, keyColumns: string(columns), keyShard: string(shard), keyArrow: schema, keyDigest: noDigest}, nil
}

// plainOptions set up the library. Data pages are version 1 and PLAIN, the most widely read kind.
func plainOptions(schema *parquet.Schema) []parquet.WriterOption {
	return []parquet.WriterOption{
		schema,
		parquet.CreatedBy("fc7", fmt.Sprint(FormatVersion), "0"),
		parquet.DataPageVersion(1),
		parquet.DataPageStatistics(false),
		parquet.PageBufferSize(pageBytes),
		parquet.WriteBufferSize(1 << 20),
		parquet.Compression(&parquet.Uncompressed),
	}
}

func newTableWriter(f io.Writer, cols []Column, none bool, footer map[string]string) *parquet.GenericWriter[any] {
	options := plainOptions(schemaOf(cols, none))
	for key, value := range footer {
		options = append(options, parquet.KeyValueMetadata(key, value))
	}
	for _, c := range cols {
		if c.Dtype == Float16 { // see halfType
			options = append(options, parquet.SkipPageBounds(c.Name, "list", "element"))
		}
	}
	return parquet.NewGenericWriter[any](f, options...)
}

// Rows is the number of rows written so far.
func (w *ShardWriter) Rows() int { return w.rows }

// Write checks and appends a row; it keeps no part of it. A row that is refused leaves the shard as it was, so that the
// caller can write a failed row in its place; any other error ends the shard.
func (w *ShardWriter) Write(r Row) error {
	if w.closed {
		return fmt.Errorf("writing %s: the shard is closed", w.final)
	}
	if w.err != nil {
		return w.err
	}
	if err := r.check(w.cols, w.none); err != nil {
		return fmt.Errorf("writing %s: row %d (image %q): %w", w.final, w.rows, r.Image, err)
	}
	if err := w.encode.row(&r); err != nil {
		return w.fail(fmt.Errorf("writing %s: row %d: %w", w.final, w.rows, err))
	}
	w.rows++
	w.group += r.size(w.cols)
	if w.group >= w.limit {
		w.group = 0
		if err := w.table.Flush(); err != nil {
			return w.fail(fmt.Errorf("writing %s: %w", w.final, err))
		}
	}
	return nil
}

func (w *ShardWriter) fail(err error) error {
	w.err = err
	return err
}

// Close completes the shard: footer, fsync, final name, fsync of the folder. After an error, here or in Write, nothing
// stands under the final name and the temporary file is gone. A second Close does nothing.
func (w *ShardWriter) Close() error { return w.CloseAfter(func(string) error { return nil }) }

// Digests are those of the file, which before of CloseAfter may ask for.
func (w *ShardWriter) Digests() (Digests, error) { return digests(w.file, w.sum.size) }

// CloseAfter is Close that first calls before with the shard's digest of itself, when all but its name is there; an
// error of before is one of Close.
func (w *ShardWriter) CloseAfter(before func(own string) error) error {
	if w.closed {
		return w.err
	}
	w.closed = true
	if w.err == nil {
		if err := w.finish(before); err != nil {
			w.err = fmt.Errorf("completing %s: %w", w.final, err)
		}
		return w.err
	}
	return errors.Join(w.err, w.file.Abort())
}

func (w *ShardWriter) finish(before func(own string) error) error {
	err := w.table.Close()
	if err == nil {
		err = w.sum.seal(w.file)
	}
	if err == nil {
		err = before(w.sum.text())
	}
	if err != nil {
		return errors.Join(err, w.file.Abort())
	}
	return w.file.Commit()
}

// Abort gives the shard up and removes its temporary file. After Close it does nothing.
func (w *ShardWriter) Abort() error {
	if w.closed {
		return nil
	}
	w.closed = true
	return w.file.Abort()
}
