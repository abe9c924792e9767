package explorer

import (
	"fmt"
)

// Heads are the scores that a run's heads give its rows.
type Heads struct {
	Note   string
	Top    int       // classes of the highest scores, of each row
	Class  []int32   // [rows][Top], the highest first; -1: none
	Score  []float32 // [rows][Top]
	Own    []float32 // of each of Page.Labels, one row's after the other's: the score of that label; NaN: the heads do not know it
	Margin []float32 // of each row, the lowest score of its labels less the highest of other classes; NaN: not known
	Role   []uint8   // of each row, which of Roles
	Roles  []string  // what a row was to the heads; "": not known
}

func (h *Heads) check(p *Page) error {
	if h == nil {
		return nil
	}
	n, labels := len(p.Names), 0
	for _, l := range p.Labels {
		labels += len(l)
	}
	if len(h.Class) != n*h.Top || len(h.Score) != n*h.Top || len(h.Margin) != n || len(h.Role) != n || len(h.Own) != labels {
		return fmt.Errorf("a page of %d rows and %d labels with %d classes and %d scores of heads, %d a row, %d of labels, %d margins and %d roles",
			n, labels, len(h.Class), len(h.Score), h.Top, len(h.Own), len(h.Margin), len(h.Role))
	}
	return nil
}

// Evidence is where scores of some rows come from.
type Evidence struct {
	Words  string   // what its colours and frames are
	Scales []string // names of the scales
	List   []RowEvidence
}

// RowEvidence is that of a row.
type RowEvidence struct {
	Row     int
	Limit   float64 // what the strongest colour of its pictures is worth
	Classes []ClassEvidence
}

// ClassEvidence is that of a class: Score is Bias and the sum over the scales.
type ClassEvidence struct {
	Class       int
	Score, Bias float64
	Sums        []float64 // of each of the scales
	JPEG        []byte
}

// evidence is how the script reads it: pictures follow each other in a part of their own.
type evidence struct {
	Words  string   `json:"words"`
	Scales []string `json:"scales"`
	List   [][3]any `json:"list"`
}

// parts are the numbers and the pictures.
func (e *Evidence) parts() ([]part, error) {
	out := evidence{Words: e.Words, Scales: some(e.Scales), List: [][3]any{}}
	var pictures []byte
	for _, r := range e.List {
		classes := [][5]any{}
		for _, c := range r.Classes {
			classes = append(classes, [5]any{c.Class, c.Score, c.Bias, some(c.Sums), len(c.JPEG)})
			pictures = append(pictures, c.JPEG...)
		}
		out.List = append(out.List, [3]any{r.Row, r.Limit, classes})
	}
	numbers, err := text("evidence", out)
	return []part{numbers, raw("evidence-jpeg", pictures)}, err
}
