package explore

import (
	"context"
	"fmt"
	"math"
	"strings"

	"fc7/heads/neighbours"
	"fc7/internal/usage"
	"fc7/outputs"
	"fc7/outputs/explorer"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/heads"
	"fc7/pipeline/table"
)

// gathered is all that a page shows, of one state of the table.
type gathered struct {
	job      PageJob
	manifest outputs.Manifest
	o        *opened // closed: its descriptors are not to be read
	added    *opened // those of the other run, closed as well; nil: none
	n        *Neighbours
	m        *Map
	s        *Suspects // nil: there are none, and why says so
	why      string
	others   *neighbours.Lists // of the added rows, in the table

	groups   []Group // nil: they are not known, and noGroups says why
	noGroups string
	away     int  // images that could not be compared
	unseen   bool // none were compared
}

// gather reads or computes what a page shows.
func (j PageJob) gather(ctx context.Context, ev conveyor.Events) (g *gathered, err error) {
	j.asKept()
	g = &gathered{job: j}
	o, err := j.open()
	if err != nil {
		return nil, err
	}
	defer func() { err = o.Close(err) }()
	if g.manifest, err = outputs.ReadManifest(table.RunFolder(j.Run)); err != nil {
		return nil, err
	}
	if err := o.lookAt(ctx, j.Run, j.DataSet); err != nil {
		return nil, err
	}
	if j.explains() {
		if err := heads.CheckEvidence(j.Run); err != nil {
			return nil, err
		}
	}
	g.o = o
	if err := g.checkNamed(); err != nil {
		return nil, err
	}
	if j.Add != "" { // first: what cannot be placed is told before the work
		var q *opened
		if q, err = o.other(j.mapJob()); err != nil {
			return nil, err
		}
		defer func() { err = q.Close(err) }()
		g.added = q
	}
	return g, g.find(ctx, ev)
}

func (j PageJob) mapJob() MapJob { return MapJob{Job: j.Job, Options: j.Map, Add: j.Add} }

// find reads or computes what is told of the open tables.
func (g *gathered) find(ctx context.Context, ev conveyor.Events) (err error) {
	if g.n, err = g.o.usedNeighbours(ctx, g.job.Job, ev); err != nil {
		return err
	}
	if g.m, err = g.o.drawMap(ctx, g.job.mapJob(), g.added); err != nil {
		return err
	}
	if g.added != nil {
		o := neighbours.Options{K: max(1, g.n.K), Threads: g.job.Threads}
		if g.others, err = neighbours.Among(ctx, g.added.x, g.o.x, o); err != nil {
			return err
		}
	}
	if err := g.suspects(ctx, ev); err != nil {
		return err
	}
	return g.findGroups(ctx, ev)
}

// asKept asks for what is kept as it was asked for then, so that a page shows it and does not replace it.
func (j *PageJob) asKept() {
	if n := noteOf(j.Run, "neighbours"); n != nil && n.K > 0 {
		j.K, j.Exact = n.K, j.Exact || n.Asked == ""
	}
	if n := noteOf(j.Run, "map"); n != nil && n.Map != nil && n.Map.Perplexity >= 1 && n.Map.Steps > 0 {
		j.Map.Perplexity, j.Map.Steps, j.Map.Early = n.Map.Perplexity, n.Map.Steps, n.Map.Steps/4
	}
	if n := noteOf(j.Run, "suspects"); n != nil && n.K > 0 {
		d := j.Doubts
		if _, err := fmt.Sscanf(n.Asked, askedDoubts, &d.C, &d.Folds, &d.Seed); err == nil && d.C > 0 && d.Folds > 1 {
			d.K = n.K
			j.Doubts = d
		}
	}
}

// suspects looks for doubtful labels. Where there are too few labels, or images of a class, for it, the page says so.
func (g *gathered) suspects(ctx context.Context, ev conveyor.Events) (err error) {
	g.s, err = g.o.suspects(ctx, SuspectJob{Job: g.job.Job, Options: g.job.Doubts}, nil, ev)
	switch {
	case err == nil || ctx.Err() != nil:
		return err
	case !g.labelled():
		g.why = "The table has labels of fewer than two classes, so that none can be doubted."
	case usage.Is(err):
		g.why = "No label is doubted: " + strings.TrimPrefix(err.Error(), g.job.Run+": ") + "."
	default:
		return err
	}
	g.s = nil
	return nil
}

// labelled tells whether there are labels to doubt: of two classes at least.
func (g *gathered) labelled() bool {
	first := ""
	for _, i := range g.o.present {
		for _, l := range g.o.Labels[i] {
			if first != "" && l != first {
				return true
			}
			first = l
		}
	}
	return false
}

// addNear puts lists of neighbours in the table into the page.
func addNear(p *explorer.Page, l *neighbours.Lists) {
	for at := range l.Len() {
		rows, squares := l.Of(at)
		for k := range p.K {
			p.Near, p.Far = append(p.Near, rows[k]), append(p.Far, float32(neighbours.CosineDistance(squares[k])))
		}
	}
}

// addSuspects puts margins, suspects and outliers into the page, or why there are none.
func (g *gathered) addSuspects(p *explorer.Page, classes map[string]int32) {
	if g.s == nil {
		p.Without.Suspects, p.Without.Outliers = g.why, g.why
		return
	}
	place := make(map[string]int, len(p.Names))
	for i, name := range p.Names {
		place[name] = i
	}
	number := func(name string) int {
		if k, ok := classes[name]; ok {
			return int(k)
		}
		return -1
	}
	p.Margin = make([]float32, len(p.Names))
	for i := range p.Margin {
		p.Margin[i] = float32(math.NaN())
	}
	for _, d := range g.s.all {
		i := place[d.Image]
		if m := float32(d.Margin); !(p.Margin[i] <= m) {
			p.Margin[i] = m
		}
	}
	p.Suspects = &explorer.Suspects{Note: suspectsNote}
	for _, d := range g.s.List[:min(someSuspects, len(g.s.List))] {
		p.Suspects.List = append(p.Suspects.List, explorer.Suspect{
			Row: place[d.Image], Label: number(d.Label), Instead: number(d.Instead), Has: d.Has, Margin: d.Margin, For: d.For, Against: d.Against,
		})
	}
	if n := len(g.s.List); n > someSuspects {
		p.Suspects.Note += fmt.Sprintf(" The %d most doubtful of %d.", someSuspects, n)
	}
	p.Outliers = []explorer.Outlier{}
	for _, o := range g.s.Outliers {
		p.Outliers = append(p.Outliers, explorer.Outlier{Row: place[o.Image], Class: number(o.Label), Times: o.Times})
	}
}

const suspectsNote = "Labels that heads which did not see the image doubt, the most doubtful first. They are suspects, not errors: of such a list about half may be right as they are."
