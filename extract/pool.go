package extract

// poolMean sets dst to the mean of each channel over n positions, which are c values apart; m begins with the first
// channel of dst at the first position.
func poolMean(dst []float64, m []float32, c, n int) {
	clear(dst)
	for p := range n {
		row := m[p*c:][:len(dst)]
		for i := range dst {
			dst[i] += float64(row[i])
		}
	}
	for i := range dst {
		dst[i] /= float64(n)
	}
}

// poolMax sets dst to the greatest value of each channel over the positions of m, which is as poolMean's. A NaN is
// greater than all, so that it is not lost.
func poolMax(dst []float64, m []float32, c, n int) {
	for i := range dst {
		dst[i] = float64(m[i])
	}
	for p := 1; p < n; p++ {
		row := m[p*c:][:len(dst)]
		for i := range dst {
			dst[i] = max(dst[i], float64(row[i]))
		}
	}
}
