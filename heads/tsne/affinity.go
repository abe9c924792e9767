package tsne

import (
	"fmt"
	"math"
	"slices"

	"fc7/heads/neighbours"
	"fc7/internal/f32"
)

// graph is a symmetric sparse matrix: of row i, weights p[start[i]:start[i+1]] at columns to.
type graph struct {
	start []int
	to    []int32
	p     []float32
}

// check refuses lists that are none of so many rows.
func check(n *neighbours.Lists, rows int) error {
	if n.K < 1 || len(n.Rows)%n.K != 0 || len(n.Squares) != len(n.Rows) {
		return fmt.Errorf("tsne: %d neighbours and %d distances in lists of %d", len(n.Rows), len(n.Squares), n.K)
	}
	for i, r := range n.Rows {
		if r < 0 || int(r) >= rows {
			return fmt.Errorf("tsne: a neighbour of row %d is row %d of %d", i/n.K, r, rows)
		}
		if s := n.Squares[i]; !(s >= 0) || math.IsInf(s, 0) {
			return fmt.Errorf("tsne: the square of a distance of row %d is %g", i/n.K, s)
		}
	}
	return nil
}

// conditionals are p_{j|i} of each neighbour j of i, [N][K]: e^(-β_i d²), with β_i such that their perplexity is as
// asked for, and the sum 1 (van der Maaten and Hinton 2008, equation 1).
func conditionals(t *f32.Team, n *neighbours.Lists, perplexity float64) []float32 {
	p := make([]float32, len(n.Rows))
	rows := n.Len()
	const piece = 256
	t.Run((rows+piece-1)/piece, f32.Pieces(func(_, at int) {
		e := make([]float64, n.K)
		for i := at * piece; i < min(rows, (at+1)*piece); i++ {
			conditional(n.Squares[i*n.K:(i+1)*n.K], perplexity, e)
			for k, v := range e {
				p[i*n.K+k] = float32(v)
			}
		}
	}))
	return p
}

// conditional writes those of one row to e. Bisection of β: the perplexity e^H, H = log Σe + β Σ(d² e)/Σe, falls as it
// grows. Of distances that are all equal none is more than the others.
func conditional(squares []float64, perplexity float64, e []float64) {
	least := slices.Min(squares)
	mean := 0.0
	for _, d := range squares {
		mean += d - least
	}
	mean /= float64(len(squares))
	if mean == 0 {
		for k := range e {
			e[k] = 1 / float64(len(e))
		}
		return
	}
	beta, low, high := 1/mean, 0.0, math.Inf(1)
	var sum float64
	for range 100 {
		sum = 0
		weighted := 0.0
		for k, d := range squares {
			d -= least
			e[k] = exp(-float64(beta * d))
			sum += e[k]
			weighted += float64(d * e[k])
		}
		have := sum / exp(-float64(beta*weighted)/sum)
		if math.Abs(have-perplexity) <= 1e-5*perplexity {
			break
		}
		if have > perplexity {
			low = beta
		} else {
			high = beta
		}
		if beta = (low + high) / 2; math.IsInf(high, 1) {
			beta = 2 * low
		}
	}
	for k := range e {
		e[k] /= sum
	}
}

// symmetric makes p_ij = (p_{j|i} + p_{i|j}) / 2N of the conditionals: their sum over all i, j is 1. Columns rise in
// each row.
func symmetric(t *f32.Team, n *neighbours.Lists, p []float32) graph {
	rows := n.Len()
	back := transposed(n, p)
	g := graph{start: make([]int, rows+1)}
	const piece = 1024
	pieces := (rows + piece - 1) / piece
	each := func(do func(i int, l *merger)) {
		t.Run(pieces, f32.Pieces(func(_, at int) {
			var l merger
			for i := at * piece; i < min(rows, (at+1)*piece); i++ {
				l.merge(n.Rows[i*n.K:(i+1)*n.K], p[i*n.K:(i+1)*n.K], back.to[back.start[i]:back.start[i+1]], back.p[back.start[i]:back.start[i+1]])
				do(i, &l)
			}
		}))
	}
	each(func(i int, l *merger) { g.start[i+1] = len(l.out) })
	for i := range rows {
		g.start[i+1] += g.start[i]
	}
	g.to, g.p = make([]int32, g.start[rows]), make([]float32, g.start[rows])
	half := 1 / (2 * float64(rows))
	each(func(i int, l *merger) {
		for k, e := range l.out {
			g.to[g.start[i]+k], g.p[g.start[i]+k] = e.to, float32(e.p*half)
		}
	})
	return g
}

// transposed are the conditionals by neighbour: who has i in its list, in order.
func transposed(n *neighbours.Lists, p []float32) graph {
	rows := n.Len()
	g := graph{start: make([]int, rows+1), to: make([]int32, len(p)), p: make([]float32, len(p))}
	for _, j := range n.Rows {
		g.start[j+1]++
	}
	for i := range rows {
		g.start[i+1] += g.start[i]
	}
	next := slices.Clone(g.start[:rows])
	for at, j := range n.Rows {
		g.to[next[j]], g.p[next[j]] = int32(at/n.K), p[at]
		next[j]++
	}
	return g
}

type edge struct {
	to int32
	p  float64
}

// merger joins two lists of one row.
type merger struct{ own, out []edge }

// merge leaves the sum of both in out, by column.
func (m *merger) merge(rows []int32, p []float32, back []int32, q []float32) {
	m.own, m.out = m.own[:0], m.out[:0]
	for k, r := range rows {
		m.own = append(m.own, edge{r, float64(p[k])})
	}
	slices.SortFunc(m.own, func(a, b edge) int { return int(a.to) - int(b.to) })
	for k := 0; len(m.own) > 0 || k < len(back); {
		switch {
		case k == len(back) || len(m.own) > 0 && m.own[0].to < back[k]:
			m.out, m.own = append(m.out, m.own[0]), m.own[1:]
		case len(m.own) == 0 || back[k] < m.own[0].to:
			m.out = append(m.out, edge{back[k], float64(q[k])})
			k++
		default:
			m.out, m.own = append(m.out, edge{back[k], m.own[0].p + float64(q[k])}), m.own[1:]
			k++
		}
	}
}
