package heads

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"fc7/heads/protocol"
	"fc7/internal/atomicfile"
	"fc7/outputs"
)

// Result is what training gave; one of VOC, Caltech and Set is set.
type Result struct {
	Out      string                  `json:"-"`
	Protocol string                  `json:"protocol"` // one of Protocols
	VOC      *protocol.VOCResult     `json:"voc,omitempty"`
	Caltech  *protocol.CaltechResult `json:"caltech,omitempty"`
	Set      *protocol.SetResult     `json:"set,omitempty"`
	LowShot  *protocol.LowShotResult `json:"low_shot,omitempty"`
	Tables   []Table                 `json:"tables"` // the parts of the descriptor
	Excluded []string                `json:"excluded,omitempty"`
	Table    *outputs.Table          `json:"-"` // the first
	Failed   int                     `json:"failed_images"`
}

// Head is the head that predictions use: VOC's, or that of the first split.
func (r *Result) Head() *protocol.Head {
	switch {
	case r.VOC != nil:
		return r.VOC.Head
	case r.Caltech != nil:
		return r.Caltech.Splits[0].Head
	}
	return r.Set.Splits[0].Head
}

// ReadResult reads the scores in a folder that Train wrote.
func ReadResult(dir string) (*Result, error) {
	if err := atomicfile.Restore(dir); err != nil {
		return nil, err
	}
	h := &Result{Out: dir}
	path := filepath.Join(dir, ScoresFile)
	if err := outputs.ReadJSON(path, h); err != nil {
		return nil, err
	}
	if h.VOC == nil && h.Caltech == nil && h.Set == nil {
		return nil, fmt.Errorf("%s: no scores of any protocol: was it written by fc7 svm?", path)
	}
	return h, nil
}

// Recipe is how the descriptor was made.
func (r *Result) Recipe() protocol.Recipe {
	switch {
	case r.VOC != nil:
		return r.VOC.Recipe
	case r.Caltech != nil:
		return r.Caltech.Recipe
	}
	return r.Set.Recipe
}

// Settings are those of the solver.
func (r *Result) Settings() protocol.Settings {
	switch {
	case r.VOC != nil:
		return r.VOC.Options.Settings
	case r.Caltech != nil:
		return r.Caltech.Options.Settings
	}
	return r.Set.Options.Settings
}

// Fit tells whether heads are those that the job would train on its tables, as they are now; the error says why not.
func (r *Result) Fit(j Job) error {
	scores, err := os.Stat(filepath.Join(r.Out, ScoresFile))
	if err != nil {
		return err
	}
	paths := append([]string{j.Features}, j.Also...)
	if r.Protocol != j.Protocol || len(r.Tables) == 0 || len(r.Tables)%len(paths) != 0 {
		return fmt.Errorf("they are of protocol %s on %d tables", r.Protocol, len(r.Tables))
	}
	for i, path := range paths {
		m, err := outputs.ReadManifest(path)
		if err != nil {
			return err
		}
		info, err := os.Stat(filepath.Join(path, outputs.ManifestName))
		if err != nil {
			return err
		}
		if info.ModTime().After(scores.ModTime()) {
			return fmt.Errorf("%s is newer", path)
		}
		for _, t := range r.Tables[i*len(r.Tables)/len(paths) : (i+1)*len(r.Tables)/len(paths)] {
			if diff := t.Identity.Differences(m.Identity); len(diff) > 0 {
				return errors.New(strings.Join(diff, "; "))
			}
		}
	}
	for _, recipe := range r.recipes() {
		if want := r.Tables[0].Identity.Scales; recipe.Aggregate != j.Choice.Aggregate || !slices.Equal(recipe.Scales, want) {
			return fmt.Errorf("their descriptor is the %s", recipe)
		}
	}
	return nil
}

// recipes are those of the tables.
func (r *Result) recipes() []protocol.Recipe {
	if recipe := r.Recipe(); len(recipe.Parts) > 0 {
		return recipe.Parts
	} else {
		return []protocol.Recipe{recipe}
	}
}

// CostCurves returns how C was chosen, a curve a split.
func (r *Result) CostCurves() (names []string, choices []protocol.Choice) {
	switch {
	case r.VOC != nil:
		return []string{""}, []protocol.Choice{r.VOC.Choice}
	case r.Caltech != nil:
		for _, s := range r.Caltech.Splits {
			names, choices = append(names, fmt.Sprintf("seed %d", s.Seed)), append(choices, s.Choice)
		}
	case r.Set != nil:
		for _, s := range r.Set.Splits {
			name := ""
			if len(r.Set.Splits) > 1 {
				name = fmt.Sprintf("seed %d", s.Seed)
			}
			names, choices = append(names, name), append(choices, s.Choice)
		}
	}
	return names, choices
}
