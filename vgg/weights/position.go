package weights

// position turns a row-major index into one index an axis.
func position(shape []int, index int) []int {
	at := make([]int, len(shape))
	for i := len(shape) - 1; i >= 0; i-- {
		if shape[i] > 0 {
			at[i], index = index%shape[i], index/shape[i]
		}
	}
	return at
}
