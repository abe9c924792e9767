package outputs

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"fc7/internal/mirror"
	"fc7/internal/place"
)

// Shard is an open file of a feature table. Its methods may be called from several goroutines at once.
type Shard struct {
	Path         string
	Version      string // of the object, of one on a store
	index, count int    // which shard of how many it was written as
	Own          string // digest of the file that it states of itself; "": none (table format 1)
	Identity     Identity
	Columns      []Column
	NumRows      int
	size         int64 // of the file, in bytes
	r            io.ReaderAt
	close        func() error
	footer       *footer
}

// OpenShard opens one file and reads its footer, no rows. A file that fc7 did not write is an error that says what it
// is.
func OpenShard(path string) (*Shard, error) {
	f, err := mirror.OpenFile(path)
	if err != nil {
		return nil, fmt.Errorf("opening a feature table: %w", err)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("not a regular file")
	}
	var s *Shard
	if err == nil {
		s, err = newShard(path, f, info.Size())
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening %s: %w", path, err), f.Close())
	}
	s.close = f.Close
	return s, nil
}

// OpenShardIn is OpenShard of a file of a place: on a store what is asked for is read by ranges, of the version that
// stands now.
func OpenShardIn(in place.Place, name string) (*Shard, error) {
	if f, ok := in.(place.Folder); ok {
		return OpenShard(f.At(name))
	}
	f, err := in.Open(name)
	if err != nil {
		return nil, fmt.Errorf("opening a feature table: %w", err)
	}
	s, err := newShard(in.At(name), f, f.Size())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening %s: %w", in.At(name), err), f.Close())
	}
	s.close, s.Version = f.Close, f.Version()
	return s, nil
}

func newShard(path string, r io.ReaderAt, size int64) (*Shard, error) {
	foot, err := readFooter(r, size)
	if err != nil {
		return nil, err
	}
	return &Shard{
		Path: path, index: foot.mark.Index, count: foot.mark.Count, Own: foot.own, Identity: foot.id, Columns: foot.cols,
		NumRows: int(foot.meta.NumRows), size: size, r: r, footer: foot,
	}, nil
}

// spans are the bytes that rows and some descriptor columns take, by their places in Columns.
func (s *Shard) spans(columns []int) (all []mirror.Span) {
	for g := range s.footer.meta.RowGroups {
		leaves := s.footer.meta.RowGroups[g].Columns
		for i := range leaves {
			if m := &leaves[i].MetaData; i < firstDescriptor || slices.Contains(columns, i-firstDescriptor) {
				all = append(all, mirror.Span{From: m.DataPageOffset, To: m.DataPageOffset + m.TotalCompressedSize})
			}
		}
	}
	return all
}

// bring brings what will be read of shards that are on a store: rows, and some descriptor columns.
func bring(shards []*Shard, columns []int) error {
	files := map[string][]mirror.Span{}
	for _, s := range shards {
		if mirror.Has(s.Path) {
			files[s.Path] = s.spans(columns)
		}
	}
	if err := mirror.Bring(files); err != nil {
		return fmt.Errorf("reading a feature table: %w", err)
	}
	return nil
}

// Close closes the file.
func (s *Shard) Close() error { return s.close() }

// reopened lends use a copy of the closed shard s whose file is open.
func (s *Shard) reopened(use func(*Shard) error) error {
	f, err := mirror.OpenFile(s.Path)
	if err != nil {
		return fmt.Errorf("reading a feature table: %w", err)
	}
	c := *s
	c.r = f
	return errors.Join(use(&c), f.Close())
}

// Groups is the number of row groups, which are read one at a time: memory need not hold a whole shard.
func (s *Shard) Groups() int { return len(s.footer.meta.RowGroups) }

// GroupRows is the number of rows in group g.
func (s *Shard) GroupRows(g int) int { return int(s.footer.meta.RowGroups[g].NumRows) }

// column gives a descriptor column's place in Columns; the error names those there are.
func (s *Shard) column(name string) (int, error) {
	i, err := findColumn(s.Columns, name)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", s.Path, err)
	}
	return i, nil
}

// Rows reads group g without its descriptors.
func (s *Shard) Rows(g int) ([]Row, error) {
	d := &decoder{shard: s, group: g, rows: make([]Row, s.GroupRows(g))}
	if err := d.all(); err != nil {
		return nil, fmt.Errorf("reading %s: row group %d: %w", s.Path, g, err)
	}
	return d.rows, nil
}

