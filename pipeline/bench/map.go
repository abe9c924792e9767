package bench

import (
	"context"
	"fmt"
	"strings"

	"fc7/heads/tsne"
	"fc7/internal/bounded"
)

// Map is how true a map of given features is, and what it took.
type Map struct {
	tsne.Quality
	tsne.Times
	Seconds float64 `json:"seconds"` // until the map was there, neighbours included, without reading and judging
}

// RunMap maps the rows of x, [N,D] in an .npy file, and writes the map to out, [N,2] of float32. classes is a text file
// with a line a row, whose first field, up to a tab, is its class; "": none is known. replace lets the map take the
// place of a file that is there.
func RunMap(ctx context.Context, x, classes, out string, replace bool, o tsne.Options) (*Map, error) {
	features, names, err := readRows(x, classes)
	if err != nil {
		return nil, err
	}
	var numbers []int // nil: none are known
	if names != nil {
		numbers = tsne.Numbers(names)
	}
	m, err := tsne.Make(ctx, features, numbers, o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", x, err)
	}
	rows := make([][]float64, features.N)
	for i := range rows {
		rows[i] = m.Y[2*i : 2*i+2]
	}
	return &Map{Quality: m.Quality, Times: m.Times, Seconds: m.Times.Made()}, writeMatrix(out, rows, replace)
}

// maxClasses bounds the text of classes, of which a million rows have some tens of MB.
const maxClasses = 1 << 30

// readClasses reads the classes of n rows; nil: path is "".
func readClasses(path string, n int) ([]string, error) {
	if path == "" {
		return nil, nil
	}
	text, err := bounded.File(path, maxClasses)
	if err != nil {
		return nil, err
	}
	var names []string
	for line := range strings.Lines(string(text)) {
		name, _, _ := strings.Cut(strings.TrimRight(line, "\r\n"), "\t")
		names = append(names, name)
	}
	if len(names) != n {
		return nil, fmt.Errorf("%s has %d lines, expected one for each of %d rows of features", path, len(names), n)
	}
	return names, nil
}
