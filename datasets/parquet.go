package datasets

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"fc7/internal/escape"
	"fc7/internal/store"
)

// parquetTables is a set of image tables in Parquet, as published on Hugging Face: a column of encoded images, which is
// a struct with a field bytes or holds the bytes itself, and maybe a column of labels, which are numbers with or
// without names in the file's metadata, or names.
//
// The images' column is the one that the metadata declares as Image, else the only struct with bytes, else the column
// of bytes called image or img. The labels' column is the one called label, else the only one that the metadata
// declares as ClassLabel, else the only one with a usual name (labels, class, category, target …); it holds names,
// whole numbers, of whatever type, or lists of them. Several are an error, and Options name the columns. A label that
// is null, NaN or negative is not known, as test sets have it; an empty list is none of the classes. Other columns are
// not read and noted.
//
// The key is the path in the images' struct if every row has one and none comes twice, otherwise the file's name
// without its extension, a slash and the row's number. The split is told by the name: the first word of the file's
// name, or else its folder's, that is train, validation, valid, val, dev or test.
//
// Pages may be packed by any codec of the format but LZO, and in any of its encodings. Encrypted tables are refused.
//
// Images stay in the tables until they are opened; see Location.Open. Set.Classes are the names in the metadata in
// their order, otherwise all labels, sorted by bytes. The order of items is that of the files by name, and their rows.
var parquetTables = kind{
	KindInfo: KindInfo{
		Name:    parquetKind,
		Summary: "image tables in Parquet as on Hugging Face: columns of image bytes and labels",
		Tree: "PATH is a .parquet file, a folder of them (or of folders of them), or a pattern such as data/train-*.parquet:\n" +
			"train-00000-of-00002.parquet the split is told by the name: train, validation, test\n" +
			"columns: image               a struct with bytes and path, or the bytes\n" +
			"         label               a number, named by the metadata's ClassLabel; or a name; or a list of them\n" +
			"                             ([]: none of the classes; null or -1: not known)",
		Example: "parquet:cifar10/data",
	},
	openWith: openParquet,
}

// parquetKind is the name of the kind.
const parquetKind = "parquet"

// skipTable is why a file among tables is passed over.
const skipTable = "not a .parquet file by its name"

// skipOwn is why a table of fc7's own is passed over beside tables of images.
const skipOwn = "a table that fc7 wrote, without images"

func openParquet(k KindInfo, path string, o Options) (*Set, error) {
	s := &Set{Kind: k.Name, empty: "an empty list of labels"}
	files, err := s.findShards(k, path, tablesOf)
	if err != nil {
		return nil, err
	}
	p := &parquetSet{set: s, o: o, classes: make(map[string]bool), shelf: new(pageShelf)}
	var passed error // the first table of fc7's own
	for _, f := range files {
		err := p.add(f)
		if err != nil {
			err = ofArchive(k.Name, f, err)
		}
		if own := new(ownError); errors.As(err, &own) && (isDir(path) || s.Root == strings.TrimSuffix(path, "/")) { // an output in the data set's folder: with it, nothing goes on
			passed = cmp.Or(passed, err)
			s.skip(skipOwn, s.below(f))
			continue
		}
		if err != nil {
			return nil, err
		}
	}
	if len(s.Items) == 0 && passed != nil {
		return nil, passed
	}
	if len(s.Items) == 0 {
		return nil, layoutError(k, path, "no row in "+some("table", files), "")
	}
	if err := p.finish(); err != nil {
		return nil, fmt.Errorf("data set %s: %w", k.Name, err)
	}
	s.noteRemote()
	return s, nil
}

// tablesOf are the tables of a folder and of the folders in it.
var tablesOf = inFolder{what: ".parquet file", chosen: func(s *Set, list func(string) ([]shardEntry, error)) (files []string, err error) {
	entries, err := list("")
	for _, e := range entries {
		if !e.dir || isHidden(e.name) {
			files = s.table(files, e.name)
			continue
		}
		inner, err := list(e.name)
		if err != nil {
			return nil, err
		}
		for _, in := range inner {
			rel := filepath.Join(e.name, in.name)
			if in.dir {
				s.skip(skipNested, rel)
				continue
			}
			files = s.table(files, rel)
		}
	}
	return files, err
}}

// table adds a file to the tables, or counts it as passed over.
func (s *Set) table(files []string, rel string) []string {
	switch {
	case isHidden(filepath.Base(rel)):
		s.skip(skipHidden, rel)
	case !strings.EqualFold(filepath.Ext(rel), ".parquet"):
		s.skip(skipTable, rel)
	default:
		return append(files, rel)
	}
	return files
}

// parquetSet collects the rows of all tables.
type parquetSet struct {
	set     *Set
	o       Options
	names   []string        // of the classes by the metadata; nil: none
	label   string          // the column of the labels; "": none
	first   string          // the table that they are from
	classes map[string]bool // labels without metadata
	lists   labelLists
	paths   []string        // of each item, as the table gives it
	ignored map[string]bool // columns that were not read
	shelf   *pageShelf
}

