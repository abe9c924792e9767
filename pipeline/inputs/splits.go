package inputs

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"fc7/datasets"
	"fc7/heads/protocol"
	"fc7/internal/atomicfile"
	"fc7/internal/usage"
	"fc7/internal/waiting"
	"fc7/pipeline/conveyor"
)

// SplitsJob says what splits to write to a file.
type SplitsJob struct {
	DataSet string // KIND:PATH
	Choice  datasets.Options
	// Seeded draws the split that Caltech's protocols draw for Seed, instead of the set's own.
	Seeded                      bool
	Seed                        uint32
	TrainPerClass, TestPerClass int // 0: those of DrawnSplits
	Division                    int // of a set that is divided several times, whose splits are written without its number; 0: all, with theirs
	Out                         string
	Overwrite                   bool
}

// SplitsResult counts what was written.
type SplitsResult struct {
	Lines  int
	Names  []string                  // of the splits, in order
	Counts map[string]datasets.Count // of each split
}

// WriteSplits writes the splits of a data set, or those drawn from a seed, to a file that datasets.Options.SplitFile
// takes. When the context ends nothing is written.
func WriteSplits(ctx context.Context, j SplitsJob, ev conveyor.Events) (*SplitsResult, error) {
	set, err := datasets.Open(ctx, j.DataSet, j.Choice)
	if err != nil {
		return nil, err
	}
	Tell(set, ev)
	if err := j.ofTheSet(); err != nil {
		return nil, err
	}
	if j.Seeded {
		if set, err = waiting.For(ctx, func() (*datasets.Set, error) { return set, drawSplits(set, j) }); err != nil {
			return nil, err
		}
	}
	if j.Division != 0 {
		if err := set.KeepDivision(j.Division); err != nil {
			return nil, usage.Errorf("%s: %v", j.DataSet, err)
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	n, err := datasets.WriteSplits(&b, set)
	if err != nil {
		return nil, fmt.Errorf("%s: %w; draw some with a seed", j.DataSet, err)
	}
	if err := atomicfile.WriteBytes(j.Out, b.Bytes(), j.Overwrite); err != nil {
		return nil, err
	}
	return &SplitsResult{Lines: n, Names: set.SplitNames(), Counts: set.Counts()}, nil
}

// ofTheSet refuses to replace a file in the data set's own folder that is no file of splits: an official list is not
// given up for splits, nor the truth of a validation set.
func (j SplitsJob) ofTheSet() error {
	folder := datasets.Folder(j.DataSet)
	out, err1 := real(j.Out)
	root, err2 := real(folder)
	if folder == "" || err1 != nil || err2 != nil {
		return nil // there is none, or nothing is replaced
	}
	if rel, err := filepath.Rel(root, out); err != nil || !filepath.IsLocal(rel) || datasets.IsSplitFile(out) {
		return nil
	}
	return usage.Errorf("%s is a file of the data set %s, and none of splits: choose another name", j.Out, j.DataSet)
}

// real is the absolute path of what a path leads to.
func real(path string) (string, error) {
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", err
	}
	return filepath.Abs(path)
}

// DrawnSplits are the options of the splits that are drawn from a seed where the job says nothing: those of caltech101.
func DrawnSplits() protocol.Options { return protocol.For("caltech101").Defaults() }

// drawSplits replaces the splits of a set by those of a seed.
func drawSplits(set *datasets.Set, j SplitsJob) error {
	d := protocol.Data{Classes: slices.Clone(set.Classes)}
	for _, it := range set.Items {
		d.IDs, d.Labels, d.None = append(d.IDs, it.ID), append(d.Labels, it.Labels()), append(d.None, it.None)
	}
	o := DrawnSplits()
	o.TrainPerClass, o.TestPerClass = cmp.Or(j.TrainPerClass, o.TrainPerClass), cmp.Or(j.TestPerClass, o.TestPerClass)
	train, test, err := protocol.DrawnRows(d, j.Seed, o)
	if err != nil {
		return err
	}
	set.Divide(train, test, datasets.SplitTest)
	return nil
}
