package teams

// Sizes are those of n teams of all cores, which differ by one at most.
func Sizes(cores, n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = cores / n
		if i < cores%n {
			out[i]++
		}
	}
	return out
}
