package neighbours

import (
	"context"
	"fmt"
	"math"

	"fc7/heads/svm"
)

// spare is how many more rows than neighbours are kept of the products: those that single precision cannot tell from
// the last neighbour must be among them.
const spare = 16

// search compares the rows of one side with those of another, by
//
//	v_ij = q_i·x_j - ‖x_j‖²/2,
//
// which is the larger the nearer the rows are: ‖q_i - x_j‖² = ‖q_i‖² - 2 v_ij.
type search struct {
	q, x   *side // one and the same, where the rows of a matrix are compared with each other
	same   bool  // no row is a neighbour of its own
	o      Options
	k      int
	room   int                // of a row's candidates
	unit   float64            // products are of rows times this, so that the largest norm is 1
	halves []float32          // [x.N], ‖x_j‖²/2
	best   []nearest[float32] // [q.N], candidates by v
}

// Within finds the neighbours of each row of x among the other rows. All rows must be there, and finite; they may lie
// in mapped files. Each pair of rows is multiplied once.
func Within(ctx context.Context, x svm.Matrix, o Options) (*Lists, error) {
	return find(ctx, x, x, true, o)
}

// Among finds the neighbours of each row of q among the rows of x, which are as wide.
func Among(ctx context.Context, q, x svm.Matrix, o Options) (*Lists, error) {
	return find(ctx, q, x, false, o)
}

func find(ctx context.Context, q, x svm.Matrix, same bool, o Options) (*Lists, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if q.D != x.D {
		return nil, fmt.Errorf("neighbours: rows of %d values among rows of %d", q.D, x.D)
	}
	in, err := newSide(x, o.Threads)
	if err != nil {
		return nil, err
	}
	of := in
	if !same {
		if of, err = newSide(q, o.Threads); err != nil {
			return nil, err
		}
	}
	return newSearch(of, in, same, o).run(ctx)
}

func newSearch(q, x *side, same bool, o Options) *search {
	s := &search{q: q, x: x, same: same, o: o, unit: 1}
	s.k = max(0, min(o.K, s.others()))
	s.room = min(s.k+spare, s.others())
	if largest := math.Sqrt(max(q.largest, x.largest)); largest > 0 {
		s.unit = 1 / largest
	}
	s.halves = make([]float32, x.x.N)
	for j, v := range x.squares {
		s.halves[j] = float32(v * s.unit * s.unit / 2)
	}
	return s
}

// others is how many rows a row is compared with.
func (s *search) others() int {
	if s.same {
		return s.x.x.N - 1
	}
	return s.x.x.N
}

func (s *search) run(ctx context.Context) (*Lists, error) {
	n := s.q.x.N
	l := newLists(n, s.k)
	if s.k == 0 || n == 0 {
		return l, ctx.Err()
	}
	all := make(nearest[float32], n*s.room)
	s.best = make([]nearest[float32], n)
	for i := range s.best {
		s.best[i] = all[i*s.room : i*s.room : (i+1)*s.room]
	}
	p := newProducts(ctx, s)
	defer p.close()
	if err := p.all(); err != nil {
		return nil, err
	}
	crowded, err := p.settle(l)
	if err == nil {
		err = p.again(crowded, l)
	}
	return l, err
}

// settle computes the distances of the candidates, and returns the rows that may have others.
func (p *products) settle(l *Lists) (crowded []int, err error) {
	const piece = 16
	n := p.q.x.N
	full := make([]bool, n)
	err = p.each((n+piece-1)/piece, func(s int) error {
		from := make([]float64, p.x.x.D)
		for i := s * piece; i < min(n, (s+1)*piece); i++ {
			full[i] = !p.settleRow(i, from, l)
		}
		return nil
	})
	for i := range full {
		if full[i] {
			crowded = append(crowded, i)
		}
	}
	return crowded, err
}

// settleRow puts the neighbours of row i in order; false: there may be more candidates than were kept.
func (p *products) settleRow(i int, from []float64, l *Lists) bool {
	h := p.best[i].sorted()
	least := p.least(i, p.d)
	if len(h) < p.others() && h[len(h)-1].value >= least {
		return false
	}
	p.q.double(i, from)
	var exact nearest[float64]
	for _, n := range h {
		if n.value >= least {
			exact = append(exact, near[float64]{-p.x.square(int(n.row), from), n.row})
		}
	}
	l.set(i, exact.sorted())
	return true
}

// least is the v of row i, whose candidates are in order, from which on a row may be a neighbour: at least k rows have
// a true v of at least that of the k-th less the margin, and the v of whatever is as near is at most a margin below
// that.
func (s *search) least(i int, d depth) float32 {
	return s.best[i][s.k-1].value - 2*s.margin(i, d)
}

// margin bounds the error of v of row i. A product is a sum of chunks, in which at most as many roundings of relative
// error 2^-24 follow each other as the chunk is deep, and as there are chunks; there are those of the values
// themselves, too. Of n roundings the product of rows a and b is off by at most n 2^-24 ‖a‖ ‖b‖ (Higham, Accuracy and
// Stability of Numerical Algorithms, section 3.1); no norm is above 1 here.
func (s *search) margin(i int, d depth) float32 {
	const u = 1.0 / (1 << 24)
	n := float64(d.chunk + d.padded/d.chunk + 8)
	return float32(1.01 * n * u * (math.Sqrt(s.q.squares[i])*s.unit + 0.5))
}

// set takes over the first neighbours of row i from those in order.
func (l *Lists) set(i int, of nearest[float64]) {
	rows, squares := l.Of(i)
	for k, n := range of[:l.K] {
		rows[k], squares[k] = n.row, -n.value
	}
}
