package outputs

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"

	"fc7/internal/atomicfile"
)

// ResultKind is the type of a column of results. Any value may be missing (nil).
type ResultKind int

// The kinds, and the Go types that ResultWriter.Write takes for them.
const (
	ResultText    ResultKind = iota // string, UTF-8
	ResultInt                       // int, stored as int32
	ResultFloat                     // float32 or float64, stored as double
	ResultBool                      // bool
	ResultTexts                     // []string, a list
	ResultFloat32                   // []float32, a list of float
)

func (k ResultKind) String() string {
	names := []string{"string", "int", "float64", "bool", "[]string", "[]float32"}
	if k < 0 || int(k) >= len(names) {
		return fmt.Sprintf("ResultKind(%d)", int(k))
	}
	return names[k]
}

func (k ResultKind) isList() bool { return k == ResultTexts || k == ResultFloat32 }

// ResultColumn is a column of a table of results.
type ResultColumn struct {
	Name string
	Kind ResultKind
}

// ResultWriter writes a table of results, such as one row an image with its label and the answers given, as one Parquet file
// that stands by itself: unlike a feature table it has no shards and no identity, only the metadata it is given. It is for one
// goroutine. The file appears under its name when Close succeeds. The same rows give the same bytes.
type ResultWriter struct {
	final   string
	file    outFile
	columns []ResultColumn
	table   *parquet.GenericWriter[any]
	leaves  []*parquet.ColumnWriter
	values  []parquet.Value
	rows    int
	err     error // the first failure; everything after it gives the same
	closed  bool
}

// CreateResults starts a table at path, whose folder must exist. A file that is there already is refused, or, with replace,
// replaced when Close succeeds. metadata goes to the footer.
func CreateResults(path string, columns []ResultColumn, metadata map[string]string, replace bool) (*ResultWriter, error) {
	schema, err := resultSchema(columns)
	if err != nil {
		return nil, fmt.Errorf("creating %s: %w", path, err)
	}
	f, err := atomicfile.Create(path, replace)
	if err != nil {
		return nil, fmt.Errorf("creating %s: %w", path, err)
	}
	w := &ResultWriter{final: path, file: f, columns: slices.Clone(columns)}
	options := append(plainOptions(schema), parquet.MaxRowsPerRowGroup(1<<16))
	for key, value := range metadata {
		options = append(options, parquet.KeyValueMetadata(key, value))
	}
	w.table = parquet.NewGenericWriter[any](f, options...)
	w.leaves = w.table.ColumnWriters()
	return w, nil
}

// resultSchema makes every column optional, and the elements of lists required.
func resultSchema(columns []ResultColumn) (*parquet.Schema, error) {
	text := parquet.Encoded(parquet.String(), &parquet.Plain) // see schemaOf
	g := &group{}
	for i, c := range columns {
		if c.Name == "" || !utf8.ValidString(c.Name) || slices.ContainsFunc(columns[:i], func(b ResultColumn) bool { return b.Name == c.Name }) {
			return nil, fmt.Errorf("column %d: name %q is empty, not UTF-8, or there twice", i, c.Name)
		}
		var n parquet.Node
		switch c.Kind {
		case ResultText:
			n = text
		case ResultInt:
			n = parquet.Leaf(parquet.Int32Type)
		case ResultFloat:
			n = parquet.Leaf(parquet.DoubleType)
		case ResultBool:
			n = parquet.Leaf(parquet.BooleanType)
		case ResultTexts:
			n = parquet.List(text)
		case ResultFloat32:
			n = parquet.List(parquet.Leaf(parquet.FloatType))
		default:
			return nil, fmt.Errorf("column %s: unknown kind %v", c.Name, c.Kind)
		}
		g.fields = append(g.fields, field{parquet.Optional(n), c.Name})
	}
	if len(columns) == 0 {
		return nil, errors.New("a table without columns")
	}
	return parquet.NewSchema("fc7", g), nil
}

// Rows is the number of rows written so far.
func (w *ResultWriter) Rows() int { return w.rows }

