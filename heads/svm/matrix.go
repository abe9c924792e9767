package svm

import (
	"fmt"
	"math"
	"slices"
	"unsafe"

	"fc7/internal/half"
	"fc7/internal/machine"
)

// Matrix is N rows of D values, in blocks of columns that stand side by side. Rows are used where they lie, such as in
// mapped files: those of several scales or nets need not be copied together, and a factor beside a row stands for its
// normalisation.
type Matrix struct {
	N, D   int
	Blocks []Block
	Mapped bool // rows lie in mapped files: they take memory where they are used only
}

// Block is some columns of a matrix: its row r is Scale[r]·Rows[r]. Its slices are the caller's, and only read here.
type Block struct {
	Width   int
	Rows    [][]float32 // [N], each of Width values; nil for a row that is never used
	Half    [][]uint16  // [N], in place of Rows: values of half precision, IEEE 754 binary16
	Scale   []float64   // [N]; nil: all 1
	Squares []float64   // [N], ‖Rows[r]‖² where it is known already; nil: computed at need
}

// Len is how many values row r has; 0: it is never used.
func (b *Block) Len(r int) int {
	if b.Half != nil {
		return len(b.Half[r])
	}
	return len(b.Rows[r])
}

// Row returns row r without its factor: where it lies, or, of half precision, in the room of buf.
func (b *Block) Row(r int, buf []float32) []float32 {
	if b.Half == nil {
		return b.Rows[r]
	}
	if cap(buf) < b.Width {
		buf = make([]float32, b.Width)
	}
	buf = buf[:len(b.Half[r])]
	half.Widen(buf, b.Half[r])
	return buf
}

// Count is how many rows there are, used or not.
func (b *Block) Count() int {
	if b.Half != nil {
		return len(b.Half)
	}
	return len(b.Rows)
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
		if b.Width < 1 || b.Count() != m.N || b.Half != nil && b.Rows != nil || b.Scale != nil && len(b.Scale) != m.N || b.Squares != nil && len(b.Squares) != m.N {
			return fmt.Errorf("svm: a block of %d columns with %d rows, %d factors and %d squares, expected %d of each that is there",
				b.Width, b.Count(), len(b.Scale), len(b.Squares), m.N)
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
			if b.Len(r) != b.Width {
				return fmt.Errorf("svm: row %d has %d values, expected %d", r, b.Len(r), b.Width)
			}
		}
	}
	return nil
}

// piece is the part of a row that one block holds.
type piece struct {
	x     []float32
	scale float64
	at    int       // its first column
	room  []float32 // of x, where it had to be widened
}

// vector is a row, piece by piece.
type vector []piece

// row returns row r in the room of buf.
func (m *Matrix) row(r int, buf vector) vector {
	buf = m.pieces(r, buf)
	for i := range m.Blocks {
		b, p := &m.Blocks[i], &buf[i]
		if b.Half == nil {
			p.x = b.Rows[r]
			continue
		}
		p.x = b.Row(r, p.room)
		p.room = p.x
	}
	return buf
}

// view is row r whose values without factors lie in x, [D].
func (m *Matrix) view(r int, x []float32, buf vector) vector {
	buf = m.pieces(r, buf)
	for i := range buf {
		p := &buf[i]
		p.x = x[p.at : p.at+m.Blocks[i].Width]
	}
	return buf
}

// pieces are those of row r without values.
func (m *Matrix) pieces(r int, buf vector) vector {
	if buf == nil {
		buf = make(vector, len(m.Blocks))
	}
	at := 0
	for i := range m.Blocks {
		b, p := &m.Blocks[i], &buf[i]
		p.at, p.scale = at, 1
		if b.Scale != nil {
			p.scale = b.Scale[r]
		}
		at += b.Width
	}
	return buf
}

// rowBytes is what a row takes where it lies.
func (m *Matrix) rowBytes() (n int) {
	for i := range m.Blocks {
		if b := &m.Blocks[i]; b.Half != nil {
			n += 2 * b.Width
		} else {
			n += 4 * b.Width
		}
	}
	return n
}

// widen writes row r without factors to x, [D].
func (m *Matrix) widen(r int, x []float32) {
	for i := range m.Blocks {
		b := &m.Blocks[i]
		if b.Half != nil {
			half.Widen(x[:b.Width], b.Half[r])
		} else {
			copy(x[:b.Width], b.Rows[r])
		}
		x = x[b.Width:]
	}
}

// own copies row r out of its file.
func (m *Matrix) own(r int) {
	for i := range m.Blocks {
		if b := &m.Blocks[i]; b.Half != nil {
			b.Half[r] = slices.Clone(b.Half[r])
		} else {
			b.Rows[r] = slices.Clone(b.Rows[r])
		}
	}
}

// tilesAhead is how many tiles the system is told of before they are read.
const tilesAhead = 3

// soon tells the system what is read of mapped files after the n rows from first on: tile by tile, some tiles ahead.
func (m *Matrix) soon(rows []int, first, n int) {
	if !m.Mapped {
		return
	}
	from := first + tilesAhead*n
	if first == 0 {
		from = 0
	}
	m.advise(machine.Soon, rows[min(from, len(rows)):min(first+(tilesAhead+1)*n, len(rows))])
}

// advise tells the system how rows will be read.
func (m *Matrix) advise(how machine.Advice, rows []int) {
	for i := range m.Blocks {
		b, next := &m.Blocks[i], machine.Reading{How: how}
		for _, r := range rows {
			if b.Half != nil {
				next.Add(unsafe.Pointer(unsafe.SliceData(b.Half[r])), 2*b.Width)
			} else {
				next.Add(unsafe.Pointer(unsafe.SliceData(b.Rows[r])), 4*b.Width)
			}
		}
		next.Tell()
	}
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
			square = SquaredNorm(b.Row(r, nil))
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
		for d, v := range m.Blocks[i].Row(r, nil) {
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
		if i%softmaxTile == 0 {
			m.soon(rows, i, softmaxTile)
		}
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
