package outputs

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"

	"fc7/internal/atomicfile"
	"fc7/internal/usage"
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

// flatShards is how many shards stand in the folder of a planned table itself.
const flatShards = 1000

// ShardFolder is the folder of a shard of a planned table below its features: of more than a thousand shards each
// thousand has one, features/003.
func ShardFolder(features string, index, count int) string {
	if count <= flatShards {
		return features
	}
	return FolderOfThousand(features, index)
}

// FolderOfThousand is the folder of a shard where each thousand has one.
func FolderOfThousand(features string, index int) string {
	return filepath.Join(features, fmt.Sprintf("%03d", index/flatShards))
}

// folderPattern is the name of such a folder.
var folderPattern = regexp.MustCompile(`^\d{3}$`)

// InThousands tells whether the shards of a folder stand in folders of a thousand.
func InThousands(features string) bool {
	info, err := os.Stat(filepath.Join(features, "000"))
	return err == nil && info.IsDir()
}

// ListShards lists the shards of a folder, and of folders of a thousand in it, by their paths below it, in the order of
// their names; others are the names of what is neither.
func ListShards(features string) (shards, others []string, err error) {
	entries, err := os.ReadDir(features)
	if err != nil {
		return nil, nil, err
	}
	for _, e := range entries {
		if _, _, ok := ParseShardName(e.Name()); ok {
			shards = append(shards, e.Name())
			continue
		}
		if !e.IsDir() || !folderPattern.MatchString(e.Name()) {
			others = append(others, e.Name())
			continue
		}
		inner, err := os.ReadDir(filepath.Join(features, e.Name()))
		if err != nil {
			return nil, nil, err
		}
		for _, f := range inner {
			name := filepath.Join(e.Name(), f.Name())
			if _, _, ok := ParseShardName(f.Name()); ok {
				shards = append(shards, name)
			} else {
				others = append(others, name)
			}
		}
	}
	return shards, others, nil
}

// shardDone tells whether the shard stands in dir under its final name, which it gets only when it is complete.
func shardDone(dir string, index, count int) bool {
	info, err := os.Stat(filepath.Join(dir, ShardName(index, count)))
	return err == nil && info.Mode().IsRegular()
}

// CheckShards refuses a table of more shards than their names can count, of so many rows each: before rows are
// computed.
func CheckShards(items, rows int) error {
	if n := (items + rows - 1) / rows; n > maxShards {
		return usage.Errorf("%d rows in files of %d would be %d files, and a table has at most %d: give each %d rows or more (--shard-rows)",
			items, rows, n, maxShards, (items+maxShards-1)/maxShards)
	}
	return nil
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
