package datasets

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"fc7/internal/escape"
	"fc7/internal/readjson"
)

// Bounds of the label files in shards.
const (
	maxClassBytes = 1024
	maxJSONBytes  = 4 << 20
)

// readClass reads a cls file: one class as text.
func readClass(r io.Reader, size int64) (string, error) {
	if size > maxClassBytes {
		return "", fmt.Errorf("want a class of at most %d bytes, found %d", maxClassBytes, size)
	}
	text, err := io.ReadAll(io.LimitReader(r, maxClassBytes))
	if err != nil {
		return "", err
	}
	class := strings.TrimSpace(string(text))
	if class == "" || strings.ContainsAny(class, "\r\n") {
		return "", fmt.Errorf("want one class as text, such as 7 or cat, found %q", escape.Short(string(text)))
	}
	return escape.Name(class), nil
}

// readJSONLabels reads the labels in a json file: those of "label" and of "labels", each a value or a list, sorted,
// each once; none if it is not an object or has neither, as those of captions. It tells too whether a list of labels is
// empty. Numbers that JSON does not have, which Python writes, are null.
func readJSONLabels(r io.Reader, size int64) (labels []string, none bool, err error) {
	if size > maxJSONBytes {
		return nil, false, fmt.Errorf("want at most %d bytes of JSON, found %d", maxJSONBytes, size)
	}
	text, err := io.ReadAll(io.LimitReader(r, maxJSONBytes))
	if err != nil {
		return nil, false, err
	}
	var fields map[string]json.RawMessage
	var kind *json.UnmarshalTypeError
	if err := readjson.Text(withoutNaN(text), &fields); err != nil && !errors.As(err, &kind) {
		return nil, false, fmt.Errorf("read labels: %w", err)
	}
	for _, name := range []string{"label", "labels"} {
		found, empty, err := jsonLabels(fields[name])
		if err != nil {
			return nil, false, fmt.Errorf("%s: %w", name, err)
		}
		labels, none = append(labels, found...), none || empty
	}
	slices.Sort(labels)
	return slices.Compact(labels), none, nil
}

// jsonLabels returns the labels that a value stands for: one, or a list of them; none for null and for what is not
// there. It tells too whether the value is an empty list.
func jsonLabels(value json.RawMessage) (labels []string, empty bool, err error) {
	values := []json.RawMessage{value}
	switch trimmed := bytes.TrimSpace(value); {
	case len(trimmed) == 0:
		return nil, false, nil
	case trimmed[0] == '[':
		if err := json.Unmarshal(trimmed, &values); err != nil {
			return nil, false, err
		}
	}
	for _, v := range values {
		label, err := jsonLabel(v)
		if err != nil {
			return nil, false, err
		}
		if label != "" {
			labels = append(labels, label)
		}
	}
	return labels, len(values) == 0, nil
}

// jsonLabel turns a value into a label: a name, escaped, or a whole number, written as 3 or 3.0; true is 1 and false 0,
// as columns of tables have them. "" for null.
func jsonLabel(value json.RawMessage) (string, error) {
	text := string(bytes.TrimSpace(value))
	switch text {
	case "null":
		return "", nil
	case "true":
		return "1", nil
	case "false":
		return "0", nil
	}
	if digits(strings.TrimPrefix(text, "-")) {
		return text, nil
	}
	if v, err := strconv.ParseFloat(text, 64); err == nil {
		if n, ok := whole(v); ok {
			return strconv.FormatInt(n, 10), nil
		}
	}
	var label string
	if err := json.Unmarshal([]byte(text), &label); err != nil || strings.TrimSpace(label) == "" {
		return "", fmt.Errorf("want a name or a whole number, found %s", escape.Short(text))
	}
	return escape.Name(strings.TrimSpace(label)), nil
}

// whole is the number that a label is; false: it is not whole, or so large that its digits are not exact.
func whole(v float64) (int64, bool) {
	if v != math.Trunc(v) || math.Abs(v) > 1<<53 {
		return 0, false
	}
	return int64(v), true
}
