package inputs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"fc7/datasets"
	"fc7/internal/escape"
	"fc7/internal/few"
	"fc7/internal/usage"
	"fc7/pipeline/conveyor"
)

// Tell tells what there is to say of a data set, and what was passed over in it.
func Tell(set *datasets.Set, ev conveyor.Events) {
	for _, n := range set.Notes {
		ev.TellNote(n)
	}
	for _, s := range set.Skipped {
		ev.TellNote(fmt.Sprintf("%s: %d passed over, %s: %s", set.Root, s.Count, s.Reason, few.Of(s.Names, s.Count)))
	}
}

// misspelt tells whether what is no file begins with nearly a kind: opening it says which.
func misspelt(in, kind string, kinds []string) bool {
	_, err := os.Lstat(in)
	return errors.Is(err, fs.ErrNotExist) && filepath.VolumeName(in) == "" && usage.Nearest(kind, kinds) != ""
}

// Open joins image files and data sets, whose boxes are enlarged by a factor, into one set.
func Open(inputs []string, boxContext float64, ev conveyor.Events) (*datasets.Set, error) {
	var kinds []string
	for _, k := range datasets.Kinds() {
		kinds = append(kinds, k.Name)
	}
	all := &datasets.Set{Kind: "inputs"}
	for _, in := range inputs {
		kind, _, ok := strings.Cut(in, ":")
		if !ok || !slices.Contains(kinds, kind) && !misspelt(in, kind, kinds) {
			all.Items = append(all.Items, datasets.Item{ID: escape.Name(filepath.ToSlash(in)), At: datasets.Location{Path: in}})
			continue
		}
		s, err := datasets.Open(in, datasets.Options{})
		if err == nil && boxContext > 1 && slices.ContainsFunc(s.Items, func(it datasets.Item) bool { return it.Box != nil }) {
			s, err = datasets.Open(in, datasets.Options{BoxContext: boxContext})
		}
		if err != nil {
			return nil, err
		}
		Tell(s, ev)
		all.Items = append(all.Items, s.Items...)
	}
	return all, nil
}
