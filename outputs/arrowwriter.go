package outputs

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/float16"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"fc7/internal/half"
)

// batchBytes is how much a record batch of an Arrow file holds before it is written out.
const batchBytes = 16 << 20

// ArrowWriter writes a table as an Arrow IPC file (the "Arrow Columnar Format", "IPC File Format"; Feather version 2),
// for programs that map it into memory: not compressed, the schema that of the Parquet file, with the identity in its
// metadata. It is for one goroutine; the file appears under its name when Close succeeds.
type ArrowWriter struct {
	final  string
	file   outFile
	w      *ipc.FileWriter
	b      *array.RecordBuilder
	cols   []Column
	none   bool // see Inputs.None
	rows   int
	size   int // of the rows in the builder
	err    error
	closed bool
}

// CreateArrow starts the file at path. A file that is there already is refused, or, with replace, replaced when Close
// succeeds.
func CreateArrow(path string, cols []Column, id Identity, replace bool) (*ArrowWriter, error) {
	if err := checkColumns(cols); err != nil {
		return nil, fmt.Errorf("creating %s: %w", path, err)
	}
	text, err := id.encode()
	if err != nil {
		return nil, fmt.Errorf("creating %s: %w", path, err)
	}
	meta := arrow.NewMetadata([]string{keyIdentity}, []string{text})
	none := id.Inputs.None > 0
	schema := arrow.NewSchema(fileFields(cols, none), &meta)
	f, err := creator(replace)(path)
	if err != nil {
		return nil, fmt.Errorf("creating %s: %w", path, err)
	}
	w, err := ipc.NewFileWriter(&positioned{outFile: f}, ipc.WithSchema(schema))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("creating %s: %w", path, err), f.Abort())
	}
	return &ArrowWriter{final: path, file: f, w: w, b: array.NewRecordBuilder(memory.NewGoAllocator(), schema), cols: slices.Clone(cols), none: none}, nil
}

// fileFields is the schema of the Parquet file, but that the library's builder of fixed-size lists knows no other
// elements than nullable ones called item.
func fileFields(cols []Column, none bool) []arrow.Field {
	fields := slices.Clone(arrowSchema(cols, none).Fields())
	for i := range fields {
		if l, ok := fields[i].Type.(*arrow.FixedSizeListType); ok {
			fields[i].Type = arrow.FixedSizeListOf(l.Len(), l.Elem())
		}
	}
	return fields
}

// positioned tells the library, which asks for no more, where in the file it is.
type positioned struct {
	outFile
	at int64
}

func (p *positioned) Write(b []byte) (int, error) {
	n, err := p.outFile.Write(b)
	p.at += int64(n)
	return n, err
}

func (p *positioned) Seek(offset int64, whence int) (int64, error) {
	if offset != 0 || whence != io.SeekCurrent {
		return 0, fmt.Errorf("seeking to %d from %d: %w", offset, whence, errors.ErrUnsupported)
	}
	return p.at, nil
}

// Write checks and appends a row; it keeps no part of it.
func (w *ArrowWriter) Write(r Row) error {
	switch {
	case w.closed:
		return fmt.Errorf("writing %s: the file is closed", w.final)
	case w.err != nil:
		return w.err
	}
	if err := r.check(w.cols, w.none); err != nil {
		return fmt.Errorf("writing %s: row %d (image %q): %w", w.final, w.rows, r.Image, err)
	}
	w.append(&r)
	w.rows++
	if w.size += r.size(w.cols); w.size >= batchBytes {
		return w.flush()
	}
	return nil
}

// flush writes the rows of the builder as a record batch.
func (w *ArrowWriter) flush() error {
	if w.size == 0 {
		return nil
	}
	w.size = 0
	rec := w.b.NewRecord()
	defer rec.Release()
	if err := w.w.Write(rec); err != nil {
		w.err = fmt.Errorf("writing %s: %w", w.final, err)
	}
	return w.err
}

func (w *ArrowWriter) append(r *Row) {
	w.text(colImage, r.Image)
	w.number(colObject, r.Object, r.Object == 0)
	w.text(colPath, r.Path)
	w.number(colWidth, r.Width, false)
	w.number(colHeight, r.Height, false)
	if w.none && !r.labelled() {
		w.b.Field(colLabels).AppendNull()
	} else {
		w.list(colLabels, r.Labels)
	}
	w.list(colIgnored, r.Ignored)
	w.list(colSplits, r.Splits)
	w.text(colStatus, r.Status)
	if r.Error == "" {
		w.b.Field(colError).AppendNull()
	} else {
		w.text(colError, r.Error)
	}
	for i := range w.cols {
		w.descriptor(firstDescriptor+i, r, i)
	}
}

func (w *ArrowWriter) text(column int, s string) { w.b.Field(column).(*array.StringBuilder).Append(s) }

func (w *ArrowWriter) number(column, n int, null bool) {
	if null {
		w.b.Field(column).AppendNull()
	} else {
		w.b.Field(column).(*array.Int32Builder).Append(int32(n))
	}
}

func (w *ArrowWriter) list(column int, list []string) {
	b := w.b.Field(column).(*array.ListBuilder)
	b.Append(true)
	for _, s := range list {
		b.ValueBuilder().(*array.StringBuilder).Append(s)
	}
}

// listBuilder is what the builders of lists and of fixed-size lists have in common.
type listBuilder interface {
	Append(valid bool)
	AppendNull()
	ValueBuilder() array.Builder
}

func (w *ArrowWriter) descriptor(column int, r *Row, i int) {
	b := w.b.Field(column).(listBuilder)
	if r.Descriptors == nil {
		b.AppendNull()
		return
	}
	b.Append(true)
	switch values := b.ValueBuilder().(type) {
	case *array.Float32Builder:
		values.AppendValues(r.Descriptors[i], nil)
	case *array.Int32Builder:
		for _, v := range r.Descriptors[i] {
			values.Append(int32(v))
		}
	case *array.Float16Builder:
		for _, v := range r.Descriptors[i] {
			values.Append(float16.FromBits(half.FromFloat32(v)))
		}
	}
}

// Close completes the file. After an error, here or in Write, nothing stands under the final name. A second Close does
// nothing.
func (w *ArrowWriter) Close() error {
	if w.closed {
		return w.err
	}
	w.closed = true
	defer w.b.Release()
	if w.err == nil {
		w.err = w.flush()
	}
	if w.err == nil {
		w.err = w.w.Close()
	}
	if w.err != nil {
		return errors.Join(w.err, w.file.Abort())
	}
	if w.err = w.file.Commit(); w.err != nil {
		w.err = fmt.Errorf("completing %s: %w", w.final, w.err)
	}
	return w.err
}

// Abort gives the file up. After Close it does nothing.
func (w *ArrowWriter) Abort() error {
	if w.closed {
		return nil
	}
	w.closed = true
	w.b.Release()
	return w.file.Abort()
}
