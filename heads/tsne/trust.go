package tsne

import (
	"context"
	"slices"

	"fc7/internal/f32"
)

// trustworthiness is 1 - c Σ_i Σ_j max(0, r(i,j) - k), where j are the k nearest of i in the map, r(i,j) is which
// neighbour of i in the space j is, and c makes the worst 0. Ranks are of float32 products.
func (j *judge) trustworthiness(ctx context.Context, rows []int) (float64, error) {
	n, k := j.x.N, j.map2.K
	if 2*n <= 3*k+1 { // all rows are each other's neighbours, as far as the measure tells
		return 1, nil
	}
	s, err := newStrips(j)
	if err != nil {
		return 0, err
	}
	over := make([]int, len(rows))
	for first := 0; first < len(rows); first += s.cols {
		strip := rows[first:min(len(rows), first+s.cols)]
		if err := s.fill(strip); err != nil {
			return 0, err
		}
		j.team.Run((len(strip)+panel-1)/panel, f32.Pieces(func(_, p int) {
			c, end := p*panel, min(len(strip), (p+1)*panel)
			s.over(strip[c:end], c, over[first+c:first+end])
		}))
		if err := ctx.Err(); err != nil {
			return 0, err
		}
	}
	sum := 0.0
	for _, v := range over {
		sum += float64(v)
	}
	return 1 - sum*2/(float64(len(rows))*float64(k)*float64(2*n-3*k-1)), nil
}

// strips are the products of all rows with some: v = x_i·x_j - |x_j|²/2, which is the larger the nearer they are.
type strips struct {
	*judge
	from   *fit      // whose rows they are
	cols   int       // of a strip, a multiple of 16
	depth  int       // D padded
	halves []float32 // |x_j|²/2
	block  []float32 // rows, [stripRows][depth]
	v      []float32 // [N][cols]
	ws     *f32.Workspace
}

const (
	stripRows  = 2048
	stripChunk = 256
	panel      = f32.Lanes // columns
)

func newStrips(j *judge) (*strips, error) {
	n := j.x.N
	s := &strips{judge: j, cols: panel * max(1, min(16, values/panel/n)), depth: (j.x.D + stripChunk - 1) / stripChunk * stripChunk}
	s.from = &fit{team: j.team, x: j.x, mean: make([]float32, j.x.D)}
	s.halves, s.v = make([]float32, n), f32.Make(n*s.cols)
	s.block = f32.Make(min(n, stripRows) * s.depth)
	s.ws = f32.NewWorkspace(j.team)
	return s, s.from.each((n+pcaRows-1)/pcaRows, func(p int) {
		for i := p * pcaRows; i < min(n, (p+1)*pcaRows); i++ {
			s.halves[i] = float32(j.x.Square(i) / 2)
		}
	})
}

// fill computes a strip.
func (s *strips) fill(strip []int) error {
	m := f32.NewMatrix(s.depth, stripChunk, s.cols, nil, false)
	at := make([]int32, s.depth)
	for d := range at {
		at[d] = int32(d)
	}
	if err := s.from.each((len(strip)+panel-1)/panel, func(p int) {
		var w [][]float32
		for _, r := range strip[p*panel : min(len(strip), (p+1)*panel)] {
			row := make([]float32, s.depth)
			s.from.row(r, row[:s.x.D])
			w = append(w, row)
		}
		m.Set(p, w, at)
	}); err != nil {
		return err
	}
	for first := 0; first < s.x.N; first += stripRows {
		count := min(stripRows, s.x.N-first)
		if err := s.from.each(count, func(i int) { s.from.row(first+i, s.block[i*s.depth:][:s.x.D]) }); err != nil {
			return err
		}
		m.Run(s.ws, count, s.block, s.v[first*s.cols:])
	}
	return nil
}

// wanted is a neighbour in the map whose rank is counted.
type wanted struct {
	row   int32
	value float32
	rank  int
}

// over writes by how much the ranks of the neighbours in the map of up to 16 rows, whose columns begin at c, are above
// their number, together.
func (s *strips) over(rows []int, c int, out []int) {
	var far [panel][]wanted
	for i, r := range rows {
		far[i], out[i] = s.far(r, c+i)
	}
	for j, half := range s.halves {
		for i, v := range s.v[j*s.cols+c:][:len(rows)] {
			v -= half
			for t := range far[i] {
				if w := &far[i][t]; (v > w.value || v == w.value && j < int(w.row)) && j != rows[i] {
					w.rank++
				}
			}
		}
	}
	for i, list := range far {
		for _, w := range list {
			out[i] += max(0, max(w.rank, s.near.K+1)-s.map2.K)
		}
	}
}

// far are the neighbours in the map of row i, whose column is c, that are none of its nearest rows; sum is what those
// that are add.
func (s *strips) far(i, c int) (list []wanted, sum int) {
	k := s.map2.K
	known := s.near.Rows[i*s.near.K : (i+1)*s.near.K]
	for _, r := range s.map2.Rows[i*k : (i+1)*k] {
		if at := slices.Index(known, r); at >= 0 {
			sum += max(0, at+1-k)
			continue
		}
		list = append(list, wanted{row: r, value: s.v[int(r)*s.cols+c] - s.halves[r], rank: 1})
	}
	return list, sum
}
