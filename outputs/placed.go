package outputs

import (
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"

	"fc7/internal/atomicfile"
)

// PlacedRow is an image with a place on a map, in the columns that Embedding Atlas reads
// (https://apple.github.io/embedding-atlas/tool.html).
type PlacedRow struct {
	Name      string
	X, Y      float64
	IDs       []int64   // the nearest rows of the table, from 0, the nearest first
	Distances []float64 // to them, ascending
	Image     []byte    // an encoded picture; nil, stored as null, where there is none
	Path      string    // of the picture, or its name
	Label     *string   // nil, stored as null, where it is not known
	Split     *string
}

// The columns of a table of placed rows, by their leaves.
const (
	placedName = iota
	placedX
	placedY
	placedIDs
	placedDistances
	placedBytes
	placedPath
	placedLabel
	placedSplit
)

// placedSchema is the schema of a table of placed rows:
//
//	name          required UTF8
//	projection_x, projection_y  required DOUBLE
//	neighbors     required group of ids, a LIST of INT64, and distances, a LIST of DOUBLE
//	image         required group of bytes, an optional BYTE_ARRAY, and path, UTF8
//	label, split  optional UTF8
func placedSchema() *parquet.Schema {
	text := parquet.Encoded(parquet.String(), &parquet.Plain) // see schemaOf
	double := parquet.Leaf(parquet.DoubleType)
	bytes := parquet.Encoded(parquet.Leaf(parquet.ByteArrayType), &parquet.Plain)
	near := &group{fields: []parquet.Field{
		field{parquet.List(parquet.Leaf(parquet.Int64Type)), "ids"}, field{parquet.List(double), "distances"},
	}}
	image := &group{fields: []parquet.Field{field{parquet.Optional(bytes), "bytes"}, field{text, "path"}}}
	return parquet.NewSchema("fc7", &group{fields: []parquet.Field{
		field{text, "name"},
		field{double, "projection_x"},
		field{double, "projection_y"},
		field{near, "neighbors"},
		field{image, "image"},
		field{parquet.Optional(text), "label"},
		field{parquet.Optional(text), "split"},
	}})
}

// PlacedWriter writes a table of placed rows as one Parquet file. It is for one goroutine, and holds at most a row
// group of 64 MB. The file appears under its name when Close succeeds. The same rows give the same bytes.
type PlacedWriter struct {
	resultFile
	limit int // rowGroupBytes
	group int // bytes in the current row group
}

// CreatePlaced starts a table at path, whose folder must exist. A file that is there already is refused, or, with
// replace, replaced when Close succeeds. metadata goes to the footer.
func CreatePlaced(path string, metadata map[string]string, replace bool) (*PlacedWriter, error) {
	f, err := atomicfile.Create(path, replace)
	if err != nil {
		return nil, fmt.Errorf("creating %s: %w", path, err)
	}
	options := plainOptions(placedSchema())
	for key, value := range metadata {
		options = append(options, parquet.KeyValueMetadata(key, value))
	}
	options = append(options, parquet.SkipPageBounds("image", "bytes")) // which nobody compares
	w := &PlacedWriter{resultFile: resultFile{final: path, file: f, table: parquet.NewGenericWriter[any](f, options...)}, limit: rowGroupBytes}
	w.leaves = w.table.ColumnWriters()
	return w, nil
}

// Write appends a row, and keeps no part of it. A row that is refused leaves the table as it was.
func (w *PlacedWriter) Write(r PlacedRow) error {
	if w.closed {
		return fmt.Errorf("writing %s: the table is closed", w.final)
	}
	if w.err != nil {
		return w.err
	}
	if err := r.check(); err != nil {
		return fmt.Errorf("writing %s: row %d: %w", w.final, w.rows, err)
	}
	if err := w.row(&r); err != nil {
		w.err = fmt.Errorf("writing %s: row %d: %w", w.final, w.rows, err)
		return w.err
	}
	w.rows++
	if w.group += resultBytes*(len(w.leaves)+2*len(r.IDs)) + len(r.Image) + len(r.Name) + len(r.Path); w.group < w.limit {
		return nil
	}
	w.group = 0
	if err := w.table.Flush(); err != nil {
		w.err = fmt.Errorf("writing %s: %w", w.final, err)
	}
	return w.err
}

func (r *PlacedRow) check() error {
	if len(r.IDs) != len(r.Distances) {
		return fmt.Errorf("%d neighbours at %d distances", len(r.IDs), len(r.Distances))
	}
	if !slices.IsSorted(r.Distances) {
		return errors.New("its neighbours do not stand in the order of their distances")
	}
	for _, s := range []*string{&r.Name, &r.Path, r.Label, r.Split} {
		if s != nil && !utf8.ValidString(*s) {
			return fmt.Errorf("%q is not valid UTF-8: use Escape", *s)
		}
	}
	return nil
}

// row hands a row to the columns, with the levels that its groups and lists have; see encoder.
func (w *PlacedWriter) row(r *PlacedRow) error {
	texts := map[int]string{placedName: r.Name, placedPath: r.Path}
	for column := range w.leaves {
		w.values = w.values[:0]
		switch column {
		case placedName, placedPath:
			w.add(parquet.ValueOf(texts[column]), 0, 0, column)
		case placedX:
			w.add(parquet.DoubleValue(r.X), 0, 0, column)
		case placedY:
			w.add(parquet.DoubleValue(r.Y), 0, 0, column)
		case placedIDs:
			for i, id := range r.IDs {
				w.add(parquet.Int64Value(id), min(i, 1), 1, column)
			}
		case placedDistances:
			for i, d := range r.Distances {
				w.add(parquet.DoubleValue(d), min(i, 1), 1, column)
			}
		case placedBytes:
			if r.Image != nil {
				w.add(parquet.ByteArrayValue(r.Image), 0, 1, column)
			}
		case placedLabel:
			w.optional(r.Label, column)
		case placedSplit:
			w.optional(r.Split, column)
		}
		if len(w.values) == 0 { // null, or no element
			w.add(parquet.Value{}, 0, 0, column)
		}
		if _, err := w.leaves[column].WriteRowValues(w.values); err != nil {
			return err
		}
	}
	return nil
}

func (w *PlacedWriter) optional(s *string, column int) {
	if s != nil {
		w.add(parquet.ValueOf(*s), 0, 1, column)
	}
}

func (w *PlacedWriter) add(v parquet.Value, repetition, definition, column int) {
	w.values = append(w.values, v.Level(repetition, definition, column))
}
