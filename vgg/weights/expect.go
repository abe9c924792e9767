package weights

import (
	"cmp"
	"fmt"
	"slices"

	"fc7/internal/few"
)

// Expect returns the tensor of that name if it has that shape. The error says which tensor and which shape were
// expected and what was found instead; for a missing name it suggests the nearest ones.
func (f *File) Expect(name string, shape ...int) (*Tensor, error) {
	t := f.Lookup(name)
	if t == nil {
		return nil, fmt.Errorf("%s: expected a tensor %q of shape %v, found none of that name%s",
			f.Path, name, shape, f.suggest(name, shape))
	}
	if !slices.Equal(t.Shape, shape) {
		return nil, fmt.Errorf("%s: tensor %q: expected shape %v, found %v", f.Path, name, shape, t.Shape)
	}
	return t, nil
}

// suggest names what a missing tensor may be called here.
func (f *File) suggest(name string, shape []int) string {
	if len(f.Tensors) == 0 {
		return "; the file has no tensors"
	}
	if near := f.nearest(name); len(near) > 0 {
		return "; nearest: " + few.Quoted(near, 3)
	}
	var alike, all []string
	for _, t := range f.Tensors {
		all = append(all, t.Name)
		if slices.Equal(t.Shape, shape) {
			alike = append(alike, t.Name)
		}
	}
	if len(alike) > 0 {
		return "; of that shape: " + few.Quoted(alike, 3)
	}
	return "; the file has " + few.Quoted(all, 3)
}

// maxCompared bounds the names that are compared: a foreign file may have millions.
const maxCompared = 10_000

// nearest returns up to three names that differ from name in at most a third of its characters, nearest first.
func (f *File) nearest(name string) []string {
	type candidate struct {
		name     string
		distance int
	}
	var near []candidate
	for _, t := range f.Tensors[:min(len(f.Tensors), maxCompared)] {
		if d := distance(name, t.Name); d <= max(len(name)/3, 1) {
			near = append(near, candidate{t.Name, d})
		}
	}
	slices.SortStableFunc(near, func(a, b candidate) int { return cmp.Compare(a.distance, b.distance) })
	names := make([]string, 0, 3)
	for _, c := range near[:min(len(near), 3)] {
		names = append(names, c.name)
	}
	return names
}

// distance is Levenshtein's: the fewest bytes to insert, delete or replace. Names beyond 100 bytes count as far.
func distance(a, b string) int {
	const most = 100
	if len(a) > most || len(b) > most {
		return max(len(a), len(b))
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(row[j+1]+1, row[j]+1, replaced)
		}
	}
	return row[len(b)]
}
