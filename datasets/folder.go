package datasets

import (
	"fmt"
	"io/fs"
	"path"
	"path/filepath"

	"fc7/internal/escape"
	"fc7/internal/store"
)

// FolderKind is the name of the kind of data set that is a folder of one's own images.
const FolderKind = "folder"

// folder is a set of one's own images, on a disk or on a store that tells what it has.
//
// A visible sub-folder of PATH with an image anywhere below it is a class, and every image below it, however deep, is
// of that class. Images directly in PATH have no label; without such sub-folders the set is flat, without classes.
// Images are told by the extension of their names; every other file is counted in Set.Skipped. The order is that of a
// walk which takes the entries of each folder by name.
//
// Where the sub-folders of PATH are all named as splits are (train, val, test, …), and one of them at least holds class
// folders, they are official splits, and what is in them are the classes: see foldersplits.go.
//
// Links to files are followed. A link to a folder is followed unless that folder is read anyway, as part of PATH or
// through an earlier link; hence no loop of links is endless and no folder is read twice.
var folder = kind{
	KindInfo: KindInfo{
		Name:    FolderKind,
		Summary: "images of one's own: a sub-folder a class, or a flat folder without labels",
		Tree: "PATH/cat/any/depth/1.jpg …   labelled cat\n" +
			"PATH/dog/2.png …             labelled dog\n" +
			"PATH/3.jpg …                 without a label: not known what it is of\n" +
			"or PATH/train/cat/1.jpg, PATH/val/cat/2.jpg …: splits, where every sub-folder is named as one\n" +
			"  (train, val, valid, validation, dev, test)\n" +
			"extensions: jpg jpeg jpe jfif png gif webp bmp dib tif tiff heic heif avif jp2 jxl",
		Example: "folder:photos",
	},
	openWith: openFolder,
}

func openFolder(k KindInfo, at string, o Options) (*Set, error) {
	w, entries, err := openTree(k, at)
	if err != nil {
		return nil, err
	}
	splits, err := w.hasSplits(k, entries, o.Folders)
	if err != nil {
		return nil, err
	}
	if splits {
		err = w.splits(entries)
	} else {
		w.set.Classes, err = w.classes("", w.canon, entries)
	}
	if err != nil {
		return nil, err
	}
	if len(w.set.Items) == 0 {
		return nil, layoutError(k, at, "no image files here or below: "+contents(entries), "")
	}
	w.noteMetadata(entries)
	w.set.noteRemote()
	return w.set, nil
}

// openTree lists the root of a folder of a disk or of a store.
func openTree(k KindInfo, at string) (*walker, []fs.DirEntry, error) {
	if store.Is(at) {
		return openRemoteTree(k, at)
	}
	entries, err := openRoot(k, at)
	if err != nil {
		return nil, nil, err
	}
	w, err := newWalker(k, filepath.Clean(at))
	return w, entries, err
}

// noteMetadata says of a table of Hugging Face beside the images that it is not read here.
func (w *walker) noteMetadata(entries []fs.DirEntry) {
	for _, e := range entries {
		if name := e.Name(); name == "metadata.csv" || name == "metadata.jsonl" {
			w.set.Notes = append(w.set.Notes, fmt.Sprintf("%s, which may tell labels, is not read; open %s:%s to use it", name, csvKind, w.tree.at(name)))
		}
	}
}

// classes reads the entries of the folder rel (relative to the root; canon is the same without links), of which each
// folder is a class, and names those that have an image.
func (w *walker) classes(rel, canon string, entries []fs.DirEntry) (names []string, err error) {
	for _, e := range entries {
		if !w.isVisibleDir(rel, e) {
			w.file(rel, e, nil)
			continue
		}
		class, before := escape.Name(e.Name()), len(w.set.Items)
		entered, err := w.enter(rel, canon, e, &labels{positive: []string{class}})
		switch {
		case err != nil:
			return nil, err
		case len(w.set.Items) > before:
			names = append(names, class)
		case entered:
			w.set.skip(skipEmpty, path.Join(rel, e.Name()))
		}
	}
	return names, nil
}

// isVisibleDir tells whether an entry of a folder is a folder that is read.
func (w *walker) isVisibleDir(dir string, e fs.DirEntry) bool {
	return w.tree.typeOf(dir, e) == entryDir && !isHidden(e.Name())
}
