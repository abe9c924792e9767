package protocol

import "slices"

// labelMatrix returns [K][N]: +1, -1, difficult for classes of which an image has difficult objects only, and 0 for all
// classes of an image of which none is known.
func (d Data) labelMatrix(of map[string]int, difficult int8) [][]int8 {
	none := make([]int8, len(d.IDs))
	for i := range none {
		if d.known(i) {
			none[i] = -1
		}
	}
	y := make([][]int8, len(d.Classes))
	for k := range y {
		y[k] = slices.Clone(none)
	}
	for i, names := range d.Ignored {
		for _, name := range names {
			y[of[name]][i] = difficult
		}
	}
	for i, names := range d.Labels {
		for _, name := range names {
			y[of[name]][i] = 1
		}
	}
	return y
}

// known tells whether it is known what row i is of: of some classes, or of none.
func (d Data) known(i int) bool { return d.has(i) || d.none(i) }

// labelled tells whether of any of rows it is known what it is of.
func (d Data) labelled(rows []int) bool { return slices.ContainsFunc(rows, d.known) }

// unknown returns how many of rows there are of which nothing is known.
func (d Data) unknown(rows []int) int { return len(rows) - len(d.onlyKnown(rows)) }

// onlyKnown returns those of rows of which it is known what they are of.
func (d Data) onlyKnown(rows []int) []int {
	return slices.DeleteFunc(slices.Clone(rows), func(i int) bool { return !d.known(i) })
}

// nones counts those of rows that are of none of the classes.
func (d Data) nones(rows []int) (n int) {
	for _, i := range rows {
		if d.none(i) {
			n++
		}
	}
	return n
}

// positives counts the rows of a class.
func positives(y []int8, rows []int) int { return count(y, rows, 1) }

func count(y []int8, rows []int, of int8) (n int) {
	for _, r := range rows {
		if y[r] == of {
			n++
		}
	}
	return n
}