// Write appends a row: a value for each column, of its kind, or nil where there is none. It keeps no part of it. A row that is
// refused leaves the table as it was.
func (w *ResultWriter) Write(row ...any) error {
	if w.closed {
		return fmt.Errorf("writing %s: the table is closed", w.final)
	}
	if w.err != nil {
		return w.err
	}
	if err := w.check(row); err != nil {
		return fmt.Errorf("writing %s: row %d: %w", w.final, w.rows, err)
	}
	for i, v := range row {
		w.values = appendResult(w.values[:0], v, i, w.columns[i].Kind)
		if _, err := w.leaves[i].WriteRowValues(w.values); err != nil {
			w.err = fmt.Errorf("writing %s: row %d: %w", w.final, w.rows, err)
			return w.err
		}
	}
	w.rows++
	return nil
}

// check tells whether a row fits the columns.
func (w *ResultWriter) check(row []any) error {
	if len(row) != len(w.columns) {
		return fmt.Errorf("%d values for %d columns", len(row), len(w.columns))
	}
	for i, v := range row {
		if err := checkResult(v, w.columns[i].Kind); err != nil {
			return fmt.Errorf("column %s: %w", w.columns[i].Name, err)
		}
	}
	return nil
}

func checkResult(v any, k ResultKind) error {
	fits := v == nil
	switch v := v.(type) {
	case string:
		fits = k == ResultText
		if !utf8.ValidString(v) {
			return fmt.Errorf("%q is not valid UTF-8: use Escape", v)
		}
	case int:
		fits = k == ResultInt
		if v < math.MinInt32 || v > math.MaxInt32 {
			return fmt.Errorf("%d does not fit an int32", v)
		}
	case float32, float64:
		fits = k == ResultFloat
	case bool:
		fits = k == ResultBool
	case []float32:
		fits = k == ResultFloat32
	case []string:
		fits = k == ResultTexts
		if i := slices.IndexFunc(v, func(s string) bool { return !utf8.ValidString(s) }); i >= 0 {
			return fmt.Errorf("%q is not valid UTF-8: use Escape", v[i])
		}
	}
	if !fits {
		return fmt.Errorf("a value of type %T, expected %v", v, k)
	}
	return nil
}

// appendResult turns a value into the library's, with its levels: of a scalar 1 where it is there; of a list 1 where it is
// empty, and 2 for each element; see encoder.
func appendResult(values []parquet.Value, v any, column int, k ResultKind) []parquet.Value {
	add := func(x parquet.Value, repetition, definition int) {
		values = append(values, x.Level(repetition, definition, column))
	}
	switch v := v.(type) {
	case nil:
		add(parquet.Value{}, 0, 0)
	case int:
		add(parquet.Int32Value(int32(v)), 0, 1)
	case float32:
		add(parquet.DoubleValue(float64(v)), 0, 1)
	case []string:
		for i, s := range v {
			add(parquet.ValueOf(s), min(i, 1), 2)
		}
	case []float32:
		for i, x := range v {
			add(parquet.FloatValue(x), min(i, 1), 2)
		}
	default: // string, float64, bool
		add(parquet.ValueOf(v), 0, 1)
	}
	if k.isList() && len(values) == 0 {
		add(parquet.Value{}, 0, 1)
	}
	return values
}

// Close completes the table: footer, fsync, final name, fsync of the folder. After an error, here or in Write, nothing new
// stands under the final name and the temporary file is gone. A second Close does nothing.
func (w *ResultWriter) Close() error {
	if w.closed {
		return w.err
	}
	w.closed = true
	if w.err != nil {
		return errors.Join(w.err, w.file.Abort())
	}
	err := w.table.Close()
	if err == nil {
		err = w.file.Commit()
	} else {
		err = errors.Join(err, w.file.Abort())
	}
	if err != nil {
		w.err = fmt.Errorf("completing %s: %w", w.final, err)
	}
	return w.err
}

// Abort gives the table up and removes its temporary file. After Close it does nothing.
func (w *ResultWriter) Abort() error {
	if w.closed {
		return nil
	}
	w.closed = true
	return w.file.Abort()
}
