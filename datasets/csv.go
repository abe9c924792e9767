package datasets

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"fc7/internal/store"
)

// csvTable is a table of one's own: a CSV or TSV file (RFC 4180 quoting) whose first line names the columns, in any
// order, upper or lower case. The separator is a tab if the header has one, else a comma. Lines may end in CR alone.
//
//	path            the image; relative to the file's folder, or absolute. Required, or another with a usual name (file_name)
//	id              the key; empty: the path
//	labels          classes, separated by ; or |; an empty cell: none of the classes;
//	                without this column it is not known
//	ignored         classes to score neither as hit nor as miss, likewise
//	split, splits   of train, val, trainval and test, likewise
//	xmin … ymax     a box in pixels, 1-based and inclusive; fractions are rounded; all four or none;
//	                it may reach beyond the image (see Box)
//	object          the number of a box row, from 1 on; without this column the
//	                boxes of a key are numbered in the order of their rows
//
// Without a column labels, the only one with a usual name (label, class, category …) has a class a row; an empty cell
// of it is not known. Options name other columns. A file that begins with { is lines of JSON, an object a row.
//
// Set.Classes are all names in labels and ignored, sorted by bytes. The order of items is that of the rows. Other
// columns are not read and noted.
var csvTable = kind{
	KindInfo: KindInfo{
		Name:    csvKind,
		Summary: "a CSV or TSV file, or lines of JSON, of images with labels, splits and boxes",
		Tree: "PATH is a CSV or TSV file, whose first line names the columns, or lines of JSON objects (metadata.jsonl):\n" +
			"path,labels,split            required is path, relative to the folder of PATH\n" +
			"cats/1.jpg,cat,train\n" +
			"2.jpg,cat;dog,test           several labels: separated by ; or |\n" +
			"3.jpg,,train                 labels left empty: none of the classes; no such column: not known\n" +
			"columns: path id labels ignored split object xmin ymin xmax ymax; or file_name, and label, class …\n" +
			"of one class a row, whose empty cells are not known; --image-column, --label-column name others\n" +
			"a box is in pixels from 1 on, both corners in it; of one that reaches beyond the image, what is inside",
		Example: "csv:photos.csv",
	},
	openWith: func(k KindInfo, path string, o Options) (*Set, error) { return openCSV(k, path, o, nil) },
	stream:   openCSV,
}

// csvKind is the name of the kind.
const csvKind = "csv"

// csvLimits bound a table.
type csvLimits struct {
	bytes  int64 // of the file
	json   int64 // bytes of lines of JSON, which are held in memory
	record int64 // bytes of a row, on top of the reader's buffer
	rows   int
}

var tableLimits = csvLimits{bytes: 2 << 30, json: 256 << 20, record: 1 << 20, rows: 10_000_000}

// csvLimits are those of tables that are opened so.
func (o Options) csvLimits() csvLimits {
	lim := tableLimits
	if o.AnyLength {
		lim.bytes, lim.json, lim.rows = anyBytes, anyBytes, anyLines
	}
	return lim
}

// csvBuffer holds the header line at least.
const csvBuffer = 64 << 10

