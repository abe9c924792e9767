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
// those of captions.
func readJSONLabels(r io.Reader, size int64) ([]string, error) {
	if size > maxJSONBytes {
		return nil, fmt.Errorf("want at most %d bytes of JSON, found %d", maxJSONBytes, size)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	var fields map[string]json.RawMessage
	var kind *json.UnmarshalTypeError
	if err := readjson.Text(text, &fields); err != nil && !errors.As(err, &kind) {
		return nil, fmt.Errorf("read labels: %w", err)
	}
	var values []json.RawMessage
	if one, ok := fields["label"]; ok {
		values = append(values, one)
	}
	if several, ok := fields["labels"]; ok {
		var list []json.RawMessage
		if err := json.Unmarshal(several, &list); err != nil {
			return nil, fmt.Errorf("labels: want an array, found %s", escape.Short(string(several)))
		}
		values = append(values, list...)
	}
	var labels []string
	for _, v := range values {
		label, err := jsonLabel(v)
		if err != nil {
			return nil, err
		}
		if label != "" {
			labels = append(labels, label)
		}
	}
	return labels, nil
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
