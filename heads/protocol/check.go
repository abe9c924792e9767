package protocol

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"fc7/heads/metrics"
	"fc7/internal/usage"
)

// Check makes sure that a result from elsewhere is whole, and that nothing in it is beyond what a run of fc7 writes:
// pages and tables show it without another look.
func (r *Result) Check() error {
	if _, err := Find(r.Protocol); err != nil {
		return usage.InFile(err)
	}
	k := len(r.Classes)
	if k == 0 || len(r.Splits) == 0 || !r.Figures.Has(r.Headline.Figure) {
		return fmt.Errorf("protocol: a result of %d classes and %d splits with %d figures, expected at least one of each, %q among them", k, len(r.Splits), len(r.Figures), r.Headline.Figure)
	}
	for i := range r.Splits {
		if err := r.Splits[i].check(k); err != nil {
			return fmt.Errorf("protocol: seed %d: %w", r.Splits[i].Seed, err)
		}
	}
	if err := errors.Join(r.Figures.check("figures"), r.Deviation.check("deviation"), r.checkClasses()); err != nil {
		return err
	}
	if _, err := r.Recipe.Complete(); err != nil {
		return usage.InFile(err)
	}
	return nil
}

func (r *Result) checkClasses() error {
	names := r.Classes[0].Figures.names()
	seen := map[string]bool{}
	for _, c := range r.Classes {
		if seen[c.Name] {
			return fmt.Errorf("protocol: class %q is there twice", c.Name)
		}
		seen[c.Name] = true
		if err := errors.Join(c.Figures.check("figures"), c.Counts.check()); err != nil {
			return fmt.Errorf("protocol: class %q: %w", c.Name, err)
		}
		if got := c.Figures.names(); !slices.Equal(got, names) {
			return fmt.Errorf("protocol: class %q has the figures %s, the first one has %s", c.Name, strings.Join(got, ", "), strings.Join(names, ", "))
		}
	}
	return nil
}

// check makes sure that a split of k classes is whole.
func (s *Split) check(k int) error {
	if err := s.checkConfusion(k); err != nil {
		return err
	}
	if n := s.Images; min(n.Train, n.TrainMissing, n.Test, n.TestMissing) < 0 || n.TestMissing > n.Test {
		return fmt.Errorf("images: expected counts of 0 or more, found %+v", n)
	}
	return errors.Join(s.Figures.check("figures"), s.Choice.check())
}

func (s *Split) checkConfusion(k int) error {
	c := s.Confusion
	if c == nil {
		return nil
	}
	if len(c.Counts) != k || len(c.Missing) != k || slices.ContainsFunc(c.Counts, func(row []int) bool { return len(row) != k }) {
		return fmt.Errorf("confusions of other than the %d classes", k)
	}
	for _, row := range append(slices.Clone(c.Counts), c.Missing) {
		if slices.Min(row) < 0 || slices.Max(row) > maxCount {
			return fmt.Errorf("confusions: expected counts of 0 to %d, found %d to %d", maxCount, slices.Min(row), slices.Max(row))
		}
	}
	return nil
}

// maxCount bounds counts of images, so that sums of them do not overflow.
const maxCount = math.MaxInt32

func (c Choice) check() error {
	costs := append([]float64{c.C}, c.PerClass...)
	for _, p := range c.Curve {
		costs = append(costs, p.C)
		if err := checkShares(append(append([]metrics.Value{p.Score}, p.PerClass...), p.Folds...)...); err != nil {
			return fmt.Errorf("choice of C: %w", err)
		}
	}
	for _, v := range costs {
		if !(v > 0) || math.IsInf(v, 0) {
			return fmt.Errorf("choice of C: expected costs above 0, found %g", v)
		}
	}
	return nil
}

// check makes sure that figures are shares, or undefined.
func (f Figures) check(what string) error {
	for _, n := range f {
		if err := checkShares(n.Value); err != nil {
			return fmt.Errorf("%s: %s: %w", what, n.Name, err)
		}
	}
	return nil
}

func checkShares(values ...metrics.Value) error {
	for _, v := range values {
		if v < 0 || v > 1 {
			return fmt.Errorf("expected a share between 0 and 1, found %g", float64(v))
		}
	}
	return nil
}

func (f Figures) names() (names []string) {
	for _, n := range f {
		names = append(names, n.Name)
	}
	return names
}

func (c Counts) check() error {
	for _, n := range c {
		if n.Value < 0 || n.Value > maxCount {
			return fmt.Errorf("counts: %s: expected 0 to %d, found %d", n.Name, maxCount, n.Value)
		}
	}
	return nil
}

// Check makes sure that a curve from elsewhere is whole.
func (l *LowShotResult) Check() error {
	if l.Draws < 1 || l.Headline.Figure == "" {
		return fmt.Errorf("low-shot curve: %d draws of the figure %q, expected one or more of one", l.Draws, l.Headline.Figure)
	}
	if len(l.Curves) == 0 {
		return errors.New("low-shot curve: no head has one")
	}
	seen := map[string]bool{}
	for _, c := range l.Curves {
		if !slices.Contains([]string{HeadMean, HeadSVM, HeadLogistic}, c.Head) || seen[c.Head] || len(c.Points) != len(l.Curves[0].Points) {
			return fmt.Errorf("low-shot curve: %d points of the head %q, expected as many of each of %s, %s and %s", len(c.Points), c.Head, HeadMean, HeadSVM, HeadLogistic)
		}
		seen[c.Head] = true
		for i, p := range c.Points {
			err := p.check()
			if first := l.Curves[0].Points[i].Shots; err == nil && p.Shots != first {
				err = fmt.Errorf("the curve of %s has %d there", l.Curves[0].Head, first)
			}
			if err != nil {
				return fmt.Errorf("low-shot curve: %d images a class: %w", p.Shots, err)
			}
		}
	}
	return nil
}

func (p LowShotPoint) check() error {
	err := errors.Join(p.Figures.check("figures"), p.Deviation.check("deviation"))
	for _, d := range p.Draws {
		err = errors.Join(err, d.Figures.check("figures"))
	}
	if u := p.Images(); err == nil && (p.Shots < 1 || u.Least < 0 || u.Most < u.Least || !(u.Mean > 0) || u.Mean > maxCount) {
		err = fmt.Errorf("expected one image or more, found %+v", u)
	}
	return err
}

// Check makes sure that a probe from elsewhere is whole.
func (r *Probe) Check() error {
	if len(r.Points) == 0 || r.Headline.Figure == "" {
		return fmt.Errorf("probe: %d points of the figure %q, expected one or more of one", len(r.Points), r.Headline.Figure)
	}
	for _, p := range r.Points {
		if err := errors.Join(p.Figures.check("figures"), p.Deviation.check("deviation")); err != nil {
			return fmt.Errorf("probe: %d neighbours: %w", p.K, err)
		}
		if p.K < 1 || p.K > maxCount {
			return fmt.Errorf("probe: expected 1 to %d neighbours, found %d", maxCount, p.K)
		}
	}
	return nil
}
