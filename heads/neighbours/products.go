package neighbours

import (
	"context"

	"fc7/internal/f32"
)

// depth is how the values of a row are divided for the products. Rows lie an odd number of cache lines apart: powers of
// two would put all of them into one set of the caches.
type depth struct{ chunk, padded, stride int }

func depthOf(d int) depth {
	const longest, line = 256, f32.Lanes
	chunk := min(longest, (d+3)/4*4)
	padded := (d + chunk - 1) / chunk * chunk
	return depth{chunk, padded, ((padded+line-1)/line | 1) * line}
}

// The sizes of blocks. Rows of x lie packed, as the columns of a matrix; a group of rows of q lies as it is, of which a
// worker takes a piece, so that its products stay in the cache until they are looked at.
const (
	columns    = 512
	groupRows  = 8 * columns
	groupBytes = 64 << 20
	pieceRows  = 128 // divides columns
	leastRows  = strip
)

// products multiplies rows with rows, block by block: memory does not grow with their number.
type products struct {
	*search
	ctx    context.Context
	ws     *f32.Workspace
	d      depth
	group  int         // most rows of q at a time
	piece  int         // rows of a piece of a group
	rows   []float32   // [group][stride]
	cols   []float32   // [columns][stride]
	packed *f32.Matrix // of cols
	y      []float32   // [group][columns]
	at     []int32     // 0, 1, 2 …
}

func newProducts(ctx context.Context, s *search) *products {
	d := depthOf(s.x.x.D)
	p := &products{search: s, ctx: ctx, ws: f32.NewWorkspace(f32.NewTeam(s.o.Threads)), d: d}
	p.ws.Team.StopOn(ctx.Done())
	whole := (s.q.x.N + columns - 1) / columns * columns
	p.group = min(whole, groupRows, max(columns, groupBytes/4/d.padded/columns*columns))
	for p.piece = pieceRows; p.piece > leastRows && p.group < 4*p.piece*p.ws.Team.Size(); {
		p.piece /= 2
	}
	p.rows, p.cols = f32.Make(p.group*d.stride), f32.Make(columns*d.stride)
	p.packed = f32.NewMatrix(d.padded, d.chunk, columns, nil, false)
	p.y = f32.Make(p.group * columns)
	p.at = make([]int32, d.padded)
	for i := range p.at {
		p.at[i] = int32(i)
	}
	return p
}

func (p *products) close() { p.ws.Team.Close() }

// each does n pieces, and is an error if the context has ended, when pieces are left out.
func (p *products) each(n int, do func(piece int) error) error {
	if err := p.ws.Team.Try(n, do); err != nil {
		return err
	}
	return p.ctx.Err()
}

// all offers each row to each other one.
func (p *products) all() error {
	n := p.q.x.N
	for first := 0; first < n; first += p.group {
		count := min(p.group, n-first)
		if err := p.gather(p.q, count, p.rows, func(r int) int { return first + r }); err != nil {
			return err
		}
		from := 0
		if p.same {
			from = first
		}
		for j := from; j < p.x.x.N; j += columns {
			if err := p.block(first, count, j); err != nil {
				return err
			}
		}
		if p.o.Progress != nil {
			p.o.Progress(p.done(first+count), n)
		}
	}
	return nil
}

// done is how many rows of all are done, by the products, where the first ones have been multiplied with all.
func (p *products) done(rows int) int {
	if !p.same {
		return rows
	}
	left := float64(p.q.x.N-rows) / float64(p.q.x.N) // of rows and of columns
	return int(float64(p.q.x.N) * (1 - left*left))
}

// block offers a group of rows and columns rows from j on to each other. Of one matrix, rows behind these wait for
// their own block.
func (p *products) block(first, count, j int) error {
	n := min(columns, p.x.x.N-j)
	cols, before := p.cols, count // rows before the columns
	if p.same && j < first+count {
		cols = p.rows[(j-first)*p.d.stride:] // they are there
		before = j - first
		count = min(count, before+n)
	} else if err := p.gather(p.x, n, cols, func(r int) int { return j + r }); err != nil {
		return err
	}
	if err := p.multiply(cols, n, count, before, func(r, from int, y []float32) error {
		p.offerTo(first+r, y[from:n], j+from)
		return nil
	}); err != nil || !p.same {
		return err
	}
	return p.each((n+strip-1)/strip, func(s int) error {
		c := s * strip
		p.offerBack(first, min(count, before+c/p.piece*p.piece), j, c, min(strip, n-c))
		return nil
	})
}

