package outputs

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"fc7/internal/atomicfile"
	"fc7/internal/machine"
	"fc7/internal/mirror"
	"fc7/internal/origin"
)

// ReadOptions says what OpenTable reads besides the rows. The zero value reads no descriptors.
type ReadOptions struct {
	Columns []string // descriptor columns to read, by name
	// Choose, if set, names more of them once identity and columns of the table are known; its rows are not read yet.
	Choose func(*Table) ([]string, error)
	// Mapped leaves the columns in the files and maps those into memory, so that a table larger than memory can be
	// used. Matrices then have no Data, but rows, which are valid until the table is closed. Every page is read once
	// and checked all the same. Where files cannot be mapped, and for float16, rows are read.
	Mapped bool
	// Halves tells of a float16 column, by the bytes that it takes in single precision, whether it stays in mapped
	// files too, for those who take such values: see [Matrix.Halves]. nil: none does.
	Halves func(bytes int64) bool
}

// Table is a feature table in memory.
type Table struct {
	Path     string   // the folder of the shards, or the one file
	Shards   []string // their paths, in order
	Identity Identity
	Columns  []Column // all the descriptor columns there are
	Rows     []Row    // in input order, without descriptors
	own      []string // the digest that each shard states of itself
	matrices map[string]Matrix
	maps     []mapping
}

// Matrix is a descriptor column: row i of the table at Data[i*Column.Width:(i+1)*Column.Width]. The table owns it.
type Matrix struct {
	Column Column
	Data   []float32 // nil in a table that is Mapped
	OK     []bool    // false where the row failed: its values are zeros
	rows   [][]float32
	halves [][]uint16
}

// Row gives row i, a slice of Data; in a table that is Mapped it lies in the file, and is nil where the row failed.
func (m Matrix) Row(i int) []float32 {
	if m.rows != nil {
		return m.rows[i]
	}
	w := m.Column.Width
	return m.Data[i*w : (i+1)*w : (i+1)*w]
}

// Halves gives all rows as the binary16 that lie in the files, nil where a row failed; nil: they do not lie there so.
func (m Matrix) Halves() [][]uint16 { return m.halves }

// Rows gives all rows, nil where a row failed.
func (m Matrix) Rows() [][]float32 {
	rows := make([][]float32, len(m.OK))
	for i := range rows {
		if m.OK[i] {
			rows[i] = m.Row(i)
		}
	}
	return rows
}

// Descriptors gives a column that OpenTable was asked to read.
func (t *Table) Descriptors(name string) (Matrix, error) {
	if m, ok := t.matrices[name]; ok {
		return m, nil
	}
	if _, err := findColumn(t.Columns, name); err != nil {
		return Matrix{}, fmt.Errorf("%s: %w", t.Path, err)
	}
	return Matrix{}, fmt.Errorf("%s: column %s was not read: name it in ReadOptions.Columns", t.Path, name)
}

// OpenTable reads a feature table: path is a run's folder (with features/ in it), the folder of the shards, or one
// Parquet file, which may be a single shard of many. Of a folder, every shard must be there and have the same columns
// and identity. Shards and columns are read on all cores.
func OpenTable(path string, o ReadOptions) (*Table, error) {
	t, shards, err := openShards(path)
	if err != nil {
		return nil, err
	}
	if o.Choose != nil {
		names, err := o.Choose(t)
		if err != nil {
			return nil, err
		}
		o.Columns = append(slices.Clip(o.Columns), names...)
	}
	if err := t.read(shards, o.Columns, o); err != nil {
		return nil, errors.Join(err, t.Close())
	}
	return t, nil
}

// openShards reads the footers of a table's shards, which are closed again, and checks that they are what was written
// and belong together.
func openShards(path string) (*Table, []*Shard, error) {
	path, files, err := findShards(path)
	if err != nil {
		return nil, nil, err
	}
	if err := mirror.Tails(files); err != nil {
		return nil, nil, fmt.Errorf("opening a feature table: %w", err)
	}
	shards := make([]*Shard, 0, len(files))
	for _, f := range files {
		s, err := OpenShard(f)
		if err != nil {
			return nil, nil, err
		}
		shards = append(shards, s)
		if err := s.Close(); err != nil { // there may be more shards than a process may have open files
			return nil, nil, fmt.Errorf("reading %s: %w", f, err)
		}
	}
	if err := vouchFor(shards); err != nil {
		return nil, nil, err
	}
	if err := checkAlike(shards); err != nil {
		return nil, nil, err
	}
	t := &Table{Path: path, Shards: files, Identity: shards[0].Identity, Columns: shards[0].Columns, matrices: map[string]Matrix{}}
	for _, s := range shards {
		t.own = append(t.own, s.Own)
	}
	return t, shards, nil
}

