package neighbours

import (
	"fmt"

	"fc7/internal/usage"
)

// Options of a search.
type Options struct {
	K       int // neighbours of each row; there are fewer where there are fewer other rows
	Threads int // 0: all cores; the result does not depend on it

	Progress func(done, of int) // is told of rows that were compared, if it is set; from one goroutine
}

func (o Options) check() error {
	if o.K < 1 {
		return usage.Errorf("neighbours: %d neighbours, expected at least 1", o.K)
	}
	return nil
}

// Lists are the neighbours of n rows, K of each, the nearest first, equally near ones by row.
type Lists struct {
	K       int
	Rows    []int32   // [n][K], places in the matrix that was searched
	Squares []float64 // [n][K], squares of Euclidean distances
}

// Len is the number of rows that have neighbours.
func (l *Lists) Len() int {
	if l.K == 0 {
		return 0
	}
	return len(l.Rows) / l.K
}

// Of returns the neighbours of row i and the squares of their distances, as parts of l.
func (l *Lists) Of(i int) (rows []int32, squares []float64) {
	return l.Rows[i*l.K : (i+1)*l.K : (i+1)*l.K], l.Squares[i*l.K : (i+1)*l.K : (i+1)*l.K]
}

// CosineDistance is 1 - cos of two rows of norm 1, given the square of their distance.
func CosineDistance(square float64) float64 { return square / 2 }

func newLists(n, k int) *Lists {
	return &Lists{K: k, Rows: make([]int32, n*k), Squares: make([]float64, n*k)}
}

// maxRows is as many as a place in 32 bits can name.
const maxRows = 1 << 31

func tooMany(n int) error {
	if n >= maxRows {
		return fmt.Errorf("neighbours: %d rows, expected fewer than %d", n, maxRows)
	}
	return nil
}
