package datasets

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/parquet-go/parquet-go"

	"fc7/internal/escape"
	"fc7/internal/usage"
)

// labelColumn is a column of classes: names, whole numbers, or lists of them.
type labelColumn struct {
	*parquet.Column                // the leaf
	top             string         // the column of the table that it is in
	called          string         // its name, with those of the structs that it is in, escaped
	names           []string       // classes of the metadata; nil: none
	place           map[string]int // of a name in names
	list            bool
	empty           int // of a list: the definition level of one that is there and empty
}

// labelNames are names of columns of classes, in lower case, for tables that call none "label".
var labelNames = []string{"labels", "class", "classes", "cls", "category", "categories", "target", "targets"}

// isOf tells whether a column of the table holds the column of classes.
func (l *labelColumn) isOf(c *parquet.Column) bool { return l != nil && l.top == c.Name() }

// chooseLabel finds the column of labels: the one of that name, or else the one called label, or the only one that the
// metadata declare as ClassLabel, or the only one with a usual name; nil: there is none. Several are an error that
// lists them.
func (t *parquetTable) chooseLabel(columns []*parquet.Column, fs features, name string) (*labelColumn, error) {
	switch name {
	case NoColumn:
		return nil, nil
	case "":
	default:
		return t.namedColumn(columns, fs, name)
	}
	var declared, usual []*parquet.Column
	for _, c := range columns {
		switch leaf := leafOf(c); {
		case leaf == nil || !holdsClasses(leaf):
		case strings.EqualFold(c.Name(), "label"):
			return newLabelColumn(c, c, fs)
		case isClassLabel(fs[c.Name()].raw):
			declared = append(declared, c)
		case slices.Contains(labelNames, strings.ToLower(c.Name())):
			usual = append(usual, c)
		}
	}
	for _, found := range [][]*parquet.Column{declared, usual} {
		if len(found) > 1 {
			return nil, severalColumns("the labels", "--label-column", columnNames(found), true)
		}
		if len(found) == 1 {
			return newLabelColumn(found[0], found[0], fs)
		}
	}
	return nil, nil
}

// severalColumns is the error where it cannot be told which column is meant.
func severalColumns(what, flag string, names []string, orNone bool) error {
	for i := range names {
		names[i] = escape.Name(names[i])
	}
	text := fmt.Sprintf("several columns may be %s: %s: say which with %s", what, strings.Join(names, ", "), flag)
	if orNone {
		text += " (" + NoColumn + ": none of them)"
	}
	return usage.Errorf("%s", text)
}

// namedColumn finds the column of a name; a dot leads into a struct.
func (t *parquetTable) namedColumn(columns []*parquet.Column, fs features, name string) (*labelColumn, error) {
	for _, c := range columns {
		at := c
		if c.Name() != name {
			rest, ok := strings.CutPrefix(name, c.Name()+".")
			for ok && at != nil {
				var first string
				first, rest, ok = strings.Cut(rest, ".")
				at = at.Column(first)
			}
			if at == nil || at == c {
				continue
			}
		}
		if leaf := leafOf(at); leaf == nil || !holdsClasses(leaf) {
			return nil, usage.Errorf("column %s holds no classes: want names, whole numbers, or lists of them", escape.Name(name))
		}
		return newLabelColumn(c, at, fs)
	}
	return nil, usage.Unknown("column", name, columnNames(columns)...)
}

// leafOf is the one column of values in a column that is a list or a single value; nil: it is neither.
func leafOf(c *parquet.Column) *parquet.Column {
	for !c.Leaf() {
		inner := c.Columns()
		if len(inner) != 1 {
			return nil
		}
		c = inner[0]
	}
	if c.MaxRepetitionLevel() > 1 {
		return nil
	}
	return c
}

// holdsClasses tells whether the values of a column can be classes.
func holdsClasses(leaf *parquet.Column) bool {
	kinds := []parquet.Kind{parquet.Boolean, parquet.Int32, parquet.Int64, parquet.Float, parquet.Double, parquet.ByteArray}
	return slices.Contains(kinds, leaf.Type().Kind())
}

// newLabelColumn is the column at, in column top of the table, with the classes that the metadata name.
func newLabelColumn(top, at *parquet.Column, fs features) (*labelColumn, error) {
	leaf := leafOf(at)
	l := &labelColumn{Column: leaf, top: top.Name(), called: columnPath(at), list: leaf.MaxRepetitionLevel() > 0}
	level := 0
	for c := top; ; {
		if c.Optional() || c.Repeated() {
			level++
		}
		if c.Repeated() {
			l.empty = level - 1
		}
		if c.Leaf() {
			break
		}
		c = towards(c, leaf)
	}
	raw, ok := classLabel(fs[top.Name()].raw, at.Path()[len(top.Path()):])
	if !ok {
		return l, nil
	}
	if err := json.Unmarshal(raw, &l.names); err != nil {
		return nil, fmt.Errorf("the names of %s in its metadata: want a list, found %s", columnPath(at), escape.Short(string(raw)))
	}
	l.place = make(map[string]int, len(l.names))
	for i, n := range l.names {
		l.names[i] = escape.Name(n)
		if _, twice := l.place[l.names[i]]; n == "" || twice {
			return nil, fmt.Errorf("the names of %s in its metadata: %q is empty or there twice", columnPath(at), escape.Short(n))
		}
		l.place[l.names[i]] = i
	}
	return l, nil
}

