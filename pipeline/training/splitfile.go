package training

import (
	"bytes"
	"path/filepath"

	"fc7/datasets"
	"fc7/outputs"
)

// splitsName is a split file (datasets.WriteSplits) that says which images a run trains and validates on: whoever judges its
// net on other images, or another method on the same, needs to know.
const splitsName = "splits.tsv"

// writeSplits writes the split file of a run, which its identity binds to what is there.
func (r *runner) writeSplits() error {
	s := datasets.Set{Items: make([]datasets.Item, len(r.set.Items))}
	copy(s.Items, r.set.Items)
	for i := range s.Items {
		s.Items[i].Splits = nil
	}
	for _, i := range r.split.train {
		s.Items[i].Splits = []string{datasets.SplitTrain}
	}
	for _, i := range r.split.val {
		s.Items[i].Splits = []string{datasets.SplitVal}
	}
	var b bytes.Buffer
	if _, err := datasets.WriteSplits(&b, &s); err != nil {
		return err
	}
	return outputs.NewFile(filepath.Join(r.j.Out, splitsName), b.Bytes(), true)
}
