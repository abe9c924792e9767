package outputs

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"
)

// The values of Row.Status.
const (
	StatusOK     = "ok"
	StatusFailed = "failed"
)

// maxText bounds each string of a row, and maxList the strings of one list: no path or label comes near, and the
// writer's memory stays bounded.
const (
	maxText = 1 << 20
	maxList = 1 << 16
)

// Row is one item of a feature table: an image, or one object's box of it.
type Row struct {
	Image         string   // with Object, the key
	Object        int      // 1-based object number of a box row; 0, stored as null: the whole image
	Path          string   // where the image came from
	Width, Height int      // of the decoded image in pixels; 0: not known, as in most failed rows
	Labels        []string // positive classes
	Ignored       []string // classes left out of scoring (VOC: only difficult objects)
	None          bool     // without Labels and Ignored: known to be of none of the classes; false: not known. See Inputs.None
	Splits        []string // "train", "val", "trainval", "test"
	Status        string   // StatusOK or StatusFailed
	Error         string   // why it failed; "", stored as null, when it did not
	Descriptors   [][]float32
	// Descriptors holds one slice a column of the table, in its order; nil in a failed row, which stores nulls. Whole
	// numbers of an Int32 column are given as float32.
	// The writer copies the values before it returns. Rows that a Table reads have none: they are in its matrices.
}

// check tells why the row cannot be a row of a table with these columns; none tells whether it has rows of none of the
// classes.
func (r *Row) check(cols []Column, none bool) error {
	if r.Image == "" {
		return errors.New("image is empty: every row needs its key")
	}
	if err := r.checkTexts(); err != nil {
		return err
	}
	switch {
	case r.None && len(r.Labels)+len(r.Ignored) > 0:
		return fmt.Errorf("it is of none of the classes, but has labels: %v, ignored %v", r.Labels, r.Ignored)
	case r.None && !none:
		return errors.New("it is of none of the classes, but the identity counts no input of that kind")
	}
	for _, n := range [...]struct {
		name  string
		value int
	}{{"object", r.Object}, {"width", r.Width}, {"height", r.Height}} {
		if n.value < 0 || n.value > math.MaxInt32 {
			return fmt.Errorf("%s is %d, expected 0 to %d", n.name, n.value, math.MaxInt32)
		}
	}
	switch {
	case r.Status == StatusFailed && r.Error == "":
		return errors.New("the row failed, but its error is empty: every failure needs its reason")
	case r.Status == StatusFailed && r.Descriptors != nil:
		return errors.New("a failed row must not have descriptors")
	case r.Status == StatusOK && r.Error != "":
		return fmt.Errorf("status is %s, but the error is %q", StatusOK, r.Error)
	case r.Status != StatusOK && r.Status != StatusFailed:
		return fmt.Errorf("status is %q, expected %s or %s", r.Status, StatusOK, StatusFailed)
	}
	return r.checkDescriptors(cols)
}

// labelled tells whether it is known which classes the row is of, if of any.
func (r *Row) labelled() bool { return r.None || len(r.Labels)+len(r.Ignored) > 0 }

// ChangedInput begins the reason of a row that failed since its input is not the one that was planned.
const ChangedInput = "changed since the plan: "

// Changed tells whether the row failed since its input is not the one that was planned.
func (r *Row) Changed() bool {
	return r.Status == StatusFailed && strings.HasPrefix(r.Error, ChangedInput)
}

// KnownLabels are the positive classes: nil where it is not known what the row is of, and else a list, which is empty
// where it is of none.
func (r *Row) KnownLabels() []string {
	if len(r.Labels) == 0 && r.labelled() {
		return []string{}
	}
	return r.Labels
}

func (r *Row) checkDescriptors(cols []Column) error {
	if r.Status == StatusFailed {
		for _, c := range cols {
			if c.Required {
				return fmt.Errorf("column %s allows no nulls, but the row failed: %s", c.Name, r.Error)
			}
		}
		return nil
	}
	if len(r.Descriptors) != len(cols) {
		return fmt.Errorf("%d descriptors, expected one for each of the %d columns", len(r.Descriptors), len(cols))
	}
	for i, c := range cols {
		if err := c.check(r.Descriptors[i]); err != nil {
			return err
		}
		if i > 0 && cols[i-1].Map {
			if err := cols[i-1].checkMap(r.Descriptors[i-1], r.Descriptors[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *Row) checkTexts() error {
	one := func(name, s string) error {
		if len(s) > maxText {
			return fmt.Errorf("%s is %d bytes long, at most %d are supported", name, len(s), maxText)
		}
		if !utf8.ValidString(s) {
			return fmt.Errorf("%s %q is not valid UTF-8: escape it first", name, s)
		}
		return nil
	}
	for _, t := range [...]struct{ name, value string }{{"image", r.Image}, {"path", r.Path}, {"error", r.Error}} {
		if err := one(t.name, t.value); err != nil {
			return err
		}
	}
	for _, l := range [...]struct {
		name   string
		values []string
	}{{"labels", r.Labels}, {"ignored", r.Ignored}, {"splits", r.Splits}} {
		if len(l.values) > maxList {
			return fmt.Errorf("%s has %d entries, at most %d are supported", l.name, len(l.values), maxList)
		}
		for _, s := range l.values {
			if err := one(l.name, s); err != nil {
				return err
			}
		}
	}
	return nil
}

// size is about how many bytes the row takes in a file: what row groups are cut by.
func (r *Row) size(cols []Column) int {
	n := len(r.Image) + len(r.Path) + len(r.Error) + 64
	for _, l := range [...][]string{r.Labels, r.Ignored, r.Splits} {
		for _, s := range l {
			n += len(s) + 4
		}
	}
	if r.Status == StatusOK {
		for i, c := range cols {
			n += len(r.Descriptors[i]) * c.bytes()
		}
	}
	return n
}
