package protocol

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"fc7/heads/metrics"
	"fc7/heads/neighbours"
	"fc7/internal/usage"
)

// DoubtOptions of a search for doubtful labels.
type DoubtOptions struct {
	C       float64 // cost of the heads
	Folds   int     // each row is scored by heads of the others' folds
	K       int     // neighbours that vote
	Seed    uint64  // of the folds
	Threads int
}

// DefaultDoubtOptions are those that the figures of the documentation are of: scikit-learn's own C, and the usual
// folds.
func DefaultDoubtOptions() DoubtOptions { return DoubtOptions{C: 1, Folds: 5, K: 10} }

// Check refuses options that a search would refuse, whatever the data.
func (o DoubtOptions) Check() error {
	if o.Folds < 2 || o.K < 1 || !(o.C > 0) {
		return usage.Errorf("doubtful labels by %d folds, %d neighbours and C = %v; expected at least 2, 1 and a cost above 0", o.Folds, o.K, o.C)
	}
	_, err := o.settings()
	return err
}

// settings are those of the heads.
func (o DoubtOptions) settings() (Settings, error) {
	return Settings{C: o.C, Bias: 1, Seed: o.Seed, Threads: o.Threads}.withDefaults()
}

// Doubt is a label with what speaks for and against it. Where each row has one label it is that, against the best other
// class; where rows have several it is one class of a row, or a class that it does not have.
type Doubt struct {
	Row     int
	Class   int     // the label; -1: of none of the classes
	Instead int     // the class that scores best of the others; of several labels Class
	Has     bool    // the row has the label; false of several labels alone
	Margin  float64 // of the label, by heads that did not see the row; the lower, the more doubtful, and below 0 they say another
	For     int     // neighbours that say as the label does
	Against int     // neighbours that say as Instead does
}

// Doubts are the labels of a set, the most doubtful first.
type Doubts struct {
	List     []Doubt
	Classes  []string
	single   bool      // each row has one label
	k        int       // neighbours that voted
	Together int       // rows that were kept in one fold with copies of theirs
	Far      []float64 // [N], 1 - cos of each row to its K-th neighbour, NaN of a row without a descriptor
}

// FindDoubts ranks the labels of d by their margins out of fold, with the votes of the neighbours beside them. Rows of
// which nothing is known, or without a descriptor, are left out. near are the neighbours, by the cosine, of the rows
// that have a descriptor, K of each where there are so many; nil: they are searched for.
func FindDoubts(ctx context.Context, d Data, near *neighbours.Lists, o DoubtOptions) (*Doubts, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	if _, err := d.checked(); err != nil {
		return nil, err
	}
	rows, single, err := d.doubted()
	if err != nil {
		return nil, err
	}
	f := &Doubts{Classes: d.Classes, single: single, Far: make([]float64, len(d.IDs))}
	for i := range f.Far {
		f.Far[i] = math.NaN()
	}
	of, err := d.classIndex()
	if err != nil {
		return nil, err
	}
	y := d.labelMatrix(of, 0)
	voters, err := f.neighbours(ctx, d, near, o)
	if err != nil {
		return nil, err
	}
	scores, err := f.outOfFold(ctx, d.together(voters, f), rows, y, o)
	if err != nil {
		return nil, err
	}
	for n, i := range rows {
		f.add(i, column(scores, n), y, voters[i])
	}
	slices.SortStableFunc(f.List, func(a, b Doubt) int {
		return cmp.Or(cmp.Compare(a.Margin, b.Margin), cmp.Compare(a.Row, b.Row), cmp.Compare(a.Class, b.Class))
	})
	return f, nil
}

// doubted are the rows whose labels are looked at, and whether each has one.
func (d Data) doubted() (rows []int, single bool, err error) {
	if len(d.Classes) == 0 {
		return nil, false, ErrNoLabel
	}
	rows, single = d.labelledRows()
	rows = d.present(rows)
	if len(d.Classes) < 2 && d.nones(rows) == 0 || len(rows) < 2 {
		return nil, false, fmt.Errorf("protocol: %d labelled images of %d classes; doubts need at least two of each", len(rows), len(d.Classes))
	}
	return rows, single, nil
}

// CheckDoubts is the error that FindDoubts has for labels that are too few to doubt any, for whoever works before it.
func CheckDoubts(d Data) error {
	_, _, err := d.doubted()
	return err
}

// nearRow is a neighbour of a row.
type nearRow struct {
	row      int
	distance float64
}

