package protocol

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"fc7/heads/metrics"
)

// Named is a value with its name.
type Named[T any] struct {
	Name  string
	Value T
}

// Figures are named figures in the order in which a reader sees them; in JSON an object in that order, with null for
// what is undefined.
type Figures []Named[metrics.Value]

// Counts are named numbers, in JSON an object in their order.
type Counts []Named[int]

// Has tells whether a figure is there, be it undefined.
func (f Figures) Has(name string) bool { _, ok := find(f, name); return ok }

// Get returns a figure, NaN where there is none of the name.
func (f Figures) Get(name string) metrics.Value {
	if v, ok := find(f, name); ok {
		return v
	}
	return metrics.Value(math.NaN())
}

// Get returns a count, 0 where there is none of the name.
func (c Counts) Get(name string) int { n, _ := find(c, name); return n }

func (f Figures) with(name string, v metrics.Value) Figures {
	return append(f, Named[metrics.Value]{name, v})
}

func find[T any](list []Named[T], name string) (v T, ok bool) {
	i := slices.IndexFunc(list, func(n Named[T]) bool { return n.Name == name })
	if i < 0 {
		return v, false
	}
	return list[i].Value, true
}

// MarshalJSON writes an object.
func (f Figures) MarshalJSON() ([]byte, error) { return writeNamed(f) }

// MarshalJSON writes an object.
func (c Counts) MarshalJSON() ([]byte, error) { return writeNamed(c) }

// UnmarshalJSON reads an object; null is NaN.
func (f *Figures) UnmarshalJSON(text []byte) (err error) {
	*f, err = readNamed[metrics.Value](text)
	return err
}

// UnmarshalJSON reads an object.
func (c *Counts) UnmarshalJSON(text []byte) (err error) {
	*c, err = readNamed[int](text)
	return err
}

func writeNamed[T any](list []Named[T]) ([]byte, error) {
	b := []byte{'{'}
	for i, n := range list {
		name, err := json.Marshal(n.Name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(n.Value)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(append(b, name...), ':'), value...)
	}
	return append(b, '}'), nil
}

func readNamed[T any](text []byte) ([]Named[T], error) {
	d := json.NewDecoder(bytes.NewReader(text))
	open, err := d.Token()
	if err != nil {
		return nil, err
	}
	if open != json.Delim('{') {
		return nil, cmp.Or(json.Unmarshal(text, new(map[string]T)), errors.New("expected an object, found null"))
	}
	var list []Named[T]
	seen := map[string]bool{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		n := Named[T]{Name: name.(string)} // a key of an object is a string
		if err := d.Decode(&n.Value); err != nil {
			var kind *json.UnmarshalTypeError
			if errors.As(err, &kind) { // whoever reads the whole puts the names of the outer fields before
				kind.Field = strings.TrimSuffix(n.Name+"."+kind.Field, ".")
				return nil, kind
			}
			return nil, fmt.Errorf("%s: %w", n.Name, err)
		}
		if seen[n.Name] {
			return nil, fmt.Errorf("%s is there twice", n.Name)
		}
		seen[n.Name], list = true, append(list, n)
	}
	return list, nil
}
