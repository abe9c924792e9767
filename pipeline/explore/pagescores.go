package explore

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"fc7/heads/metrics"
	"fc7/internal/escape"
	"fc7/internal/machine"
	"fc7/outputs/explorer"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/heads"
)

// The scores of a page: so many classes of each row, and not more of all rows.
const (
	topScores = 5
	allScores = 2_000_000
)

// roles are the words for what rows were to the heads; their places are the numbers on the page.
var roles = []string{string(heads.RoleUnknown), string(heads.RoleLearned), string(heads.RoleTested), string(heads.RoleNeither)}

// roleOf is the number of a role.
func roleOf(r heads.Role) uint8 { return uint8(slices.Index(roles, string(r))) }

// scoring puts scores of heads into the columns of a page.
type scoring struct {
	*explorer.Heads
	page    *explorer.Page
	classes []int32 // of the heads, on the page; nil: no row was scored yet
	own     []int   // of each row, where its labels begin among those of all; and the end

	rows  map[string]int // of the table that is scored, by name
	o     *opened
	begin int // the page's row of its first one
}

// addHeads puts the scores of the run's heads into the page, or why there are none.
func (g *gathered) addHeads(ctx context.Context, p *explorer.Page, classes map[string]int32, ev conveyor.Events) error {
	s := &scoring{page: p}
	number := func(a *heads.Applied) []int32 { return g.numbers(a.Classes, classes, p) }
	own, err := s.score(ctx, g.o, 0, g.job.Run, g.job.Run, number)
	if err == nil && g.added != nil {
		_, err = s.score(ctx, g.added, p.Own, g.job.Run, g.job.Add, number)
	}
	others := new(heads.OthersError)
	switch {
	case err == nil:
		of := "of which images they learned is not known"
		if own.Split != "" {
			of = own.Split
		}
		s.Note, p.Heads = fmt.Sprintf("protocol %s, %s", own.Protocol, of), s.Heads
		return nil
	case ctx.Err() != nil, machine.Withholds(err): // which does not say that there are none
		return err
	case errors.As(err, &others):
		p.Without.Heads = others.Why
	default:
		p.Without.Heads = "The heads of the run cannot be read."
		ev.TellNote("no scores of the run's heads: " + escape.Error(err))
	}
	return nil
}

// score scores the rows of a table, whose first one stands at begin on the page, by the heads of run.
func (s *scoring) score(ctx context.Context, o *opened, begin int, run, of string, number func(*heads.Applied) []int32) (*heads.Applied, error) {
	s.o, s.begin, s.rows = o, begin, map[string]int{}
	for n, i := range o.present {
		s.rows[o.IDs[i]] = n
	}
	return heads.ScoreRows(ctx, run, of, func(a *heads.Applied, id string, scores []float64) error {
		if s.classes == nil {
			s.classes = number(a)
			s.make(len(s.classes))
		}
		if n, ok := s.rows[id]; ok {
			s.add(n, scores, a)
			s.Role[begin+n] = roleOf(a.Role(id))
		}
		return nil
	})
}

// topOf is how many scores each of n rows has of so many classes.
func topOf(classes, n int) int { return max(1, min(topScores, classes, allScores/n)) }

// make makes the columns, in which nothing is known.
func (s *scoring) make(classes int) {
	n, none := len(s.page.Names), float32(math.NaN())
	h := &explorer.Heads{Top: topOf(classes, n), Roles: roles, Role: make([]uint8, n), Margin: slices.Repeat([]float32{none}, n)}
	h.Class, h.Score = slices.Repeat([]int32{-1}, n*h.Top), slices.Repeat([]float32{none}, n*h.Top)
	s.own = []int{0}
	for _, l := range s.page.Labels {
		s.own = append(s.own, s.own[len(s.own)-1]+len(l))
	}
	h.Own = slices.Repeat([]float32{none}, s.own[n])
	s.Heads = h
}

// add puts the scores of the n-th row of the table into the columns.
func (s *scoring) add(n int, scores []float64, a *heads.Applied) {
	i, at := s.o.present[n], s.begin+n
	for k, c := range metrics.Top(scores, s.Top) {
		s.Class[at*s.Top+k], s.Score[at*s.Top+k] = s.classes[c], float32(scores[c])
	}
	for k, label := range s.o.Labels[i] {
		if c := slices.Index(a.Classes, label); c >= 0 {
			s.Own[s.own[at]+k] = float32(scores[c])
		}
	}
	none := s.o.None != nil && s.o.None[i]
	var ignored []string
	if s.o.Ignored != nil {
		ignored = s.o.Ignored[i]
	}
	s.Margin[at] = float32(headMargin(a.Classes, scores, s.o.Labels[i], ignored, none))
}

// headMargin is the lowest score of an image's labels less the highest of other classes, of which some are ignored; of
// an image that is known to be of none of the classes 0 in the place of the lowest score. NaN: its labels are not
// known, or not to the heads.
func headMargin(classes []string, scores []float64, labels, ignored []string, none bool) float64 {
	lowest, highest, found := math.Inf(1), math.Inf(-1), 0
	for k, c := range classes {
		switch {
		case slices.Contains(labels, c):
			lowest = min(lowest, scores[k])
			found++
		case !slices.Contains(ignored, c):
			highest = max(highest, scores[k])
		}
	}
	switch {
	case len(labels) == 0 && none:
		return -highest
	case len(labels) == 0 || found < len(labels) || math.IsInf(highest, 0):
		return math.NaN()
	}
	return lowest - highest
}
