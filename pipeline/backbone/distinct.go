package backbone

import (
	"context"
	"os"

	"fc7/internal/usage"
	"fc7/pipeline/download"
)

// Distinct refuses, as wrong usage, weights that are named twice: by the same name, by two names of one file, or as two
// files of the same bytes. It is for jobs of several nets, before any is loaded. Files are read only where another one
// has their size.
func Distinct(ctx context.Context, names []string) error {
	if len(names) < 2 {
		return nil
	}
	files := make([]*download.File, len(names))
	for i, name := range names {
		f, err := download.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		for k, other := range files[:i] {
			same, err := sameWeights(ctx, f, other)
			if err != nil {
				return err
			}
			if same {
				return usage.Errorf("%s and %s are the same weights: give each net once", names[k], name)
			}
		}
		files[i] = f
	}
	return nil
}

func sameWeights(ctx context.Context, a, b *download.File) (bool, error) {
	if a.Size != b.Size {
		return false, nil
	}
	if x, err := os.Stat(a.Path); err == nil {
		if y, err := os.Stat(b.Path); err == nil && os.SameFile(x, y) {
			return true, nil
		}
	}
	x, err := a.Digest(ctx)
	if err != nil {
		return false, err
	}
	y, err := b.Digest(ctx)
	return x == y, err
}
