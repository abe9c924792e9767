package neighbours

// SameImage is 1 - cos of rows that are taken for copies of one image, where nothing but their descriptors is known.
const SameImage = 1e-4

// Groups are rows in groups, each named by its first row.
type Groups []int

// NewGroups are n rows, each in a group of its own.
func NewGroups(n int) Groups {
	g := make(Groups, n)
	for i := range g {
		g[i] = i
	}
	return g
}

// First is the first row of i's group.
func (g Groups) First(i int) int {
	for g[i] != i {
		g[i] = g[g[i]]
		i = g[i]
	}
	return i
}

// Join makes one group of those of two rows.
func (g Groups) Join(a, b int) {
	a, b = g.First(a), g.First(b)
	g[max(a, b)] = min(a, b)
}
