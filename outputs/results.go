package outputs

import (
	"fmt"
	"math"
	"slices"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"

	"fc7/internal/atomicfile"
)

// ResultKind is the type of a column of results.
type ResultKind int

// The kinds, and the Go types that ResultWriter.Write takes for them.
const (
	ResultText    ResultKind = iota // string, UTF-8
	ResultInt                       // int, stored as int32
	ResultFloat                     // float32 or float64, stored as double
	ResultBool                      // bool
	ResultTexts                     // []string, a list
	ResultFloat32                   // []float32, a list of float
	ResultInts                      // []int32, a list of int32
	ResultFloats                    // []float64, a list of double
)

func (k ResultKind) String() string {
	names := []string{"string", "int", "float64", "bool", "[]string", "[]float32", "[]int32", "[]float64"}
	if k < 0 || int(k) >= len(names) {
		return fmt.Sprintf("ResultKind(%d)", int(k))
	}
	return names[k]
}

func (k ResultKind) isList() bool { return k >= ResultTexts && k <= ResultFloats }

// ResultColumn is a column of a table of results.
type ResultColumn struct {
	Name     string
	Kind     ResultKind
	Required bool // no value is missing (nil)
}

// present is the definition level of a value, or of a list without elements; an element has one more.
func (c ResultColumn) present() int {
	if c.Required {
		return 0
	}
	return 1
}

// maxResultColumns bounds the columns of a table, of which a head's scores have one or two a class.
const maxResultColumns = 1 << 16

// ResultWriter writes a table of results, such as one row an image with its label and the answers given, as one Parquet
// file that stands by itself: unlike a feature table it has no shards and no identity, only the metadata it is given.
// It is for one goroutine. The file appears under its name when Close succeeds. The same rows give the same bytes.
type ResultWriter struct {
	resultFile
	columns []ResultColumn
}

// CreateResults starts a table at path, whose folder must exist. A file that is there already is refused, or, with
// replace, replaced when Close succeeds. metadata goes to the footer.
func CreateResults(path string, columns []ResultColumn, metadata map[string]string, replace bool) (*ResultWriter, error) {
	schema, err := resultSchema(columns)
	if err != nil {
		return nil, fmt.Errorf("creating %s: %w", path, err)
	}
	f, err := atomicfile.Create(path, replace)
	if err != nil {
		return nil, fmt.Errorf("creating %s: %w", path, err)
	}
	w := &ResultWriter{resultFile{final: path, file: f}, slices.Clone(columns)}
	options := append(plainOptions(schema),
		parquet.MaxRowsPerRowGroup(min(1<<16, rowGroupBytes/resultBytes/int64(len(columns)))),
		parquet.PageBufferSize(min(pageBytes, rowGroupBytes/len(columns))),
	)
	for key, value := range metadata {
		options = append(options, parquet.KeyValueMetadata(key, value))
	}
	w.table = parquet.NewGenericWriter[any](f, options...)
	w.leaves = w.table.ColumnWriters()
	return w, nil
}

// resultBytes is what a value takes in the library's buffers, with its levels.
const resultBytes = 16

// resultSchema makes the columns, optional unless they are required, and the elements of lists required.
func resultSchema(columns []ResultColumn) (*parquet.Schema, error) {
	if len(columns) == 0 || len(columns) > maxResultColumns {
		return nil, fmt.Errorf("a table of %d columns, expected 1 to %d", len(columns), maxResultColumns)
	}
	text := parquet.Encoded(parquet.String(), &parquet.Plain) // see schemaOf
	g := &group{}
	seen := map[string]bool{}
	for i, c := range columns {
		if c.Name == "" || !utf8.ValidString(c.Name) || seen[c.Name] {
			return nil, fmt.Errorf("column %d: name %q is empty, not UTF-8, or there twice", i, c.Name)
		}
		seen[c.Name] = true
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
		case ResultInts:
			n = parquet.List(parquet.Leaf(parquet.Int32Type))
		case ResultFloats:
			n = parquet.List(parquet.Leaf(parquet.DoubleType))
		default:
			return nil, fmt.Errorf("column %s: unknown kind %v", c.Name, c.Kind)
		}
		if !c.Required {
			n = parquet.Optional(n)
		}
		g.fields = append(g.fields, field{n, c.Name})
	}
	return parquet.NewSchema("fc7", g), nil
}

// written is the number of rows written so far.
func (w *ResultWriter) written() int { return w.rows }

// Write appends a row: a value for each column, of its kind, or nil where there is none and none is required. It keeps
// no part of it. A row that is refused leaves the table as it was.
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
		w.values = appendResult(w.values[:0], v, i, w.columns[i])
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
		if err := checkResult(v, w.columns[i]); err != nil {
			return fmt.Errorf("column %s: %w", w.columns[i].Name, err)
		}
	}
	return nil
}

func checkResult(v any, c ResultColumn) error {
	fits, k := v == nil && !c.Required, c.Kind
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
	case []int32:
		fits = k == ResultInts
	case []float64:
		fits = k == ResultFloats
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

// appendResult turns a value into the library's, with its levels; see encoder.
func appendResult(values []parquet.Value, v any, column int, c ResultColumn) []parquet.Value {
	add := func(x parquet.Value, repetition, definition int) {
		values = append(values, x.Level(repetition, definition, column))
	}
	present := c.present()
	switch v := v.(type) {
	case nil:
		add(parquet.Value{}, 0, 0)
	case int:
		add(parquet.Int32Value(int32(v)), 0, present)
	case float32:
		add(parquet.DoubleValue(float64(v)), 0, present)
	case []string:
		for i, s := range v {
			add(parquet.ValueOf(s), min(i, 1), present+1)
		}
	case []float32:
		for i, x := range v {
			add(parquet.FloatValue(x), min(i, 1), present+1)
		}
	case []int32:
		for i, x := range v {
			add(parquet.Int32Value(x), min(i, 1), present+1)
		}
	case []float64:
		for i, x := range v {
			add(parquet.DoubleValue(x), min(i, 1), present+1)
		}
	default: // string, float64, bool
		add(parquet.ValueOf(v), 0, present)
	}
	if c.Kind.isList() && len(values) == 0 {
		add(parquet.Value{}, 0, present)
	}
	return values
}
