package datasets

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"fc7/internal/escape"
	"fc7/internal/store"
	"fc7/internal/usage"
)

// parquetTable is a table of images. What is kept of it is where the pages of images begin, and a few of these pages on
// the shelf.
type parquetTable struct {
	path    string
	size    int64
	in      *archive
	rows    int64
	ignored []string // columns that are not read

	bytes, where *parquet.Column // where may be nil
	label, split *labelColumn    // nil: there is none

	file *parquet.File        // without its pages; see openPlain
	meta *format.FileMetaData // as they are in the file

	shelf *pageShelf
	pages []parquetPage
	mu    sync.Mutex // of who loads a page
}

// openParquetTable reads the metadata of a table, whose pages are kept on a shelf; was is what is known of one on a
// store. Errors lack the path.
func openParquetTable(path string, was store.Object, o Options, shelf *pageShelf) (t *parquetTable, err error) {
	f, in, err := openArchive(path, "Parquet file", was)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	defer recoverParquet(&err)
	file, meta, err := openPlain(f, in.size)
	if err != nil {
		return nil, err
	}
	if err := ownTable(file); err != nil {
		return nil, err
	}
	t = &parquetTable{path: path, size: in.size, in: in, rows: file.NumRows(), file: file, meta: meta, shelf: shelf}
	in.table = t
	if most := mostRows(t.size); t.rows < 0 || t.rows > most {
		return nil, fmt.Errorf("its metadata say that it has %d rows, in %d bytes: want at most %d, and %d in any table: images take more room",
			t.rows, t.size, most, maxParquetRows)
	}
	sum := int64(0)
	for _, g := range file.RowGroups() {
		if n := g.NumRows(); n < 0 || n > t.rows-sum {
			return nil, fmt.Errorf("its row groups do not add up to the %d rows of its metadata", t.rows)
		}
		sum += g.NumRows()
	}
	if sum != t.rows {
		return nil, fmt.Errorf("its row groups have %d rows, but its metadata say %d", sum, t.rows)
	}
	if err := t.chooseColumns(readFeatures(file), o); err != nil {
		return nil, err
	}
	return t, t.countRows(f)
}

// countRows finds the pages of the columns that are read, whose headers say how many rows there are, before anything is
// made for the rows of which the metadata speak.
func (t *parquetTable) countRows(f io.ReaderAt) (err error) {
	columns := []*parquet.Column{t.bytes, t.where}
	for _, l := range []*labelColumn{t.label, t.split} {
		if l != nil {
			columns = append(columns, l.Column)
		}
	}
	for i, c := range columns {
		if c == nil {
			continue
		}
		pages, err := t.findPages(f, c)
		if err != nil {
			return fmt.Errorf("column %s: %w", columnPath(c), err)
		}
		if i == 0 {
			t.pages = pages
		}
	}
	return nil
}

// ownError says that a table is fc7's own.
type ownError struct{ what string }

func (e *ownError) Error() string { return e.what }

// ownTable refuses what fc7 wrote itself: its column image holds keys, which would be taken for the images' bytes.
func ownTable(file *parquet.File) error {
	if _, ok := file.Lookup("fc7.identity"); ok {
		return &ownError{"a feature table of fc7, which holds descriptors and no images: name the data set that it was extracted from, " +
			"or its run's folder to the verbs that take one (fc7 svm, aggregate, verify, report)"}
	}
	for _, m := range file.Metadata().KeyValueMetadata {
		if strings.HasPrefix(m.Key, "fc7.") {
			return &ownError{"a table of results of fc7 (scores or answers), which holds no images: name the data set that they are of"}
		}
	}
	return nil
}

// recoverParquet turns a panic of the Parquet library, which happens on damaged files, into an error.
func recoverParquet(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("damaged Parquet file: fetch or write it again: %v", p)
	}
}

// features are what the metadata of Hugging Face declare of columns.
type features map[string]feature

type feature struct {
	Type  string          `json:"_type"`
	Names json.RawMessage `json:"names"`
	raw   json.RawMessage // all of it, for lists and structs
}

// readFeatures reads the key "huggingface" of the file's metadata; none where it is absent or of another form.
func readFeatures(file *parquet.File) features {
	text, ok := file.Lookup("huggingface")
	if !ok {
		return nil
	}
	var meta struct {
		Info struct {
			Features map[string]json.RawMessage `json:"features"`
		} `json:"info"`
	}
	if json.Unmarshal([]byte(text), &meta) != nil {
		return nil
	}
	fs := make(features)
	for name, raw := range meta.Info.Features {
		f := feature{raw: raw}
		_ = json.Unmarshal(raw, &f) // lists are of another form: see classLabel
		fs[name] = f
	}
	return fs
}

