package outputs

import (
	"fmt"
	"slices"
)

// Scanner reads a table a row group at a time, so that memory does not grow with the table.
type Scanner struct {
	*Table // without Rows and matrices
	shards []*Shard
}

// Batch is a row group of a table.
type Batch struct {
	Rows    []Row       // without descriptors
	Columns [][]float32 // one matrix a column that was asked for, [len(Rows), its width] row-major; zeros where a row failed

	Maps [][][]float32 // the same columns: the map of each row, if the column holds maps, whose matrix is then nil; else nil
}

// NewScanner opens a table as OpenTable does, without reading its rows.
func NewScanner(path string) (*Scanner, error) {
	t, shards, err := openShards(path)
	if err != nil {
		return nil, err
	}
	return &Scanner{t, shards}, nil
}

// Scan calls f with each row group in order; the batch is f's own. It ends with the first error.
func (s *Scanner) Scan(names []string, f func(Batch) error) error {
	var columns []int
	for i, c := range s.Columns {
		if slices.Contains(names, c.Name) {
			columns = append(columns, i)
		}
	}
	if err := bring(s.shards, columns); err != nil {
		return err
	}
	for _, shard := range s.shards {
		err := shard.reopened(func(shard *Shard) error {
			for g := range shard.Groups() {
				b, err := shard.batch(g, names)
				if err == nil {
					err = f(b)
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// batch reads group g.
func (s *Shard) batch(g int, names []string) (Batch, error) {
	rows, err := s.Rows(g)
	if err != nil {
		return Batch{}, err
	}
	b, ok := Batch{Rows: rows}, make([]bool, len(rows))
	for _, name := range names {
		i, err := s.column(name)
		if err != nil {
			return Batch{}, err
		}
		if s.Columns[i].Map {
			maps, err := s.values(g, i, rows)
			if err != nil {
				return Batch{}, fmt.Errorf("reading %s: row group %d: %w", s.Path, g, err)
			}
			if err := s.checkValues(g, i, maps); err != nil {
				return Batch{}, err
			}
			b.Columns, b.Maps = append(b.Columns, nil), append(b.Maps, maps)
			continue
		}
		if err := checkRoom(s.Columns[i], len(rows), s.stored(g, i)); err != nil {
			return Batch{}, fmt.Errorf("reading %s: row group %d: %w", s.Path, g, err)
		}
		m := make([]float32, len(rows)*s.Columns[i].Width)
		if err := s.readDescriptors(g, i, m, ok); err != nil {
			return Batch{}, err
		}
		if err := checkMarks(rows, ok); err != nil {
			return Batch{}, fmt.Errorf("reading %s: row group %d: column %s: %w", s.Path, g, name, err)
		}
		b.Columns, b.Maps = append(b.Columns, m), append(b.Maps, nil)
	}
	return b, nil
}
