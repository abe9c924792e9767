package outputs

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
)

// ShardCheck is what CheckShard found. Problems are sentences; a shard without any is sound.
type ShardCheck struct {
	File
	Digests  Digests
	Mark     ShardMark
	Identity Identity
	Columns  []Column
	Problems []string
}

// ShardMark says which shard of how many a file was written as.
type ShardMark struct{ Index, Count int }

func (c *ShardCheck) problem(format string, args ...any) {
	c.Problems = append(c.Problems, fmt.Sprintf(format, args...))
}

// CheckShard reads a shard whole, holding a row group's rows and one column of it at a time: the digest of its bytes,
// every page's checksum and structure, each row's sense, descriptors where the status is ok and only there, and no
// value that is not finite. Each row, without descriptors, is shown to row, which may be nil. The error is that of a
// file that cannot be read at all.
func CheckShard(path string, row func(*Row)) (*ShardCheck, error) {
	c := &ShardCheck{File: File{Name: filepath.Base(path)}}
	var err error
	if c.Digests, err = FileDigests(path); err != nil {
		return nil, err
	}
	c.SHA256, c.Footer, c.Bytes = c.Digests.SHA256, c.Digests.Footer, c.Digests.Bytes
	if err := c.Digests.Check(); err != nil {
		c.problem("%v", err)
	}
	s, err := OpenShard(path)
	if err != nil {
		c.problem("%v", err)
		return c, nil
	}
	defer s.Close()
	c.Mark, c.Identity, c.Columns, c.Rows = ShardMark{s.index, s.count}, s.Identity, s.Columns, s.NumRows
	if c.Digests.Own == "" && s.Identity.Format > 1 {
		c.problem("its footer has no digest of the file: another program changed it")
	}
	if i, n, ok := ParseShardName(c.Name); ok && (i != s.index || n != s.count) {
		c.problem("it was written as %s: it has been renamed", ShardName(s.index, s.count))
	}
	for g := range s.Groups() {
		if err := c.group(s, g, row); err != nil {
			c.problem("%v", err)
		}
	}
	return c, nil
}

// maxRowProblems is how many rows of a group are named; what damages one often damages many.
const maxRowProblems = 5

func (c *ShardCheck) group(s *Shard, g int, show func(*Row)) error {
	rows, err := s.Rows(g)
	if err != nil {
		return err
	}
	bad := 0
	for i := range rows {
		r := &rows[i]
		c.Count(r)
		if err := r.checkStored(); err != nil {
			if bad++; bad <= maxRowProblems {
				c.problem("row %d (image %q): %v", i, r.Image, err)
			}
		}
		if show != nil {
			show(r)
		}
	}
	var maps [][]float32 // of the column before
	for i := range s.Columns {
		values, err := c.column(s, g, i, rows)
		if err != nil {
			return err
		}
		if i > 0 && s.Columns[i-1].Map {
			for r := range rows {
				if values[r] == nil {
					continue
				}
				if err := s.Columns[i-1].checkMap(maps[r], values[r]); err != nil {
					c.problem("row %d (image %q): %v", r, rows[r].Image, err)
				}
			}
		}
		maps = nil
		if s.Columns[i].Map {
			maps = values
		}
	}
	return nil
}

// checkStored tells what is wrong with a row as a reader gets it, without descriptors.
func (r *Row) checkStored() error {
	switch {
	case r.Image == "":
		return errors.New("it has no key")
	case r.Status == StatusFailed && r.Error == "":
		return errors.New("it failed, but gives no reason")
	case r.Status == StatusOK && r.Error != "":
		return fmt.Errorf("its status is ok, but it gives the reason %q", r.Error)
	}
	return nil
}

// column reads a column and looks for what is not finite.
func (c *ShardCheck) column(s *Shard, g, i int, rows []Row) ([][]float32, error) {
	col := s.Columns[i]
	values, err := s.values(g, i, rows)
	if err != nil {
		return nil, fmt.Errorf("row group %d: %w", g, err)
	}
	bad := 0
	for r, row := range values {
		for k, v := range row {
			if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
				if bad++; bad <= maxRowProblems {
					c.problem("row %d (image %q): column %s: value %d is %v", r, rows[r].Image, col.Name, k, f)
				}
				break
			}
		}
	}
	return values, nil
}
