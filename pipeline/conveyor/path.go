package conveyor

import (
	"fc7/datasets"
	"fc7/internal/escape"
)

// path is where an item came from, as tables have it.
func (c *Conveyor) path(it *datasets.Item) string {
	at := it.At
	at.Path = c.places.Path(at.Path)
	return escape.UTF8(at.String())
}
