package localisation

import (
	"fmt"

	"fc7/outputs"
)

// reader reads a table of maps from its first row to its last.
type reader struct {
	dir    string
	shards []string
	open   *outputs.Shard
	group  int
	rows   []outputs.Row
}

// newReader opens the table in a folder.
func newReader(dir string) (*reader, error) {
	t, err := outputs.OpenTable(dir, outputs.ReadOptions{})
	if err != nil {
		return nil, err
	}
	return &reader{dir: dir, shards: t.Shards}, nil
}

// next is the next row; its maps are the caller's.
func (r *reader) next() (row outputs.Row, err error) {
	for len(r.rows) == 0 {
		switch {
		case r.open == nil && len(r.shards) == 0:
			return row, fmt.Errorf("%s: it ends before the images do", r.dir)
		case r.open == nil:
			if r.open, err = outputs.OpenShard(r.shards[0]); err != nil {
				return row, err
			}
			r.shards, r.group = r.shards[1:], 0
		case r.group == r.open.Groups():
			err, r.open = r.open.Close(), nil
			if err != nil {
				return row, err
			}
		default:
			if r.rows, err = r.open.ReadGroup(r.group); err != nil {
				return row, err
			}
			r.group++
		}
	}
	row, r.rows = r.rows[0], r.rows[1:]
	return row, nil
}

func (r *reader) close() error {
	if r.open == nil {
		return nil
	}
	return r.open.Close()
}

// grid is a map of one image at one scale: [Rows, Columns, Channels].
type grid struct {
	rows, columns, channels int
	data                    []float32
}

// at are the channels of a position.
func (g *grid) at(n int) []float32 { return g.data[n*g.channels : (n+1)*g.channels] }

func (g *grid) positions() int { return g.rows * g.columns }

// gridOf is the map of the scale at that place of a row.
func gridOf(row *outputs.Row, scale int) (grid, error) {
	if len(row.Descriptors) < 2*scale+2 || len(row.Descriptors[2*scale+1]) != 3 {
		return grid{}, fmt.Errorf("the row of %s has no map of scale %d", row.Image, scale+1)
	}
	data, shape := row.Descriptors[2*scale], row.Descriptors[2*scale+1]
	g := grid{int(shape[0]), int(shape[1]), int(shape[2]), data}
	if g.rows < 1 || g.columns < 1 || g.channels < 1 || len(data) != g.positions()*g.channels {
		return grid{}, fmt.Errorf("the row of %s has a map of %d values for %v", row.Image, len(data), shape)
	}
	return g, nil
}
