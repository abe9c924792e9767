package datasets

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"fc7/internal/escape"
	"fc7/internal/few"
)

// csvColumns are the columns that are read. "splits" is another name of split.
var csvColumns = []string{"path", "id", "labels", "ignored", "split", "object", "xmin", "ymin", "xmax", "ymax"}

// itemKey tells items apart.
type itemKey struct {
	id     string
	object int
}

// csvRows turns the rows of a table into items.
type csvRows struct {
	set     *Set
	o       Options
	json    bool            // of lines of JSON: names of a cell are as jsonLabels gives them, separated by zero bytes
	empty   bool            // of JSON: the row's labels are an empty list
	single  bool            // the labels' column is called otherwise, and has one class a row: an empty cell is not known
	pattern string          // makes the path of the other cells; "": it is in a column
	keyed   bool            // the rows are there already: a key does for the path, and boxes only number objects
	written []string        // the header
	names   []string        // the header in lower case, splits being split
	classes map[string]bool // all that were named
	index   keyIndex
	lines   lineRuns // where each item was listed
	lists   labelLists
	boxes   map[string]int // boxes of each key so far
	beside  beside
}

// header takes the first row.
func (c *csvRows) header(fields []string) error {
	for i, f := range fields {
		f = strings.TrimSpace(f)
		name := strings.ToLower(f)
		if name == "splits" && c.o.SplitColumn == "" {
			name = "split"
		}
		if c.keyed && name == "image" {
			name = "id" // as fc7's own files call the key
		}
		if first := slices.Index(c.names, name); first >= 0 && slices.Contains(csvColumns, name) {
			return fmt.Errorf("the column %s is there twice: fields %d and %d", name, first+1, i+1)
		}
		c.names = append(c.names, name)
		c.written = append(c.written, f)
	}
	if c.keyed {
		return c.keyHeader()
	}
	return c.choose()
}

// keyHeader finds the columns of rows that are there already, by the names that csv: tells them by.
func (c *csvRows) keyHeader() error {
	for _, of := range []struct {
		as    string
		names []string
	}{{"path", pathNames}, {"labels", classNames()}} {
		if c.has(of.as) || of.as == "path" && c.has("id") {
			continue
		}
		found := c.among(of.names)
		switch len(found) {
		case 0:
			return fmt.Errorf("want a header with the columns id or path, and labels, separated by commas or tabs, found %s", some("column", c.written))
		case 1:
		default:
			return fmt.Errorf("several columns may be the %s: %s: name the one that is meant %[1]s", of.as, few.Names(found))
		}
		if of.as == "labels" {
			c.single = true
			c.noteLabels(found[0])
		}
		if err := c.call(found[0], of.as); err != nil {
			return err
		}
	}
	return nil
}

func (c *csvRows) has(column string) bool { return slices.Contains(c.names, column) }

// cell returns a row's field, "" where there is no such column.
func (c *csvRows) cell(fields []string, column string) string {
	if i := slices.Index(c.names, column); i >= 0 {
		return fields[i]
	}
	return ""
}

// add makes an item of a row.
func (c *csvRows) add(fields []string, line int) error {
	var it Item
	var err error
	own := strings.TrimSpace(c.cell(fields, "id"))
	if !c.keyed || own == "" {
		path, err := c.path(fields)
		if err != nil {
			return err
		}
		if it.ID, it.At, err = c.set.listed(path); err != nil {
			return fmt.Errorf("path: %w", err)
		}
	}
	if own != "" {
		it.ID = sharing(strings.Clone(escape.Name(own)), it.At.Path)
	}
	if !c.keyed || !c.has("object") {
		if it.Box, err = c.box(fields); err != nil {
			return err
		}
	}
	if it.Object, err = c.object(fields, &it); err != nil {
		return err
	}
	if err := c.meet(&it, line); err != nil {
		return err
	}
	it.labels = c.lists.shared(c.list(fields, "labels"), c.list(fields, "ignored"))
	for _, l := range it.Labels() {
		c.classes[l] = true
	}
	for _, l := range it.Ignored() {
		c.classes[l] = true
		if slices.Contains(it.Labels(), l) {
			return fmt.Errorf("%q is both a label and ignored", escape.Short(l))
		}
	}
	it.None = !it.has() && (c.empty || !c.json && !c.single && c.has("labels"))
	if it.splits, err = c.splits(fields); err != nil {
		return err
	}
	if c.set.to != nil {
		return c.set.give(it)
	}
	c.set.Items = append(c.set.Items, it)
	return nil
}

