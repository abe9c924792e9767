package atomicfile

import (
	"os"
	"path/filepath"
)

// Through is where a path leads if a link stands there, also if nothing stands where that leads to: what a user names
// is replaced where it is, which may be another disk, and the link stays. A relative link leads on from the folder that
// it is in, which links above may have led to.
func Through(path string) string {
	path = filepath.Clean(path)
	for range 40 {
		to, err := os.Readlink(path)
		if err != nil {
			break
		}
		if !filepath.IsAbs(to) {
			to = filepath.Dir(path) + string(filepath.Separator) + to // not cleaned: what .. is, the links before it decide
		}
		above, name := filepath.Split(to)
		if name == "" || name == "." || name == ".." {
			above, name = to, ""
		}
		if real, err := filepath.EvalSymlinks(above); err == nil {
			above = real
		}
		path = filepath.Join(above, name)
	}
	return path
}