// findShards lists the files of the table at path, in order, and the folder that they are in.
func findShards(path string) (string, []string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", nil, fmt.Errorf("opening a feature table: %w", err)
	}
	if !info.IsDir() {
		return path, []string{path}, nil
	}
	run := path
	if filepath.Base(filepath.Clean(path)) == FeaturesDir {
		run = filepath.Dir(filepath.Clean(path))
	}
	if err := CheckMerged(run); err != nil {
		return "", nil, err
	}
	features := filepath.Join(path, FeaturesDir)
	if err := atomicfile.Restore(features); err != nil { // an update was killed just as the new table got its name
		return "", nil, fmt.Errorf("opening a feature table: %w", err)
	}
	if sub, err := os.Stat(features); err == nil && sub.IsDir() {
		path = features
	} else if machine.Withholds(err) {
		return "", nil, fmt.Errorf("opening a feature table: %w", err)
	}
	names, _, err := ListShards(path)
	if err != nil {
		return "", nil, fmt.Errorf("opening a feature table: %w", err)
	}
	count, present := 0, map[int]string{}
	for _, name := range names {
		i, n, _ := ParseShardName(filepath.Base(name))
		if count != 0 && n != count {
			return "", nil, fmt.Errorf("%s holds shards of two tables, one of %d and one of %d: keep them in folders of their own", path, count, n)
		}
		count, present[i] = n, name
	}
	if count == 0 {
		return "", nil, NoTable(path)
	}
	files := make([]string, count)
	var missing []int
	for i := range files {
		files[i] = filepath.Join(path, present[i])
		if present[i] == "" {
			missing = append(missing, i)
		}
	}
	if len(missing) > 0 {
		again := "the extraction is not finished, run it again to complete it"
		if planned, err := stands(filepath.Join(filepath.Dir(path), PlanName)); err == nil && planned && filepath.Base(path) == FeaturesDir {
			again = fmt.Sprintf("fc7 extract --plan %s makes them again", origin.Text(filepath.Dir(path)))
		}
		return "", nil, fmt.Errorf("%s: %d of %d shards are missing (%s): %s", path, len(missing), count, ShardName(missing[0], count), again)
	}
	return path, files, nil
}

// NoTable is the error for a folder without a table; it names the run folders below, such as those of several nets.
func NoTable(path string) error {
	var found []string
	entries, _ := os.ReadDir(path) // a hint: what cannot be read is left out
	for _, e := range entries {
		below := filepath.Join(path, e.Name())
		if info, err := os.Stat(filepath.Join(below, FeaturesDir)); err == nil && info.IsDir() && len(found) < 10 {
			found = append(found, below)
		}
	}
	if len(found) == 0 {
		return fmt.Errorf("%s: no feature table there (no %s): extract first, or name the run's folder", path, ShardName(0, 1))
	}
	return fmt.Errorf("%s: no feature table there, but in folders below: name one of %s", path, strings.Join(found, ", "))
}

// checkAlike makes sure that the shards are parts of one table.
func checkAlike(shards []*Shard) error {
	first := shards[0]
	for i, s := range shards {
		if len(shards) > 1 && (s.index != i || s.count != len(shards)) {
			return fmt.Errorf("%s was written as shard %d of %d: it has been renamed", s.Path, s.index, s.count)
		}
		if diff := first.Identity.Differences(s.Identity); len(diff) > 0 {
			return fmt.Errorf("%s and %s are of different runs: %s", first.Path, s.Path, strings.Join(diff, "; "))
		}
		if !slices.Equal(first.Columns, s.Columns) {
			return fmt.Errorf("%s and %s have different columns: %v, %v", first.Path, s.Path, first.Columns, s.Columns)
		}
	}
	rows := 0
	for _, s := range shards {
		rows += s.NumRows
	}
	if want := first.Identity.Inputs.Count; len(shards) == first.count && rows != want {
		return fmt.Errorf("%s: %d rows in all shards, expected one for each of the %d inputs", filepath.Dir(first.Path), rows, want)
	}
	return nil
}

