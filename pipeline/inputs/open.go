package inputs

import (
	"context"
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

// named refuses what is named as an image and is not there, or is a folder. A file that cannot be read is an image that
// fails.
func named(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s: there is no such image file; data sets are named KIND:PATH", escape.Name(path))
	case err == nil && info.IsDir():
		return fmt.Errorf("%s is a folder: name the images in it, or the data set %s:%s", escape.Name(path), datasets.FolderKind, escape.Name(path))
	}
	return nil
}

// Open joins image files and data sets into one set. Files that are named and are not there are an error. Of o,
// BoxContext is for the sets with boxes, and Folders for those of the kind folder, of which there must then be one; the
// rest is for all data sets.
func Open(ctx context.Context, inputs []string, o datasets.Options, ev conveyor.Events) (*datasets.Set, error) {
	var kinds []string
	for _, k := range datasets.Kinds() {
		kinds = append(kinds, k.Name)
	}
	all := &datasets.Set{Kind: "inputs"}
	var wrong []error
	setsUsed, foldersUsed, columnsUsed, ownUsed := false, false, false, false
	for _, in := range inputs {
		kind, _, ok := strings.Cut(in, ":")
		if !ok || !slices.Contains(kinds, kind) && !misspelt(in, kind, kinds) {
			wrong = append(wrong, named(in))
			all.Items = append(all.Items, datasets.Item{ID: escape.Name(filepath.ToSlash(in)), At: datasets.Location{Path: in}})
			continue
		}
		one := o
		setsUsed = true
		if one.BoxContext = 0; kind == datasets.FolderKind {
			foldersUsed = true
		} else {
			one.Folders = ""
		}
		if datasets.HasColumns(in) {
			columnsUsed = true
		} else {
			one.LabelColumn, one.ImageColumn, one.SplitColumn = "", "", ""
		}
		if datasets.OwnOptions(in) {
			ownUsed = true
		} else {
			one.Own = nil
		}
		s, err := datasets.Open(ctx, in, one)
		if err == nil && o.BoxContext > 1 && slices.ContainsFunc(s.Items, func(it datasets.Item) bool { return it.Box != nil }) {
			one.BoxContext = o.BoxContext
			s, err = datasets.Open(ctx, in, one)
		}
		if err != nil {
			return nil, err
		}
		Tell(s, ev)
		all.Join(s)
	}
	if err := errors.Join(wrong...); err != nil {
		return nil, err
	}
	if o.Split != "" && !setsUsed {
		return nil, usage.Errorf("--split %s would do nothing: no input is a data set KIND:PATH", o.Split)
	}
	if o.Folders != "" && !foldersUsed {
		return nil, usage.Errorf("--folders %s would do nothing: no input is a data set %s:PATH", o.Folders, datasets.FolderKind)
	}
	if o.Columns() && !columnsUsed {
		return nil, usage.Errorf("--label-column, --image-column and --split-column would do nothing: no input is a data set csv:PATH or parquet:PATH")
	}
	if o.Own != nil && !ownUsed {
		return nil, usage.Errorf("--kind-option would do nothing: no input is a data set whose kind has options of its own")
	}
	return all, nil
}
