package training

import (
	"os"

	"fc7/datasets"
	"fc7/internal/escape"
	"fc7/internal/usage"
)

// apart refuses to write to the folder that a set's images are in, of which what is written would become a part.
func apart(set *datasets.Set, spec, option, to string) error {
	own := datasets.Folder(spec)
	if own == "" {
		return nil
	}
	into, err := os.Stat(to)
	if err != nil {
		return nil // it is made
	}
	for _, dir := range []string{own, set.Root} {
		if of, err := os.Stat(dir); err == nil && os.SameFile(into, of) {
			return usage.Errorf("%s %s is the data set's own folder, of which it would become a part: name another", option, escape.Name(to))
		}
	}
	return nil
}
