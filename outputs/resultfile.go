package outputs

import (
	"errors"
	"fmt"

	"github.com/parquet-go/parquet-go"
)

// resultFile is a table in the making that has no shards.
type resultFile struct {
	final  string
	file   outFile
	table  *parquet.GenericWriter[any]
	leaves []*parquet.ColumnWriter
	values []parquet.Value
	rows   int
	err    error // the first failure; everything after it gives the same
	closed bool
}

// Close completes the table: footer, fsync, final name, fsync of the folder. After an error, here or in Write, nothing
// new stands under the final name and the temporary file is gone. A second Close does nothing.
func (w *resultFile) Close() error {
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
func (w *resultFile) Abort() error {
	if w.closed {
		return nil
	}
	w.closed = true
	return w.file.Abort()
}