func openCSV(k KindInfo, path string, o Options, to *stream) (*Set, error) {
	lim := o.csvLimits()
	if store.Is(path) && to != nil {
		return nil, errWhole
	}
	if store.Is(path) {
		text, n, err := remoteText(k, path, lim.bytes, lim.rows)
		if err != nil {
			return nil, err
		}
		return readCSV(k, store.Shown(path), spooled(text), n, lim, o, nil)
	}
	f, err := openText(k, path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	n, err := countFile(f, lim.rows)
	if err != nil {
		return nil, fmt.Errorf("data set %s: %s: %w", k.Name, path, err)
	}
	return readCSV(k, path, f, n, lim, o, to)
}

// readCSV makes a set of a table; name is its path, for errors and as the start of relative paths. It has about n rows.
// With to, that takes the items.
func readCSV(k KindInfo, name string, r io.Reader, n int, lim csvLimits, o Options, to *stream) (*Set, error) {
	rows := &csvRows{
		o:       o,
		set:     &Set{Kind: k.Name, empty: "an empty cell of labels", Root: folderOf(name), Items: make([]Item, 0, to.room(n)), to: to},
		classes: make(map[string]bool),
		boxes:   make(map[string]int),
		beside:  beside{},
	}
	br := bufio.NewReaderSize(r, csvBuffer)
	if isJSONLines(br) {
		rows.set.empty = "an empty list of labels"
		read := rows.readJSONLines
		if to != nil {
			read = rows.streamJSONLines(r)
		}
		if err := read(name, br, lim); err != nil {
			return nil, fmt.Errorf("data set %s: %w", k.Name, err)
		}
	} else if err := rows.readAll(br, lim); err != nil {
		return nil, fmt.Errorf("data set %s: %s:%w", k.Name, name, err)
	}
	if rows.set.given() == 0 {
		return nil, layoutError(k, name, "lists no image", "write a header line and a line for every image")
	}
	rows.finish()
	rows.set.noteRemote()
	return rows.set, nil
}

// readAll takes all rows of a file. Its error begins with the line.
func (c *csvRows) readAll(r io.Reader, lim csvLimits) error {
	guard := &recordGuard{r: r, left: lim.record, total: lim.bytes, lim: lim}
	br := bufio.NewReaderSize(guard, csvBuffer)
	if head, _ := br.Peek(len(byteOrderMark)); string(head) == byteOrderMark {
		_, _ = br.Discard(len(byteOrderMark)) // it was there to be peeked at
	}
	if onlyCR(br, csvBuffer) {
		br = bufio.NewReaderSize(lineFeeds{br}, csvBuffer)
	}
	cr := csv.NewReader(br)
	cr.Comma = separator(br)
	cr.ReuseRecord = true
	return c.read(cr, guard)
}

func (c *csvRows) read(cr *csv.Reader, guard *recordGuard) error {
	line := 0
	for n := 0; ; n++ {
		fields, err := cr.Read()
		if err == io.EOF {
			return nil
		}
		if err == nil || errors.Is(err, csv.ErrFieldCount) {
			line, _ = cr.FieldPos(0)
		}
		switch {
		case err != nil:
			err = csvError(err, &line, len(fields), len(c.names))
		case n == 0:
			err = c.header(fields)
		case n > guard.lim.rows:
			err = fmt.Errorf("more than %d rows: split the table", guard.lim.rows)
		default:
			err = c.add(fields, line)
		}
		if err != nil {
			return fmt.Errorf("%d: %w", line, err)
		}
		guard.left = guard.lim.record
	}
}

// csvError puts an error of the CSV reader in our words and sets the line that it is in.
func csvError(err error, line *int, found, want int) error {
	var parse *csv.ParseError
	switch {
	case errors.Is(err, csv.ErrFieldCount):
		return fmt.Errorf("want %d fields as in the header, found %d", want, found)
	case errors.As(err, &parse):
		*line = parse.Line
		return fmt.Errorf("column %d: %w: write a quote inside a quoted field twice", parse.Column, parse.Err)
	}
	*line++
	return err
}

// lineFeeds reads LF for CR.
type lineFeeds struct{ r io.Reader }

func (l lineFeeds) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	for i, c := range p[:n] {
		if c == '\r' {
			p[i] = '\n'
		}
	}
	return n, err
}

// separator tells what the header line is separated by.
func separator(br *bufio.Reader) rune {
	head, _ := br.Peek(csvBuffer)
	if i := bytes.IndexByte(head, '\n'); i >= 0 {
		head = head[:i]
	}
	if bytes.IndexByte(head, '\t') >= 0 {
		return '\t'
	}
	return ','
}

// recordGuard ends a file in which a row, for want of a closing quote, would be read to any length.
type recordGuard struct {
	r     io.Reader
	left  int64 // of the row
	total int64 // of the file
	lim   csvLimits
}

func (g *recordGuard) Read(p []byte) (int, error) {
	if g.total < 0 {
		return 0, fmt.Errorf("the table is larger than %d bytes", g.lim.bytes)
	}
	if g.left <= 0 {
		return 0, fmt.Errorf("a row longer than %d bytes: is a closing quote missing?", g.lim.record)
	}
	p = p[:min(int64(len(p)), g.left, g.total+1)]
	n, err := g.r.Read(p)
	g.left -= int64(n)
	g.total -= int64(n)
	return n, err
}

// finish sets the classes and notes the columns that were not read.
func (c *csvRows) finish() {
	for name := range c.classes {
		c.set.Classes = append(c.set.Classes, name)
	}
	slices.Sort(c.set.Classes)
	var unknown []string
	for i, name := range c.names {
		if !slices.Contains(csvColumns, name) && !strings.Contains(c.pattern, "{"+c.written[i]+"}") {
			unknown = append(unknown, c.written[i])
		}
	}
	if len(unknown) > 0 {
		hint := ""
		if len(c.set.Classes) == 0 {
			hint = "; --label-column names the one that holds classes"
		}
		c.set.Notes = append(c.set.Notes, fmt.Sprintf("not read from the table: %s; the columns known are %s%s",
			some("column", unknown), strings.Join(csvColumns, ", "), hint))
	}
}
