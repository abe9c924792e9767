package neighbours

import (
	"context"
	"math"

	"fc7/heads/svm"
	"fc7/internal/f32"
)

// The candidates of ByComponents: rows are compared in so many directions, found on so many rows, and so many
// candidates are compared in full for each neighbour.
const (
	directions = 256
	fitted     = 8192
	rounds     = 3
	perK       = 4
	sampled    = 200 // rows of which the recall is measured
	atOnce     = 1024
)

// Reduces tells whether ByComponents looks at candidates: rows that are no longer, or no more, than the directions are
// all compared.
func Reduces(x svm.Matrix) bool { return x.D > directions && x.N > directions }

// ByComponents is Within for more rows than can be compared with each other: candidates are the nearest in the plane of
// the 256 directions in which rows vary most, and distances are exact. It tells which share of the true neighbours of
// some rows, all over the matrix, are among those found; of rows that are no longer than that all are. The result does
// not depend on threads. It takes 1 kB a row.
func ByComponents(ctx context.Context, x svm.Matrix, o Options) (l *Lists, recall float64, err error) {
	if !Reduces(x) {
		l, err = Within(ctx, x, o)
		return l, 1, err
	}
	if err := o.check(); err != nil {
		return nil, 0, err
	}
	s, err := newSide(x, o.Threads)
	if err != nil {
		return nil, 0, err
	}
	team := f32.NewTeam(o.Threads)
	defer team.Close()
	team.StopOn(ctx.Done())
	p := &plane{s: s, ctx: ctx, ws: f32.NewWorkspace(team), dense: f32.Dense{D: x.D, O: directions}}
	seen, err := p.project()
	if err != nil {
		return nil, 0, err
	}
	wide := o
	wide.K = perK * o.K
	if l, err = Within(ctx, svm.Dense(seen, directions), wide); err != nil {
		return nil, 0, err
	}
	if l, err = p.exact(l, o.K); err != nil {
		return nil, 0, err
	}
	recall, err = measured(ctx, x, l, o)
	return l, recall, err
}

// plane is the directions in which the rows of a side vary most.
type plane struct {
	s     *side
	ctx   context.Context
	ws    *f32.Workspace
	dense f32.Dense
	v     []float32 // [directions][D], orthonormal
	mean  []float64 // [D], of the first rows that were fitted
}

// project fits the directions and returns all rows in them, [N][directions].
func (p *plane) project() ([]float32, error) {
	if err := p.fit(); err != nil {
		return nil, err
	}
	n := p.s.x.N
	out, rows, bias := f32.Make(n*directions), f32.Make(atOnce*p.dense.D), make([]float32, directions)
	for first := 0; first < n; first += atOnce {
		count := min(atOnce, n-first)
		if err := p.gather(count, rows, func(r int) int { return first + r }); err != nil {
			return nil, err
		}
		p.dense.Forward(p.ws, p.v, bias, rows[:count*p.dense.D], out[first*directions:(first+count)*directions], false)
	}
	return out, p.ctx.Err()
}

// fit is subspace iteration (Halko, Martinsson and Tropp 2011, arXiv 0909.4061, algorithm 4.4) on rows all over the
// matrix.
func (p *plane) fit() error {
	d, n := p.dense.D, p.s.x.N
	step := (n + fitted - 1) / fitted
	rows, scores, bias := f32.Make(atOnce*d), make([]float32, atOnce*directions), make([]float32, directions)
	p.v = drawnDirections(d)
	for range rounds {
		next := f32.Make(directions * d)
		for first := 0; first*step < n; first += atOnce {
			count := min(atOnce, (n+step-1)/step-first)
			if err := p.gather(count, rows, func(r int) int { return (first + r) * step }); err != nil {
				return err
			}
			p.centre(rows[:count*d])
			p.dense.Forward(p.ws, p.v, bias, rows[:count*d], scores[:count*directions], false)
			p.dense.WeightGradient(p.ws, rows[:count*d], scores[:count*directions], next, first > 0)
		}
		if err := p.ctx.Err(); err != nil {
			return err
		}
		orthonormal(next, d)
		p.v = next
	}
	return nil
}

