package backbone

import (
	"context"
	"os"

	"fc7/internal/usage"
	"fc7/pipeline/download"
	"fc7/vgg"
)

// Distinct refuses, as wrong usage, weights that are named twice: by the same name, by two names of one file, or as two
// files of the same bytes, and are read alike. It is for jobs of several nets, before any is loaded. Files are read
// only where another one has their size. One that is not there, or holds no net, is an error here too, of a job of one
// net as well: before a long list of images is read.
func Distinct(ctx context.Context, names []string, as download.Readings) error {
	files := make([]*download.File, len(names))
	for i, name := range names {
		f, err := download.Open(name, as.Of(i))
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
	if a.Size != b.Size || a.Part != b.Part {
		return false, nil
	}
	if p, q := vgg.PreprocessOfNet(a.File), vgg.PreprocessOfNet(b.File); p != nil && q != nil && !p.Same(*q) {
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