// chooseColumns finds the columns that are read: those that the options name, or that can be told.
func (t *parquetTable) chooseColumns(fs features, o Options) error {
	columns := t.file.Root().Columns()
	image, err := imageColumn(columns, fs, o.ImageColumn)
	if err != nil {
		return err
	}
	t.bytes = bytesOf(image)
	if p := image.Column("path"); p != nil && isText(p) {
		t.where = p
	}
	others := slices.DeleteFunc(slices.Clone(columns), func(c *parquet.Column) bool { return c == image })
	if t.label, err = t.chooseLabel(others, fs, o.LabelColumn); err != nil {
		return err
	}
	if o.SplitColumn != "" && o.SplitColumn != NoColumn {
		if t.split, err = t.namedColumn(others, fs, o.SplitColumn); err != nil {
			return err
		}
	}
	for _, c := range others {
		if !t.label.isOf(c) && !t.split.isOf(c) {
			t.ignored = append(t.ignored, escape.Name(c.Name()))
		}
	}
	return nil
}

// imageColumn is the one of that name, or the one that can be told.
func imageColumn(columns []*parquet.Column, fs features, name string) (*parquet.Column, error) {
	if name != "" {
		for _, c := range columns {
			if c.Name() == name && bytesOf(c) == nil {
				return nil, usage.Errorf("column %s holds no images: want bytes, or a struct with bytes", escape.Name(name))
			}
			if c.Name() == name {
				return c, nil
			}
		}
		return nil, usage.Unknown("column", name, columnNames(columns)...)
	}
	if image := chooseImage(columns, fs); image != nil {
		return image, nil
	}
	return nil, fmt.Errorf("want one column of images, a struct with bytes or bytes called image, found %s; --image-column says which", some("column", columnNames(columns)))
}

func chooseImage(columns []*parquet.Column, fs features) *parquet.Column {
	tests := []func(c *parquet.Column) bool{
		func(c *parquet.Column) bool { return fs[c.Name()].Type == "Image" },
		func(c *parquet.Column) bool { return !c.Leaf() },
		func(c *parquet.Column) bool {
			return c.Leaf() && slices.Contains([]string{"image", "img"}, strings.ToLower(c.Name()))
		},
		func(c *parquet.Column) bool {
			return c.Leaf() && slices.Contains([]string{"bytes", "jpg", "jpeg", "png", "image_bytes", "content"}, strings.ToLower(c.Name()))
		},
	}
	for _, test := range tests {
		var found []*parquet.Column
		for _, c := range columns {
			if bytesOf(c) != nil && test(c) {
				found = append(found, c)
			}
		}
		if i := slices.IndexFunc(found, func(c *parquet.Column) bool { return c.Name() == "image" }); i >= 0 {
			return found[i]
		}
		if len(found) == 1 {
			return found[0]
		}
	}
	return nil
}

// bytesOf returns the column of the images' bytes; nil: it is not one.
func bytesOf(c *parquet.Column) *parquet.Column {
	if !c.Leaf() {
		if c = c.Column("bytes"); c == nil {
			return nil
		}
	}
	if !c.Leaf() || c.MaxRepetitionLevel() > 0 || c.Type().Kind() != parquet.ByteArray {
		return nil
	}
	return c
}

func isText(c *parquet.Column) bool {
	return c.Leaf() && c.MaxRepetitionLevel() == 0 && c.Type().Kind() == parquet.ByteArray
}

// columnPath is the name of a column with those of the structs that it is in, escaped.
func columnPath(c *parquet.Column) string { return escape.Name(strings.Join(c.Path(), ".")) }

func columnNames(columns []*parquet.Column) []string {
	var names []string
	for _, c := range columns {
		names = append(names, c.Name())
	}
	return names
}

// imagePaths are those of all rows that the images' column gives; nil: there is no such column.
func (t *parquetTable) imagePaths(f io.ReaderAt) ([]string, error) {
	if t.where == nil {
		return nil, nil
	}
	paths, err := t.texts(f, t.where)
	if err != nil {
		return nil, fmt.Errorf("column %s: %w", columnPath(t.where), err)
	}
	return paths, nil
}
