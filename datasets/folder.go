package datasets

import (
	"path/filepath"

	"fc7/internal/escape"
)

// folder is a set of one's own images.
//
// A visible sub-folder of PATH with an image anywhere below it is a class, and every image below it, however deep, is
// of that class. Images directly in PATH have no label; without such sub-folders the set is flat, without classes.
// Images are told by the extension of their names; every other file is counted in Set.Skipped. The order is that of a
// walk which takes the entries of each folder by name.
//
// Links to files are followed. A link to a folder is followed unless that folder is read anyway, as part of PATH or
// through an earlier link; hence no loop of links is endless and no folder is read twice.
var folder = kind{
	KindInfo: KindInfo{
		Name:    "folder",
		Summary: "images of one's own: a sub-folder a class, or a flat folder without labels",
		Tree: "PATH/cat/any/depth/1.jpg …   labelled cat\n" +
			"PATH/dog/2.png …             labelled dog\n" +
			"PATH/3.jpg …                 without a label\n" +
			"extensions: jpg jpeg jpe jfif png gif webp bmp dib tif tiff heic heif avif jp2 jxl",
		Example: "folder:photos",
	},
	open: openFolder,
}

func openFolder(k KindInfo, path string) (*Set, error) {
	entries, err := openRoot(k, path)
	if err != nil {
		return nil, err
	}
	root := filepath.Clean(path)
	w, err := newWalker(k, root)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if typeOf(root, e) != entryDir || isHidden(e.Name()) {
			w.file("", e, nil)
			continue
		}
		class := escape.Name(e.Name())
		before := len(w.set.Items)
		entered, err := w.enter("", w.canon, e, []string{class})
		switch {
		case err != nil:
			return nil, err
		case len(w.set.Items) > before:
			w.set.Classes = append(w.set.Classes, class)
		case entered:
			w.set.skip(skipEmpty, e.Name())
		}
	}
	if len(w.set.Items) == 0 {
		return nil, layoutError(k, path, "no image files here or below: "+contents(entries), "")
	}
	return w.set, nil
}
