package outputs

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/parquet-go/parquet-go"

	"fc7/internal/parquetguard"
	"fc7/internal/seal"
)

// ResultMetadata reads what a table of results was given for its footer; of any other Parquet file that is what stands
// there.
func ResultMetadata(path string) (map[string]string, error) {
	f, file, err := openResults(path)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, kv := range file.Metadata().KeyValueMetadata {
		out[kv.Key] = kv.Value
	}
	return out, f.Close()
}

// ReadResults tells the rows of a table that a ResultWriter wrote with these columns, a value of each as Write took it:
// doubles as float64. sum is the SHA-256 that the file must have: it is what was written, to the last byte, before any
// of it is decoded.
func ReadResults(path, sum string, columns []ResultColumn, row func(values []any) error) error {
	got, err := seal.File(path)
	if err != nil {
		return err
	}
	if got != sum {
		return fmt.Errorf("%s has the SHA-256 %.12s…, want %.12s…: it is not the file that was written", path, got, sum)
	}
	f, file, err := openResults(path)
	if err != nil {
		return err
	}
	return errors.Join(readResults(path, file, columns, row), f.Close())
}

func openResults(path string) (*os.File, *parquet.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil {
		_, err = parquetguard.Footer(f, info.Size())
	}
	var file *parquet.File
	if err == nil {
		file, err = parquet.OpenFile(f, info.Size(), parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	}
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("%s: want a Parquet file: %w", path, err), f.Close())
	}
	return f, file, nil
}

func readResults(path string, file *parquet.File, columns []ResultColumn, row func(values []any) error) error {
	want, err := resultSchema(columns)
	if err != nil {
		return err
	}
	if got := file.Schema(); got.String() != want.String() {
		return fmt.Errorf("%s: columns are %v, expected %v", path, got, want)
	}
	rows := make([]parquet.Row, 256)
	for _, group := range file.RowGroups() {
		r := group.Rows()
		for {
			n, err := r.ReadRows(rows)
			for _, of := range rows[:n] {
				if err := row(resultValues(of, columns)); err != nil {
					return errors.Join(err, r.Close())
				}
			}
			if err == io.EOF {
				break
			}
			if err != nil {
				return errors.Join(fmt.Errorf("%s: %w", path, err), r.Close())
			}
		}
		if err := r.Close(); err != nil {
			return err
		}
	}
	return nil
}

// resultValues turns a row of the library's into values.
func resultValues(of parquet.Row, columns []ResultColumn) []any {
	out := make([]any, len(columns))
	of.Range(func(i int, values []parquet.Value) bool {
		out[i] = resultValue(values, columns[i])
		return true
	})
	return out
}

func resultValue(values []parquet.Value, c ResultColumn) any {
	present := c.present()
	if len(values) == 0 || values[0].DefinitionLevel() < present {
		return nil
	}
	if c.Kind.isList() && values[0].DefinitionLevel() == present {
		values = nil
	}
	switch c.Kind {
	case ResultText:
		return values[0].String()
	case ResultInt:
		return int(values[0].Int32())
	case ResultBool:
		return values[0].Boolean()
	case ResultTexts:
		return listOf(values, parquet.Value.String)
	case ResultFloat32:
		return listOf(values, parquet.Value.Float)
	case ResultInts:
		return listOf(values, parquet.Value.Int32)
	case ResultFloats:
		return listOf(values, parquet.Value.Double)
	default:
		return values[0].Double()
	}
}

func listOf[T any](values []parquet.Value, of func(parquet.Value) T) []T {
	out := make([]T, len(values))
	for i, v := range values {
		out[i] = of(v)
	}
	return out
}