// gather copies n rows of a side to dst, in single precision.
func (p *products) gather(s *side, n int, dst []float32, row func(r int) int) error {
	const piece = 8
	return p.each((n+piece-1)/piece, func(t int) error {
		for r := t * piece; r < min(n, (t+1)*piece); r++ {
			s.single(row(r), p.unit, dst[r*p.d.stride:])
		}
		return nil
	})
}

// multiply fills y with the products of count rows and n of cols, and gives those of each row r to do. The columns are
// rows from before on: each piece of these begins with its own first row, as the products are there already of which
// that is the column.
func (p *products) multiply(cols []float32, n, count, before int, do func(r, from int, y []float32) error) error {
	if err := p.pack(cols, n); err != nil {
		return err
	}
	return p.each((count+p.piece-1)/p.piece, func(s int) error {
		r := s * p.piece
		from := max(0, r-before)
		p.packed.RunSome(p.ws, min(p.piece, count-r), p.rows[r*p.d.stride:], p.d.stride, p.y[r*columns:], from)
		for end := min(count, r+p.piece); r < end; r++ {
			if err := do(r, from, p.y[r*columns:(r+1)*columns]); err != nil {
				return err
			}
		}
		return nil
	})
}

// pack makes n rows the columns of the matrix.
func (p *products) pack(cols []float32, n int) error {
	return p.each((n+strip-1)/strip, func(s int) error {
		var w [strip][]float32
		c := s * strip
		for k := range min(strip, n-c) {
			w[k] = cols[(c+k)*p.d.stride:][:p.d.padded]
		}
		p.packed.Set(s, w[:min(strip, n-c)], p.at)
		return nil
	})
}

// offerTo offers rows j, j+1 … of x, whose products with row i are y, to row i.
func (s *search) offerTo(i int, y []float32, j int) {
	h := s.best[i]
	least, halves := h.least(s.room), s.halves[j:j+len(y)]
	for c, v := range y {
		if v -= halves[c]; v < least || s.same && j+c == i {
			continue
		}
		h.offer(near[float32]{v, int32(j + c)}, s.room)
		least = h.least(s.room)
	}
	s.best[i] = h
}

// strip is how many rows of x one piece of pack or offerBack is of: a panel, whose products are a line of the cache.
const strip = f32.Lanes

// offerBack offers n rows from first on to rows j+c, j+c+1 … of the same matrix, wide of them.
func (p *products) offerBack(first, n, j, c, wide int) {
	var least [strip]float32
	best := p.best[j+c : j+c+wide]
	for k := range best {
		least[k] = best[k].least(p.room)
	}
	for r := range n {
		half := p.halves[first+r]
		for k, v := range p.y[r*columns+c : r*columns+c+wide] {
			if v -= half; v < least[k] {
				continue
			}
			best[k].offer(near[float32]{v, int32(first + r)}, p.room)
			least[k] = best[k].least(p.room)
		}
	}
}

// again goes through rows of q once more, of whose candidates there were too many, and looks at all of them in float64.
func (p *products) again(list []int, l *Lists) error {
	for ; len(list) > 0; list = list[min(p.group, len(list)):] {
		now := list[:min(p.group, len(list))]
		exact := make([]nearest[float64], len(now))
		if err := p.gather(p.q, len(now), p.rows, func(r int) int { return now[r] }); err != nil {
			return err
		}
		for j := 0; j < p.x.x.N; j += columns {
			n := min(columns, p.x.x.N-j)
			if err := p.gather(p.x, n, p.cols, func(r int) int { return j + r }); err != nil {
				return err
			}
			if err := p.multiply(p.cols, n, len(now), len(now), func(r, _ int, y []float32) error {
				p.offerExact(now[r], y[:n], j, &exact[r])
				return nil
			}); err != nil {
				return err
			}
		}
		for r, h := range exact {
			l.set(now[r], h.sorted())
		}
	}
	return nil
}

// offerExact offers the rows among j, j+1 … that may be neighbours of row i by their distances.
func (p *products) offerExact(i int, y []float32, j int, h *nearest[float64]) {
	var from []float64
	least := p.least(i, p.d)
	for c, v := range y {
		if v-p.halves[j+c] < least || p.same && j+c == i {
			continue
		}
		if from == nil {
			from = make([]float64, p.x.x.D)
			p.q.double(i, from)
		}
		h.offer(near[float64]{-p.x.square(j+c, from), int32(j + c)}, p.k)
	}
}
