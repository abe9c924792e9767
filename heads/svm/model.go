package svm

import (
	"fmt"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"fc7/internal/fault"
)

// Model is K linear classifiers. Its slices belong to the caller.
type Model struct {
	D       int
	Weights [][]float64 // [K][D]
	Bias    []float64   // [K], added to the score; zeros where Options.Bias was 0
}

// Decision returns the K scores wᵀx + b of one row, x [D], in a new slice.
func (m *Model) Decision(x []float32) ([]float64, error) {
	if len(x) != m.D {
		return nil, fmt.Errorf("svm: a row of %d values, the model was trained on %d", len(x), m.D)
	}
	s := make([]float64, len(m.Weights))
	m.decide(vector{{x: x, scale: 1}}, s)
	return s, nil
}

// DecisionBatch returns the scores [K][len(rows)] of rows of x, in the order of rows; nil: all rows. Scores of a class
// lie together, as average precision wants them. It uses all cores.
func (m *Model) DecisionBatch(x Matrix, rows []int) ([][]float64, error) {
	if m.D == 0 || x.D != m.D {
		return nil, fmt.Errorf("svm: rows of %d values, the model was trained on %d", x.D, m.D)
	}
	rows, err := Problem{X: x, Rows: rows}.scored()
	if err != nil {
		return nil, err
	}
	s := make([][]float64, len(m.Weights))
	for k := range s {
		s[k] = make([]float64, len(rows))
	}
	var wg errgroup.Group
	chunk := max(64, (len(rows)+runtime.GOMAXPROCS(0)-1)/runtime.GOMAXPROCS(0))
	for first := 0; first < len(rows); first += chunk {
		last := min(first+chunk, len(rows))
		wg.Go(func() error {
			return fault.Guard(func() error {
				m.decideRows(&x, rows, s, first, last)
				return nil
			})
		})
	}
	return s, wg.Wait()
}

// scored returns the rows to score, which may be named several times.
func (p Problem) scored() ([]int, error) {
	if err := p.X.check(); err != nil {
		return nil, err
	}
	rows := p.Rows
	if rows == nil {
		rows = p.all()
	}
	if i := slices.IndexFunc(rows, func(r int) bool { return r < 0 || r >= p.X.N }); i >= 0 {
		return nil, fmt.Errorf("svm: row %d is asked for, there are rows 0 to %d", rows[i], p.X.N-1)
	}
	return rows, p.X.checkRows(rows)
}

// decideRows fills in the scores of rows[first:last].
func (m *Model) decideRows(x *Matrix, rows []int, s [][]float64, first, last int) {
	one, view := make([]float64, len(m.Weights)), vector(nil)
	for i := first; i < last; i++ {
		view = x.row(rows[i], view)
		m.decide(view, one)
		for k, v := range one {
			s[k][i] = v
		}
	}
}

func (m *Model) decide(x vector, s []float64) {
	for k, w := range m.Weights {
		s[k] = x.dot(w) + m.Bias[k]
	}
}
