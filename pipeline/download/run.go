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

// wanted are the files that verbs read of a run. What tasks of a plan keep for each other is left, and so are heads
// without scores.json, which are not complete; what pipeline/explore keeps comes to whoever asks for it.
func wanted(found []store.Entry) map[string]mirror.How {
	how := map[string]mirror.How{}
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
			how[e.Name] = mirror.Parts
		case base == "head.safetensors", base == "review.json":
			if scored[path.Clean(dir)] {
				how[e.Name] = mirror.Whole
			}
		case slices.Contains([]string{".json", ".jsonl"}, path.Ext(base)):
			how[e.Name] = mirror.Whole
		case slices.Contains(parts, "explore"):
			how[e.Name] = mirror.Asked
		}
	}
	return how
}
