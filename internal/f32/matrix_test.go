package f32

import (
	"slices"
	"testing"
)

// TestSetDepth: weights put in input by input lie where those put in output by output do.
func TestSetDepth(t *testing.T) {
	for _, cols := range []int{1, 7, 15, 16, 17, 20, 32, 33, 100} {
		for _, depth := range []int{16, 48} {
			for _, chunk := range []int{4, 8, 16} {
				byOutput, byInput := NewMatrix(depth, chunk, cols, nil, false), NewMatrix(depth, chunk, cols, nil, false)
				at := make([]int32, depth)
				for d := range at {
					at[d] = int32(d)
				}
				rows := make([][]float32, cols)
				for c := range rows {
					rows[c] = make([]float32, depth)
					for d := range rows[c] {
						rows[c][d] = float32(1 + c*depth + d)
					}
				}
				for c := 0; c < cols; c += 16 {
					byOutput.Set(c/16, rows[c:min(c+16, cols)], at)
				}
				for d := range depth {
					column := make([]float32, cols)
					for c := range column {
						column[c] = rows[c][d]
					}
					byInput.SetDepth(d, column)
				}
				if !slices.Equal(byOutput.b, byInput.b) {
					t.Errorf("%d columns, depth %d, chunks of %d: the weights lie elsewhere", cols, depth, chunk)
				}
			}
		}
	}
}
