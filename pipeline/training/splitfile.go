package training

import (
	"bytes"
	"path/filepath"
	"slices"

	"fc7/datasets"
	"fc7/internal/atomicfile"
)

// splitsName is a split file (datasets.WriteSplits) that says which images a run trains and validates on: whoever
// judges its net on other images, or another method on the same, needs to know.
const splitsName = "splits.tsv"

// writeSplits writes the split file of a run, which its identity binds to what is there.
func (r *runner) writeSplits() error {
	s := datasets.Set{Items: slices.Clone(r.set.Items)}
	s.Divide(r.split.train, r.split.val, datasets.SplitVal)
	var b bytes.Buffer
	if _, err := datasets.WriteSplits(&b, &s); err != nil {
		return err
	}
	return atomicfile.WriteBytes(filepath.Join(r.j.Out, splitsName), b.Bytes(), true)
}