// maxParquetRows bounds a set.
const maxParquetRows = 100_000_000

// add appends the rows of a table.
func (p *parquetSet) add(file string) error {
	t, err := openParquetTable(file, p.set.objects[file], p.o, p.shelf)
	if err != nil {
		return err
	}
	var names []string
	label := ""
	if t.label != nil {
		names, label = t.label.names, t.label.called
	}
	switch {
	case len(p.set.Items) == 0:
	case !slices.Equal(names, p.names):
		return fmt.Errorf("the names of classes in its metadata are others than those of %s: %s and %s", p.first, some("class", names), some("class", p.names))
	case label != p.label:
		return fmt.Errorf("its labels are in the column %q, those of %s in %q: open them one by one", label, p.first, p.label)
	}
	p.names, p.label, p.first = names, label, file
	for _, c := range t.ignored {
		if p.ignored == nil {
			p.ignored = make(map[string]bool)
		}
		p.ignored[c] = true
	}
	rel := p.set.below(file)
	key := escape.Name(strings.TrimSuffix(rel, filepath.Ext(rel)))
	splits := splitOfName(rel)
	if len(p.set.Items)+int(t.rows) > maxParquetRows {
		return fmt.Errorf("more than %d rows in all tables: open them one by one", maxParquetRows)
	}
	parts, first := make([]Part, t.rows), len(p.set.Items)
	p.set.Items = slices.Grow(p.set.Items, int(t.rows))
	for row := range t.rows {
		parts[row] = Part{Offset: row + 1, in: t.in}
		p.set.Items = append(p.set.Items, Item{ID: fmt.Sprintf("%s/%d", key, row+1), At: Location{Path: file, Part: &parts[row]}, splits: splits})
	}
	return p.describe(t, p.set.Items[first:])
}

// describe reads the labels, splits and paths of a table's items.
func (p *parquetSet) describe(t *parquetTable, items []Item) error {
	f, err := t.in.open(context.Background(), t.path, store.FirstWindow)
	if err != nil {
		return err
	}
	defer f.Close()
	paths, err := t.imagePaths(f)
	if err != nil {
		return err
	}
	if paths == nil {
		paths = make([]string, len(items))
	}
	p.paths = append(p.paths, paths...)
	if l := t.label; l != nil {
		err := t.each(f, l, items, func(it *Item, classes []string, empty bool) error {
			l.sort(classes)
			it.labels, it.None = p.lists.shared(classes, nil), empty
			for _, c := range it.Labels() {
				p.classes[c] = true
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	if t.split == nil {
		return nil
	}
	return t.each(f, t.split, items, func(it *Item, words []string, _ bool) (err error) {
		it.splits, err = readSplitNames(words)
		return err
	})
}

// each tells the classes of each item of the table.
func (t *parquetTable) each(f io.ReaderAt, l *labelColumn, items []Item, tell func(it *Item, classes []string, empty bool) error) error {
	n := 0
	err := t.classesOfRows(f, l, func(classes []string, empty bool) error {
		n++
		if err := tell(&items[n-1], classes, empty); err != nil {
			return fmt.Errorf("row %d: %w", n, err)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("column %s: %w", l.called, err)
	}
	return nil
}

// splitOfName tells the split of a table by the words of its name, or else of the folder that it is in, as bits of
// vocSplits.
func splitOfName(rel string) splitBits {
	parts := strings.Split(filepath.ToSlash(rel), "/")
	slices.Reverse(parts)
	for _, part := range parts[:min(2, len(parts))] {
		notLetter := func(r rune) bool { return r < 'a' || r > 'z' }
		for _, w := range strings.FieldsFunc(strings.ToLower(part), notLetter) {
			if bit := splitWords[w]; bit != 0 {
				return bit
			}
		}
	}
	return 0
}

// finish sets the classes and, where they serve, the tables' paths as keys.
func (p *parquetSet) finish() error {
	s := p.set
	s.Classes = p.names
	if p.names == nil {
		for c := range p.classes {
			s.Classes = append(s.Classes, c)
		}
		slices.Sort(s.Classes)
	}
	if p.label != "" && !slices.Contains([]string{"label", "labels"}, strings.ToLower(p.label)) && p.o.LabelColumn == "" {
		s.Notes = append(s.Notes, "the labels are those of the column "+p.label)
	}
	if len(p.ignored) > 0 {
		var names []string
		for c := range p.ignored {
			names = append(names, c)
		}
		slices.Sort(names)
		s.Notes = append(s.Notes, "not read from the tables: "+some("column", names))
	}
	seen := make(map[string]bool, len(p.paths))
	for _, path := range p.paths {
		if path == "" || seen[path] {
			return nil
		}
		seen[path] = true
	}
	for i, path := range p.paths {
		s.Items[i].ID = escape.Name(path)
	}
	return nil
}
