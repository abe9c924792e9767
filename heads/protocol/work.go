package protocol

import (
	"context"

	"fc7/heads/svm"
)

// Work is a part of what Run does: so many binary problems of the solver, one a class and division, or part of one, of
// which Try solves the first few of a division.
type Work struct {
	What  string
	Units int
	Most  int // that Try can do at once, and counts as
	Try   func(ctx context.Context, n int) error
}

// Work tells what Run would have to solve, most of its time.
func (p Protocol) Work(d Data, o Options) ([]Work, error) {
	t, err := p.task(d, o)
	if err != nil {
		return nil, err
	}
	first := t.divisions[0]
	classes := len(t.y)
	whole := t.o.Loss == svm.Softmax // all classes are one problem
	some := func(n int) [][]int8 {
		if whole {
			return t.y
		}
		return t.y[:min(n, classes)]
	}
	units := func(problems int) int {
		if whole {
			return problems
		}
		return problems * classes
	}
	most := units(1)
	var all []Work
	if parts := usable(t.d, first.parts); t.o.C == 0 && len(parts) > 0 {
		all = append(all, Work{"choose C", units(len(t.divisions) * len(parts)), most, func(ctx context.Context, n int) error {
			_, _, err := svm.TrainPath(ctx, t.o.problem(t.d, some(n), parts[0].train), t.o.options(), t.o.Grid)
			return err
		}})
	}
	all = append(all, Work{"train heads", units(len(t.divisions)), most, func(ctx context.Context, n int) error {
		y := some(n)
		costs := make([]float64, len(y))
		for k := range costs {
			costs[k] = t.o.middle()
		}
		_, err := t.o.fit(ctx, t.d, y, t.d.present(first.train), costs)
		return err
	}})
	return all, nil
}

// middle is the C that is fixed, or in the middle of the grid.
func (s Settings) middle() float64 {
	if s.C != 0 {
		return s.C
	}
	return s.Grid[len(s.Grid)/2]
}

// usable are the parts that C can be chosen on.
func usable(d Data, parts []part) (use []part) {
	for _, p := range parts {
		p = part{d.present(p.train), d.present(p.held)}
		if len(p.train) > 0 && len(p.held) > 0 {
			use = append(use, p)
		}
	}
	return use
}
