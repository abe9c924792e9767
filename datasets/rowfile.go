package datasets

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"

	"fc7/internal/bounded"
	"fc7/internal/rowkey"
	"fc7/internal/store"
	"fc7/internal/usage"
	"fc7/internal/waiting"
)

// RowFile is a file about rows that exist already, by their keys: their labels, their splits, or both.
type RowFile struct {
	Path   string
	SHA256 string   // of the file, in hex
	Splits bool     // it tells splits
	Notes  []string // what was told by the names of columns

	items  []Item
	at     map[itemKey]int // place in items
	images bool            // the line of an image is that of its objects, too, which have none of their own
	used   []bool
}

// ReadLabelFile reads a table of labels: a CSV or TSV file with the columns of csv: lists, but that a row need not tell
// where its image is, if it has a key. It may be at an address (package store). The columns are
//
//	id (or image), path  the key: the id or, without one, the path (or file_name …); one of the columns is required
//	object               the number of a box row; empty or 0: the whole image
//	labels               an empty cell: of none of the classes; or the only one of label, class, category …, of one
//	                     class a row, whose empty cells are not known
//	ignored, split       as in csv: lists
//
// A column split tells the splits of all rows. The end of the context ends the reading.
func ReadLabelFile(ctx context.Context, path string) (*RowFile, error) {
	f, err := readRowFile(ctx, path, func(r io.Reader, f *RowFile) error {
		rows := &csvRows{set: &Set{}, keyed: true, classes: make(map[string]bool), boxes: make(map[string]int)}
		if err := rows.readAll(r, tableLimits); err != nil {
			return fmt.Errorf("%s:%w", path, err)
		}
		f.items, f.Splits, f.Notes = rows.set.Items, rows.has("split"), rows.set.Notes
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read labels: %w", err)
	}
	return f, nil
}

// ReadSplitFile reads a file of splits as [WriteSplits] writes it, which may be at an address. The end of the context
// ends the reading.
func ReadSplitFile(ctx context.Context, path string) (*RowFile, error) {
	f, err := readRowFile(ctx, path, func(r io.Reader, f *RowFile) error {
		s, err := parseSplits(path, r, splitLimits)
		if err != nil {
			return err
		}
		for key, bits := range s.bits {
			f.items = append(f.items, Item{ID: key.id, Object: key.object, splits: bits})
		}
		f.Splits, f.images = true, true
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read splits: %w", err)
	}
	return f, nil
}

// readRowFile reads a file by parse and takes its digest.
func readRowFile(ctx context.Context, path string, parse func(io.Reader, *RowFile) error) (*RowFile, error) {
	return waiting.For(ctx, func() (*RowFile, error) { return parseRowFile(ctx, path, parse) })
}

func parseRowFile(ctx context.Context, path string, parse func(io.Reader, *RowFile) error) (*RowFile, error) {
	file, err := openRowFile(ctx, path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	sum := sha256.New()
	text := io.TeeReader(file, sum)
	f := &RowFile{Path: path}
	if store.Is(path) {
		f.Path = store.Shown(path)
	}
	if err := parse(text, f); err != nil {
		return nil, err
	}
	if _, err := io.Copy(io.Discard, text); err != nil {
		return nil, err
	}
	if len(f.items) == 0 {
		return nil, fmt.Errorf("%s: lists no row: want a header line and a line for every row", path)
	}
	f.SHA256, f.used, f.at = hex.EncodeToString(sum.Sum(nil)), make([]bool, len(f.items)), make(map[itemKey]int, len(f.items))
	for i, it := range f.items {
		f.at[itemKey{it.ID, it.Object}] = i
	}
	return f, nil
}

// openRowFile opens a file of rows, on a disk or a store.
func openRowFile(ctx context.Context, path string) (io.ReadCloser, error) {
	if store.Is(path) {
		return store.Open(ctx, path)
	}
	return os.Open(path)
}

// ReadText reads a text of at most so many bytes, on a disk or a store (package store). Where there is none is an error
// that wraps fs.ErrNotExist.
func ReadText(ctx context.Context, at string, most int64) ([]byte, error) {
	if !store.Is(at) {
		return bounded.File(at, most)
	}
	if err := store.Check(at); err != nil {
		return nil, usage.Wrap(err)
	}
	f, err := store.Open(ctx, at)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(text)) > most {
		err = &bounded.LargeError{Path: store.Shown(at), Most: most}
	}
	return text, err
}

// Len is the number of rows listed.
func (f *RowFile) Len() int { return len(f.items) }

// Find returns what the file says of a row, and notes that there is such a row; false: it does not list it. Of the item
// only Labels, Ignored, None and Splits are meant.
func (f *RowFile) Find(id string, object int) (Item, bool) {
	i, ok := f.at[itemKey{id, object}]
	if !ok && f.images {
		i, ok = f.at[itemKey{id, 0}]
	}
	if !ok {
		return Item{}, false
	}
	f.used[i] = true
	return f.items[i], true
}

// Unused names the rows listed that were never looked for, in no order.
func (f *RowFile) Unused() (names []string) {
	for i, it := range f.items {
		if !f.used[i] {
			names = append(names, rowkey.Of(it.ID, it.Object))
		}
	}
	return names
}
