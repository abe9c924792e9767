package datasets

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"fc7/internal/escape"
)

// A split file says which rows of a set belong to which splits. It is text in columns separated by tabs, whose first
// line names them:
//
//	image	object	split
//	000005	0	train;trainval
//	000007	2	test
//
// image is the key of an item, as Item.ID. object may be left out as a column; 0 or nothing stands for all rows of the
// image that have no line of their own. Splits are those of Item.Splits; several are separated by ; or a comma. An
// image that is in train or val is not in test, and not in both train and val, whatever its objects. Splits of a
// numbered division ("train1") are another matter than those of the next ("test2").

// splitFile is a split file that was read.
type splitFile struct {
	name  string
	bits  map[itemKey]splitBits
	lines map[itemKey]int
}

// splitLimits bound a split file.
var splitLimits = lineLimits{bytes: 4 << 30, line: 16 << 10, lines: 50_000_000, what: "a split file"}

// parseSplits reads a split file. Errors give name:line.
func parseSplits(name string, r io.Reader, lim lineLimits) (*splitFile, error) {
	f := &splitFile{name: name, bits: make(map[itemKey]splitBits), lines: make(map[itemKey]int)}
	images := make(map[string]splitOfImage)
	object := false
	err := readLines(name, r, lim, func(number int, text []byte) error {
		fields := strings.Split(string(text), "\t")
		if number == 1 {
			var err error
			object, err = splitHeader(fields)
			return err
		}
		if strings.TrimSpace(string(text)) == "" {
			return nil
		}
		key, bits, err := splitLine(fields, object)
		if err != nil {
			return err
		}
		if before := f.lines[key]; before > 0 {
			return fmt.Errorf("%s is listed twice: first in line %d", keyText(key), before)
		}
		f.lines[key], f.bits[key] = number, bits
		before := images[key.id]
		if before.line == 0 {
			before.line = number
		}
		before.bits |= bits
		images[key.id] = before
		return leak(key.id, before)
	})
	if err == nil && len(f.bits) == 0 {
		err = fmt.Errorf("%s: lists no image: want a line %q and one for every image", name, "image\tsplit")
	}
	return f, err
}

// splitOfImage is what is said of an image and all its objects.
type splitOfImage struct {
	bits splitBits
	line int // where it was met first
}

// leak refuses an image that would be learned and tested.
func leak(id string, s splitOfImage) error {
	learned := s.bits & (bitTrain | bitVal | bitTrainVal)
	switch {
	case s.bits&bitTest != 0 && learned != 0:
		return fmt.Errorf("a leak: the image %s is in test and in %s (line %d)", id, strings.Join(learned.names(), " and "), s.line)
	case s.bits&bitTrain != 0 && s.bits&bitVal != 0:
		return fmt.Errorf("a leak: the image %s is in val and in train (line %d)", id, s.line)
	}
	return nil
}

// splitHeader checks the first line and tells whether there is a column object.
func splitHeader(fields []string) (object bool, err error) {
	var names []string
	for _, f := range fields {
		names = append(names, strings.ToLower(strings.TrimSpace(f)))
	}
	switch strings.Join(names, "\t") {
	case "image\tsplit":
		return false, nil
	case "image\tobject\tsplit":
		return true, nil
	}
	return false, fmt.Errorf("want the columns image, object (or not) and split, separated by tabs, found %q", escape.Short(strings.Join(fields, "\t")))
}

// splitLine reads a line after the first.
func splitLine(fields []string, object bool) (itemKey, splitBits, error) {
	want := 2
	if object {
		want = 3
	}
	if len(fields) != want {
		return itemKey{}, 0, fmt.Errorf("want %d fields as in the first line, separated by tabs, found %d", want, len(fields))
	}
	key := itemKey{id: fields[0]}
	if key.id == "" || !plainOrEscaped(key.id) {
		return key, 0, fmt.Errorf("want the key of an image, found %q", escape.Short(key.id))
	}
	if cell := strings.TrimSpace(fields[want-2]); object && cell != "" && cell != "0" {
		n, err := strconv.ParseUint(cell, 10, 31)
		if err != nil {
			return key, 0, fmt.Errorf("want an object number, or 0 for the whole image, found %q", escape.Short(cell))
		}
		key.object = int(n)
	}
	var bits splitBits
	names := strings.FieldsFunc(fields[want-1], func(r rune) bool { return r == ';' || r == ',' || r == ' ' })
	for _, n := range names {
		bit, ok := splitBitsOf(strings.ToLower(n))
		if !ok {
			return key, 0, fmt.Errorf("want a split of %s, found %q", strings.Join(vocSplits, ", "), escape.Short(n))
		}
		if bits, ok = bits.with(bit); !ok {
			return key, 0, fmt.Errorf("a leak: the image is in two splits of one division: %s", escape.Short(fields[want-1]))
		}
	}
	if bits == 0 {
		return key, 0, errors.New("want a split, found nothing: leave the line out for an image in no split")
	}
	return key, bits, nil
}

