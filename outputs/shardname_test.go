package outputs

import (
	"os"
	"path/filepath"
	"testing"

	"fc7/internal/atomicfile"
)

func TestShardNames(t *testing.T) {
	if got := ShardName(0, 8); got != "part-00000-of-00008.parquet" {
		t.Errorf("%s", got)
	}
	for _, c := range [][2]int{{0, 1}, {7, 8}, {99998, 99999}} {
		if i, n, ok := ParseShardName(ShardName(c[0], c[1])); !ok || i != c[0] || n != c[1] {
			t.Errorf("%v: %d, %d, %v", c, i, n, ok)
		}
	}
	for _, name := range []string{"", "part-00001-of-00001.parquet", "part-00000-of-00000.parquet", "part-0-of-1.parquet", "x-part-00000-of-00001.parquet", "part-00000-of-00001.parquet.tmp", ".part-00000-of-00001.parquet.7.tmp"} {
		if _, _, ok := ParseShardName(name); ok {
			t.Errorf("%q is taken for a shard", name)
		}
	}
}

func TestParseTempName(t *testing.T) {
	dir := t.TempDir()
	f, err := atomicfile.Create(filepath.Join(dir, ShardName(3, 12)), false)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Abort()
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Fatal(entries, err)
	}
	if i, n, ok := ParseTempName(entries[0].Name()); !ok || i != 3 || n != 12 {
		t.Errorf("%s: %d, %d, %v", entries[0].Name(), i, n, ok)
	}
	for _, name := range []string{"", ".tmp", "." + ShardName(3, 12), ShardName(3, 12), ".manifest.json.123.tmp", ".part-00003-of-00012.parquex.1.tmp", "." + ShardName(0, 1)[:20] + ".tmp"} {
		if _, _, ok := ParseTempName(name); ok {
			t.Errorf("%q is taken for a shard's temporary file", name)
		}
	}
}

func TestShardDoneWantsAFile(t *testing.T) {
	dir := t.TempDir()
	if shardDone(dir, 0, 1) {
		t.Error("done in an empty folder")
	}
	if err := os.Mkdir(filepath.Join(dir, ShardName(0, 1)), 0o755); err != nil {
		t.Fatal(err)
	}
	if shardDone(dir, 0, 1) {
		t.Error("a folder is taken for a shard")
	}
}

// FuzzShardNames: a name that is one is the only one of its shard.
func FuzzShardNames(f *testing.F) {
	for _, s := range []string{ShardName(0, 1), ShardName(99999, 100000), "part-1-of-2.parquet", "part-00002-of-00002.parquet", "." + ShardName(3, 4) + ".123.tmp", "part-00000-of-99999999999999999999.parquet"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if i, n, ok := ParseShardName(name); ok && (ShardName(i, n) != name || i < 0 || i >= n) {
			t.Errorf("%q is shard %d of %d, whose name is %q", name, i, n, ShardName(i, n))
		}
		if i, n, ok := ParseTempName(name); ok && (i < 0 || i >= n || !atomicfile.IsTemp(name)) {
			t.Errorf("%q is a temporary file of shard %d of %d", name, i, n)
		}
	})
}
