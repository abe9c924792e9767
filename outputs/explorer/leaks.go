package explorer

// Leaks are images that the table has more than once, in groups, those that matter first.
type Leaks struct {
	Note   string
	Splits []LeakSplit
	Groups []Group
}

// LeakSplit counts the images that a split tests while it learns from others of their group, by how sure that is.
type LeakSplit struct {
	Name                                    string
	Certain, Likely, LookAlike, Unconfirmed int
}

// Group is images of one image, or that look so.
type Group struct {
	Grade  string // of its surest pair
	Differ bool   // not all have the same labels
	Leaks  bool   // a split tests one and learns from another
	Images []GroupImage
}

// GroupImage is a row of a group.
type GroupImage struct {
	Row, Twin      int // the row that it is surest to be a copy of
	Grade          string
	Mirrored, Part bool
	Distance       float64     // 1 - cos; below 0: not known
	Correlation    float64     // of the pixels; below -1: they were not compared
	Leaks          [][2]string // splits that test it and learn from another of the group, and how sure that is
}

// leaks is how the script reads them.
type leaks struct {
	Note   string   `json:"note"`
	Splits [][5]any `json:"splits"`
	Groups [][4]any `json:"groups"`
}

func (l *Leaks) json() leaks {
	out := leaks{Note: l.Note, Splits: [][5]any{}, Groups: [][4]any{}}
	for _, s := range l.Splits {
		out.Splits = append(out.Splits, [5]any{s.Name, s.Certain, s.Likely, s.LookAlike, s.Unconfirmed})
	}
	known := func(v, least float64) any {
		if v < least {
			return nil
		}
		return v
	}
	for _, g := range l.Groups {
		images := [][8]any{}
		for _, m := range g.Images {
			images = append(images, [8]any{m.Row, m.Twin, m.Grade, m.Mirrored, m.Part, known(m.Distance, 0), known(m.Correlation, -1), some(m.Leaks)})
		}
		out.Groups = append(out.Groups, [4]any{g.Grade, g.Differ, g.Leaks, images})
	}
	return out
}