// centre subtracts the mean of the first rows that it sees: what matters is that no direction is lost to that of all
// rows.
func (p *plane) centre(rows []float32) {
	d := p.dense.D
	if p.mean == nil {
		p.mean = make([]float64, d)
		for i, v := range rows {
			p.mean[i%d] += float64(v)
		}
		for k := range p.mean {
			p.mean[k] /= float64(len(rows) / d)
		}
	}
	for i := range rows {
		rows[i] -= float32(p.mean[i%d])
	}
}

// gather copies n rows, in single precision.
func (p *plane) gather(n int, dst []float32, row func(r int) int) error {
	if err := p.ws.Team.Try(n, func(r int) error {
		p.s.single(row(r), 1, dst[r*p.dense.D:])
		return nil
	}); err != nil {
		return err
	}
	return p.ctx.Err()
}

// exact orders candidates by their distances and keeps the first k.
func (p *plane) exact(of *Lists, k int) (*Lists, error) {
	l := newLists(of.Len(), min(k, of.K))
	err := p.ws.Team.Try(of.Len(), func(i int) error {
		from := make([]float64, p.dense.D)
		p.s.double(i, from)
		rows, _ := of.Of(i)
		var h nearest[float64]
		for _, r := range rows {
			h = append(h, near[float64]{-p.s.square(int(r), from), r})
		}
		l.set(i, h.sorted())
		return nil
	})
	if err == nil {
		err = p.ctx.Err()
	}
	return l, err
}

// measured is the share of the neighbours of some rows that are as near as the true ones.
func measured(ctx context.Context, x svm.Matrix, l *Lists, o Options) (float64, error) {
	var rows []int
	step := max(1, x.N/sampled)
	for i := 0; i < x.N; i += step {
		rows = append(rows, i)
	}
	o.K, o.Progress = l.K+1, nil // a row is its own nearest
	all, err := Among(ctx, some(x, rows), x, o)
	if err != nil {
		return 0, err
	}
	hits := 0
	for n, i := range rows {
		_, truth := all.Of(n)
		_, found := l.Of(i)
		for _, s := range found {
			if s <= truth[l.K] {
				hits++
			}
		}
	}
	return float64(hits) / float64(len(rows)*l.K), nil
}

// some is a few rows of a matrix.
func some(x svm.Matrix, rows []int) svm.Matrix {
	out := svm.Matrix{N: len(rows), D: x.D}
	for _, b := range x.Blocks {
		of := svm.Block{Width: b.Width}
		for _, i := range rows {
			of.Rows = append(of.Rows, b.Rows[i])
			if b.Scale != nil {
				of.Scale = append(of.Scale, b.Scale[i])
			}
		}
		out.Blocks = append(out.Blocks, of)
	}
	return out
}

// orthonormal makes v, [directions][d], so, from the first direction on (Gram and Schmidt's method, twice).
func orthonormal(v []float32, d int) {
	for i := range directions {
		row := v[i*d : (i+1)*d]
		for range 2 {
			for k := range i {
				before := v[k*d : (k+1)*d]
				f32.Axpy(-f32.Dot(before, row), before, row)
			}
		}
		if norm := math.Sqrt(svm.SquaredNorm(row)); norm > 0 {
			for k := range row {
				row[k] = float32(float64(row[k]) / norm)
			}
		}
	}
}

// drawnDirections are those to begin with: numbers from -1 to 1, the same on all machines.
func drawnDirections(d int) []float32 {
	v := f32.Make(directions * d)
	for i := range v {
		z := uint64(i+1) * 0x9e3779b97f4a7c15 // SplitMix64 (Steele, Lea and Flood 2014)
		z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		v[i] = float32(int64(z^z>>31)) / (1 << 63)
	}
	return v
}
