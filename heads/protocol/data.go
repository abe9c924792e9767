package protocol

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"fc7/heads/metrics"
	"fc7/heads/svm"
	"fc7/internal/fault"
)

// Data is a data set with one final descriptor a row. The protocols only read it.
type Data struct {
	IDs     []string   // the key of each row, each once
	X       svm.Matrix // rows that are Missing are not looked at
	Recipe  Recipe     // how X was made; it goes into results and heads
	Classes []string   // in class order
	Labels  [][]string // positive classes of each row
	Ignored [][]string // VOC: classes with difficult objects only; nil: none
	None    []bool     // rows without labels that are known to be of none of the classes; what others are is not known. nil: none
	Splits  [][]string // "train", "val", "trainval", "test", of several divisions with their number, "train1"; nil where the protocol splits at random
	Images  []string   // the image of each row, for result files and so that no division separates its objects; nil: IDs are images
	Objects []int      // 1-based object numbers; nil or 0: the whole image
	Missing []bool     // rows without a descriptor (their images failed); nil: none

	Tell func(line string) // is called with how training goes where memory has no room for the rows; nil: nothing is told
}

func (d Data) missing(i int) bool { return d.Missing != nil && d.Missing[i] }

// none tells whether row i is known to be of none of the classes.
func (d Data) none(i int) bool { return d.None != nil && d.None[i] && !d.has(i) }

// has tells whether row i has a label, be it one that is left out of scoring.
func (d Data) has(i int) bool {
	return len(d.Labels[i]) > 0 || d.Ignored != nil && len(d.Ignored[i]) > 0
}

// checked makes sure that the parts fit together, and maps class names to their place in Classes.
func (d Data) checked() (map[string]int, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	return d.classIndex()
}

// ErrNoLabel says that data have no class.
var ErrNoLabel = errors.New("no row has a label: heads need a labelled data set, or a file of labels")

func (d Data) check() error {
	n := len(d.IDs)
	if n == 0 || d.X.D < 1 {
		return fmt.Errorf("protocol: %d rows of width %d; expected at least one of each", n, d.X.D)
	}
	if len(d.Classes) == 0 {
		return ErrNoLabel
	}
	if d.X.N != n {
		return fmt.Errorf("protocol: X has %d rows, IDs has %d", d.X.N, n)
	}
	for _, c := range []struct {
		name string
		have int
		must bool
	}{
		{"Labels", len(d.Labels), true},
		{"Ignored", len(d.Ignored), d.Ignored != nil},
		{"None", len(d.None), d.None != nil},
		{"Splits", len(d.Splits), d.Splits != nil},
		{"Images", len(d.Images), d.Images != nil},
		{"Objects", len(d.Objects), d.Objects != nil},
		{"Missing", len(d.Missing), d.Missing != nil},
	} {
		if c.must && c.have != n {
			return fmt.Errorf("protocol: %s has %d rows, IDs has %d", c.name, c.have, n)
		}
	}
	seen := make(map[string]bool, n)
	for _, id := range d.IDs {
		if seen[id] {
			return fmt.Errorf("protocol: row %s is there twice", id)
		}
		seen[id] = true
	}
	return fault.Guard(d.checkValues)
}

// checkValues looks for rows that are not there, and for values that are not finite, which their norms tell.
func (d Data) checkValues() error {
	for i, id := range d.IDs {
		if d.missing(i) {
			continue
		}
		for _, b := range d.X.Blocks {
			if b.Count() != len(d.IDs) || b.Len(i) != b.Width {
				return fmt.Errorf("protocol: %s has no descriptor of %d values, but is not marked as missing", id, b.Width)
			}
		}
		s := d.X.Square(i)
		if !math.IsNaN(s) && !math.IsInf(s, 0) {
			continue
		}
		if j, v, ok := d.X.BadValue(i); ok {
			return fmt.Errorf("protocol: descriptor of %s has %v at %d: extract it again, or mark the row as failed", id, v, j)
		}
		return fmt.Errorf("protocol: the norm of the descriptor of %s overflows: extract it again, or mark the row as failed", id)
	}
	return nil
}

// classIndex maps names to their place in Classes.
func (d Data) classIndex() (map[string]int, error) {
	of := make(map[string]int, len(d.Classes))
	for k, c := range d.Classes {
		if _, ok := of[c]; ok {
			return nil, fmt.Errorf("protocol: class %q is there twice", c)
		}
		of[c] = k
	}
	for _, lists := range [][][]string{d.Labels, d.Ignored} {
		for i, list := range lists {
			for _, name := range list {
				if _, ok := of[name]; !ok {
					return nil, fmt.Errorf("protocol: %s has label %q, which is none of the %d classes", d.IDs[i], name, len(d.Classes))
				}
			}
		}
	}
	return of, nil
}

// Subset returns some rows in the order given; descriptors and labels are shared. Classes stay as they are.
func (d Data) Subset(rows []int) Data {
	s := d
	s.IDs = subset(d.IDs, rows)
	s.X.N, s.X.Blocks = len(rows), make([]svm.Block, len(d.X.Blocks))
	for k, b := range d.X.Blocks {
		s.X.Blocks[k] = svm.Block{Width: b.Width, Rows: subset(b.Rows, rows), Half: subset(b.Half, rows), Scale: subset(b.Scale, rows), Squares: subset(b.Squares, rows)}
	}
	s.Labels, s.Ignored, s.None, s.Splits = subset(d.Labels, rows), subset(d.Ignored, rows), subset(d.None, rows), subset(d.Splits, rows)
	s.Images, s.Objects, s.Missing = subset(d.Images, rows), subset(d.Objects, rows), subset(d.Missing, rows)
	return s
}

func subset[T any](of []T, rows []int) []T {
	if of == nil {
		return nil
	}
	out := make([]T, len(rows))
	for n, i := range rows {
		out[n] = of[i]
	}
	return out
}

// key names row i for result files.
func (d Data) key(i int) metrics.Key {
	k := metrics.Key{Image: d.IDs[i]}
	if d.Images != nil {
		k.Image = d.Images[i]
	}
	if d.Objects != nil {
		k.Object = d.Objects[i]
	}
	return k
}

// in tells whether row i belongs to a split.
func (d Data) in(i int, split string) bool {
	return d.Splits != nil && slices.Contains(d.Splits[i], split)
}

// present returns those of rows that have a descriptor.
func (d Data) present(rows []int) []int {
	kept := make([]int, 0, len(rows))
	for _, i := range rows {
		if !d.missing(i) {
			kept = append(kept, i)
		}
	}
	return kept
}
