package tsne

// found is a point and the square of its distance.
type found struct {
	square float64
	row    int32
}

func (a found) before(b found) bool {
	return a.square < b.square || a.square == b.square && a.row < b.row
}

// nearest are the k points of the tree nearest to p, without row self, in order, equally far ones by row. out is used
// again.
func (t *tree) nearest(p point, self int32, k int, out []found) []found {
	return t.closer(0, p, self, k, out[:0])
}

// closer takes those below a node into the list.
func (t *tree) closer(at int32, p point, self int32, k int, out []found) []found {
	n := &t.nodes[at]
	if n.next == at+1 {
		for i := n.first; i < n.last; i++ {
			if row := t.order[i]; row != self {
				out = insert(out, found{square(p, t.points[i]), row}, k)
			}
		}
		return out
	}
	var below [4]found // nodes
	list := below[:0]
	for c := at + 1; c < n.next; c = t.nodes[c].next {
		list = insert(list, found{t.nodes[c].away(p), c}, len(below))
	}
	for _, c := range list {
		if len(out) < k || c.square <= out[k-1].square {
			out = t.closer(c.row, p, self, k, out)
		}
	}
	return out
}

// insert keeps the first k in order.
func insert(list []found, f found, k int) []found {
	if len(list) == k {
		if !f.before(list[k-1]) {
			return list
		}
		list = list[:k-1]
	}
	list = append(list, f)
	for i := len(list) - 1; i > 0 && f.before(list[i-1]); i-- {
		list[i], list[i-1] = list[i-1], f
	}
	return list
}

func square(a, b point) float64 {
	x, y := a.x-b.x, a.y-b.y
	return float64(x*x) + float64(y*y)
}

// away is the square of the distance of a point to the node's box.
func (n *node) away(p point) float64 {
	return square(p, point{min(max(p.x, n.lo.x), n.hi.x), min(max(p.y, n.lo.y), n.hi.y)})
}
