package datasets

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"fc7/internal/escape"
)

// parquetTable is a table of images. What is kept of it is where the pages of images begin, and a few of these pages.
type parquetTable struct {
	path    string
	size    int64
	rows    int64
	names   []string // classes of the metadata; nil: none
	ignored []string // columns that are not read

	bytes, label, where *parquet.Column // label and where may be nil

	file *parquet.File        // without its pages; see openPlain
	meta *format.FileMetaData // as they are in the file

	mu     sync.Mutex // guards the rest
	pages  []parquetPage
	recent []*loadedPage // the last one used last
}

// openParquetTable reads the metadata of a table. Errors lack the path.
func openParquetTable(path string) (t *parquetTable, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("want a Parquet file, found a %s", describeMode(info.Mode()))
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	defer recoverParquet(&err)
	file, meta, err := openPlain(f, info.Size())
	if err != nil {
		return nil, err
	}
	if err := ownTable(file); err != nil {
		return nil, err
	}
	t = &parquetTable{path: path, size: info.Size(), rows: file.NumRows(), file: file, meta: meta}
	if t.rows < 0 || t.rows > min(maxParquetRows, t.size) {
		return nil, fmt.Errorf("its metadata say that it has %d rows, in %d bytes: want as many images as bytes at most, and %d", t.rows, t.size, maxParquetRows)
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
	if err := t.chooseColumns(readFeatures(file)); err != nil {
		return nil, err
	}
	if err := t.checkChunks(t.bytes); err != nil {
		return nil, fmt.Errorf("column %s: %w", columnPath(t.bytes), err)
	}
	return t, nil
}

// ownTable refuses what fc7 wrote itself: its column image holds keys, which would be taken for the images' bytes.
func ownTable(file *parquet.File) error {
	if _, ok := file.Lookup("fc7.identity"); ok {
		return errors.New("a feature table of fc7, which holds descriptors and no images: name the data set that it was extracted from, " +
			"or its run's folder to the verbs that take one (fc7 svm, aggregate, verify, report)")
	}
	for _, m := range file.Metadata().KeyValueMetadata {
		if strings.HasPrefix(m.Key, "fc7.") {
			return errors.New("a table of results of fc7 (scores or answers), which holds no images: name the data set that they are of")
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
		var f feature
		if json.Unmarshal(raw, &f) == nil { // lists and the like are none
			fs[name] = f
		}
	}
	return fs
}

// chooseColumns finds the columns that are read.
func (t *parquetTable) chooseColumns(fs features) error {
	columns := t.file.Root().Columns()
	image := chooseImage(columns, fs)
	if image == nil {
		return fmt.Errorf("want one column of images, a struct with bytes or bytes called image, found %s", some("column", columnNames(columns)))
	}
	t.bytes = bytesOf(image)
	if p := image.Column("path"); p != nil && isText(p) {
		t.where = p
	}
	t.label = chooseLabel(columns, fs)
	for _, c := range columns {
		if c != image && c != t.label {
			t.ignored = append(t.ignored, escape.Name(c.Name()))
		}
	}
	if t.label == nil {
		return nil
	}
	if raw := fs[t.label.Name()].Names; fs[t.label.Name()].Type == "ClassLabel" {
		if err := json.Unmarshal(raw, &t.names); err != nil {
			return fmt.Errorf("the names of %s in its metadata: want a list, found %s", escape.Name(t.label.Name()), escape.Short(string(raw)))
		}
	}
	seen := make(map[string]bool)
	for i, n := range t.names {
		t.names[i] = escape.Name(n)
		if n == "" || seen[n] {
			return fmt.Errorf("the names of %s in its metadata: %q is empty or there twice", escape.Name(t.label.Name()), escape.Short(n))
		}
		seen[n] = true
	}
	return nil
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

func chooseLabel(columns []*parquet.Column, fs features) *parquet.Column {
	fits := func(c *parquet.Column) bool {
		return isText(c) || c.Leaf() && c.MaxRepetitionLevel() == 0 && slices.Contains([]parquet.Kind{parquet.Int32, parquet.Int64}, c.Type().Kind())
	}
	var declared []*parquet.Column
	named := make(map[string]*parquet.Column)
	for _, c := range columns {
		if !fits(c) {
			continue
		}
		named[strings.ToLower(c.Name())] = c
		if fs[c.Name()].Type == "ClassLabel" {
			declared = append(declared, c)
		}
	}
	switch {
	case named["label"] != nil:
		return named["label"]
	case len(declared) == 1:
		return declared[0]
	case named["labels"] != nil:
		return named["labels"]
	}
	return named["class"]
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

// describe reads the labels and paths of all rows; nil: there is no such column.
func (t *parquetTable) describe() (labels, paths []string, err error) {
	f, err := os.Open(t.path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	if t.label != nil {
		if labels, err = t.strings(f, t.label, t.labelText); err != nil {
			return nil, nil, fmt.Errorf("column %s: %w", columnPath(t.label), err)
		}
	}
	if t.where != nil {
		if paths, err = t.strings(f, t.where, pathText); err != nil {
			return nil, nil, fmt.Errorf("column %s: %w", columnPath(t.where), err)
		}
	}
	return labels, paths, nil
}

// labelText turns a value into a label; "": none.
func (t *parquetTable) labelText(v parquet.Value) (string, error) {
	if v.IsNull() {
		return "", nil
	}
	if t.label.Type().Kind() == parquet.ByteArray {
		text := strings.TrimSpace(string(v.ByteArray()))
		if len(text) > maxClassBytes {
			return "", fmt.Errorf("a label of %d bytes, want at most %d", len(text), maxClassBytes)
		}
		if t.names != nil && text != "" && !slices.Contains(t.names, escape.Name(text)) {
			return "", fmt.Errorf("%q is not among the names in the metadata", escape.Short(text))
		}
		return escape.Name(text), nil
	}
	n := v.Int64()
	if t.label.Type().Kind() == parquet.Int32 {
		n = int64(v.Int32())
	}
	switch {
	case n < 0:
		return "", nil
	case t.names == nil:
		return strconv.FormatInt(n, 10), nil
	case n >= int64(len(t.names)):
		return "", fmt.Errorf("label %d, but the metadata name %d classes, from 0 on", n, len(t.names))
	}
	return t.names[n], nil
}

func pathText(v parquet.Value) (string, error) {
	if v.IsNull() {
		return "", nil
	}
	if b := v.ByteArray(); len(b) <= math.MaxUint16 {
		return string(b), nil
	}
	return "", nil // no path is that long
}
