package outputs

import (
	"github.com/parquet-go/parquet-go"
)

// encoder turns rows into the library's values, a column at a time. A value carries two levels (Parquet format, "Nested
// encoding"): the definition level counts the optional and repeated nodes above it that are present, the repetition
// level is 0 for the first value of a row and 1 for the rest of its list.
type encoder struct {
	cols   []Column
	none   bool // labels may be null
	leaves []*parquet.ColumnWriter
	values []parquet.Value // of one column of one row
	halves []byte          // backs the float16 values of one row
}

func newEncoder(cols []Column, none bool, leaves []*parquet.ColumnWriter) *encoder {
	return &encoder{cols: cols, none: none, leaves: leaves}
}

// row writes one checked row to every column.
func (e *encoder) row(r *Row) error {
	for _, write := range [...]func() error{
		func() error { return e.text(colImage, r.Image) },
		func() error { return e.object(r.Object) },
		func() error { return e.text(colPath, r.Path) },
		func() error { return e.number(colWidth, r.Width) },
		func() error { return e.number(colHeight, r.Height) },
		func() error { return e.labels(r) },
		func() error { return e.list(colIgnored, r.Ignored, 0) },
		func() error { return e.list(colSplits, r.Splits, 0) },
		func() error { return e.text(colStatus, r.Status) },
		func() error { return e.reason(r.Error) },
		func() error { return e.descriptors(r.Descriptors) },
	} {
		if err := write(); err != nil {
			return err
		}
	}
	return nil
}

func (e *encoder) add(v parquet.Value, repetition, definition, column int) {
	e.values = append(e.values, v.Level(repetition, definition, column))
}

// flush hands the collected values, one whole row, to the column.
func (e *encoder) flush(column int) error {
	_, err := e.leaves[column].WriteRowValues(e.values)
	e.values = e.values[:0]
	return err
}

func (e *encoder) text(column int, s string) error {
	e.add(parquet.ValueOf(s), 0, 0, column)
	return e.flush(column)
}

func (e *encoder) number(column, n int) error {
	e.add(parquet.Int32Value(int32(n)), 0, 0, column)
	return e.flush(column)
}

func (e *encoder) object(n int) error {
	if n == 0 {
		e.add(parquet.Value{}, 0, 0, colObject)
	} else {
		e.add(parquet.Int32Value(int32(n)), 0, 1, colObject)
	}
	return e.flush(colObject)
}

func (e *encoder) reason(s string) error {
	if s == "" {
		e.add(parquet.Value{}, 0, 0, colError)
	} else {
		e.add(parquet.ValueOf(s), 0, 1, colError)
	}
	return e.flush(colError)
}

// labels writes a list, or a null where it is not known what the row is of and the column can say so.
func (e *encoder) labels(r *Row) error {
	switch {
	case !e.none:
		return e.list(colLabels, r.Labels, 0)
	case !r.labelled():
		e.add(parquet.Value{}, 0, 0, colLabels)
		return e.flush(colLabels)
	}
	return e.list(colLabels, r.Labels, 1)
}

// list writes a list, which has that definition level if it is empty.
func (e *encoder) list(column int, list []string, empty int) error {
	if len(list) == 0 {
		e.add(parquet.Value{}, 0, empty, column)
	}
	for i, s := range list {
		e.add(parquet.ValueOf(s), min(i, 1), empty+1, column)
	}
	return e.flush(column)
}

// descriptors writes each column's values, or a null in each when there are none.
func (e *encoder) descriptors(all [][]float32) error {
	for i, c := range e.cols {
		column := firstDescriptor + i
		present := presentLevel(c)
		switch {
		case all == nil:
			e.add(parquet.Value{}, 0, 0, column)
		case c.Dtype == Float16:
			e.float16s(all[i], present, column)
		case c.Dtype == Int32:
			for k, v := range all[i] {
				e.add(parquet.Int32Value(int32(v)), min(k, 1), present, column)
			}
		default:
			for k, v := range all[i] {
				e.add(parquet.FloatValue(v), min(k, 1), present, column)
			}
		}
		if err := e.flush(column); err != nil {
			return err
		}
	}
	return nil
}

func (e *encoder) float16s(values []float32, present, column int) {
	if n := 2 * len(values); cap(e.halves) < n {
		e.halves = make([]byte, n)
	}
	putHalves(e.halves[:2*len(values)], values)
	for k := range values {
		e.add(parquet.FixedLenByteArrayValue(e.halves[2*k:2*k+2]), min(k, 1), present, column)
	}
}

// presentLevel is the definition level of a descriptor's values: the list node counts if it is optional, the repeated
// node always.
func presentLevel(c Column) int {
	if c.Required {
		return 1
	}
	return 2
}
