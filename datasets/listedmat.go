package datasets

import (
	"bytes"
	"fmt"

	"fc7/internal/matfile"
)

// mat opens a file of MATLAB, of which all of the variables are wanted.
func (l *lister) mat(name string, variables ...string) (map[string]matfile.Value, error) {
	f, err := l.open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	fail := func(err error) (map[string]matfile.Value, error) { return nil, fmt.Errorf("%s: %w", l.path(name), err) }
	data, err := readLimited(f, maxMatBytes)
	if err != nil {
		return fail(err)
	}
	if matfile.Version(data) == "" {
		return fail(fmt.Errorf("want a MATLAB file of version 5 or 7.3, found one that begins with %q", data[:min(len(data), 8)]))
	}
	all, err := matfile.Open(bytes.NewReader(data), int64(len(data)), maxMatBytes)
	if err != nil {
		return fail(err)
	}
	found := make(map[string]matfile.Value)
	for _, v := range all {
		found[v.Name] = v.Value
	}
	for _, want := range variables {
		if found[want] == nil {
			return fail(fmt.Errorf("want the variable %s, found none", want))
		}
	}
	return found, nil
}

// maxMatBytes is what a file of MATLAB may have, and again what is packed in it; the largest that is read has 2 MB.
const maxMatBytes = 64 << 20

// matNumbers are the numbers of an array, which are to be whole and from 1 on.
func matNumbers(what string, v matfile.Value) ([]int, error) {
	values, err := matfile.Numbers(v)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	if len(values) < matfile.Len(v) {
		return nil, fmt.Errorf("%s: want numbers, found an array of %s", what, v.Class())
	}
	all := make([]int, len(values))
	for i, f := range values {
		if all[i] = int(f); float64(all[i]) != f || all[i] < 1 {
			return nil, fmt.Errorf("%s: want whole numbers from 1 on, found %v", what, f)
		}
	}
	return all, nil
}

// matTexts are the texts of a cell array.
func matTexts(what string, v matfile.Value) ([]string, error) {
	if v.Class() != "cell" {
		return nil, fmt.Errorf("%s: want a cell array of texts, found one of %s", what, v.Class())
	}
	all := make([]string, matfile.Len(v))
	for i := range all {
		c, err := v.Cell(i)
		if err == nil {
			all[i], err = matfile.Text(c)
		}
		if err != nil {
			return nil, fmt.Errorf("%s, text %d: %w", what, i+1, err)
		}
	}
	return all, nil
}
