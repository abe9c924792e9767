package table

import (
	"context"
	"os"
	"path/filepath"

	"fc7/outputs"
	"fc7/pipeline/planned"
)

// Begun tells whether something stands in a folder that a table may be made in.
func Begun(out string) bool {
	entries, err := os.ReadDir(out)
	return err == nil && len(entries) > 0
}

// Fits is the *MismatchError of a folder that holds a table of other descriptors than those of an identity, whatever
// its inputs, or has the plan of one. It looks at little, so that this is told before a long list is read: what it does
// not see, and what is damaged, Open tells.
func Fits(ctx context.Context, out string, id outputs.Identity) error {
	if p, err := planned.Find(ctx, out); p != nil && err == nil {
		if diff := p.Identity.DescriptorDifferences(id); len(diff) > 0 {
			return &MismatchError{Out: out, Differences: diff, Planned: true}
		}
		return nil
	}
	features := filepath.Join(out, outputs.FeaturesDir)
	names, _, err := outputs.ListShards(features)
	if err != nil || len(names) == 0 {
		return nil
	}
	var diff []string
	for _, name := range []string{names[0], names[len(names)-1]} { // of which one may be damaged, or have strayed here
		s, err := outputs.OpenShard(filepath.Join(features, name))
		if err != nil {
			return nil
		}
		diff = s.Identity.DescriptorDifferences(id)
		if err := s.Close(); err != nil || len(diff) == 0 || sound(s.Path) != nil {
			return nil
		}
	}
	return &MismatchError{Out: out, Differences: diff}
}
