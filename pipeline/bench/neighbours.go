package bench

import (
	"context"
	"fmt"
	"slices"
	"time"

	"fc7/heads/neighbours"
	"fc7/heads/protocol"
	"fc7/heads/svm"
	"fc7/internal/escape"
	"fc7/internal/f32"
)

// Neighbours is the time of a search of all rows, and what the neighbours say of the classes.
type Neighbours struct {
	Rows      int      `json:"rows"`
	Columns   int      `json:"columns"`
	K         int      `json:"k"`
	Seconds   float64  `json:"seconds"` // from memory, without reading
	GFLOPs    float64  `json:"gflops"`  // a second, by half the pairs of rows
	PeakShare float64  `json:"peak_share"`
	Accuracy  *float64 `json:"accuracy,omitempty"` // of the majority of a row's neighbours; nil: no classes are given
}

// RunNeighbours finds the k nearest rows of each row of x, [N,D], a .npy file, by the cosine, and writes them, [N,K] of
// int64, from 0, the nearest first, to out if it is named. classes, if it is named, has a line a row, whose first field
// is its class; fields are divided by tabs.
func RunNeighbours(ctx context.Context, x, classes, out string, replace bool, o neighbours.Options) (*Neighbours, error) {
	m, class, err := readRows(x, classes)
	if err != nil {
		return nil, err
	}
	peak := f32.Peak(o.Threads)
	began := time.Now()
	if m, err = neighbours.Unit(m); err != nil {
		return nil, fmt.Errorf("%s: %w", escape.Name(x), err)
	}
	l, err := neighbours.Within(ctx, m, o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", escape.Name(x), err)
	}
	b := &Neighbours{Rows: m.N, Columns: m.D, K: l.K, Seconds: time.Since(began).Seconds()}
	b.GFLOPs = float64(m.N) * float64(m.N) * float64(m.D) / b.Seconds / 1e9
	b.PeakShare = b.GFLOPs / peak
	if class != nil {
		b.Accuracy = accuracy(l, class)
	}
	if out == "" || l.K == 0 {
		return b, nil
	}
	rows := make([][]int64, m.N)
	for i := range rows {
		near, _ := l.Of(i)
		for _, r := range near {
			rows[i] = append(rows[i], int64(r))
		}
	}
	return b, writeRows(out, rows, replace)
}

// readRows reads a matrix and, where they are named, the classes of its rows.
func readRows(x, classes string) (m svm.Matrix, class []string, err error) {
	features, n, d, err := readMatrix(x)
	if err != nil {
		return m, nil, err
	}
	class, err = readClasses(classes, n)
	return svm.Dense(features, d), class, err
}

// accuracy is the share of rows whose class most of their neighbours have, the first in order of the classes among
// equals.
func accuracy(l *neighbours.Lists, class []string) *float64 {
	right := 0
	for i := range l.Len() {
		count, best := map[string]int{}, ""
		rows, _ := l.Of(i)
		for _, r := range rows {
			count[class[r]]++
		}
		for name, n := range count {
			if n > count[best] || n == count[best] && (best == "" || name < best) {
				best = name
			}
		}
		if best == class[i] {
			right++
		}
	}
	share := float64(right) / float64(max(1, l.Len()))
	return &share
}

// Suspects is the time of a search for doubtful labels.
type Suspects struct {
	Rows     int     `json:"rows"`
	Classes  int     `json:"classes"`
	Doubtful int     `json:"doubtful"` // rows whose heads say another class
	Together int     `json:"together"` // rows that were kept in one fold with copies of theirs
	Seconds  float64 `json:"seconds"`  // from memory, without reading
}

// RunSuspects ranks the labels of classes, as in RunNeighbours, by how doubtful they are, and writes that, [N,1] of
// float32, the larger the more doubtful, to out if it is named. Rows of x are divided by their norms.
func RunSuspects(ctx context.Context, x, classes, out string, replace bool, o protocol.DoubtOptions) (*Suspects, error) {
	m, class, err := readRows(x, classes)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	if m, err = neighbours.Unit(m); err != nil {
		return nil, fmt.Errorf("%s: %w", escape.Name(x), err)
	}
	d := protocol.Data{X: m, Classes: slices.Compact(slices.Sorted(slices.Values(class)))}
	for i, c := range class {
		d.IDs, d.Labels = append(d.IDs, fmt.Sprint(i)), append(d.Labels, []string{c})
	}
	f, err := protocol.FindDoubts(ctx, d, nil, o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", escape.Name(x), err)
	}
	b := &Suspects{Rows: m.N, Classes: len(d.Classes), Together: f.Together, Seconds: time.Since(began).Seconds()}
	rows := make([][]float64, m.N)
	for _, doubt := range f.List {
		if rows[doubt.Row] = []float64{-doubt.Margin}; doubt.Margin < 0 {
			b.Doubtful++
		}
	}
	if out == "" {
		return b, nil
	}
	return b, writeMatrix(out, rows, replace)
}