// towards is the column in c that leads to a leaf.
func towards(c, leaf *parquet.Column) *parquet.Column {
	return c.Column(leaf.Path()[len(c.Path())])
}

func isClassLabel(raw json.RawMessage) bool {
	_, ok := classLabel(raw, nil)
	return ok
}

// classLabel returns the names of the classes that a feature declares, be it as what its lists hold, or in the field of
// a struct that path leads to.
func classLabel(raw json.RawMessage, path []string) (names json.RawMessage, ok bool) {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) == nil && len(list) == 1 {
		return classLabel(list[0], path)
	}
	var f struct {
		feature
		Feature json.RawMessage `json:"feature"`
	}
	if json.Unmarshal(raw, &f) == nil {
		switch {
		case f.Type == "ClassLabel" && len(path) == 0:
			return f.Names, true
		case f.Feature != nil && f.Type != "":
			return classLabel(f.Feature, path)
		}
	}
	var fields map[string]json.RawMessage
	if len(path) > 0 && json.Unmarshal(raw, &fields) == nil && fields[path[0]] != nil {
		return classLabel(fields[path[0]], path[1:])
	}
	return nil, false
}

// classesOfRows reads a column of classes, and tells of each row, in order, which it has, and whether it is an empty
// list.
func (t *parquetTable) classesOfRows(f io.ReaderAt, l *labelColumn, tell func(classes []string, empty bool) error) error {
	row, empty := int64(0), false
	var classes []string
	seen := map[string]bool{} // the row's classes
	next := func() error {
		if row++; row == 1 {
			return nil
		}
		if row-1 > t.rows {
			return fmt.Errorf("more than the %d rows of the table", t.rows)
		}
		err, n := tell(classes, empty && len(classes) == 0), len(classes)
		classes, empty = classes[:0], false
		if clear(seen); n > 64 { // clearing takes the time of the most that a map held
			seen = map[string]bool{}
		}
		return err
	}
	err := t.values(f, l.Column, func(v parquet.Value) error {
		if v.RepetitionLevel() == 0 {
			if err := next(); err != nil {
				return err
			}
		}
		if v.IsNull() {
			empty = empty || l.list && v.DefinitionLevel() == l.empty
			return nil
		}
		class, err := l.text(v)
		if err != nil {
			return fmt.Errorf("row %d: %w", row, err)
		}
		if class != "" && !seen[class] {
			seen[class] = true
			classes = append(classes, class)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if t.rows > 0 {
		if err := next(); err != nil {
			return err
		}
	}
	if row-1 != t.rows && t.rows > 0 {
		return fmt.Errorf("%d rows, but the table has %d", row-1, t.rows)
	}
	return nil
}

// text turns a value that is not null into a class; "": none, as numbers below 0 and those that are none are.
func (l *labelColumn) text(v parquet.Value) (string, error) {
	number := 0.0
	switch kind := l.Type().Kind(); kind {
	case parquet.ByteArray:
		return l.name(bytes.TrimSpace(v.ByteArray()))
	case parquet.Boolean:
		if v.Boolean() {
			number = 1
		}
	case parquet.Int32:
		return l.number(int64(v.Int32()))
	case parquet.Int64:
		return l.number(v.Int64())
	case parquet.Float:
		number = float64(v.Float())
	default:
		number = v.Double()
	}
	if math.IsNaN(number) {
		return "", nil
	}
	n, ok := whole(number)
	if !ok {
		return "", fmt.Errorf("%v is no class: want whole numbers, or name another column with --label-column (%s: there are no labels)", number, NoColumn)
	}
	return l.number(n)
}

// name checks the name of a class.
func (l *labelColumn) name(b []byte) (string, error) {
	if len(b) > maxClassBytes {
		return "", fmt.Errorf("a label of %d bytes, want at most %d", len(b), maxClassBytes)
	}
	text := escape.Name(string(b))
	if _, ok := l.place[text]; l.names != nil && text != "" && !ok {
		return "", fmt.Errorf("%q is not among the names in the metadata", escape.Short(text))
	}
	return text, nil
}

// number is the class of a number, by the names of the metadata where there are some.
func (l *labelColumn) number(n int64) (string, error) {
	switch {
	case n < 0:
		return "", nil
	case l.names == nil:
		return strconv.FormatInt(n, 10), nil
	case n >= int64(len(l.names)):
		return "", fmt.Errorf("label %d, but the metadata name %d classes, from 0 on", n, len(l.names))
	}
	return l.names[n], nil
}

// sort puts classes in the order of the set's.
func (l *labelColumn) sort(classes []string) {
	if l.names == nil {
		slices.Sort(classes)
		return
	}
	slices.SortFunc(classes, func(a, b string) int { return l.place[a] - l.place[b] })
}