// meet makes sure that an item's key is new.
func (c *csvRows) meet(it *Item, line int) error {
	if c.set.to != nil {
		return c.set.to.met(it.ID, it.Object)
	}
	if before := c.index.add(c.set.Items, it); before >= 0 {
		return fmt.Errorf("%s is listed twice: first in line %d; give each row an id, or each box of an image an object number",
			keyText(itemKey{it.ID, it.Object}), c.lines.of(before))
	}
	c.lines.add(len(c.set.Items), line)
	return nil
}

func keyText(k itemKey) string {
	if k.object == 0 {
		return k.id
	}
	return fmt.Sprintf("object %d of %s", k.object, k.id)
}

// list returns the names in a cell, sorted as the classes are, each once.
func (c *csvRows) list(fields []string, column string) []string {
	names := c.split(c.cell(fields, column))
	for i, n := range names {
		if !c.json { // whose names are escaped, so that none has a zero byte
			names[i] = escape.Name(n)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// split separates the names of a cell.
func (c *csvRows) split(cell string) []string {
	if c.json {
		return strings.FieldsFunc(cell, func(r rune) bool { return r == 0 })
	}
	return splitCell(cell)
}

// splitCell separates a cell at ; and |, without blanks around.
func splitCell(cell string) []string {
	var names []string
	for _, n := range strings.FieldsFunc(cell, func(r rune) bool { return r == ';' || r == '|' }) {
		if n = strings.TrimSpace(n); n != "" {
			names = append(names, n)
		}
	}
	return names
}

// splits returns the splits in a cell, a bit for each of vocSplits.
func (c *csvRows) splits(fields []string) (splitBits, error) {
	return readSplitNames(c.split(c.cell(fields, "split")))
}

// box returns the box of a row, nil if its four cells are empty.
func (c *csvRows) box(fields []string) (*Box, error) {
	var corner [4]float64
	given := 0
	for i, column := range []string{"xmin", "ymin", "xmax", "ymax"} {
		cell := strings.TrimSpace(c.cell(fields, column))
		if cell == "" {
			continue
		}
		n, ok := pixelCoordinate(cell, math.MaxInt32)
		if !ok {
			return nil, fmt.Errorf("%s: want a pixel coordinate, found %q", column, escape.Short(cell))
		}
		corner[i] = n
		given++
	}
	b := Box{XMin: corner[0], YMin: corner[1], XMax: corner[2], YMax: corner[3]}
	switch {
	case given == 0:
		return nil, nil
	case given < 4:
		return nil, errors.New("want xmin, ymin, xmax and ymax, or none of them")
	case b.insideOut():
		return nil, fmt.Errorf("want xmin at most xmax and ymin at most ymax, found the box %s,%s to %s,%s", decimal(b.XMin), decimal(b.YMin), decimal(b.XMax), decimal(b.YMax))
	}
	return &b, nil
}

// object returns the object number of a row: none without a box.
func (c *csvRows) object(fields []string, it *Item) (int, error) {
	cell := strings.TrimSpace(c.cell(fields, "object"))
	switch {
	case c.keyed && strings.Trim(cell, "0.") != "":
	case it.Box == nil && strings.Trim(cell, "0.") != "":
		return 0, fmt.Errorf("object %q has no box", escape.Short(cell))
	case it.Box == nil:
		return 0, nil
	case !c.has("object"):
		c.boxes[it.ID]++
		return c.boxes[it.ID], nil
	}
	n, err := wholeNumber(cell)
	if err != nil {
		return 0, fmt.Errorf("object: %w", err)
	}
	return n, nil
}

// wholeNumber reads a number from 1 on. Spreadsheets and data frames write columns with gaps as 12.0.
func wholeNumber(cell string) (int, error) {
	digits := cell
	if whole, fraction, ok := strings.Cut(cell, "."); ok && strings.Trim(fraction, "0") == "" {
		digits = whole
	}
	n, err := strconv.ParseUint(digits, 10, 31)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("want a whole number from 1 to %d, found %q", math.MaxInt32, escape.Short(cell))
	}
	return int(n), nil
}
