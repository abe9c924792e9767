package heads

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"fc7/heads/protocol"
	"fc7/internal/seal"
	"fc7/internal/usage"
	"fc7/pipeline/extraction"
	"fc7/pipeline/table"
)

// Role is what a row was to heads.
type Role string

// The roles, in words.
const (
	RoleUnknown Role = ""
	RoleLearned Role = "learned from"
	RoleTested  Role = "tested"
	RoleNeither Role = "neither"
)

// Applied is what heads of a run are, and what rows were to them.
type Applied struct {
	Classes  []string
	Protocol string
	Split    string // "seed 0", "test": that of the heads; "": it is not known which rows they learned from
	roles    map[string]Role
}

// Role is that of a row by its name.
func (a *Applied) Role(id string) Role {
	if a.roles == nil {
		return RoleUnknown
	}
	return cmp.Or(a.roles[id], RoleNeither)
}

// CheckEvidence tells, before the work, why there can be no evidence of what the heads of a run score; nil: there can.
func CheckEvidence(run string) error {
	dir := filepath.Join(table.RunFolder(run), Folder)
	if _, err := os.Stat(filepath.Join(dir, headFile)); errors.Is(err, fs.ErrNotExist) {
		return usage.Errorf("%s has no heads, of whose scores there could be evidence: fc7 svm %s trains them", run, run)
	}
	h, err := load(dir)
	if err == nil {
		err = h.explainable()
	}
	if err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	return nil
}

// Digest is that of the heads of a run, as a file: what comes of them depends on nothing else of them.
func Digest(run string) (string, error) {
	return seal.File(filepath.Join(table.RunFolder(run), Folder, headFile))
}

// OthersError says why heads score no rows of a table, without naming a file: the reason may be shown to anybody.
type OthersError struct{ Why string }

func (e *OthersError) Error() string { return e.Why }

// ScoreRows applies the heads of a run to the rows of a table that have a descriptor, its own or (of) another run's,
// and tells the scores of each, in the order of Applied.Classes, by its name. Heads that are not there, or not of this
// table as it is, are an *OthersError.
func ScoreRows(ctx context.Context, run, of string, tell func(a *Applied, id string, scores []float64) error) (*Applied, error) {
	dir := filepath.Join(table.RunFolder(run), Folder)
	if _, err := os.Stat(filepath.Join(dir, ScoresFile)); errors.Is(err, fs.ErrNotExist) {
		return nil, &OthersError{"The run has no heads: fc7 svm RUN trains them."}
	}
	r, err := ReadResult(dir)
	if err != nil {
		return nil, err
	}
	h, err := load(dir)
	if err != nil {
		return nil, err
	}
	return h.applyTo(ctx, r, run, of, tell)
}

func (h *Saved) applyTo(ctx context.Context, r *Result, run, of string, tell func(*Applied, string, []float64) error) (_ *Applied, err error) {
	f := &fused{}
	defer func() { err = errors.Join(nameFault(err, f.tables...), f.close()) }()
	j, err := h.rowsJob(of)
	if err != nil {
		return nil, err
	}
	all, err := f.open(ctx, j)
	if err != nil {
		return nil, err
	}
	if err := r.ofTable(&all[0], run == of); err != nil {
		return nil, err
	}
	if err := f.fuse(all, j); err != nil {
		return nil, &OthersError{"The heads of the run are of rows that this table does not have."}
	}
	a := &Applied{Classes: h.Classes, Protocol: r.Protocol}
	if run == of {
		a.divide(f.data, r)
	}
	return a, h.tellRows(ctx, f.data, func(id string, scores []float64) error { return tell(a, id, scores) })
}

// rowsJob is the job whose descriptors of a run are those of the heads. It refuses heads of several tables.
func (h *Saved) rowsJob(run string) (Job, error) {
	first, recipe := h.tables[0], h.recipes()[0]
	j := Job{Features: run, Choice: extraction.FeatureChoice{Layer: first.Layer, Scales: recipe.Scales, Aggregate: recipe.Aggregate, L2: recipe.L2}, Regions: first.Region}
	switch {
	case len(h.tables) == 2 && first.Region == RegionImage && h.tables[1].Region == RegionBox && len(first.Identity.Differences(h.tables[1].Identity)) == 0:
		j.Regions, j.Normalise = RegionBoth, h.Recipe.L2
	case len(h.tables) > 1:
		return j, &OthersError{"The heads of the run are of several tables, of which this page is of one."}
	}
	return j, nil
}

// ofTable refuses a table whose descriptors are not those of the heads; of their own run one that has other rows.
func (r *Result) ofTable(t *fusedTable, own bool) error {
	if diff := r.Tables[0].Identity.DescriptorDifferences(t.Identity); len(diff) > 0 {
		return &OthersError{"The heads of the run are of other descriptors."}
	}
	if !own {
		return nil
	}
	apart, err := r.Apart(t.table)
	if err == nil && apart != "" {
		err = &OthersError{fmt.Sprintf("The heads of the run are %s: fc7 svm RUN --force trains them anew.", apart)}
	}
	return err
}

// rowsAtOnce bounds the scores that are in memory.
const rowsAtOnce = 4096

// tellRows scores rows, some at once.
func (h *Saved) tellRows(ctx context.Context, d protocol.Data, tell func(string, []float64) error) error {
	var present []int
	for i := range d.IDs {
		if d.Missing == nil || !d.Missing[i] {
			present = append(present, i)
		}
	}
	for rows := range slices.Chunk(present, rowsAtOnce) {
		if err := ctx.Err(); err != nil {
			return err
		}
		scores, err := h.ScoreRows(d.X, rows)
		if err != nil {
			return err
		}
		for n, i := range rows {
			if err := tell(d.IDs[i], column(scores, n)); err != nil {
				return err
			}
		}
	}
	return nil
}

// divide finds out which rows the heads learned from, by the division that they are of, which the data have still if it
// has as many rows on both sides. Of other labels or splits than the table's it is not known.
func (a *Applied) divide(d protocol.Data, r *Result) {
	p, err := protocol.Find(r.Protocol)
	if err != nil || r.LabelsFrom != nil || r.SplitsFrom != nil {
		return
	}
	took := r.took()
	if took == nil {
		return
	}
	var left []int
	for i, id := range d.IDs {
		if took(id) {
			left = append(left, i)
		}
	}
	all, err := p.Divisions(d.Subset(left), r.Options)
	if err != nil {
		return
	}
	was := r.Splits[0]
	for _, v := range all {
		if v.Random != r.Random() || v.Random && v.Seed != was.Seed || !v.Random && v.Name != r.Scored ||
			len(v.Train) != was.Images.Train+was.Images.TrainMissing || len(v.Test) != was.Images.Test {
			continue
		}
		a.Split, a.roles = v.Name, map[string]Role{}
		for _, id := range v.Test {
			a.roles[id] = RoleTested
		}
		for _, id := range v.Train {
			a.roles[id] = RoleLearned
		}
		return
	}
}
