package tsne

import (
	"context"

	"fc7/heads/neighbours"
	"fc7/internal/f32"
)

const (
	placeSteps  = 150
	placeEarly  = 50 // of these, without momentum to speak of
	placeRate   = 1.0
	longestStep = 1.0 // of one step, in each direction
)

// place puts new rows on a map y, [N][2], that stays as it is: near are the neighbours of each new row among the N rows
// of the map. Each is put where it would have been pulled and pushed to (Poličar, Stražar and Zupan 2021, without their
// new rows' affinities to each other): from the neighbour that the others are nearest to, down the gradient of
//
//	Σ_j p_j q_j (x - y_j) - Σ_j q_j² (x - y_j) N/Z,
//
// Z that of the map. No row depends on which others are placed, and o.Threads changes no bit.
func place(ctx context.Context, y []float64, near *neighbours.Lists, o Options) ([]float64, error) {
	n := len(y) / 2
	if err := check(near, n); err != nil {
		return nil, err
	}
	team := f32.NewTeam(o.Threads)
	defer team.Close()
	team.StopOn(ctx.Done())
	p := conditionals(team, near, o.perplexityOf(n))
	d := newDescent(team, graph{}, y)
	d.repelByTree()
	over := float64(n) / d.total()
	out := make([]float64, 2*near.Len())
	const piece = 16
	team.Run((near.Len()+piece-1)/piece, f32.Pieces(func(w, at int) {
		for i := at * piece; i < min(near.Len(), (at+1)*piece); i++ {
			m := mover{tree: &d.tree, over: over, list: d.lists[w]}
			for k, j := range near.Rows[i*near.K : (i+1)*near.K] {
				m.pull = append(m.pull, mass{d.y[j].x, d.y[j].y, float64(p[i*near.K+k])})
			}
			x := m.place()
			out[2*i], out[2*i+1] = x.x, x.y
			d.lists[w] = m.list
		}
	}))
	return out, ctx.Err()
}

// mover moves one new row.
type mover struct {
	tree *tree
	pull []mass // its neighbours, and p_j
	over float64
	list []mass
}

func (m *mover) place() point {
	x := m.middle()
	var moved point
	gain := point{1, 1}
	for s := range placeSteps {
		momentum := 0.8
		if s < placeEarly {
			momentum = 0.5
		}
		g := m.gradient(x)
		gain.x, gain.y = gained(gain.x, g.x, moved.x), gained(gain.y, g.y, moved.y)
		moved.x = bounded(float64(momentum*moved.x) - float64(placeRate*gain.x*g.x))
		moved.y = bounded(float64(momentum*moved.y) - float64(placeRate*gain.y*g.y))
		x = point{x.x + moved.x, x.y + moved.y}
	}
	return x
}

func bounded(v float64) float64 { return max(-longestStep, min(longestStep, v)) }

// middle is the neighbour that is pulled most by the others: their mean may lie where there is nothing.
func (m *mover) middle() point {
	best, at := -1.0, point{}
	for _, a := range m.pull {
		sum := 0.0
		for _, b := range m.pull {
			dx, dy := a.x-b.x, a.y-b.y
			sum += b.m / (1 + float64(dx*dx) + float64(dy*dy))
		}
		if sum > best {
			best, at = sum, point{a.x, a.y}
		}
	}
	return at
}

func (m *mover) gradient(x point) point {
	m.list = m.tree.seen(x, x, m.list[:0])
	r, _ := repel(x, m.list)
	g := point{float64(-r.x * m.over), float64(-r.y * m.over)}
	for _, a := range m.pull {
		dx, dy := x.x-a.x, x.y-a.y
		w := a.m / (1 + float64(dx*dx) + float64(dy*dy))
		g.x += float64(w * dx)
		g.y += float64(w * dy)
	}
	return g
}
