package explore

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"fc7/internal/escape"
	"fc7/internal/few"
	"fc7/internal/rowkey"
	"fc7/internal/usage"
	"fc7/outputs/explorer"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/evidence"
	"fc7/pipeline/heads"
	"fc7/pipeline/thumbs"
)

// explains tells whether evidence is asked for.
func (j PageJob) explains() bool { return j.Evidence > 0 || len(j.EvidenceOf) > 0 }

// evidenceClasses is how many classes of the highest scores are explained of an image, beside its labels: what the
// heads say, and what they nearly say.
const evidenceClasses = 2

// checkNamed refuses rows to explain that the table does not have.
func (g *gathered) checkNamed() error {
	var wrong, failed []string
	for _, name := range g.job.EvidenceOf {
		switch i := slices.Index(g.o.IDs, name); {
		case i < 0:
			wrong = append(wrong, name)
		case g.o.Missing != nil && g.o.Missing[i]:
			failed = append(failed, name)
		}
	}
	if len(wrong) > 0 {
		return usage.Errorf("%s: there is no row %s to explain; rows are named IMAGE, objects IMAGE#NUMBER", g.job.Run, few.Names(wrong))
	}
	if len(failed) > 0 {
		return usage.Errorf("%s: there is no descriptor of %s, and so no evidence of its scores", g.job.Run, few.Names(failed))
	}
	return nil
}

// explainedRows are the rows of the page whose scores are explained: those that are named, the first suspects, and
// those that the heads know the worst, which they did not learn from if that is known.
func (g *gathered) explainedRows(p *explorer.Page) []int {
	var rows []int
	seen := map[int]bool{}
	add := func(i int) bool {
		fresh := !seen[i]
		if fresh {
			seen[i] = true
			rows = append(rows, i)
		}
		return fresh
	}
	for _, name := range g.job.EvidenceOf {
		add(g.n.place[slices.Index(g.o.IDs, name)])
	}
	if p.Suspects != nil {
		left := g.job.Evidence
		for _, d := range p.Suspects.List {
			if left > 0 && add(d.Row) {
				left--
			}
		}
	}
	of := worst(p)
	for _, i := range of[:min(g.job.Evidence, len(of))] {
		add(i)
	}
	slices.Sort(rows)
	return rows
}

// worst are the run's own rows by their margins, the lowest first.
func worst(p *explorer.Page) []int {
	h := p.Heads
	if h == nil {
		return nil
	}
	learned := roleOf(heads.RoleLearned)
	var rows []int
	for i := range p.Own {
		if m := h.Margin[i]; m == m && h.Role[i] != learned {
			rows = append(rows, i)
		}
	}
	slices.SortStableFunc(rows, func(a, b int) int { return cmp.Compare(h.Margin[a], h.Margin[b]) })
	return rows
}

// addEvidence puts the evidence that is asked for into the page.
func (g *gathered) addEvidence(ctx context.Context, p *explorer.Page, classes map[string]int32, ev conveyor.Events) error {
	p.Evidence = &explorer.Evidence{}
	k, err := g.o.keptEvidence(g.job.Run)
	if n := k.fresh(); err == nil && n != nil {
		if err := g.readEvidence(k.path, n.SHA256, p, classes); err != nil {
			return err
		}
	}
	if g.job.explains() {
		if err != nil {
			return err
		}
		return g.explain(ctx, p, k, classes, ev)
	}
	if len(p.Evidence.List) == 0 {
		p.Evidence = nil
		p.Without.Evidence = "This page has no evidence: --weights FILE --evidence N puts that of the N worst images and the N first suspects into it."
	}
	return nil
}

// explain puts the evidence that is asked for and is not kept into the page, and keeps all that it has.
func (g *gathered) explain(ctx context.Context, p *explorer.Page, k kept, classes map[string]int32, ev conveyor.Events) error {
	at := map[string]int{}
	in := g.job.Explain
	in.Only = []string{}
	for _, i := range g.explainedRows(p) {
		if !slices.ContainsFunc(p.Evidence.List, func(e explorer.RowEvidence) bool { return e.Row == i }) {
			at[p.Names[i]], in.Only = i, append(in.Only, p.Names[i])
		}
	}
	if len(in.Only) == 0 {
		ev.TellNote(fmt.Sprintf("evidence of all these images is kept, and read from %s: no weights are; without that file it is computed again", k.path))
		return nil
	}
	if err := k.writable(); err != nil {
		return err
	}
	spec := cmp.Or(g.job.DataSet, g.manifest.DataSet)
	in.Head, in.Inputs, in.Choice, in.Threads = g.headsFolder(), []string{spec}, thumbs.Options(g.manifest, spec), g.job.Threads
	if g.job.Explaining != nil {
		g.job.Explaining()
	}
	had := len(p.Evidence.List)
	err := evidence.Show(ctx, in, evidenceClasses, func(s evidence.Shown) error {
		i, ok := at[rowkey.Of(s.Image, s.Object)]
		if ok {
			g.addShown(p, i, s, classes)
		}
		return nil
	}, ev)
	if err != nil {
		if im, away := openPictures(ctx, g.job.Run, g.job.DataSet); away == nil && im.Err != nil {
			err = im.Err // which says how to tell where they are
		}
		return fmt.Errorf("evidence of %s: %w", escape.Name(spec), err)
	}
	slices.SortFunc(p.Evidence.List, func(a, b explorer.RowEvidence) int { return a.Row - b.Row })
	found := len(p.Evidence.List) - had
	if n := len(in.Only) - found; n > 0 {
		ev.TellNote(fmt.Sprintf("%d of %s could not be explained", n, few.Count(len(in.Only), "image")))
	}
	if found == 0 {
		return nil
	}
	return keepEvidence(k, p)
}

// addShown puts the evidence of row i into the page.
func (g *gathered) addShown(p *explorer.Page, i int, s evidence.Shown, classes map[string]int32) {
	e := p.Evidence
	one := explorer.RowEvidence{Row: i, Limit: s.Limit}
	for k, c := range s.Classes {
		to := explorer.ClassEvidence{Class: int(g.numbers([]string{c.Class}, classes, p)[0]), Score: c.Score, Bias: c.Bias, JPEG: s.Pictures[k]}
		for _, x := range c.Scales {
			to.Sums = append(to.Sums, x.Sum)
		}
		one.Classes = append(one.Classes, to)
	}
	if e.Words = s.Words; len(e.Scales) == 0 && len(s.Classes) > 0 {
		scales := s.Classes[0].Scales
		for _, x := range scales {
			name := fmt.Sprintf("Q%d", x.Scale)
			if scales[len(scales)-1].Part > 1 {
				name = fmt.Sprintf("part %d %s", x.Part, name)
			}
			e.Scales = append(e.Scales, name)
		}
	}
	e.List = append(e.List, one)
}
