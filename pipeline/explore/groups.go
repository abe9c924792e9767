package explore

import (
	"cmp"
	"slices"

	"fc7/extract/likeness"
	"fc7/heads/neighbours"
	"fc7/heads/protocol"
)

// Grades are those of pairs, the surest first.
var Grades = []likeness.Grade{likeness.Certain, likeness.Likely, likeness.LookAlike, unconfirmed}

// Group is images that are of one image, or look so.
type Group struct {
	Grade        likeness.Grade `json:"grade"`         // of its surest pair
	LabelsDiffer bool           `json:"labels_differ"` // not all have the same labels
	Leaks        bool           `json:"leaks"`         // a split tests one and learns from another
	Images       []Member       `json:"images"`        // in the table's order
}

// Member is an image of a group.
type Member struct {
	Image  string   `json:"image"` // IMAGE, or IMAGE#OBJECT
	Row    int      `json:"row"`   // of the table, from 0
	Labels []string `json:"labels"`
	Splits []string `json:"splits,omitempty"` // those of the table
	Leaks  []Leak   `json:"leaks,omitempty"`  // splits that test it and learn from another of the group

	Twin        string         `json:"twin"` // the image of the group that it is surest to be
	TwinRow     int            `json:"twin_row"`
	TwinGrade   likeness.Grade `json:"twin_grade"`
	Mirrored    bool           `json:"mirrored"`              // one is the mirror image of the other
	Part        bool           `json:"part"`                  // one is a part of the other
	Distance    *float64       `json:"distance,omitempty"`    // 1 - cos of the descriptors, where they are neighbours
	Correlation *float64       `json:"correlation,omitempty"` // of the luminance of the pixels, where they were compared
	Difference  *float64       `json:"difference,omitempty"`  // root mean square of the pixels' levels, of 0 to 255
}

// Leak is a split that tests an image and learns from another of its group.
type Leak struct {
	Split string         `json:"split"` // "test", "val", "seed 0"
	Grade likeness.Grade `json:"grade"` // of the surest that it learns from
}

// groups are those of the pairs, in the order in which they matter: the surer first; of those, images with different
// labels, then what leaks. Copies and likely ones make one group; what only looks alike, or is not confirmed, makes
// groups of its own, since such pairs do not add up.
func (o *opened) groups(list []twin, splits []protocol.Division) []Group {
	u := neighbours.NewGroups(len(o.IDs))
	var sure, alike, others []twin
	for _, p := range list {
		switch p.grade {
		case likeness.LookAlike:
			alike = append(alike, p)
		case unconfirmed:
			others = append(others, p)
		default:
			u.Join(p.a, p.b)
			sure = append(sure, p)
		}
	}
	alike = slices.DeleteFunc(alike, func(p twin) bool { return u.First(p.a) == u.First(p.b) })
	var all []Group
	for _, of := range [][]twin{sure, alike, others} {
		all = append(all, o.groupsOf(of)...)
	}
	findLeaks(all, copied(list, len(o.IDs)), u, splits)
	slices.SortStableFunc(all, func(x, y Group) int {
		return cmp.Or(cmp.Compare(x.rank(), y.rank()), cmp.Compare(x.Images[0].Row, y.Images[0].Row))
	})
	return all
}

// copied joins rows that are certainly copies.
func copied(list []twin, rows int) neighbours.Groups {
	u := neighbours.NewGroups(rows)
	for _, p := range list {
		if p.grade == likeness.Certain {
			u.Join(p.a, p.b)
		}
	}
	return u
}

// rank orders groups.
func (g Group) rank() int {
	rank := 4 * slices.Index(Grades, g.Grade)
	switch {
	case g.LabelsDiffer && g.Leaks:
		return rank
	case g.LabelsDiffer:
		return rank + 1
	case g.Leaks:
		return rank + 2
	}
	return rank + 3
}

// groupsOf are rows that pairs connect.
func (o *opened) groupsOf(list []twin) []Group {
	u, best := neighbours.NewGroups(len(o.IDs)), map[int]twin{}
	for _, p := range list {
		u.Join(p.a, p.b)
		for _, i := range []int{p.a, p.b} {
			if now, ok := best[i]; !ok || p.surer(now) {
				best[i] = p
			}
		}
	}
	at := map[int]int{}
	var all []Group
	for i := range o.IDs {
		p, ok := best[i]
		if !ok {
			continue
		}
		first := u.First(i)
		if i == first {
			at[first] = len(all)
			all = append(all, Group{Grade: p.grade})
		}
		g := &all[at[first]]
		if slices.Index(Grades, p.grade) < slices.Index(Grades, g.Grade) {
			g.Grade = p.grade
		}
		g.Images = append(g.Images, o.member(i, p))
		g.LabelsDiffer = g.LabelsDiffer || !slices.Equal(o.Labels[i], o.Labels[first])
	}
	return all
}

// surer orders the pairs of an image.
func (p twin) surer(q twin) bool {
	return cmp.Or(
		cmp.Compare(slices.Index(Grades, p.grade), slices.Index(Grades, q.grade)),
		cmp.Compare(q.correlation, p.correlation), cmp.Compare(p.distance, q.distance)) < 0
}

func (o *opened) member(i int, p twin) Member {
	other := p.a + p.b - i
	figure := func(v float64) *float64 {
		if v < 0 {
			return nil
		}
		return &v
	}
	m := Member{
		Image: o.IDs[i], Row: i, Labels: slices.Clone(o.Labels[i]), Splits: o.Splits[i],
		Twin: o.IDs[other], TwinRow: other, TwinGrade: p.grade, Mirrored: p.mirrored, Part: p.part,
		Distance: figure(p.distance), Correlation: figure(p.correlation), Difference: figure(p.difference),
	}
	if m.Labels == nil {
		m.Labels = []string{}
	}
	return m
}

// findLeaks notes which images a split tests while it learns from others of their group. Of these copies tells the
// certain ones, and sure those of one group of certain and likely pairs, which a group of others does not tell again.
func findLeaks(all []Group, copies, sure neighbours.Groups, splits []protocol.Division) {
	for _, v := range splits {
		learned, tested := set(v.Train), set(v.Test)
		for k := range all {
			g := &all[k]
			var of []int
			for _, m := range g.Images {
				if learned[m.Image] {
					of = append(of, m.Row)
				}
			}
			for n := range g.Images {
				m := &g.Images[n]
				if !tested[m.Image] {
					continue
				}
				if grade := g.leak(m.Row, of, copies, sure); grade != likeness.None {
					m.Leaks = append(m.Leaks, Leak{v.Name, grade})
					g.Leaks = true
				}
			}
		}
	}
}

// leak is how sure it is that row i is one of those that are learned from; likeness.None: it is none of them.
func (g Group) leak(i int, learned []int, copies, sure neighbours.Groups) likeness.Grade {
	same := func(u neighbours.Groups) func(int) bool {
		return func(k int) bool { return u.First(k) == u.First(i) }
	}
	if g.Grade != likeness.Certain && g.Grade != likeness.Likely {
		if slices.ContainsFunc(learned, func(k int) bool { return !same(sure)(k) }) {
			return g.Grade
		}
		return likeness.None
	}
	switch {
	case len(learned) == 0:
		return likeness.None
	case slices.ContainsFunc(learned, same(copies)):
		return likeness.Certain
	}
	return likeness.Likely
}

func set(names []string) map[string]bool {
	s := make(map[string]bool, len(names))
	for _, n := range names {
		s[n] = true
	}
	return s
}
