package pages

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"fc7/internal/origin"
	"fc7/outputs"
	"fc7/outputs/report"
)

// addCommand shows by which command something was made; nil: not known. The folder that it was given in is told where
// paths are asked for.
func addCommand(r *report.Report, c *origin.Command, paths bool) {
	if c == nil {
		return
	}
	note := "given " + origin.Date(c.Started)
	if paths {
		note = fmt.Sprintf("given in %s, %s", c.Folder, origin.Date(c.Started))
	}
	r.Commands = append(r.Commands, report.Command{Text: c.Text, Note: note})
}

// addMade tells when something was made and on what machine, as far as that is known.
func addMade(r *report.Report, what string, c *origin.Command) {
	if c == nil {
		return
	}
	value := origin.Date(c.Started)
	if c.Machine != "" {
		value += ", on " + c.Machine
	}
	r.Made = append(r.Made, report.Setting{Name: what, Value: value})
}

// addTable tells when a table was made, by which fc7 and on what machine.
func addTable(r *report.Report, m outputs.Manifest) {
	on := m.Platform
	if m.Made != nil {
		on = cmp.Or(m.Made.Machine, on)
	}
	r.Made = append(r.Made, report.Setting{Name: "extracted", Value: fmt.Sprintf("%s, on %s, by %s, %s", origin.Date(m.Timings.Finished), on, m.Program, m.Go)})
}

// explored are the pages that fc7 explore leaves in a run's folder.
var explored = []string{"explore.html", "explore-page/index.html"}

// addLinks leads from a page to those that fc7 explore made of runs, if they are there and a relative path leads to
// them.
func addLinks(r *report.Report, page string, runs ...string) {
	page, err := filepath.Abs(page)
	if err != nil {
		return
	}
	for _, run := range runs {
		i := slices.IndexFunc(explored, func(name string) bool {
			info, err := os.Stat(filepath.Join(run, filepath.FromSlash(name)))
			return err == nil && info.Mode().IsRegular()
		})
		if i < 0 {
			continue
		}
		to, err := filepath.Abs(filepath.Join(run, filepath.FromSlash(explored[i])))
		if err == nil {
			to, err = filepath.Rel(filepath.Dir(page), to)
		}
		if err != nil {
			continue
		}
		text := "All images on a map: their neighbours, suspects and outliers"
		if len(runs) > 1 {
			text += ", by " + filepath.Base(run)
		}
		r.Links = append(r.Links, report.Link{Text: text, Target: filepath.ToSlash(to)})
	}
}
