package svm

import "math"

// scaling standardises columns: (x - mean) · factor.
type scaling struct{ mean, factor []float64 }

// standardise takes mean and deviation of each column over the rows of training; a column that is the same in all rows
// is only shifted.
func (s *softmax) standardise() error {
	sums, squares := make([]float64, s.d), make([]float64, s.d)
	of := func(to []float64, of func(d int, x float64) float64) error {
		return s.tiles(func(_, n int) error {
			const piece = 64
			return s.each((s.d+piece-1)/piece, func(p int) {
				for i := range n {
					row := s.tile[i*s.width:]
					for d := p * piece; d < min(s.d, (p+1)*piece); d++ {
						to[d] += of(d, float64(row[d]))
					}
				}
			})
		})
	}
	rows := float64(len(s.rows))
	if err := of(sums, func(_ int, x float64) float64 { return x / rows }); err != nil {
		return err
	}
	if err := of(squares, func(d int, x float64) float64 { return (x - sums[d]) * (x - sums[d]) / rows }); err != nil {
		return err
	}
	factor := make([]float64, s.d)
	for d, v := range squares {
		factor[d] = 1
		if v > 0 {
			factor[d] = 1 / math.Sqrt(v)
		}
	}
	s.scaling = &scaling{sums, factor}
	return nil
}

func (c *scaling) apply(x []float32) {
	if c == nil {
		return
	}
	for d, v := range x {
		x[d] = float32((float64(v) - c.mean[d]) * c.factor[d])
	}
}

// undone are weights and intercept for columns as they are.
func (c *scaling) undone(w []float64, b float64) ([]float64, float64) {
	out := make([]float64, len(w))
	copy(out, w)
	if c == nil {
		return out, b
	}
	for d := range out {
		out[d] *= c.factor[d]
		b -= float64(out[d] * c.mean[d])
	}
	return out, b
}
