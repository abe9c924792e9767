package protocol

import (
	"fmt"
	"math"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"fc7/heads/svm"
	"fc7/internal/fault"
)

// Block is the descriptors of one scale, as they are in a feature table: [N] rows of a width, nil where there is none.
// Rows may lie in mapped files.
func Block(rows [][]float32, width int) svm.Block { return svm.Block{Width: width, Rows: rows} }

// HalfBlock is Block of rows in half precision.
func HalfBlock(rows [][]uint16, width int) svm.Block { return svm.Block{Width: width, Half: rows} }

// Matrix makes the final descriptors of n rows, given a block for each scale of the recipe, of all parts one after the
// other.
//
// A stacked descriptor is its blocks, used where they lie, with a factor beside each row for the normalisation. The
// mean or maximum of several scales is computed: a new block as wide as one scale.
func (r Recipe) Matrix(blocks []svm.Block, n int) (svm.Matrix, Recipe, error) {
	none := svm.Matrix{}
	r, err := r.Complete()
	if err != nil {
		return none, r, err
	}
	if len(r.Parts) == 0 {
		m, err := r.matrix(blocks, n)
		return m, r, err
	}
	if want := r.matrices(); len(blocks) != want {
		return none, r, fmt.Errorf("protocol: %d blocks for %d tables, expected %d", len(blocks), len(r.Parts), want)
	}
	var parts []svm.Matrix
	for i, p := range r.Parts {
		m, _, err := p.Matrix(blocks[:len(p.Widths)], n)
		if err != nil {
			return none, r, fmt.Errorf("table %d: %w", i+1, err)
		}
		parts, blocks = append(parts, m), blocks[len(p.Widths):]
	}
	m, err := r.Stacked(parts)
	return m, r, err
}

// Stacked joins final descriptors of the same rows that were made by r.Parts already.
func (r Recipe) Stacked(parts []svm.Matrix) (svm.Matrix, error) {
	if len(parts) != len(r.Widths) {
		return svm.Matrix{}, fmt.Errorf("protocol: descriptors of %d tables, expected %d", len(parts), len(r.Widths))
	}
	all := svm.Matrix{N: parts[0].N}
	for i, p := range parts {
		if p.D != r.Widths[i] || p.N != all.N {
			return all, fmt.Errorf("protocol: table %d has %d descriptors of %d values, expected %d of %d", i+1, p.N, p.D, all.N, r.Widths[i])
		}
		if r.L2 == L2Before || r.L2 == L2Both {
			p = normalised(p)
		}
		all.D, all.Mapped = all.D+p.D, all.Mapped || p.Mapped
		all.Blocks = append(all.Blocks, p.Blocks...)
	}
	if r.L2 == L2After || r.L2 == L2Both {
		all = normalised(all)
	}
	return all, nil
}

// matrix is Matrix of one table.
func (r Recipe) matrix(blocks []svm.Block, n int) (svm.Matrix, error) {
	m := svm.Matrix{N: n, D: r.Width()}
	if len(blocks) != len(r.Widths) {
		return m, fmt.Errorf("protocol: descriptors of %d scales, expected %d: %v", len(blocks), len(r.Scales), r.Scales)
	}
	for i, b := range blocks {
		if err := checkBlock(b, r.Widths[i], n); err != nil {
			return m, fmt.Errorf("protocol: scale %d: %w", r.Scales[i], err)
		}
	}
	var err error
	if len(blocks) > 1 && r.Aggregate != Stack {
		if blocks, err = r.joined(blocks, n); err != nil {
			return m, err
		}
	}
	for _, b := range blocks {
		if b, err = measured(b); err != nil {
			return m, err
		}
		if len(blocks) == len(r.Widths) && (r.L2 == L2Before || r.L2 == L2Both) {
			b = normalised(svm.Matrix{N: n, Blocks: []svm.Block{b}}).Blocks[0]
		}
		m.Blocks = append(m.Blocks, b)
	}
	if r.L2 == L2After || r.L2 == L2Both {
		m = normalised(m)
	}
	return m, nil
}

func checkBlock(b svm.Block, width, n int) error {
	if b.Width != width || b.Count() != n {
		return fmt.Errorf("%d rows of %d values, expected %d of %d", b.Count(), b.Width, n, width)
	}
	for i := range n {
		if v := b.Len(i); v != 0 && v != width {
			return fmt.Errorf("row %d has %d values, expected %d", i, v, width)
		}
	}
	return nil
}

// joined computes the mean or the maximum of several scales, before its own normalisation.
func (r Recipe) joined(blocks []svm.Block, n int) ([]svm.Block, error) {
	switch r.L2 {
	case L2After:
		r.L2 = L2None
	case L2Both:
		r.L2 = L2Before
	}
	width := r.Width()
	out, rows := make([]float32, n*width), make([][]float32, n)
	err := inChunks(n, func(first, last int) {
		parts, scratch := make([][]float32, len(blocks)), make([]float32, width)
		for i := first; i < last; i++ {
			for s, b := range blocks {
				parts[s] = b.Row(i, nil)
				if b.Len(i) == 0 {
					parts[s] = nil
				}
			}
			if slices.ContainsFunc(parts, func(p []float32) bool { return p == nil }) {
				continue
			}
			rows[i] = out[i*width : (i+1)*width : (i+1)*width]
			r.join(parts, rows[i], scratch)
		}
	})
	return []svm.Block{Block(rows, width)}, err
}

// measured computes the squared norms of a block's rows; those that are not there have 0.
func measured(b svm.Block) (svm.Block, error) {
	b.Squares = make([]float64, b.Count())
	return b, inChunks(b.Count(), func(first, last int) {
		room := make([]float32, b.Width)
		for i := first; i < last; i++ {
			b.Squares[i] = svm.SquaredNorm(b.Row(i, room))
		}
	})
}

// inChunks does n rows on all cores, each row once.
func inChunks(n int, do func(first, last int)) error {
	var work errgroup.Group
	chunk := max(16, (n+4*runtime.GOMAXPROCS(0)-1)/(4*runtime.GOMAXPROCS(0)))
	for first := 0; first < n; first += chunk {
		work.Go(func() error {
			return fault.Guard(func() error {
				do(first, min(first+chunk, n))
				return nil
			})
		})
	}
	return work.Wait()
}

// normalised divides each row of m by its L2 norm, in the factors of new blocks; a row of zeros stays one.
func normalised(m svm.Matrix) svm.Matrix {
	divide := make([]float64, m.N)
	for i := range divide {
		divide[i] = 1
		if s := m.Square(i); s > 0 && !math.IsInf(s, 0) { // what is not finite is reported where it is used
			divide[i] = 1 / math.Sqrt(s)
		}
	}
	return m.Scaled(divide)
}
