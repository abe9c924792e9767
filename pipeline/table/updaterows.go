package table

import (
	"errors"
	"fmt"

	"fc7/outputs"
)

// row reads the kept row of an item, with what it is of.
func (u *update) row(item int) (outputs.Row, outputs.Input, error) {
	n := u.from[item]
	if n < 0 {
		return outputs.Row{}, outputs.Input{}, fmt.Errorf("the row of item %d is neither kept nor computed", item)
	}
	old := &u.old.rows[n]
	row, err := u.reader.read(u.old.paths[old.shard], int(old.row))
	return row, u.inputs[item], err
}

// groupsKept is how many row groups a reader keeps: rows are read in about their order, and now and then one from
// elsewhere.
const groupsKept = 2

// rowReader reads single rows of shards, a row group at a time.
type rowReader struct{ recent []readGroup }

// readGroup is a row group in memory; its rows are those from first on of the shard at path.
type readGroup struct {
	path  string
	first int
	rows  []outputs.Row
}

// read gives a row of a shard with its descriptors.
func (r *rowReader) read(path string, row int) (outputs.Row, error) {
	for i, g := range r.recent {
		if g.path == path && row >= g.first && row < g.first+len(g.rows) {
			r.recent[0], r.recent[i] = g, r.recent[0]
			return g.rows[row-g.first], nil
		}
	}
	g, err := readGroupOf(path, row)
	if err != nil {
		return outputs.Row{}, err
	}
	r.recent = append([]readGroup{g}, r.recent[:min(len(r.recent), groupsKept-1)]...)
	return g.rows[row-g.first], nil
}

// readGroupOf reads the row group of a shard that holds a row.
func readGroupOf(path string, row int) (g readGroup, err error) {
	s, err := outputs.OpenShard(path)
	if err != nil {
		return g, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	g.path = path
	for n := range s.Groups() {
		if row < g.first+s.GroupRows(n) {
			g.rows, err = s.ReadGroup(n)
			return g, err
		}
		g.first += s.GroupRows(n)
	}
	return g, fmt.Errorf("%s has no row %d", path, row)
}
