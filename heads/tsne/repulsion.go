package tsne

// theta bounds how large, seen from a point, a node is that is taken as one mass: its side by its distance.
const theta = 0.5

// mass is a number of points at one place.
type mass struct{ x, y, m float64 }

// seen appends to list what repels the points of a box: nodes that are small from everywhere in it, and else points.
// Points that coincide are one mass, exactly.
func (t *tree) seen(lo, hi point, list []mass) []mass {
	for i := int32(0); int(i) < len(t.nodes); {
		n := &t.nodes[i]
		dx := max(lo.x-n.x, n.x-hi.x, 0)
		dy := max(lo.y-n.y, n.y-hi.y, 0)
		switch {
		case n.side2 <= theta*theta*(float64(dx*dx)+float64(dy*dy)):
			list = append(list, mass{n.x, n.y, n.mass})
			i = n.next
		case n.next == i+1:
			for _, p := range t.points[n.first:n.last] {
				list = append(list, mass{p.x, p.y, 1})
			}
			i = n.next
		default:
			i++
		}
	}
	return list
}

// repel sums over list, for a point at p: z = Σ m q, and f = Σ m q² (p - y), with q = 1 / (1 + |p-y|²).
func repel(p point, list []mass) (f point, z float64) {
	for i := range list {
		l := &list[i]
		dx, dy := p.x-l.x, p.y-l.y
		q := 1 / (1 + float64(dx*dx) + float64(dy*dy))
		mq := float64(l.m * q) // or z would take it in unrounded, on some processors
		z += mq
		mq *= q
		f.x += float64(mq * dx)
		f.y += float64(mq * dy)
	}
	return f, z
}
