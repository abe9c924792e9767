package svm

import (
	"fmt"
	"math"
	"slices"
)

// Matrix is N rows of D values, in blocks of columns that stand side by side. Rows are used where they lie, such as in
// mapped files: those of several scales or nets need not be copied together, and a factor beside a row stands for its
// normalisation.
type Matrix struct {
	N, D   int
	Blocks []Block
}

// Block is some columns of a matrix: its row r is Scale[r]·Rows[r]. Its slices are the caller's, and only read here.
type Block struct {
	Width   int
	Rows    [][]float32 // [N], each of Width values; nil for a row that is never used
	Scale   []float64   // [N]; nil: all 1
	Squares []float64   // [N], ‖Rows[r]‖² where it is known already; nil: computed at need
}

// Dense is the matrix of len(x)/d rows that lie one behind the other in x.
func Dense(x []float32, d int) Matrix {
	if d < 1 {
		return Matrix{D: d}
	}
	rows := make([][]float32, (len(x)+d-1)/d)
	for r := range rows {
		end := min((r+1)*d, len(x)) // a last row that is short is found by check
		rows[r] = x[r*d : end : end]
	}
	return Matrix{N: len(rows), D: d, Blocks: []Block{{Width: d, Rows: rows}}}
}

// Scaled is m with row r multiplied by factor[r], [N], in the factors of its blocks.
func (m Matrix) Scaled(factor []float64) Matrix {
	m.Blocks = slices.Clone(m.Blocks)
	for k := range m.Blocks {
		scale := slices.Clone(factor)
		for r, s := range m.Blocks[k].Scale {
			scale[r] *= s
		}
		m.Blocks[k].Scale = scale
	}
	return m
}

// check makes sure that the blocks fit together.
func (m *Matrix) check() error {
	if m.N < 1 || m.D < 1 {
		return fmt.Errorf("svm: a problem of %d rows and %d columns; both must be at least 1", m.N, m.D)
	}
	width := 0
	for _, b := range m.Blocks {
		width += b.Width
		if b.Width < 1 || len(b.Rows) != m.N || b.Scale != nil && len(b.Scale) != m.N || b.Squares != nil && len(b.Squares) != m.N {
			return fmt.Errorf("svm: a block of %d columns with %d rows, %d factors and %d squares, expected %d of each that is there",
				b.Width, len(b.Rows), len(b.Scale), len(b.Squares), m.N)
		}
	}
	if width != m.D {
		return fmt.Errorf("svm: blocks of %d columns in all, expected %d", width, m.D)
	}
	return nil
}

// checkRows makes sure that the rows that are used are there.
func (m *Matrix) checkRows(use []int) error {
	for i := range m.Blocks {
		b := &m.Blocks[i]
		for _, r := range use {
			if len(b.Rows[r]) != b.Width {
				return fmt.Errorf("svm: row %d has %d values, expected %d", r, len(b.Rows[r]), b.Width)
			}
		}
	}
	return nil
}

// piece is the part of a row that one block holds.
type piece struct {
	x     []float32
	scale float64
	at    int // its first column
}

// vector is a row, piece by piece.
type vector []piece

// row returns row r in the room of buf.
func (m *Matrix) row(r int, buf vector) vector {
	buf = buf[:0]
	at := 0
	for i := range m.Blocks {
		b := &m.Blocks[i]
		scale := 1.0
		if b.Scale != nil {
			scale = b.Scale[r]
		}
		buf = append(buf, piece{b.Rows[r], scale, at})
		at += b.Width
	}
	return buf
}

// dot returns xᵀw, accumulated in float64.
func (v vector) dot(w []float64) float64 {
	sum := 0.0
	for i := range v {
		sum += float64(v[i].scale * dot(v[i].x, w[v[i].at:]))
	}
	return sum
}

// axpy adds a·x to w.
func (v vector) axpy(a float64, w []float64) {
	for i := range v {
		axpy(a*v[i].scale, v[i].x, w[v[i].at:])
	}
}

// shortDot returns xᵀw, of each piece in single precision.
func (v vector) shortDot(w []float32) float64 {
	sum := 0.0
	for i := range v {
		sum += float64(v[i].scale * shortDot(v[i].x, w[v[i].at:]))
	}
	return sum
}

// shortAxpy adds a·x to w in single precision.
func (v vector) shortAxpy(a float64, w []float32) {
	for i := range v {
		shortAxpy(a*v[i].scale, v[i].x, w[v[i].at:])
	}
}

// addSquares adds a·x_d² to w_d.
func (v vector) addSquares(a float64, w []float64) {
	for i := range v {
		p := &v[i]
		k, to := a*p.scale*p.scale, w[p.at:]
		for d, x := range p.x {
			to[d] += float64(k * float64(x) * float64(x))
		}
	}
}

// AddRow adds a times row r to w, [D].
func (m *Matrix) AddRow(r int, a float64, w []float64) { m.row(r, nil).axpy(a, w) }

// Square returns ‖row r‖².
func (m *Matrix) Square(r int) float64 {
	sum := 0.0
	for i := range m.Blocks {
		b := &m.Blocks[i]
		square, scale := 0.0, 1.0
		if b.Squares != nil {
			square = b.Squares[r]
		} else {
			square = SquaredNorm(b.Rows[r])
		}
		if b.Scale != nil {
			scale = b.Scale[r]
		}
		if square != 0 { // a row of zeros stays one
			sum += float64(scale * scale * square)
		}
	}
	return sum
}

// BadValue finds the first value of row r that is no finite number.
func (m *Matrix) BadValue(r int) (column int, value float64, found bool) {
	at := 0
	for i := range m.Blocks {
		for d, v := range m.Blocks[i].Rows[r] {
			if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
				return at + d, f, true
			}
		}
		at += m.Blocks[i].Width
	}
	return 0, 0, false
}

// squares returns ‖x‖² of each of the rows, and refuses NaN and infinity.
func (m *Matrix) squares(rows []int) ([]float64, error) {
	out := make([]float64, len(rows))
	for i, r := range rows {
		out[i] = m.Square(r)
		if !math.IsNaN(out[i]) && !math.IsInf(out[i], 0) {
			continue
		}
		if d, v, ok := m.BadValue(r); ok {
			return nil, fmt.Errorf("svm: X is %v at row %d, column %d; expected a finite number: leave the row out or mend its descriptor", v, r, d)
		}
		return nil, fmt.Errorf("svm: the norm of row %d overflows", r)
	}
	return out, nil
}

// modest tells whether single precision holds what raw rows and their factors come to in products: it does unless they
// are far from 1.
func (m *Matrix) modest(rows []int) bool {
	const far = 1e12
	for i := range m.Blocks {
		b := &m.Blocks[i]
		if b.Scale == nil {
			continue
		}
		for _, r := range rows {
			if s := b.Scale[r]; s != 0 && (s > far || s < 1/far) {
				return false
			}
		}
	}
	return true
}