// neighbours are those of the present rows, [N], of their lists, or searched for if there are none.
func (f *Doubts) neighbours(ctx context.Context, d Data, l *neighbours.Lists, o DoubtOptions) ([][]nearRow, error) {
	present := d.present(allRows(d))
	if l == nil {
		x, err := neighbours.Unit(d.Subset(present).X)
		if err != nil {
			return nil, err
		}
		if l, err = neighbours.Within(ctx, x, neighbours.Options{K: o.K, Threads: o.Threads}); err != nil {
			return nil, err
		}
	}
	if f.k = min(o.K, len(present)-1); l.Len() != len(present) || l.K < f.k {
		return nil, fmt.Errorf("protocol: %d neighbours of each of %d rows, expected %d of %d", l.K, l.Len(), f.k, len(present))
	}
	near := make([][]nearRow, len(d.IDs))
	for p, i := range present {
		rows, squares := l.Of(p)
		for k, r := range rows[:f.k] {
			near[i] = append(near[i], nearRow{present[r], neighbours.CosineDistance(squares[k])})
			f.Far[i] = near[i][k].distance
		}
	}
	return near, nil
}

// together is d with copies of an image, and its objects, under one name, so that no fold separates them: heads know
// the label of what they were trained on.
func (d Data) together(near [][]nearRow, f *Doubts) Data {
	group := neighbours.NewGroups(len(d.IDs))
	first := map[string]int{}
	for i := range d.IDs {
		for _, n := range near[i] {
			if n.distance <= neighbours.SameImage {
				group.Join(i, n.row)
			}
		}
		if d.Images == nil {
			continue
		}
		if k, ok := first[d.Images[i]]; ok {
			group.Join(i, k)
		}
		first[d.Images[i]] = i
	}
	size, names := map[int]int{}, make([]string, len(d.IDs))
	for i := range names {
		names[i] = d.IDs[group.First(i)]
		size[group.First(i)]++
	}
	for _, n := range size {
		if n > 1 {
			f.Together += n
		}
	}
	d.Images = names
	return d
}

// outOfFold are the scores [K][len(rows)] of rows by heads of the other folds.
func (f *Doubts) outOfFold(ctx context.Context, d Data, rows []int, y [][]int8, o DoubtOptions) ([][]float64, error) {
	if most := d.mostFolds(rows); o.Folds > most {
		return nil, usage.Errorf("%d folds, but no class has more than %d images apart from copies: expected at most %[2]d folds", o.Folds, most)
	}
	s, err := o.settings()
	if err != nil {
		return nil, err
	}
	costs, scores, at := make([]float64, len(y)), make([][]float64, len(y)), map[int]int{}
	for k := range y {
		costs[k], scores[k] = o.C, make([]float64, len(rows))
	}
	for n, i := range rows {
		at[i] = n
	}
	for _, p := range d.folds(rows, o.Folds, o.Seed) {
		h, err := s.fit(ctx, d, y, p.train, costs)
		if err != nil {
			return nil, err
		}
		held, err := h.ScoreRows(d.X, p.held)
		if err != nil {
			return nil, err
		}
		for k := range held {
			for n, i := range p.held {
				scores[k][at[i]] = held[k][n]
			}
		}
	}
	return scores, nil
}

// add adds the label of row i, or each of several.
func (f *Doubts) add(i int, scores []float64, y [][]int8, near []nearRow) {
	if f.single {
		f.List = append(f.List, oneDoubt(i, scores, y, near))
		return
	}
	for k, s := range scores {
		if y[k][i] == 0 {
			continue
		}
		doubt := Doubt{Row: i, Class: k, Instead: k, Has: y[k][i] > 0, Margin: float64(y[k][i]) * s}
		for _, n := range near {
			switch y[k][n.row] {
			case y[k][i]:
				doubt.For++
			case -y[k][i]:
				doubt.Against++
			}
		}
		f.List = append(f.List, doubt)
	}
}

// oneDoubt is that of the only label of row i. To be of none of the classes scores 0, where heads begin to say that a
// class is there.
func oneDoubt(i int, scores []float64, y [][]int8, near []nearRow) Doubt {
	label := func(row int) int { return slices.IndexFunc(y, func(of []int8) bool { return of[row] > 0 }) }
	known := func(row int) bool { return y[0][row] != 0 }
	doubt := Doubt{Row: i, Class: label(i), Has: true}
	own, others := 0.0, slices.Clone(scores)
	if doubt.Class >= 0 {
		own, others[doubt.Class] = scores[doubt.Class], math.Inf(-1)
	}
	doubt.Instead = metrics.Best(others)
	doubt.Margin = own - others[doubt.Instead]
	for _, n := range near {
		switch k := label(n.row); {
		case !known(n.row):
		case k == doubt.Class:
			doubt.For++
		case k == doubt.Instead:
			doubt.Against++
		}
	}
	return doubt
}
