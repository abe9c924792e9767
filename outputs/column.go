package outputs

import (
	"errors"
	"fmt"
	"math"
	"unicode/utf8"
)

// The element types of a descriptor column, as Column.Dtype names them.
const (
	Float32 = "float32"
	Float16 = "float16"
)

// maxColumns bounds the descriptor columns of a table; the reader refuses footers that claim more.
const maxColumns = 512

// maxWidth bounds the length of one descriptor: an fc6 input map of VGG is 25,088 wide, a 512-channel map at Q = 512 under 2^20.
const maxWidth = 1 << 22

// Column describes one descriptor column. The pipeline names it "<layer>_q<scale>" (see NewColumn).
type Column struct {
	Name  string `json:"name"`
	Layer string `json:"layer"`
	Scale int    `json:"scale"` // smallest image side in pixels, 0 where it does not apply
	Width int    `json:"width"` // values a row
	Dtype string `json:"dtype"` // Float32 or Float16
	// Required says that no row lacks this column's value: a failed row is refused. The Arrow schema can then announce
	// a fixed-size list, which is not safe for columns with nulls (see the package comment). Extraction leaves it false.
	Required bool `json:"required,omitempty"`
}

// NewColumn names the column of one layer at one scale.
func NewColumn(layer string, scale, width int, dtype string) Column {
	return Column{Name: fmt.Sprintf("%s_q%d", layer, scale), Layer: layer, Scale: scale, Width: width, Dtype: dtype}
}

// Check tells why values cannot be stored in the column: a wrong length, or a finite value that float16 cannot hold
// (beyond 65,504 it would become infinite). NaN and infinities are stored as they are; refusing them is the extractor's task.
func (c Column) Check(values []float32) error {
	if len(values) != c.Width {
		return fmt.Errorf("column %s: descriptor has %d values, expected %d", c.Name, len(values), c.Width)
	}
	if c.Dtype != Float16 {
		return nil
	}
	for i, v := range values {
		if math.Abs(float64(v)) >= halfOverflow && !math.IsInf(float64(v), 0) {
			return fmt.Errorf("column %s: value %d is %g, more than float16 can hold (65504): use float32", c.Name, i, v)
		}
	}
	return nil
}

// Stored gives values as the column stores them: rounded to float16 where that is its type. The result may be values itself.
func (c Column) Stored(values []float32) []float32 {
	if c.Dtype != Float16 {
		return values
	}
	b, out := make([]byte, 2*len(values)), make([]float32, len(values))
	putHalves(b, values)
	halves(out, b)
	return out
}

// bytes is the size of one value in the file.
func (c Column) bytes() int {
	if c.Dtype == Float16 {
		return 2
	}
	return 4
}

// checkColumns refuses column lists that no table can have.
func checkColumns(cols []Column) error {
	if len(cols) == 0 {
		return errors.New("a feature table needs at least one descriptor column")
	}
	if len(cols) > maxColumns {
		return fmt.Errorf("%d descriptor columns, at most %d are supported: extract fewer layers or scales at once", len(cols), maxColumns)
	}
	seen := map[string]bool{}
	for _, name := range rowColumns {
		seen[name] = true
	}
	for i, c := range cols {
		switch {
		case c.Name == "" || !utf8.ValidString(c.Name):
			return fmt.Errorf("descriptor column %d: name %q is empty or not UTF-8", i, c.Name)
		case seen[c.Name]:
			return fmt.Errorf("descriptor column %d: the name %s is already taken", i, c.Name)
		case c.Width < 1 || c.Width > maxWidth:
			return fmt.Errorf("column %s: width %d, expected 1 to %d", c.Name, c.Width, maxWidth)
		case c.Dtype != Float32 && c.Dtype != Float16:
			return fmt.Errorf("column %s: dtype %q, expected %s or %s", c.Name, c.Dtype, Float32, Float16)
		}
		seen[c.Name] = true
	}
	return nil
}
