package tsne

import (
	"context"
	"fmt"
	"math"

	"fc7/heads/neighbours"
	"fc7/internal/f32"
)

const (
	exaggerated = 12.0 // attraction is, in the early steps
	leastRate   = 200  // of few rows
	fewRows     = 1000
	leavesPiece = 32
	rowsPiece   = 256
)

// embed makes the map, [N][2], of rows whose neighbours are near, from start, [N][2]: gradient descent of the
// Kullback-Leibler divergence of q_ij = (1 + |y_i-y_j|²)^-1 / Z from the p_ij of the neighbours, with momentum and gains,
// at the rate N / exaggeration (Belkina et al. 2019). The map's mean is the origin.
//
// Up to 1000 rows all pairs repel each other; of more, far ones together (Barnes-Hut, van der Maaten 2014, section
// 4.2). Sums have one order, so that threads change no bit.
func embed(ctx context.Context, near *neighbours.Lists, start []float64, o Options) ([]float64, error) {
	n := near.Len()
	if err := check(near, n); err != nil {
		return nil, err
	}
	if len(start) != 2*n {
		return nil, fmt.Errorf("tsne: a start of %d numbers, expected %d for %d rows", len(start), 2*n, n)
	}
	if o.Progress != nil {
		o.Progress(Descending, 0, o.Steps)
	}
	team := f32.NewTeam(o.Threads)
	defer team.Close()
	team.StopOn(ctx.Done())
	p := conditionals(team, near, o.perplexityOf(n))
	d := newDescent(team, symmetric(team, near, p), start)
	d.rate = max(leastRate, float64(n)/exaggerated)
	for s := range o.Steps {
		exaggeration, momentum := 1.0, 0.8
		if s < o.Early {
			exaggeration, momentum = exaggerated, 0.5
		}
		d.step(exaggeration, momentum)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if o.Progress != nil {
			o.Progress(Descending, s+1, o.Steps)
		}
	}
	return d.result()
}

// descent is a map on its way.
type descent struct {
	team       *f32.Team
	graph      graph
	y, next    []point
	moved      []point // by the last step
	gain       []point
	repulsion  []point   // Σ q² (y_i - y_j), not yet divided by Z
	z          []float64 // Σ q of each row
	tree       tree
	everything []mass
	lists      [][]mass // of each worker
	rate       float64
}

func newDescent(team *f32.Team, g graph, start []float64) *descent {
	n := len(start) / 2
	d := &descent{
		team: team, graph: g, y: make([]point, n), next: make([]point, n), moved: make([]point, n), gain: make([]point, n),
		repulsion: make([]point, n), z: make([]float64, n), lists: make([][]mass, team.Size()),
	}
	for i := range n {
		d.y[i], d.gain[i] = point{start[2*i], start[2*i+1]}, point{1, 1}
	}
	return d
}

// step moves all points once.
func (d *descent) step(exaggeration, momentum float64) {
	over := 1 / d.repel()
	n := len(d.y)
	d.team.Run((n+rowsPiece-1)/rowsPiece, f32.Pieces(func(_, at int) {
		for i := at * rowsPiece; i < min(n, (at+1)*rowsPiece); i++ {
			a, r := d.attraction(i), d.repulsion[i]
			g := point{float64(exaggeration*a.x) - float64(r.x*over), float64(exaggeration*a.y) - float64(r.y*over)}
			m, gain := &d.moved[i], &d.gain[i]
			gain.x, gain.y = gained(gain.x, g.x, m.x), gained(gain.y, g.y, m.y)
			m.x = float64(momentum*m.x) - float64(d.rate*gain.x*g.x)
			m.y = float64(momentum*m.y) - float64(d.rate*gain.y*g.y)
			d.next[i] = point{d.y[i].x + m.x, d.y[i].y + m.y}
		}
	}))
	d.y, d.next = d.next, d.y
}

// gained is the gain of a coordinate (Jacobs 1988): more where it goes on the way it went, less where it turns.
func gained(gain, gradient, moved float64) float64 {
	if (gradient > 0) != (moved > 0) {
		return gain + 0.2
	}
	return max(0.01, gain*0.8)
}

// attraction is Σ p_ij q (y_i - y_j), with q = 1 / (1 + |y_i-y_j|²).
func (d *descent) attraction(i int) point {
	var f point
	at := d.y[i]
	from, to := d.graph.start[i], d.graph.start[i+1]
	p := d.graph.p[from:to]
	for k, j := range d.graph.to[from:to] {
		o := d.y[j]
		dx, dy := at.x-o.x, at.y-o.y
		w := float64(p[k]) / (1 + float64(dx*dx) + float64(dy*dy))
		f.x += float64(w * dx)
		f.y += float64(w * dy)
	}
	return f
}

// repel fills in the repulsions and returns Z, the sum of q over all pairs.
func (d *descent) repel() float64 {
	if len(d.y) <= fewRows {
		d.repelExactly()
	} else {
		d.repelByTree()
	}
	return d.total()
}

// total is Z.
func (d *descent) total() float64 {
	z := 0.0
	for _, v := range d.z {
		z += v
	}
	return z
}

func (d *descent) repelExactly() {
	d.everything = d.everything[:0]
	for _, p := range d.y {
		d.everything = append(d.everything, mass{p.x, p.y, 1})
	}
	d.team.Run((len(d.y)+rowsPiece-1)/rowsPiece, f32.Pieces(func(_, at int) {
		for i := at * rowsPiece; i < min(len(d.y), (at+1)*rowsPiece); i++ {
			f, z := repel(d.y[i], d.everything)
			d.repulsion[i], d.z[i] = f, z-1 // less itself
		}
	}))
}

func (d *descent) repelByTree() {
	t := &d.tree
	t.build(d.y)
	d.team.Run((len(t.leaves)+leavesPiece-1)/leavesPiece, f32.Pieces(func(w, at int) {
		list := d.lists[w]
		for _, l := range t.leaves[at*leavesPiece : min(len(t.leaves), (at+1)*leavesPiece)] {
			leaf := &t.nodes[l]
			list = t.seen(leaf.lo, leaf.hi, list[:0])
			for i := leaf.first; i < leaf.last; i++ {
				f, z := repel(t.points[i], list)
				d.repulsion[t.order[i]], d.z[t.order[i]] = f, z-1
			}
		}
		d.lists[w] = list
	}))
}

// result is the map, its mean at the origin.
func (d *descent) result() ([]float64, error) {
	var mean point
	for _, p := range d.y {
		mean.x += p.x
		mean.y += p.y
	}
	n := float64(len(d.y))
	mean.x, mean.y = mean.x/n, mean.y/n
	y := make([]float64, 0, 2*len(d.y))
	for i, p := range d.y {
		x := point{p.x - mean.x, p.y - mean.y}
		if math.IsNaN(x.x+x.y) || math.IsInf(x.x+x.y, 0) {
			return nil, fmt.Errorf("tsne: row %d has no place on the map of %d: the descent diverged", i, len(d.y))
		}
		y = append(y, x.x, x.y)
	}
	return y, nil
}
