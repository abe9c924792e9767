package paper

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"fc7/heads/protocol"
	"fc7/internal/escape"
	"fc7/outputs"
	"fc7/outputs/report"
)

// File is what Reproduce keeps of the figures, in the run's folder.
const File = "reproduce.json"

// Reproduction is the content of File: our figures beside the paper's.
type Reproduction struct {
	Task  string `json:"task"`
	Lines []Line `json:"lines"`
	Main  Place  `json:"main"` // what the report shows in detail
}

// Place is where heads and the first of their tables stand, below the run's folder.
type Place struct {
	Table string `json:"table"`
	Heads string `json:"heads"`
}

// ReadReproduction reads that of a run's folder.
func ReadReproduction(run string) (r Reproduction, err error) {
	path := filepath.Join(run, File)
	if err := outputs.ReadJSON(path, &r); err != nil {
		return r, err
	}
	if err := r.check(); err != nil {
		return r, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

// check makes sure that figures that were read are such.
func (r Reproduction) check() error {
	for _, l := range r.Lines {
		if l.Ours < 0 || l.Ours > 1 || l.Deviation < 0 || l.Deviation > 1 {
			return fmt.Errorf("net %s: expected shares between 0 and 1, found %g and %g", escape.Short(l.Net), float64(l.Ours), float64(l.Deviation))
		}
	}
	return nil
}

// Comparison is the table of the figures; nil where the paper has none.
func (r Reproduction) Comparison() *report.Comparison {
	c := &report.Comparison{}
	var reasons []string
	for _, l := range r.Lines {
		row := report.ComparisonRow{Name: l.Net, Ours: l.ours()}
		if l.Nets != "" {
			row.Name += " (" + l.Nets + ")"
		}
		if f, ok := l.paper(); ok {
			c.Title = fmt.Sprintf("%s beside the paper, table %d", upper(f.Measure), f.Table)
			row.Paper = inPercent(f)
			if len(l.Reasons) == 0 && l.Ours.Defined() {
				row.Difference = fmt.Sprintf("%+.1f", 100*float64(l.Ours)-f.Mean)
			}
		}
		c.Rows = append(c.Rows, row)
		for _, why := range l.Reasons {
			if !slices.Contains(reasons, why) {
				reasons = append(reasons, why)
			}
		}
	}
	if c.Title == "" {
		return nil
	}
	p, ok := protocol.OfTask(r.Task)
	if ok {
		for _, o := range p.Paper.Others {
			c.Rows = append(c.Rows, report.ComparisonRow{Name: o.Of, Paper: inPercent(o.PaperFigure)})
		}
	}
	if len(reasons) > 0 {
		c.Notes = append(c.Notes, "Not to be compared: "+strings.Join(reasons, "; ")+".")
	}
	source := "The paper: Simonyan and Zisserman, arXiv 1409.1556v6, with nets trained on ImageNet."
	if ok && p.Paper.Note != "" {
		source += " " + p.Paper.Note
	}
	c.Notes = append(c.Notes, source)
	return c
}

// inPercent is a figure of the paper with its deviation, where it gives one.
func inPercent(f protocol.PaperFigure) string {
	s := fmt.Sprintf("%.1f", f.Mean)
	if f.Deviation > 0 {
		s += fmt.Sprintf(" ± %.1f", f.Deviation)
	}
	return s
}

func upper(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
