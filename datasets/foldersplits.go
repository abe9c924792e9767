package datasets

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"fc7/internal/few"
	"fc7/internal/usage"
)

// What the sub-folders of folder:PATH are; see Options.Folders.
const (
	FoldersClasses = "classes"
	FoldersSplits  = "splits"
)

// Folders lists what Options.Folders may be.
func Folders() []string { return []string{FoldersClasses, FoldersSplits} }

// checkFolders checks the option that concerns the kind folder.
func (o Options) checkFolders(spec string, k kind) error {
	switch {
	case o.Folders == "":
	case !slices.Contains(Folders(), o.Folders):
		return &SpecError{spec, usage.Unknown("meaning of folders", o.Folders, Folders()...).Error()}
	case k.Name != FolderKind:
		return &SpecError{spec, fmt.Sprintf("--folders %s would do nothing: the kind %s says itself what its folders are; it is for %s:", o.Folders, k.Name, FolderKind)}
	}
	return nil
}

// splitWords are the words for an official split in names of files and folders, as bits of vocSplits.
var splitWords = map[string]splitBits{
	"train": bitTrain, "training": bitTrain, "val": bitVal, "valid": bitVal, "validation": bitVal, "dev": bitVal,
	"trainval": bitTrainVal, "test": bitTest, "testing": bitTest,
}

// hasSplits tells whether the sub-folders of the root are splits and not classes: as asked, or, if nothing is asked, if
// all of them are named as splits are and one of them holds class folders, which the layouts of torchvision's
// ImageFolder and of Keras have.
func (w *walker) hasSplits(k KindInfo, entries []fs.DirEntry, asked string) (bool, error) {
	var named, others []string
	nested := false
	for _, e := range entries {
		switch {
		case !w.isVisibleDir("", e):
		case splitWords[strings.ToLower(e.Name())] == 0:
			others = append(others, e.Name())
		default:
			named = append(named, e.Name())
			nested = nested || w.holdsFolder(e.Name())
		}
	}
	all := len(named) > 0 && len(others) == 0
	switch {
	case asked == FoldersSplits && !all:
		return false, w.noSplits(k, entries, others)
	case asked == FoldersSplits, asked == "" && all && nested:
		return true, nil
	case asked == "" && nested && len(named) > 1:
		w.set.Notes = append(w.set.Notes, fmt.Sprintf("taken as classes, though some are named as splits are: %s; they would be splits if all folders were named so, but there is %s",
			some("folder", named), few.Names(others)))
	case asked == "" && all:
		w.set.Notes = append(w.set.Notes, fmt.Sprintf("taken as classes, since none of them holds class folders: %s; --folders splits takes them as splits without labels", some("folder", named)))
	}
	return false, nil
}

// noSplits says why the sub-folders cannot be splits.
func (w *walker) noSplits(k KindInfo, entries []fs.DirEntry, others []string) error {
	found := "no folder here: " + contents(entries)
	if len(others) > 0 {
		found = "not named as a split: " + some("folder", others)
	}
	return layoutError(k, w.set.Root, "splits are asked for, but "+found,
		"a split is called "+usage.OneOf(slices.Sorted(maps.Keys(splitWords))))
}

// holdsFolder tells whether there is a folder to read in a folder; one that cannot be listed is told of when it is
// read.
func (w *walker) holdsFolder(dir string) bool {
	entries, _ := w.tree.list(dir)
	return slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return w.isVisibleDir(dir, e) })
}

// splits reads the entries of the root, of which each folder is a split with a folder a class. Images directly in a
// split have no label, as test sets have it.
func (w *walker) splits(entries []fs.DirEntry) error {
	var names []string
	classes := map[string]bool{}
	for _, e := range entries {
		if !w.isVisibleDir("", e) {
			w.file("", e, nil)
			continue
		}
		before := len(w.set.Items)
		if err := w.split(e, classes); err != nil {
			return err
		}
		if len(w.set.Items) == before {
			w.set.skip(skipEmpty, e.Name())
			continue
		}
		names = append(names, e.Name())
		bits := splitWords[strings.ToLower(e.Name())]
		for i := before; i < len(w.set.Items); i++ {
			w.set.Items[i].splits = bits
		}
	}
	w.set.Classes = slices.Sorted(maps.Keys(classes))
	w.set.Notes = append(w.set.Notes, fmt.Sprintf("taken as official splits: %s, in which %d folders are classes (%s); --folders classes takes the splits' folders as classes",
		some("folder", names), len(classes), few.Names(w.set.Classes)))
	return nil
}

// split reads the folder e of the root, and notes the classes that it has.
func (w *walker) split(e fs.DirEntry, classes map[string]bool) error {
	canon, entered, err := w.follow("", w.canon, e)
	if err != nil || !entered {
		return err
	}
	inner, err := w.tree.list(e.Name())
	if err != nil {
		return w.unlisted(err)
	}
	names, err := w.classes(e.Name(), canon, inner)
	for _, n := range names {
		classes[n] = true
	}
	return err
}
