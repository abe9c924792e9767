package heads

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"fc7/datasets"
	"fc7/internal/rowkey"
	"fc7/internal/store"
	"fc7/outputs"
)

// exclusion returns what to keep of the tables, and the rows that are left out, by name. An image that is excluded, or
// taken alone, takes its objects along. A name that no table has is an error: it is a slip of the pen.
func (j Job) exclusion(all []fusedTable) (keep func(outputs.Row) bool, excluded []string, err error) {
	names, only, used := set(j.Exclude), set(j.Only), map[string]bool{}
	failed := map[string]bool{}
	for _, t := range all {
		for _, r := range t.rows {
			for _, n := range []string{r.Image, rowkey.Of(r.Image, r.Object)} {
				used[n] = used[n] || names[n] || only[n]
			}
			if j.ExcludeFailed && r.Status != outputs.StatusOK {
				failed[rowkey.Of(r.Image, r.Object)] = true
			}
		}
	}
	for n := range names {
		if !used[n] {
			return nil, nil, fmt.Errorf("%s: there is no row %s to exclude; rows are named IMAGE, objects IMAGE#NUMBER", all[0].path, n)
		}
	}
	for n := range only {
		if !used[n] {
			return nil, nil, fmt.Errorf("%s: there is no row %s to take alone; rows are named IMAGE, objects IMAGE#NUMBER", all[0].path, n)
		}
	}
	keep = func(r outputs.Row) bool {
		k := rowkey.Of(r.Image, r.Object)
		if len(only) > 0 && !only[r.Image] && !only[k] {
			return false
		}
		return !names[r.Image] && !names[k] && !failed[r.Image] && !failed[k]
	}
	seen := map[string]bool{}
	for _, t := range all {
		for _, r := range t.rows {
			if k := rowkey.Of(r.Image, r.Object); !keep(r) && !seen[k] {
				seen[k] = true
				excluded = append(excluded, k)
			}
		}
	}
	return keep, excluded, nil
}

// maxExclude bounds a file of names to exclude: a million names.
const maxExclude = 64 << 20

// ExcludeLine is the line of such a file for a row: its name, or, where that would be read as a comment or as another
// name, the name as a JSON string.
func ExcludeLine(name string) string {
	if name != "" && !strings.ContainsAny(name[:1], `#"`) && name == strings.TrimSpace(name) && !strings.ContainsAny(name, "\r\n") {
		return name
	}
	b, _ := json.Marshal(name) // a string has no error
	return string(b)
}

// excludedName is the name in a line of such a file; "": it has none.
func excludedName(line string) string {
	line = strings.TrimSpace(line)
	if strings.HasPrefix(line, "#") {
		return ""
	}
	if name := ""; strings.HasPrefix(line, `"`) && json.Unmarshal([]byte(line), &name) == nil {
		return name
	}
	return line
}

func set(names []string) map[string]bool {
	s := make(map[string]bool, len(names))
	for _, n := range names {
		s[n] = true
	}
	return s
}

// ReadNames turns the arguments of an exclusion, or another choice of rows, into their names: each is the path of a
// file, or the address of an object, with a name a line, as ExcludeLine writes it (# starts a comment line), or names
// with commas between them. An address at which there is no object, or an image, names a row.
func ReadNames(ctx context.Context, args []string) ([]string, error) {
	var names []string
	for _, a := range args {
		text, err := datasets.ReadText(ctx, a, maxExclude)
		switch {
		case err == nil && bytes.IndexByte(text, 0) < 0:
			for line := range strings.Lines(string(text)) {
				if name := excludedName(line); name != "" {
					names = append(names, name)
				}
			}
		case err == nil && store.Is(a):
			names = append(names, a)
		case err == nil:
			return nil, fmt.Errorf("names of rows: %s: want a text with a name a line, found bytes of 0", a)
		case errors.Is(err, fs.ErrNotExist):
			for n := range strings.SplitSeq(a, ",") {
				if n = strings.TrimSpace(n); n != "" {
					names = append(names, n)
				}
			}
		default:
			return nil, fmt.Errorf("names of rows: %w", err)
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}
