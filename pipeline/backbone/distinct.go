package backbone

import (
	"context"
	"os"

	"fc7/extract"
	"fc7/internal/usage"
	"fc7/pipeline/download"
	"fc7/vgg"
	"fc7/vgg/weights"
)

// Distinct refuses, as wrong usage, weights that are named twice: by the same name, by two names of one file, or as two
// files of the same bytes, and are read alike. It is for jobs of several nets, before any is loaded. Files are read
// only where another one has their size. One that is not there, or holds no net, is an error here too, of a job of one
// net as well: before a long list of images is read. So is one that holds another net than is wanted or cannot serve
// the options, if there are any; without both its reader may know the prefix yet.
func Distinct(ctx context.Context, all []Wanted, o *extract.Options) error {
	files := make([]*download.File, len(all))
	for i, w := range all {
		f, err := download.Open(w.Weights, w.As)
		if err != nil {
			return err
		}
		defer f.Close()
		if o != nil || w.Net != "" {
			if err := w.fits(f.File, o); err != nil {
				return err
			}
		}
		for k, other := range files[:i] {
			same, err := sameWeights(ctx, f, other)
			if err != nil {
				return err
			}
			if same {
				return usage.Errorf("%s and %s are the same weights: give each net once", all[k].Weights, w.Weights)
			}
		}
		files[i] = f
	}
	return nil
}

// fits is the error of a file that holds another net, or one that cannot serve the options.
func (w Wanted) fits(f *weights.File, o *extract.Options) error {
	c, _, err := vgg.RecogniseAs(f, w.Net)
	if err == nil && o != nil {
		err = serves(f, c, *o)
	}
	return err
}

// WantedAll are the nets of several files of weights, which are read so; net is the one that all are to hold, or "".
func WantedAll(files []string, as download.Readings, net string) []Wanted {
	all := make([]Wanted, len(files))
	for i, f := range files {
		all[i] = Wanted{Net: net, Weights: f, As: as.Of(i)}
	}
	return all
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
