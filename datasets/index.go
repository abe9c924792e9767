package datasets

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/parquet-go/parquet-go"
)

// IndexedSet is what of a set its index does not hold: of what kind it is, and where it lies. With it and files of the
// index the items of any range can be had without opening the set.
type IndexedSet struct {
	Kind     string `json:"kind"`
	Root     string `json:"root"`               // Set.Root, absolute unless the set was read from standard input
	Absolute bool   `json:"absolute,omitempty"` // it names files by absolute paths
	Piped    bool   `json:"piped,omitempty"`    // it was read from standard input

	folder string // the working folder
}

// Indexed tells where the set lies.
func (s *Set) Indexed() (n IndexedSet, err error) {
	n = IndexedSet{Kind: s.Kind, Root: s.Root, Absolute: s.absolute, Piped: s.piped}
	if n.folder, err = os.Getwd(); err != nil {
		return n, err
	}
	n.Root = n.absolute(n.Root)
	return n, nil
}

// WriteIndex writes a file of the index with some of the set's items, in their order, as Parquet, with what is known of
// the bytes of each. The same items give the same bytes.
func (n IndexedSet) WriteIndex(w io.Writer, items []Item, pins []Pin) error {
	to := parquet.NewGenericWriter[indexRow](w, parquet.CreatedBy("fc7", "1", "0"), parquet.Compression(&parquet.Zstd))
	rows := make([]indexRow, 0, indexBatch)
	for i := range items {
		rows = append(rows, n.indexRowOf(&items[i], pins[i]))
		if len(rows) < indexBatch && i < len(items)-1 {
			continue
		}
		if _, err := to.Write(rows); err != nil {
			return err
		}
		rows = rows[:0]
	}
	return to.Close()
}

// indexBatch is how many rows of an index are in memory beside items.
const indexBatch = 1000

// Share collects the items of a part of an indexed set.
type Share struct {
	of     IndexedSet
	o      Options
	set    *Set
	lists  labelLists
	files  map[string]string // those that items are parts of, to their paths
	tables map[string]*parquetTable
	shelf  *pageShelf
	tars   map[string]*archive // nil: not known
}

// Share starts one of about items, of which there are none yet. Of o the columns count, where items are rows of tables.
func (n IndexedSet) Share(o Options, items int) *Share {
	set := &Set{Kind: n.Kind, Root: n.Root, absolute: n.Absolute, piped: n.Piped, Items: make([]Item, 0, items), pins: make([]Pin, 0, items)}
	return &Share{of: n, o: o, set: set, files: map[string]string{}, tables: map[string]*parquetTable{}, shelf: new(pageShelf), tars: map[string]*archive{}}
}

// Set is that of the items which were added: only they, and where the set lies, are in it.
func (s *Share) Set() *Set { return s.set }

// Add appends the items of rows first to end-1 of a file of the index, which is as it was written.
func (s *Share) Add(file []byte, first, end int) (err error) {
	defer recoverParquet(&err)
	from := parquet.NewGenericReader[indexRow](bytes.NewReader(file))
	defer func() { err = errors.Join(err, from.Close()) }()
	if end > int(from.NumRows()) {
		return fmt.Errorf("%d items, want %d or more", from.NumRows(), end)
	}
	if err := from.SeekToRow(int64(first)); err != nil {
		return err
	}
	for left := end - first; left > 0; {
		rows := make([]indexRow, min(left, indexBatch))
		n, err := from.Read(rows)
		for i := range rows[:n] {
			pin := pinOf(&rows[i])
			it, err := s.item(&rows[i], &pin)
			if err != nil {
				return err
			}
			s.set.Items, s.set.pins = append(s.set.Items, it), append(s.set.pins, pin)
		}
		if left -= n; left > 0 && (err != nil || n == 0) {
			return fmt.Errorf("%d items are missing: %w", left, err)
		}
	}
	return nil
}

// archive is the archive at a path, as it is when the share comes upon it.
func (s *Share) archive(path string) (*archive, error) {
	a, ok := s.tars[path]
	if !ok {
		var err error
		if a, err = archiveAt(path); err != nil {
			return nil, err
		}
		s.tars[path] = a
	}
	return a, nil
}

// table opens a table that items are rows of. One that is another by now is not opened, since its rows may be others:
// that is noted in the pin.
func (s *Share) table(path string, pin *Pin) (*parquetTable, error) {
	t := s.tables[path]
	if t == nil {
		a, err := s.archive(path)
		switch {
		case err != nil:
		case a != nil && pin.replaced(a) != "":
			t = &parquetTable{path: path, size: a.size, in: a}
			a.table = t
		default:
			t, err = openParquetTable(path, a.object(), s.o, s.shelf)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		s.tables[path] = t
	}
	pin.Replaced = pin.replaced(t.in)
	return t, nil
}
