package heads

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"fc7/heads/protocol"
	"fc7/heads/svm"
	"fc7/internal/atomicfile"
	"fc7/internal/origin"
	"fc7/outputs"
)

// Result is what training gave, and the content of ScoresFile, which has one shape for all protocols: an object with
// the fields of [protocol.Result] (protocol, headline, figures, deviation, trained, scored, classes, splits, recipe,
// options, notes), and
//
//	low_shot       how figures grow with the number of training images, where a curve was asked for
//	tables         what the descriptor is made of: identity, layer, columns, region
//	excluded       names of rows that were left out
//	failed_images  how many rows have no descriptor
//	labels_from    the file that labels were taken from, where they are not the tables'; splits_from likewise
//	made           the command, the folder that it was given in, and when
//
// Figures are objects, such as {"mean_ap_11": 0.87}: a share between 0 and 1, null where there is none to compute.
// headline says which of them counts. Files of before, with an object for each protocol (voc, caltech, set), are read
// as such.
type Result struct {
	Out string `json:"-"`
	*protocol.Result
	LowShot *protocol.LowShotResult `json:"low_shot,omitempty"`
	Relabelling
	Tables   []Table         `json:"tables"` // the parts of the descriptor
	Excluded []string        `json:"excluded,omitempty"`
	Failed   int             `json:"failed_images"`
	Made     *origin.Command `json:"made,omitempty"` // nil: not known
	Table    *outputs.Table  `json:"-"`              // the first; nil of a result that was read
}

// UnmarshalJSON reads ScoresFile in its shape of today or of before.
func (r *Result) UnmarshalJSON(text []byte) error {
	type plain Result
	if err := json.Unmarshal(text, (*plain)(r)); err != nil {
		return err
	}
	if r.Result != nil && r.Headline.Figure != "" {
		return r.Check()
	}
	earlier, curve, err := protocol.ReadEarlier(text)
	if err != nil {
		return err
	}
	if earlier == nil {
		return errors.New("no scores of any protocol: was it written by fc7 svm?")
	}
	r.Result, r.LowShot = earlier, curve
	return nil
}

// ReadResult reads the scores in a folder that Train wrote.
func ReadResult(dir string) (*Result, error) {
	if err := atomicfile.Restore(dir); err != nil {
		return nil, err
	}
	h := &Result{Out: dir}
	return h, outputs.ReadJSON(filepath.Join(dir, ScoresFile), h)
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
	if was, now := cmp.Or(r.Options.Epsilon, protocol.EarlierEpsilon), cmp.Or(j.Options.Epsilon, svm.DefaultEpsilon); was != now {
		return fmt.Errorf("they are trained to a tolerance of %g, not %g", was, now)
	}
	if err := r.fitRelabelling(j); err != nil {
		return err
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
	if len(r.Recipe.Parts) > 0 {
		return r.Recipe.Parts
	}
	return []protocol.Recipe{r.Recipe}
}