// readDescriptors reads descriptor column i of group g into dst, GroupRows(g)*Width values, row after row. Where the
// row has none, dst is set to zeros and ok, of GroupRows(g) entries, to false.
func (s *Shard) readDescriptors(g, i int, dst []float32, ok []bool) error {
	c, n := s.Columns[i], s.GroupRows(g)
	if c.Map {
		return fmt.Errorf("reading %s: column %s holds maps of several sizes: read them by Maps", s.Path, c.Name)
	}
	if len(dst) != n*c.Width || len(ok) != n {
		return fmt.Errorf("reading %s: column %s: room for %d values and %d marks, expected %d and %d", s.Path, c.Name, len(dst), len(ok), n*c.Width, n)
	}
	if err := s.descriptors(g, i, dst, ok); err != nil {
		return fmt.Errorf("reading %s: row group %d: column %s: %w", s.Path, g, c.Name, err)
	}
	for r := range n {
		if err := checkFinite(dst[r*c.Width : (r+1)*c.Width]); err != nil {
			return s.notFinite(g, r, c, err)
		}
	}
	return nil
}

// ReadGroup reads group g whole, and refuses what is not finite. The descriptors of a column are slices of one array,
// which the caller owns.
func (s *Shard) ReadGroup(g int) ([]Row, error) {
	rows, err := s.Rows(g)
	if err != nil {
		return nil, err
	}
	for i := range s.Columns {
		values, err := s.values(g, i, rows)
		if err != nil {
			return nil, fmt.Errorf("reading %s: row group %d: %w", s.Path, g, err)
		}
		if err := s.checkValues(g, i, values); err != nil {
			return nil, err
		}
		for k := range rows {
			if values[k] != nil {
				rows[k].Descriptors = append(rows[k].Descriptors, values[k])
			}
		}
	}
	return rows, nil
}

// values reads column i of group g, vectors or maps, whose rows these are: nil in failed rows.
func (s *Shard) values(g, i int, rows []Row) ([][]float32, error) {
	c := s.Columns[i]
	out, ok := make([][]float32, len(rows)), make([]bool, len(rows))
	if c.Map {
		var err error
		if out, err = s.maps(g, i); err != nil {
			return nil, fmt.Errorf("column %s: %w", c.Name, err)
		}
		for k := range rows {
			ok[k] = out[k] != nil
		}
	} else {
		if err := checkRoom(c, len(rows), s.stored(g, i)); err != nil {
			return nil, err
		}
		dst := make([]float32, len(rows)*c.Width)
		if err := s.descriptors(g, i, dst, ok); err != nil {
			return nil, fmt.Errorf("column %s: %w", c.Name, err)
		}
		for k := range rows {
			if ok[k] {
				out[k] = dst[k*c.Width : (k+1)*c.Width : (k+1)*c.Width]
			}
		}
	}
	if err := checkMarks(rows, ok); err != nil {
		return nil, fmt.Errorf("column %s: %w", c.Name, err)
	}
	return out, nil
}

// checkMarks holds the descriptors that are there against the rows' status.
func checkMarks(rows []Row, ok []bool) error {
	for k := range rows {
		if ok[k] != (rows[k].Status == StatusOK) {
			return fmt.Errorf("row %d (image %q) has status %s, but descriptor present: %v: the file is damaged", k, rows[k].Image, rows[k].Status, ok[k])
		}
	}
	return nil
}

// stored is the size in the file of descriptor column i in group g.
func (s *Shard) stored(g, i int) int64 {
	return s.footer.meta.RowGroups[g].Columns[firstDescriptor+i].MetaData.TotalCompressedSize
}

// chunk opens leaf column i of group g for reading; a value takes at least elem bytes.
func (s *Shard) chunk(g, i, elem int) *chunk {
	group := &s.footer.meta.RowGroups[g]
	m, l := &group.Columns[i].MetaData, s.footer.columns[i]
	return &chunk{
		r: s.r, offset: m.DataPageOffset, end: m.DataPageOffset + m.TotalCompressedSize,
		maxRep: l.maxRep, maxDef: l.maxDef, elem: elem, rows: group.NumRows,
	}
}
