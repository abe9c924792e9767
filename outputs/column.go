package outputs

import (
	"errors"
	"fmt"
	"math"
	"unicode/utf8"

	"fc7/internal/half"
)

// The element types of a descriptor column, as Column.Dtype names them. Int32 is that of the shapes of maps.
const (
	Float32 = "float32"
	Float16 = "float16"
	Int32   = "int32"
)

// maxColumns bounds the descriptor columns of a table; the reader refuses footers that claim more.
const maxColumns = 512

// maxWidth bounds the length of one descriptor: an fc6 input map of VGG is 25,088 wide, a 512-channel map at Q = 512
// under 2^20.
const maxWidth = 1 << 22

// maxMap bounds the values of one map: the writer takes 24 bytes for each. conv4_3 at Q = 512 has 2.8 million at 4:3.
const maxMap = 1 << 23

// Column describes one descriptor column. Extraction names it "<layer>_q<scale>" (see NewColumn), with more words
// between for other views than the paper's and for maps.
type Column struct {
	Name  string `json:"name"`
	Layer string `json:"layer"`
	Scale int    `json:"scale"` // smallest image side in pixels, 0 where it does not apply
	Width int    `json:"width"` // values a row
	Dtype string `json:"dtype"` // Float32 or Float16; Int32 for shapes
	// Map says that a row holds a whole feature map [H,W,C], row by row, with C = Width, and H and W of its own. They stand in
	// the next column, of three Int32: H, W and C.
	Map bool `json:"map,omitempty"`
	// Required says that no row lacks this column's value: a failed row is refused. The Arrow schema can then announce
	// a fixed-size list, which is not safe for columns with nulls (see the package comment). Extraction leaves it
	// false.
	Required bool `json:"required,omitempty"`
}

// NewColumn names the column of one layer at one scale.
func NewColumn(layer string, scale, width int, dtype string) Column {
	return Column{Name: fmt.Sprintf("%s_q%d", layer, scale), Layer: layer, Scale: scale, Width: width, Dtype: dtype}
}

// check tells why values cannot be stored in the column: a wrong length, or a finite value that float16 cannot hold
// (beyond 65,504 it would become infinite). NaN and infinities are stored as they are; refusing them is the extractor's
// task.
func (c Column) check(values []float32) error {
	switch {
	case c.Map && (len(values) == 0 || len(values)%c.Width != 0):
		return fmt.Errorf("column %s: a map of %d values, expected some times %d channels", c.Name, len(values), c.Width)
	case c.Map && len(values) > maxMap:
		return fmt.Errorf("column %s: a map of %d values, at most %d are stored: pool it, take a smaller scale or a later layer", c.Name, len(values), maxMap)
	case !c.Map && len(values) != c.Width:
		return fmt.Errorf("column %s: descriptor has %d values, expected %d", c.Name, len(values), c.Width)
	}
	if c.Dtype == Int32 {
		return c.checkNumbers(values)
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

// Stored gives values as the column stores them: rounded to float16 where that is its type. The result may be values
// itself.
func (c Column) Stored(values []float32) []float32 {
	if c.Dtype != Float16 {
		return values
	}
	b, out := make([]byte, 2*len(values)), make([]float32, len(values))
	putHalves(b, values)
	half.WidenBytes(out, b)
	return out
}

// checkNumbers refuses what is not a whole number that a float32 holds exactly.
func (c Column) checkNumbers(values []float32) error {
	for i, v := range values {
		if v != float32(int32(v)) || v < 0 || v > 1<<24 {
			return fmt.Errorf("column %s: value %d is %g, expected a whole number from 0 to %d", c.Name, i, v, 1<<24)
		}
	}
	return nil
}

// shapeWidth is that of the column behind a map: height, width, channels.
const shapeWidth = 3

func (c Column) isShape() bool { return !c.Map && c.Width == shapeWidth && c.Dtype == Int32 }

// checkMap holds a map against its shape.
func (c Column) checkMap(values, shape []float32) error {
	h, w := int(shape[0]), int(shape[1])
	if int(shape[2]) != c.Width || h < 1 || w < 1 || h > len(values) || w > len(values) || h*w != len(values)/c.Width {
		return fmt.Errorf("column %s: a map of %d values and %d channels, but its shape is %g", c.Name, len(values), c.Width, shape)
	}
	return nil
}

// RowBytes is how many bytes a row takes in the column; of a map, at one position.
func (c Column) RowBytes() int { return c.Width * c.bytes() }

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
		case c.Dtype != Float32 && c.Dtype != Float16 && c.Dtype != Int32:
			return fmt.Errorf("column %s: dtype %q, expected %s, %s or %s", c.Name, c.Dtype, Float32, Float16, Int32)
		case c.Map && (c.Required || c.Dtype == Int32):
			return fmt.Errorf("column %s: a map is a list of floats of any length, and may be null", c.Name)
		case c.Map && !(i+1 < len(cols) && cols[i+1].isShape()):
			return fmt.Errorf("column %s: a map needs its shape in the next column, %d x %s", c.Name, shapeWidth, Int32)
		}
		seen[c.Name] = true
	}
	return nil
}
