package paper

import (
	"fmt"
	"slices"
	"strings"

	"fc7/heads/metrics"
	"fc7/heads/protocol"
	"fc7/internal/catalogue"
	"fc7/outputs/report"
	"fc7/pipeline/heads"
)

// Line is a figure of ours with what it is compared to.
type Line struct {
	Task      string        `json:"task"`
	Net       string        `json:"net"`  // protocol.PaperD, PaperE or PaperDE; of objects with what the descriptor is of
	Nets      string        `json:"nets"` // what was used: "vgg16/8"
	Ours      metrics.Value `json:"ours"` // between 0 and 1; null: not known
	Deviation metrics.Value `json:"deviation"`
	Reasons   []string      `json:"not_comparable,omitempty"` // why the figures are not comparable
}

// paper is the paper's figure; false if it gives none.
func (l Line) paper() (protocol.PaperFigure, bool) {
	p, ok := protocol.OfTask(l.Task)
	if !ok {
		return protocol.PaperFigure{}, false
	}
	f, ok := p.Paper.Figures[l.Net]
	return f, ok
}

func (l Line) ours() string {
	if !l.Ours.Defined() {
		return ""
	}
	s := fmt.Sprintf("%.1f", 100*float64(l.Ours))
	if l.Deviation.Defined() {
		s += fmt.Sprintf(" ± %.1f", 100*float64(l.Deviation))
	}
	return s
}

// LineOf is the line of these heads, nil where the paper has none of their task. random tells that the weights are.
func LineOf(r *heads.Result, random bool) *Line {
	p, err := protocol.Find(r.Protocol)
	if err != nil || p.Paper == nil {
		return nil
	}
	l := &Line{Task: p.Paper.Task}
	l.Ours, l.Deviation = r.Figure()
	letters, regions, nets := map[string]bool{}, map[heads.Region]bool{}, []string{}
	for _, t := range r.Tables {
		base, _, narrow := strings.Cut(t.Identity.Net, "/")
		letter := map[string]string{"vgg16": protocol.PaperD, "vgg19": protocol.PaperE}[base]
		letters[letter], regions[t.Region] = true, true
		if !slices.Contains(nets, t.Identity.Net) {
			nets = append(nets, t.Identity.Net)
			if narrow {
				l.Reasons = append(l.Reasons, t.Identity.Net+" is a narrow net")
			}
			if letter == "" {
				l.Reasons = append(l.Reasons, "the paper's table has no net "+t.Identity.Net)
			}
		}
	}
	l.Nets = strings.Join(nets, " and ")
	switch {
	case letters[protocol.PaperD] && letters[protocol.PaperE]:
		l.Net = protocol.PaperDE
	case letters[protocol.PaperE]:
		l.Net = protocol.PaperE
	default:
		l.Net = protocol.PaperD
	}
	if p.Objects {
		switch image, box := regions[heads.RegionImage], regions[heads.RegionBox]; {
		case image && box:
			l.Net += protocol.PaperBoth
		case image:
			l.Net += protocol.PaperImage
		default:
			l.Net += protocol.PaperBox
		}
	}
	if random {
		l.Reasons = append(l.Reasons, "the weights are random")
	}
	l.Reasons = append(l.Reasons, otherThanPaper(r, p.Paper)...)
	return l
}

// otherThanPaper says what of the data and the recipe is not the paper's.
func otherThanPaper(r *heads.Result, p *protocol.Paper) (why []string) {
	in := r.Tables[0].Identity.Inputs
	if n := catalogue.PublishedCounts(p.Task).Images; n > 0 && in.Count != n && in.Count != n-1 { // Caltech-101 has one image without extension
		why = append(why, fmt.Sprintf("%s images of the data set's %s", report.Grouped(in.Count), report.Grouped(n)))
	}
	if r.Failed > 0 {
		why = append(why, fmt.Sprintf("%s images have no descriptor", report.Grouped(r.Failed)))
	}
	if n := r.RowsLeftOut(); n > 0 {
		why = append(why, fmt.Sprintf("%s rows are left out", report.Grouped(n)))
	}
	if p.Scored != "" && r.Scored != p.Scored {
		why = append(why, "scored on "+r.Scored+", not on "+p.Scored)
	}
	if p.Silent {
		return why
	}
	parts := r.Recipe.Parts
	if len(parts) == 0 {
		parts = []protocol.Recipe{r.Recipe}
	}
	if got, want := parts[0], p.Recipe; got.Aggregate != want.Aggregate || !slices.Equal(got.Scales, want.Scales) {
		why = append(why, fmt.Sprintf("the descriptor is the %s of scales %s, the paper's the %s of %s", got.Aggregate, report.Numbers(got.Scales), want.Aggregate, report.Numbers(want.Scales)))
	}
	return why
}
