package extract

// poolMean sets dst to the mean over the positions of a map [H,W,C], C = len(dst).
func poolMean(dst []float64, m []float32) {
	clear(dst)
	c := len(dst)
	for at := 0; at+c <= len(m); at += c {
		row := m[at : at+c]
		for i := range dst {
			dst[i] += float64(row[i])
		}
	}
	n := float64(len(m) / c)
	for i := range dst {
		dst[i] /= n
	}
}

// poolMax sets dst to the greatest value of each channel over the positions of a map [H,W,C], C = len(dst). A NaN is
// greater than all, so that it is not lost.
func poolMax(dst []float64, m []float32) {
	c := len(dst)
	for i := range dst {
		dst[i] = float64(m[i])
	}
	for at := c; at+c <= len(m); at += c {
		row := m[at : at+c]
		for i := range dst {
			dst[i] = max(dst[i], float64(row[i]))
		}
	}
}
