package outputs

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestListShards: shards are found in a folder and in folders of a thousand in it, in their order, and what is neither
// is named.
func TestListShards(t *testing.T) {
	features := t.TempDir()
	for _, name := range []string{ShardName(1500, 2001), "000/" + ShardName(7, 2001), "002/" + ShardName(2000, 2001), "001/notes.txt", "x/" + ShardName(1, 2001), "0001/a"} {
		path := filepath.Join(features, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	shards, others, err := ListShards(features)
	want := []string{filepath.Join("000", ShardName(7, 2001)), filepath.Join("002", ShardName(2000, 2001)), ShardName(1500, 2001)}
	if err != nil || !slices.Equal(shards, want) || !slices.Equal(others, []string{"0001", filepath.Join("001", "notes.txt"), "x"}) {
		t.Errorf("%q, %q, %v", shards, others, err)
	}
	for _, c := range []struct {
		index, count int
		want         string
	}{{5, 1000, features}, {0, 1001, filepath.Join(features, "000")}, {1000, 1001, filepath.Join(features, "001")}, {99998, 99999, filepath.Join(features, "099")}} {
		if got := ShardFolder(features, c.index, c.count); got != c.want {
			t.Errorf("shard %d of %d is in %s, want %s", c.index, c.count, got, c.want)
		}
	}
	if !InThousands(features) || InThousands(filepath.Join(features, "000")) {
		t.Error("folders of a thousand are not told")
	}
}
