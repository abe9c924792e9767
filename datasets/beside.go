package datasets

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"fc7/internal/machine"
)

// besideEndings are those of the files that a name without ending may mean, the likeliest first. A folderEndings has a
// bit for each.
var besideEndings = []string{".jpg", ".jpeg", ".png", ".JPG", ".JPEG", ".webp", ".tif", ".bmp"}

// beside finds the files that tables mean by names without their ending. Each folder is listed once: asking for every
// ending of every name took minutes for a million rows, far longer on a server.
type beside map[string]folderEndings

// folderEndings tells which endings any file of a folder has.
type folderEndings uint8

// find returns the ending of the file that is at path without it; "": there is none.
func (b beside) find(path string) (string, error) {
	dir := filepath.Dir(path)
	ends, known := b[dir]
	if !known {
		var err error
		if ends, err = endingsIn(dir); err != nil {
			return "", err
		}
		b[strings.Clone(dir)] = ends
	}
	for i, end := range besideEndings {
		if ends&(1<<i) == 0 {
			continue
		}
		_, err := os.Stat(path + end)
		if err == nil {
			return end, nil
		}
		if machine.Withholds(err) {
			return "", err
		}
	}
	return "", nil
}

// endingsIn lists a folder. Of one that is not there no file is; in one that may not be listed, any may be.
func endingsIn(dir string) (ends folderEndings, err error) {
	const all = ^folderEndings(0)
	f, err := os.Open(dir)
	for err == nil && ends != all {
		var names []string
		names, err = f.Readdirnames(1 << 10)
		for _, name := range names {
			same := func(end string) bool { return strings.EqualFold(end, filepath.Ext(name)) } // not every disk tells them apart
			for i := slices.IndexFunc(besideEndings, same); i >= 0 && i < len(besideEndings); i++ {
				if same(besideEndings[i]) {
					ends |= 1 << i
				}
			}
		}
	}
	if f != nil {
		_ = f.Close() // it was only read
	}
	switch {
	case err == nil || errors.Is(err, io.EOF) || !machine.Withholds(err) && !errors.Is(err, fs.ErrPermission):
		return ends, nil
	case errors.Is(err, fs.ErrPermission):
		return all, nil
	}
	return 0, err
}
