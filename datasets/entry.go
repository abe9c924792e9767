package datasets

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"fc7/internal/litter"
)

// entryType is what a directory entry is, after following links.
type entryType int

const (
	entryFile entryType = iota
	entryDir
	entrySpecial
)

// typeOf follows a link. A link that leads nowhere counts as a file: as an item it gets its row, which tells why it
// could not be read.
func typeOf(dir string, e fs.DirEntry) entryType {
	mode := e.Type()
	if mode&fs.ModeSymlink != 0 {
		info, err := os.Stat(filepath.Join(dir, e.Name()))
		if err != nil {
			return entryFile
		}
		mode = info.Mode()
	}
	switch {
	case mode.IsDir():
		return entryDir
	case mode.IsRegular():
		return entryFile
	}
	return entrySpecial
}

// isHidden reports whether a file or folder is not meant to be seen.
func isHidden(name string) bool {
	return strings.HasPrefix(name, ".") || litter.Is(name)
}

// imageExtensions are the file name extensions of images, in lower case. The list is wider than what is decoded, on
// purpose: a photo in a format that cannot be read should be seen to fail, not be passed over.
var imageExtensions = map[string]bool{
	".jpg": true, ".jpeg": true, ".jpe": true, ".jfif": true, ".png": true,
	".gif": true, ".webp": true, ".bmp": true, ".dib": true, ".tif": true, ".tiff": true,
	".heic": true, ".heif": true, ".avif": true, ".jp2": true, ".jxl": true,
}

// isImageName reports whether a file is an image by its extension.
func isImageName(name string) bool {
	return imageExtensions[strings.ToLower(filepath.Ext(name))]
}
