package pipeline

import (
	"math"

	"fc7/heads/protocol"
)

// finalRow is the final descriptor of row i, put together; zeros where there is none.
func finalRow(d protocol.Data, i int) []float32 {
	var out []float32
	for _, b := range d.X.Blocks {
		part := make([]float32, b.Width)
		for k, v := range b.Rows[i] {
			x := float64(v)
			if b.Scale != nil {
				x *= b.Scale[i]
			}
			part[k] = float32(x)
		}
		out = append(out, part...)
	}
	return out
}

// near allows for the rounding of a normalisation.
func near(a, b float32) bool {
	return math.Abs(float64(a-b)) <= 2e-7*max(math.Abs(float64(a)), math.Abs(float64(b)))
}
