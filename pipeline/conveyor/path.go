package conveyor

import (
	"path/filepath"
	"strings"

	"fc7/datasets"
	"fc7/internal/escape"
)

// path is where an item came from: below the data set's folder where it is, so that tables do not depend on where a
// data set lies.
func (c *Conveyor) path(it *datasets.Item) string {
	p := it.At.Path
	if rel, err := filepath.Rel(c.set.Root, p); err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		p = filepath.ToSlash(rel)
	}
	at := it.At
	at.Path = p
	return escape.UTF8(at.String())
}
