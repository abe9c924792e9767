package heads

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"fc7/heads/protocol"
	"fc7/internal/atomicfile"
	"fc7/internal/origin"
	"fc7/outputs"
)

// Result is what training gave, and the content of ScoresFile, which has one shape for all protocols: an object with
// the fields of [protocol.Result] (protocol, headline, figures, deviation, trained, scored, classes, splits, recipe,
// options, notes), and
//
//	low_shot       how figures grow with the number of training images, a curve a head, where they were asked for
//	knn            figures of the nearest training images, without training, where they were asked for
//	leaked         what the heads scored with images that leak, where those are left out of figures
//	tables         what the descriptor is made of: identity, layer, columns, region
//	left_out       how many rows were left out, and the digest of their names
//	excluded       those names, or only, the names of the others, if these are fewer; neither where both are more than 10,000
//	failed_images  how many rows have no descriptor
//	labels_from    the file that labels were taken from, where they are not the tables'; splits_from likewise
//	made           the command, the folder that it was given in, and when
//	digests        of the tables and of all that was asked of them, and of the files beside this one
//
// Figures are objects, such as {"mean_ap_11": 0.87}: a share between 0 and 1, null where there is none to compute.
// headline says which of them counts. Files of before, with an object for each protocol (voc, caltech, set), are read
// as such.
type Result struct {
	Out string `json:"-"`
	*protocol.Result
	LowShot *protocol.LowShotResult `json:"low_shot,omitempty"`
	KNN     *protocol.Probe         `json:"knn,omitempty"`
	Leaked  *Leaked                 `json:"leaked,omitempty"`
	Relabelling
	Tables   []Table         `json:"tables"`             // the parts of the descriptor
	LeftOut  *LeftOut        `json:"left_out,omitempty"` // nil: no row, or heads of an earlier fc7
	Excluded []string        `json:"excluded,omitempty"` // see LeftOut
	Only     []string        `json:"only,omitempty"`
	Failed   int             `json:"failed_images"`
	Made     *origin.Command `json:"made,omitempty"`    // nil: not known
	Digests  *Digests        `json:"digests,omitempty"` // nil: of heads of an earlier fc7
	Table    *outputs.Table  `json:"-"`                 // the first; nil of a result that was read
}

// Leaked is of a result from which images are left out that its heads learned copies of.
type Leaked struct {
	Images    []int            `json:"images"`    // that are left out of each split
	Figures   protocol.Figures `json:"figures"`   // with them
	Deviation protocol.Figures `json:"deviation"` // of Figures over the splits
}

// run trains and scores, and scores rows that leaked of each split apart, where there are such.
func (r *Result) run(ctx context.Context, p protocol.Protocol, d protocol.Data, o protocol.Options, leaked [][]string) (err error) {
	if leaked == nil {
		r.Result, err = p.Run(ctx, d, o)
		return err
	}
	out := make([]map[string]bool, len(leaked))
	r.Leaked = &Leaked{}
	for i, names := range leaked {
		out[i] = map[string]bool{}
		for _, n := range names {
			out[i][n] = true
		}
		r.Leaked.Images = append(r.Leaked.Images, len(out[i]))
	}
	b, err := p.RunLeaving(ctx, d, o, out)
	if err != nil {
		return err
	}
	r.Result, r.Leaked.Figures, r.Leaked.Deviation = b.Left, b.All.Figures, b.All.Deviation
	return nil
}

// UnmarshalJSON reads ScoresFile in its shape of today or of before.
func (r *Result) UnmarshalJSON(text []byte) error {
	type plain Result
	if err := json.Unmarshal(text, (*plain)(r)); err != nil {
		return err
	}
	if r.Result != nil && r.Headline.Figure != "" {
		return r.check()
	}
	earlier, curve, err := protocol.ReadEarlier(text)
	if err != nil {
		return err
	}
	if earlier == nil {
		return errors.New("no scores of any protocol: was it written by fc7 svm?")
	}
	r.Result, r.LowShot = earlier, curve
	return r.check()
}

// check makes sure that scores that were read are whole: what reads them on looks at no field again.
func (r *Result) check() error {
	if err := r.Check(); err != nil {
		return err
	}
	if r.LowShot != nil {
		if err := r.LowShot.Check(); err != nil {
			return err
		}
	}
	if r.KNN != nil {
		if err := r.KNN.Check(); err != nil {
			return err
		}
	}
	if n := len(r.recipes()); len(r.Tables) != n {
		return fmt.Errorf("%d tables for a descriptor of %d parts", len(r.Tables), n)
	}
	for i, t := range r.Tables {
		if t.Layer == "" || len(t.Columns) == 0 || t.Identity.Net == "" || t.Identity.WeightsSHA256 == "" {
			return fmt.Errorf("table %d: expected a layer, columns and the identity of a table, found %q, %d columns and net %q", i+1, t.Layer, len(t.Columns), t.Identity.Net)
		}
		if t.Region != RegionRow && !slices.Contains(Regions(), t.Region) {
			return fmt.Errorf("table %d: expected a region, found %q", i+1, t.Region)
		}
	}
	if r.Leaked != nil && len(r.Leaked.Images) != len(r.Splits) {
		return fmt.Errorf("images that leak of %d splits, but there are %d", len(r.Leaked.Images), len(r.Splits))
	}
	if r.Failed < 0 {
		return fmt.Errorf("failed_images: expected 0 or more, found %d", r.Failed)
	}
	if err := r.checkLeftOut(); err != nil {
		return err
	}
	return r.Digests.check()
}

// ReadResult reads the scores in a folder that Train wrote.
func ReadResult(dir string) (*Result, error) {
	if err := atomicfile.Restore(dir); err != nil {
		return nil, err
	}
	h := &Result{Out: dir}
	return h, outputs.ReadJSON(filepath.Join(dir, ScoresFile), h)
}

// recipes are those of the tables.
func (r *Result) recipes() []protocol.Recipe {
	if len(r.Recipe.Parts) > 0 {
		return r.Recipe.Parts
	}
	return []protocol.Recipe{r.Recipe}
}
