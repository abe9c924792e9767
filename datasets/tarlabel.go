package datasets

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"fc7/internal/escape"
	"fc7/internal/readjson"
)

// Bounds of the label files in shards.
const (
	maxClassBytes = 1024
	maxJSONBytes  = 4 << 20
)

// labels returns the labels of a sample, sorted, each once.
func (s *tarSample) labels() []string {
	if s.class != "" {
		return []string{s.class}
	}
	slices.Sort(s.json)
	return slices.Compact(s.json)
}

// readClass reads a cls file: one class as text.
func readClass(r io.Reader, size int64) (string, error) {
	if size > maxClassBytes {
		return "", fmt.Errorf("want a class of at most %d bytes, found %d", maxClassBytes, size)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		return "", err
	}
	class := strings.TrimSpace(string(text))
	if class == "" || strings.ContainsAny(class, "\r\n") {
		return "", fmt.Errorf("want one class as text, such as 7 or cat, found %q", escape.Short(string(text)))
	}
	return escape.Name(class), nil
}

// readJSONLabels reads the labels in a json file; none if it is not an object or has neither "label" nor "labels", as
// those of captions. It tells too whether the list of labels is empty.
func readJSONLabels(r io.Reader, size int64) (labels []string, none bool, err error) {
	if size > maxJSONBytes {
		return nil, false, fmt.Errorf("want at most %d bytes of JSON, found %d", maxJSONBytes, size)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, false, err
	}
	var fields map[string]json.RawMessage
	var kind *json.UnmarshalTypeError
	if err := readjson.Text(text, &fields); err != nil && !errors.As(err, &kind) {
		return nil, false, fmt.Errorf("read labels: %w", err)
	}
	var values []json.RawMessage
	if one, ok := fields["label"]; ok {
		values = append(values, one)
	}
	if several, ok := fields["labels"]; ok {
		var list []json.RawMessage
		if err := json.Unmarshal(several, &list); err != nil {
			return nil, false, fmt.Errorf("labels: want an array, found %s", escape.Short(string(several)))
		}
		none = list != nil && len(list) == 0
		values = append(values, list...)
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
	return labels, none, nil
}

// jsonLabel turns a value into a label; "" for null.
func jsonLabel(value json.RawMessage) (string, error) {
	text := string(value)
	if text == "null" {
		return "", nil
	}
	if digits(strings.TrimPrefix(text, "-")) {
		return text, nil
	}
	var label string
	if err := json.Unmarshal(value, &label); err != nil || strings.TrimSpace(label) == "" {
		return "", fmt.Errorf("label: want a name or a whole number, found %s", escape.Short(text))
	}
	return escape.Name(strings.TrimSpace(label)), nil
}
