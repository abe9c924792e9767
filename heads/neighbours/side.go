package neighbours

import (
	"fmt"
	"math"

	"fc7/heads/svm"
	"fc7/internal/f32"
)

// side is a matrix whose rows are compared, with what is known of them.
type side struct {
	x       svm.Matrix
	squares []float64 // of the norms
	largest float64   // of the squares
	raw     bool      // squares are of the values themselves, without factors
}

// Unit is x with each row divided by its norm, in the factors of its blocks; a row of zeros stays one. Distances of
// such rows are those of the cosine: see CosineDistance. All rows must be there.
func Unit(x svm.Matrix) (svm.Matrix, error) {
	s, err := newSide(x, 0)
	if err != nil {
		return x, err
	}
	factor := make([]float64, x.N)
	for i, v := range s.squares {
		factor[i] = 1
		if v > 0 {
			factor[i] = 1 / math.Sqrt(v)
		}
	}
	x = x.Scaled(factor)
	if s.raw {
		x.Blocks[0].Squares = s.squares // they are not computed again
	}
	return x, nil
}

// newSide looks at all rows, on so many threads.
func newSide(x svm.Matrix, threads int) (*side, error) {
	s := &side{x: x, squares: make([]float64, x.N), raw: len(x.Blocks) == 1 && x.Blocks[0].Scale == nil}
	if err := tooMany(x.N); err != nil {
		return nil, err
	}
	width := 0
	for _, b := range x.Blocks {
		if width += b.Width; len(b.Rows) != x.N || b.Scale != nil && len(b.Scale) != x.N || b.Squares != nil && len(b.Squares) != x.N {
			return nil, fmt.Errorf("neighbours: a block of %d columns with %d rows and %d factors, expected %d", b.Width, len(b.Rows), len(b.Scale), x.N)
		}
	}
	if width != x.D || x.D < 1 {
		return nil, fmt.Errorf("neighbours: blocks of %d columns in all, expected %d", width, x.D)
	}
	team := f32.NewTeam(threads)
	defer team.Close()
	const piece = 64
	err := team.Try((x.N+piece-1)/piece, func(p int) error {
		for i := p * piece; i < min(x.N, (p+1)*piece); i++ {
			if err := s.look(i); err != nil {
				return err
			}
		}
		return nil
	})
	for _, v := range s.squares {
		s.largest = max(s.largest, v)
	}
	return s, err
}

// look computes the square of a row, which must be there and finite.
func (s *side) look(i int) error {
	for _, b := range s.x.Blocks {
		if len(b.Rows[i]) != b.Width {
			return fmt.Errorf("neighbours: row %d has %d values, expected %d", i, len(b.Rows[i]), b.Width)
		}
	}
	s.squares[i] = s.x.Square(i)
	if math.IsNaN(s.squares[i]) || math.IsInf(s.squares[i], 0) {
		return fmt.Errorf("neighbours: row %d has values that are not finite, or too large", i)
	}
	return nil
}

// single writes row i, times factor, in single precision to dst, [D].
func (s *side) single(i int, factor float64, dst []float32) {
	for _, b := range s.x.Blocks {
		f := factor
		if b.Scale != nil {
			f *= b.Scale[i]
		}
		scaled(f, b.Rows[i], dst[:b.Width])
		dst = dst[b.Width:]
	}
}

// scaled writes f times x to dst, by a kernel where single precision holds f: a rounding of f more is within the
// margin.
func scaled(f float64, x, dst []float32) {
	const least, most = 1e-30, 1e30
	if f >= least && f <= most {
		clear(dst)
		f32.Axpy(float32(f), x[:len(dst)], dst)
		return
	}
	for d, v := range x[:len(dst)] {
		dst[d] = float32(f * float64(v))
	}
}

// double writes row i to dst, [D].
func (s *side) double(i int, dst []float64) {
	for _, b := range s.x.Blocks {
		f := 1.0
		if b.Scale != nil {
			f = b.Scale[i]
		}
		for d, v := range b.Rows[i] {
			dst[d] = f * float64(v)
		}
		dst = dst[b.Width:]
	}
}

// square is that of the distance of row i to a row of values, [D].
func (s *side) square(i int, from []float64) float64 {
	sum := 0.0
	for _, b := range s.x.Blocks {
		f := 1.0
		if b.Scale != nil {
			f = b.Scale[i]
		}
		sum += f32.SquaredDistance(from, b.Rows[i], f)
		from = from[b.Width:]
	}
	return sum
}