// plainOrEscaped reports whether a string may be an ID.
func plainOrEscaped(id string) bool { return escape.Plain(strings.ReplaceAll(id, `\`, "")) }

// IsSplitFile tells whether a file begins as one of splits does.
func IsSplitFile(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	first, _, err := bufio.NewReader(io.LimitReader(f, 1<<10)).ReadLine()
	if err != nil {
		return false
	}
	_, err = splitHeader(strings.Split(string(first), "\t"))
	return err == nil
}

// readSplits reads the split file at path.
func readSplits(path string) (*splitFile, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read splits: %w", err)
	}
	defer f.Close()
	s, err := parseSplits(path, f, splitLimits)
	if err != nil {
		return nil, fmt.Errorf("read splits: %w", err)
	}
	return s, nil
}

// apply replaces the splits of a set. Lines of images or objects that the set does not have are an error; rows without
// a line are in no split, and noted.
func (f *splitFile) apply(s *Set) error {
	used := make(map[itemKey]bool)
	none := 0
	var first string
	for i := range s.Items {
		it := &s.Items[i]
		key := itemKey{it.ID, it.Object}
		bits, ok := f.bits[key]
		if !ok && it.Object != 0 {
			key.object = 0
			bits, ok = f.bits[key]
		}
		if !ok {
			if none++; none == 1 {
				first = keyText(itemKey{it.ID, it.Object})
			}
			it.splits = 0
			continue
		}
		used[key] = true
		it.splits = bits
	}
	if len(used) < len(f.bits) {
		return f.unknown(used)
	}
	if none > 0 {
		s.Notes = append(s.Notes, fmt.Sprintf("%d of %d rows are in no split of %s, the first of them %s", none, len(s.Items), f.name, first))
	}
	return nil
}

// unknown tells which line is the first about a row that the set lacks.
func (f *splitFile) unknown(used map[itemKey]bool) error {
	var first itemKey
	line := 0
	for key, n := range f.lines {
		if !used[key] && (line == 0 || n < line) {
			first, line = key, n
		}
	}
	return fmt.Errorf("%s:%d: the set has no %s, and lacks %d of the %d rows listed: is this the split file of another set?", f.name, line, keyText(first), len(f.bits)-len(used), len(f.bits))
}

// SplitRow is a line of a split file.
type SplitRow struct {
	Image  string
	Object int      // 0: the whole image
	Splits []string // none: the row is left out
}

// WriteSplits writes the splits of a set as a split file. Rows in no split are left out. It returns the number of
// lines; none is an error.
func WriteSplits(w io.Writer, s *Set) (int, error) {
	rows := make([]SplitRow, len(s.Items))
	for i := range s.Items {
		it := &s.Items[i]
		rows[i] = SplitRow{it.ID, it.Object, it.Splits()}
	}
	return WriteSplitRows(w, rows)
}

// WriteSplitRows is WriteSplits of rows.
func WriteSplitRows(w io.Writer, rows []SplitRow) (int, error) {
	objects := slices.ContainsFunc(rows, func(r SplitRow) bool { return r.Object != 0 })
	b := bufio.NewWriter(w)
	header := "image\tsplit\n"
	if objects {
		header = "image\tobject\tsplit\n"
	}
	n := 0
	_, _ = b.WriteString(header) // Flush returns the error
	for _, r := range rows {
		if len(r.Splits) == 0 {
			continue
		}
		n++
		splits := strings.Join(r.Splits, ";")
		if objects {
			fmt.Fprintf(b, "%s\t%d\t%s\n", r.Image, r.Object, splits)
		} else {
			fmt.Fprintf(b, "%s\t%s\n", r.Image, splits)
		}
	}
	if n == 0 {
		return 0, errors.New("no row of the set is in a split")
	}
	return n, b.Flush()
}
