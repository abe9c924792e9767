package datasets

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"fc7/internal/escape"
)

// Bounds of a list file: VOC's largest has 11,540 lines and 200 kB.
const (
	maxListBytes = 16 << 20
	maxListLine  = 1024
)

// classLine is a line of a per-class list.
type classLine struct {
	id     string
	value  vocValue
	number int // 1-based line
}

// parseImageList reads an image list: one name a line. Errors give name:line.
func parseImageList(name string, r io.Reader) ([]string, error) {
	var ids []string
	seen := make(map[string]int)
	err := scanLines(name, r, func(number int, fields []string) error {
		if len(fields) != 1 {
			return fmt.Errorf("want one image name, found %d fields", len(fields))
		}
		if err := newID(fields[0], number, seen); err != nil {
			return err
		}
		ids = append(ids, fields[0])
		return nil
	})
	return ids, err
}

// parseClassList reads a per-class list: an image name and 1, 0 or -1 a line. Errors give name:line.
func parseClassList(name string, r io.Reader) ([]classLine, error) {
	var lines []classLine
	seen := make(map[string]int)
	err := scanLines(name, r, func(number int, fields []string) error {
		if len(fields) != 2 {
			return fmt.Errorf("want an image name and 1, 0 or -1, found %d fields", len(fields))
		}
		if err := newID(fields[0], number, seen); err != nil {
			return err
		}
		value, ok := classValue(fields[1])
		if !ok {
			return fmt.Errorf("want 1, 0 or -1 after the image name, found %q", fields[1])
		}
		lines = append(lines, classLine{fields[0], value, number})
		return nil
	})
	return lines, err
}

func classValue(field string) (v vocValue, ok bool) {
	switch field {
	case "1":
		return vocPositive, true
	case "0":
		return vocDifficult, true
	case "-1":
		return vocNegative, true
	}
	return vocUnknown, false
}

// newID checks an image name and that it was not listed before.
func newID(id string, number int, seen map[string]int) error {
	if err := checkID(id); err != nil {
		return err
	}
	if before := seen[id]; before > 0 {
		return fmt.Errorf("image %s is listed twice: first in line %d", id, before)
	}
	seen[id] = number
	return nil
}

// checkID refuses names that are not those of a file in one folder.
func checkID(id string) error {
	bad := func(r rune) bool { return r == '/' || r == '\\' || r == utf8.RuneError || !unicode.IsPrint(r) }
	if strings.Trim(id, ".") == "" || len(id) > 200 || strings.ContainsFunc(id, bad) {
		return fmt.Errorf("want an image name without folder and extension, such as 000005, found %q", escape.Short(id))
	}
	return nil
}

// scanLines calls line for every line that is not blank, with its number and its fields, separated by blanks; see
// readLines.
func scanLines(name string, r io.Reader, line func(number int, fields []string) error) error {
	lim := lineLimits{bytes: maxListBytes, line: maxListLine, what: "an image list"}
	return readLines(name, r, lim, func(number int, text []byte) error {
		fields := strings.Fields(string(text))
		if len(fields) == 0 {
			return nil
		}
		return line(number, fields)
	})
}
