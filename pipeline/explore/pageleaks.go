package explore

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"fc7/internal/few"
	"fc7/internal/usage"
	"fc7/outputs/explorer"
	"fc7/pipeline/conveyor"
)

// someGroups is how many groups a page has.
const someGroups = 5000

// audit is the audit whose groups a page shows.
func (j PageJob) audit() AuditJob {
	a := AuditJob{Job: j.Job, Data: j.DataSet, NoScores: true}
	if n := noteOf(j.Run, "audit"); n != nil && n.K > 0 {
		a.K = n.K
	}
	return a
}

// findGroups reads the groups of an audit, if they are of the table and all images were there then. Else it looks for
// them, where the page looks at all images for their thumbnails anyway, which takes as long; whose groups it does not
// have, why says.
func (g *gathered) findGroups(ctx context.Context, ev conveyor.Events) error {
	j := g.job.audit()
	k := g.o.keptGroups(j.Job)
	if n := k.fresh(); n != nil && n.Away == 0 {
		all, err := readGroups(k.path, n.SHA256, len(g.o.IDs))
		g.groups = all
		return err
	}
	if len(g.o.IDs) > g.job.Thumbnails {
		g.noGroups = fmt.Sprintf("Nobody has looked yet for images that this table has twice, nor for those that test and training share: fc7 audit RUN does, and the next page shows it. "+
			"Explore does so by itself only of tables of at most --thumbnails (%d) rows.", g.job.Thumbnails)
		return nil
	}
	ev.TellNote("images are compared, to find those that the table has twice")
	a, _, err := g.o.audit(ctx, j, ev)
	switch {
	case err == nil:
		g.groups, g.away, g.unseen = a.Groups, a.Away, a.Unseen()
	case ctx.Err() == nil && usage.Is(err):
		g.noGroups = "Nobody looked for images that this table has twice: fc7 audit RUN tells what is missing for it."
		err = nil
	}
	return err
}

// addLeaks puts the groups into the page, those across splits first.
func (g *gathered) addLeaks(p *explorer.Page) {
	if p.Without.Leaks = g.noGroups; g.groups == nil {
		return
	}
	l := &explorer.Leaks{Note: "Images that are, or look like, the same image: compared by their pixels, as they are and mirrored. Those that a split tests while it learns from another of their group come first; splits are those of the last audit."}
	switch {
	case g.unseen:
		l.Note = "No images could be read, so that none were compared: these are rows with descriptors as near as those of copies, not confirmed. Other mirror twins, changed copies and parts were not looked for; --data says where the images are."
	case g.away > 0:
		l.Note += " " + few.Count(g.away, "image") + " could not be read: pairs are unconfirmed."
	}
	all := slices.Clone(g.groups)
	slices.SortStableFunc(all, func(a, b Group) int { return across(b) - across(a) })
	counts := map[string]*Leaked{}
	for _, of := range all {
		one := explorer.Group{Grade: string(of.Grade), Differ: of.LabelsDiffer, Leaks: of.Leaks}
		for _, m := range of.Images {
			if g.n.place[m.Row] >= 0 && g.n.place[m.TwinRow] >= 0 {
				one.Images = append(one.Images, g.member(m, counts))
			}
		}
		if len(one.Images) > 1 {
			l.Groups = append(l.Groups, one)
		}
	}
	if n := len(l.Groups); n > someGroups {
		l.Groups, l.Note = l.Groups[:someGroups], l.Note+fmt.Sprintf(" The first %d of %d groups.", someGroups, n)
	}
	for name, c := range counts {
		l.Splits = append(l.Splits, explorer.LeakSplit{Name: name, Certain: c.Certain, Likely: c.Likely, LookAlike: c.LookAlike, Unconfirmed: c.Unconfirmed})
	}
	slices.SortFunc(l.Splits, func(a, b explorer.LeakSplit) int {
		return cmp.Or(cmp.Compare(len(a.Name), len(b.Name)), cmp.Compare(a.Name, b.Name)) // seed 2 before seed 10
	})
	p.Leaks = l
}

// across is 1 of a group that a split tests and learns from.
func across(g Group) int {
	if g.Leaks {
		return 1
	}
	return 0
}

// member is an image of a group on the page, which counts for the splits that test it.
func (g *gathered) member(m Member, counts map[string]*Leaked) explorer.GroupImage {
	figure := func(v *float64, none float64) float64 {
		if v == nil {
			return none
		}
		return *v
	}
	out := explorer.GroupImage{
		Row: g.n.place[m.Row], Twin: g.n.place[m.TwinRow], Grade: string(m.TwinGrade), Mirrored: m.Mirrored, Part: m.Part,
		Distance: figure(m.Distance, -1), Correlation: figure(m.Correlation, -2),
	}
	for _, l := range m.Leaks {
		if counts[l.Split] == nil {
			counts[l.Split] = &Leaked{}
		}
		*counts[l.Split].of(l.Grade)++
		out.Leaks = append(out.Leaks, [2]string{l.Split, string(l.Grade)})
	}
	return out
}
