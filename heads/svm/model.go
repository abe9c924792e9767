package svm

import (
	"fmt"
	"runtime"
	"sync"
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
	m.decide(x, s)
	return s, nil
}

// DecisionBatch returns the scores [K][len(rows)] of rows of x, [N,D] row-major, in the order of rows; nil: all N rows.
// Scores of a class lie together, as average precision wants them. It uses all cores.
func (m *Model) DecisionBatch(x []float32, rows []int) ([][]float64, error) {
	if m.D == 0 || len(x)%m.D != 0 {
		return nil, fmt.Errorf("svm: %d values are no whole number of rows of %d", len(x), m.D)
	}
	n := len(x) / m.D
	if rows == nil {
		rows = make([]int, n)
		for i := range rows {
			rows[i] = i
		}
	}
	s := make([][]float64, len(m.Weights))
	for k := range s {
		s[k] = make([]float64, len(rows))
	}
	for _, r := range rows {
		if r < 0 || r >= n {
			return nil, fmt.Errorf("svm: row %d is asked for, there are rows 0 to %d", r, n-1)
		}
	}
	var wg sync.WaitGroup
	chunk := max(64, (len(rows)+runtime.GOMAXPROCS(0)-1)/runtime.GOMAXPROCS(0))
	for first := 0; first < len(rows); first += chunk {
		wg.Go(func() { m.decideRows(x, rows, s, first, min(first+chunk, len(rows))) })
	}
	wg.Wait()
	return s, nil
}

// decideRows fills in the scores of rows[first:last].
func (m *Model) decideRows(x []float32, rows []int, s [][]float64, first, last int) {
	one := make([]float64, len(m.Weights))
	for i := first; i < last; i++ {
		r := rows[i]
		m.decide(x[r*m.D:(r+1)*m.D], one)
		for k, v := range one {
			s[k][i] = v
		}
	}
}

func (m *Model) decide(x []float32, s []float64) {
	for k, w := range m.Weights {
		s[k] = dot(x, w) + m.Bias[k]
	}
}
