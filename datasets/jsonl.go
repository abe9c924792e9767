package datasets

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"fc7/internal/escape"
	"fc7/internal/readjson"
)

// maxKeys bounds the columns of a table of lines of JSON.
const maxKeys = 10_000

// isJSONLines tells whether a text begins with an object of JSON.
func isJSONLines(br *bufio.Reader) bool {
	head, _ := br.Peek(csvBuffer)
	return bytes.HasPrefix(bytes.TrimLeft(bytes.TrimPrefix(head, []byte(byteOrderMark)), " \t\r\n"), []byte("{"))
}

// jsonLines reads lines of JSON, an object each.
func jsonLines(name string, r io.Reader, lim csvLimits, do func(number int, text []byte, row map[string]json.RawMessage) error) error {
	lines := lineLimits{bytes: min(lim.bytes, lim.json), line: int(lim.record), lines: lim.rows, what: "a table of lines of JSON"}
	return readLines(name, r, lines, func(number int, text []byte) error {
		if len(bytes.TrimSpace(text)) == 0 {
			return nil
		}
		row, err := jsonRow(text)
		if err != nil {
			return err
		}
		return do(number, text, row)
	})
}

// jsonKeys are the keys of objects, which are the columns.
type jsonKeys map[string]bool

func (k jsonKeys) add(row map[string]json.RawMessage) error {
	for key := range row {
		k[key] = true
	}
	if len(k) > maxKeys {
		return fmt.Errorf("more than %d different keys", maxKeys)
	}
	return nil
}

func (k jsonKeys) sorted() []string { return slices.Sorted(maps.Keys(k)) }

// readJSONLines takes the rows of lines of JSON, an object each, whose keys are the columns. Its error begins with the
// line. A row's labels may be a list; an empty one is none of the classes, and null, or no such key, is not known.
func (c *csvRows) readJSONLines(name string, r io.Reader, lim csvLimits) error {
	c.json = true
	var kept texts // rather than what they hold: that takes tenfold
	var rows []string
	var numbers []int32
	seen := make(jsonKeys)
	err := jsonLines(name, r, lim, func(number int, text []byte, row map[string]json.RawMessage) error {
		if err := seen.add(row); err != nil {
			return err
		}
		rows, numbers = append(rows, kept.keep(string(text))), append(numbers, int32(number))
		return nil
	})
	if err != nil {
		return err
	}
	keys := seen.sorted()
	if err := c.header(keys); err != nil && len(rows) > 0 {
		return fmt.Errorf("%s: %w", name, err)
	}
	for n, text := range rows {
		line := int(numbers[n])
		row, err := jsonRow([]byte(text))
		if err == nil {
			err = c.addJSON(row, keys, line)
		}
		if err != nil {
			return fmt.Errorf("%s:%d: %w", name, line, err)
		}
	}
	return nil
}

// streamJSONLines is readJSONLines of a file, which is read twice instead of held: its keys are known at its end.
func (c *csvRows) streamJSONLines(file io.Reader) func(name string, r io.Reader, lim csvLimits) error {
	return func(name string, r io.Reader, lim csvLimits) error {
		c.json = true
		seen := make(jsonKeys)
		err := jsonLines(name, r, lim, func(_ int, _ []byte, row map[string]json.RawMessage) error { return seen.add(row) })
		if err != nil {
			return err
		}
		keys := seen.sorted()
		if len(keys) == 0 {
			return nil
		}
		if err := c.header(keys); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		again, ok := file.(io.ReadSeeker)
		if !ok {
			return errWhole
		}
		if _, err := again.Seek(0, io.SeekStart); err != nil {
			return err
		}
		return jsonLines(name, again, lim, func(number int, _ []byte, row map[string]json.RawMessage) error { return c.addJSON(row, keys, number) })
	}
}

// jsonRow are the values of an object by their keys.
func jsonRow(text []byte) (map[string]json.RawMessage, error) {
	row := make(map[string]json.RawMessage)
	return row, readjson.Text(withoutNaN(text), &row)
}

// addJSON makes an item of an object. Values of columns that are not read are of no matter.
func (c *csvRows) addJSON(row map[string]json.RawMessage, keys []string, line int) error {
	fields := make([]string, len(keys))
	c.empty = false
	for i, key := range keys {
		if !slices.Contains(csvColumns, c.names[i]) && c.pattern == "" {
			continue
		}
		value := row[key]
		labels := c.names[i] == "labels"
		if labels || c.names[i] == "ignored" || c.names[i] == "split" {
			if string(bytes.TrimSpace(value)) == `""` {
				value = nil // as an empty cell
			}
			names, empty, err := jsonLabels(value)
			if err != nil {
				return fmt.Errorf("%s: %w", escape.Name(key), err)
			}
			fields[i] = strings.Join(names, "\x00")
			c.empty = c.empty || labels && empty
			continue
		}
		fields[i] = jsonText(value)
	}
	return c.add(fields, line)
}

// jsonText is the text of a value, or its JSON where it is none; "" for null.
func jsonText(value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) == nil {
		return text
	}
	return string(value)
}
