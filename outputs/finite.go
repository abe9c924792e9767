package outputs

import (
	"fmt"
	"math"
)

// checkFinite refuses a descriptor that is not finite.
func checkFinite(values []float32) error {
	for i, v := range values {
		if math.Float32bits(v)&exponent == exponent {
			return fmt.Errorf("value %d is %v", i, v)
		}
	}
	return nil
}

// exponent is that of the float32 values that are no finite number.
const exponent = 0x7f800000

// checkValues refuses rows of column i of group g that are not finite; nil is a row without a descriptor.
func (s *Shard) checkValues(g, i int, values [][]float32) error {
	for r, row := range values {
		if err := checkFinite(row); err != nil {
			return s.notFinite(g, r, s.Columns[i], err)
		}
	}
	return nil
}

// notFinite is the error of row r of group g, which no run of fc7 writes.
func (s *Shard) notFinite(g, r int, c Column, err error) error {
	row := r
	for before := range g {
		row += s.GroupRows(before)
	}
	return fmt.Errorf("reading %s: row %d: column %s: expected finite numbers, found that %w: the file is damaged, or written by another program; see fc7 verify", s.Path, row, c.Name, err)
}