// read fills the rows and the matrices, each row group and column by itself.
func (t *Table) read(shards []*Shard, names []string, o ReadOptions) error {
	columns, err := t.allocate(shards, names, o)
	if err != nil {
		return err
	}
	if err := bring(shards, columns); err != nil {
		return err
	}
	var work errgroup.Group
	work.SetLimit(runtime.GOMAXPROCS(0))
	at := 0
	for _, s := range shards {
		var file []byte
		if o.Mapped {
			var err error
			if file, err = t.mapShard(s); err != nil {
				return errors.Join(err, work.Wait())
			}
		}
		for g := range s.Groups() {
			t.readGroup(&work, s, g, at, columns, file)
			at += s.GroupRows(g)
		}
	}
	if err := work.Wait(); err != nil {
		return err
	}
	for _, i := range columns {
		name := t.Columns[i].Name
		if err := checkMarks(t.Rows, t.matrices[name].OK); err != nil {
			return fmt.Errorf("%s: column %s: %w", t.Path, name, err)
		}
	}
	return nil
}

// allocate makes room for the rows and for the named columns, whose places it returns.
func (t *Table) allocate(shards []*Shard, names []string, o ReadOptions) ([]int, error) {
	total := 0
	for _, s := range shards {
		total += s.NumRows
	}
	t.Rows = make([]Row, total)
	var columns []int
	for _, name := range names {
		i, err := shards[0].column(name)
		if err != nil {
			return nil, err
		}
		if slices.Contains(columns, i) {
			continue
		}
		stored := int64(0)
		for _, s := range shards {
			for g := range s.Groups() {
				stored += s.stored(g, i)
			}
		}
		c := t.Columns[i]
		if c.Map {
			return nil, fmt.Errorf("%s: column %s holds maps of several sizes, not one matrix: read them by Shard.Maps", t.Path, name)
		}
		if o.Mapped {
			t.matrices[name] = t.mappedColumn(c, o.Halves)
			columns = append(columns, i)
			continue
		}
		if err := checkRoom(c, total, stored); err != nil {
			return nil, fmt.Errorf("%s: %w", t.Path, err)
		}
		t.matrices[name] = Matrix{Column: c, Data: make([]float32, total*c.Width), OK: make([]bool, total)}
		columns = append(columns, i)
	}
	return columns, nil
}

// checkRoom keeps a small damaged file from asking for a huge matrix. Failed rows take no room in the file and some in
// memory, so there is a limit to what may be missing.
func checkRoom(c Column, rows int, stored int64) error {
	const free = 1 << 30
	if need := 4 * float64(rows) * float64(c.Width); need > free+64*float64(stored) {
		return fmt.Errorf("column %s: %d rows of %d values, but only %d bytes are stored: nearly all rows failed, or the file is damaged",
			c.Name, rows, c.Width, stored)
	}
	return nil
}

// readGroup starts the reading of group g of s, whose first row is row at of the table; file is the shard where it is
// mapped.
func (t *Table) readGroup(work *errgroup.Group, s *Shard, g, at int, columns []int, file []byte) {
	end := at + s.GroupRows(g)
	work.Go(func() error {
		return s.reopened(func(s *Shard) error {
			rows, err := s.Rows(g)
			copy(t.Rows[at:end], rows)
			return err
		})
	})
	for _, i := range columns {
		m := t.matrices[t.Columns[i].Name]
		work.Go(func() error {
			return s.reopened(func(s *Shard) error {
				if m.rows != nil {
					return s.placeRows(g, i, file, m.rows[at:end], m.OK[at:end])
				}
				if m.halves != nil {
					return s.placeHalves(g, i, file, m.halves[at:end], m.OK[at:end])
				}
				return s.readDescriptors(g, i, m.Data[at*m.Column.Width:end*m.Column.Width], m.OK[at:end])
			})
		})
	}
}

func findColumn(cols []Column, name string) (int, error) {
	names := make([]string, len(cols))
	for i, c := range cols {
		if c.Name == name {
			return i, nil
		}
		names[i] = c.Name
	}
	return 0, errors.New("no descriptor column " + name + "; there are " + strings.Join(names, ", "))
}
