package outputs

import (
	"os"
	"path/filepath"
	"testing"
)

// TestWritersRemoveWhatTheKilledLeft: each writer, begun again, clears what a killed one left of the same file, and
// nothing else.
func TestWritersRemoveWhatTheKilledLeft(t *testing.T) {
	cols := testColumns(Float32)
	for name, start := range map[string]func(path string) (outFile, error){
		"shard": func(path string) (outFile, error) {
			w, err := CreateShard(filepath.Dir(path), 0, 1, cols, testIdentity(0))
			return w.file, err
		},
		"rewrite": func(path string) (outFile, error) {
			w, err := RewriteShard(filepath.Dir(path), 0, 1, cols, testIdentity(0))
			return w.file, err
		},
		"parquet": func(path string) (outFile, error) {
			w, err := CreateParquet(path, cols, testIdentity(0), false)
			return w.file, err
		},
		"arrow": func(path string) (outFile, error) {
			w, err := CreateArrow(path, cols, testIdentity(0), false)
			return w.file, err
		},
		"results": func(path string) (outFile, error) {
			w, err := CreateResults(path, resultColumns, nil, false)
			return w.file, err
		},
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, ShardName(0, 1))
		other := "." + ShardName(0, 2) + ".123.tmp"
		for _, left := range []string{"." + ShardName(0, 1) + ".123.tmp", other} {
			if err := os.WriteFile(filepath.Join(dir, left), []byte("half of it"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		f, err := start(path)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := f.Abort(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if left := leftovers(t, dir, other); len(left) > 0 {
			t.Errorf("%s: there is %v", name, left)
		}
	}
}
