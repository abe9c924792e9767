package teams

// Batch is how many pictures go through a net at once where there are enough of them and their maps are not too large:
// each reading of the weights of the fully connected layers then serves sixteen. It is what a team takes, what waits
// for it, and what plans and their memory reckon with.
const Batch = 16

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
