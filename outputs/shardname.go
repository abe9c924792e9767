package outputs

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"

	"fc7/internal/atomicfile"
)

// FeaturesDir is the folder of the shards inside a run's folder.
const FeaturesDir = "features"

// maxShards is what five digits hold.
const maxShards = 99999

var shardPattern = regexp.MustCompile(`^part-(\d{5})-of-(\d{5})\.parquet$`)

// ShardName names shard index (from 0) of count: "part-00000-of-00008.parquet".
func ShardName(index, count int) string {
	return fmt.Sprintf("part-%05d-of-%05d.parquet", index, count)
}

// ParseShardName is the inverse of ShardName; ok is false for any other name.
func ParseShardName(name string) (index, count int, ok bool) {
	m := shardPattern.FindStringSubmatch(name)
	if m == nil {
		return 0, 0, false
	}
	index, _ = strconv.Atoi(m[1])
	count, _ = strconv.Atoi(m[2])
	return index, count, index < count
}

// shardDone tells whether the shard stands in dir under its final name, which it gets only when it is complete.
func shardDone(dir string, index, count int) bool {
	info, err := os.Stat(filepath.Join(dir, ShardName(index, count)))
	return err == nil && info.Mode().IsRegular()
}

func checkShard(index, count int) error {
	if count < 1 || count > maxShards || index < 0 || index >= count {
		return fmt.Errorf("shard %d of %d: expected 1 to %d shards, counted from 0", index, count, maxShards)
	}
	return nil
}

// ParseTempName tells which shard a temporary file, left by a killed run, was to become.
func ParseTempName(name string) (index, count int, ok bool) {
	n := len(ShardName(0, 1))
	if !atomicfile.IsTemp(name) || len(name) < 1+n {
		return 0, 0, false
	}
	return ParseShardName(name[1 : 1+n])
}
