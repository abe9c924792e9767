package protocol

import "slices"

// labelMatrix returns [K][N]: +1, -1, and difficult for classes of which an image has difficult objects only.
func (d Data) labelMatrix(of map[string]int, difficult int8) [][]int8 {
	y := make([][]int8, len(d.Classes))
	for k := range y {
		y[k] = make([]int8, len(d.IDs))
		for i := range y[k] {
			y[k][i] = -1
		}
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

// labelled tells whether any of rows has a label.
func (d Data) labelled(rows []int) bool {
	return slices.ContainsFunc(rows, func(i int) bool { return len(d.Labels[i]) > 0 || d.Ignored != nil && len(d.Ignored[i]) > 0 })
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
