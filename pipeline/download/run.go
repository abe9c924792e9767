package download

import (
	"context"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"fc7/internal/mirror"
	"fc7/internal/store"
)

// OpenRun opens the folder of a run that is on a store, or one of heads alone, as a folder of this machine: what verbs
// read of it comes to the cache. The caller closes it.
func OpenRun(ctx context.Context, at string, e Events) (*mirror.Folder, error) {
	weights, err := CacheDir("")
	if err != nil {
		return nil, err
	}
	return mirror.Open(ctx, at, mirror.Options{Cache: filepath.Join(filepath.Dir(weights), "runs"), Want: wanted, Note: e.Note, Progress: e.Progress})
}

// wanted are the files that verbs read of a run, each of which is whole, or else large. What tasks of a plan keep for
// each other is left, and so are heads without scores.json, which are not complete.
func wanted(found []store.Entry) (whole map[string]bool) {
	whole = map[string]bool{}
	scored := map[string]bool{}
	for _, e := range found {
		if path.Base(e.Name) == "scores.json" {
			scored[path.Dir(e.Name)] = true
		}
	}
	for _, e := range found {
		dir, base := path.Split(e.Name)
		switch parts := strings.Split(path.Clean(dir), "/"); {
		case slices.ContainsFunc(parts, func(s string) bool { return s == "tmp" || s == "plan" || s == "done" }):
		case strings.HasPrefix(base, "part-") && strings.HasSuffix(base, ".parquet"), parts[len(parts)-1] == "digests" && strings.HasSuffix(base, ".tsv"):
			whole[e.Name] = false
		case base == "head.safetensors", base == "review.json":
			if scored[path.Clean(dir)] {
				whole[e.Name] = true
			}
		case slices.Contains([]string{".json", ".jsonl"}, path.Ext(base)):
			whole[e.Name] = true
		}
	}
	return whole
}
