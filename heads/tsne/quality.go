package tsne

import (
	"context"
	"fmt"
	"slices"

	"fc7/heads/neighbours"
	"fc7/heads/svm"
	"fc7/internal/f32"
)

// Quality is how true a map is to its rows: a map is not the space.
type Quality struct {
	Rows            int     `json:"rows"`
	Equal           bool    `json:"equal,omitempty"`   // all rows are: see Empty
	Judged          int     `json:"judged"`            // rows that trustworthiness is the mean of
	Trustworthiness float64 `json:"trustworthiness"`   // of the 15 nearest in the map (Venna and Kaski 2001); 1: they are near in the space too
	Kept            float64 `json:"kept"`              // the share of the 10 nearest rows of the space that are the nearest in the map
	Labelled        int     `json:"labelled"`          // rows of one class
	Accuracy        float64 `json:"accuracy,omitzero"` // share of these whose class most of the 10 nearest in the map have
}

// Empty tells whether the places of a map say nothing, as there are too few rows or all are equal: they stand beside
// each other.
func (q Quality) Empty() bool { return q.Equal || q.Rows < Fewest }

const (
	trusted  = 15 // neighbours that trustworthiness looks at
	kept     = 10
	voters   = 10
	products = 5e10 // multiply-adds spent on trustworthiness
	leastRow = 1000 // rows judged at least
	values   = 16 << 20
)

// measure judges a map y, [N][2], of the rows of x, whose neighbours near are, at least 15 of each, unless there are
// fewer rows. classes are numbers of the rows' classes, below 0: none; nil: of no row. All rows are judged, or as many
// as 5e10 multiply-adds are enough for, at least 1000, evenly among all.
func measure(ctx context.Context, x svm.Matrix, near *neighbours.Lists, y []float64, classes []int, threads int) (*Quality, error) {
	n := x.N
	if len(y) != 2*n || near.Len() != n || classes != nil && len(classes) != n || near.K < min(trusted, n-1) {
		return nil, fmt.Errorf("tsne: a map of %d numbers, %d classes and %d times %d neighbours of %d rows", len(y), len(classes), near.Len(), near.K, n)
	}
	team := f32.NewTeam(threads)
	defer team.Close()
	team.StopOn(ctx.Done())
	j := &judge{team: team, x: x, near: near, map2: onMap(team, y)}
	q := &Quality{Rows: n, Kept: j.kept()}
	q.Labelled, q.Accuracy = j.accuracy(classes)
	rows := j.judged()
	q.Judged = len(rows)
	var err error
	if q.Trustworthiness, err = j.trustworthiness(ctx, rows); err != nil {
		return nil, err
	}
	return q, ctx.Err()
}

type judge struct {
	team *f32.Team
	x    svm.Matrix
	near *neighbours.Lists
	map2 *neighbours.Lists // in the map
}

// onMap are the 15 nearest points of each point.
func onMap(team *f32.Team, y []float64) *neighbours.Lists {
	points := make([]point, len(y)/2)
	for i := range points {
		points[i] = point{y[2*i], y[2*i+1]}
	}
	n := len(points)
	k := min(trusted, n-1)
	out := &neighbours.Lists{K: k, Rows: make([]int32, n*k), Squares: make([]float64, n*k)}
	var t tree
	t.build(points)
	team.Run((n+rowsPiece-1)/rowsPiece, f32.Pieces(func(_, at int) {
		var list []found
		for i := at * rowsPiece; i < min(n, (at+1)*rowsPiece); i++ {
			list = t.nearest(t.points[i], t.order[i], k, list)
			for l, f := range list {
				out.Rows[int(t.order[i])*k+l], out.Squares[int(t.order[i])*k+l] = f.row, f.square
			}
		}
	}))
	return out
}

// kept is the mean share of the nearest rows that are the nearest in the map.
func (j *judge) kept() float64 {
	k := min(kept, j.near.K)
	same := 0
	for i := range j.near.Len() {
		for _, a := range j.near.Rows[i*j.near.K:][:k] {
			for _, b := range j.map2.Rows[i*j.map2.K:][:k] {
				if a == b {
					same++
				}
			}
		}
	}
	return float64(same) / float64(k*j.near.Len())
}

// accuracy is the share of rows with a class whose class is the first of those that most of the nearest have.
func (j *judge) accuracy(classes []int) (rows int, share float64) {
	if classes == nil {
		return 0, 0
	}
	k, right := min(voters, j.map2.K), 0
	for i, class := range classes {
		if class < 0 {
			continue
		}
		rows++
		votes := map[int]int{}
		best, most := -1, 0
		for _, r := range j.map2.Rows[i*j.map2.K:][:k] {
			if c := classes[r]; c >= 0 {
				votes[c]++
				if votes[c] > most || votes[c] == most && c < best {
					best, most = c, votes[c]
				}
			}
		}
		if best == class {
			right++
		}
	}
	if rows == 0 {
		return 0, 0
	}
	return rows, float64(right) / float64(rows)
}

// judged are the rows that trustworthiness is computed of.
func (j *judge) judged() []int {
	n := j.x.N
	count := min(n, max(leastRow, int(products/float64(n)/float64(j.x.D))))
	rows := make([]int, count)
	for i := range rows {
		rows[i] = int(int64(i) * int64(n) / int64(count))
	}
	return rows
}

// Numbers are the classes of rows by their names, in the order of these, as Make takes them; "" is none.
func Numbers(names []string) []int {
	sorted := slices.Clone(names)
	slices.Sort(sorted)
	sorted = slices.Compact(sorted)
	out := make([]int, len(names))
	for i, n := range names {
		if out[i], _ = slices.BinarySearch(sorted, n); n == "" {
			out[i] = -1
		}
	}
	return out
}
