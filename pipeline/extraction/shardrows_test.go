package extraction

import (
	"testing"
)

func TestShardRows(t *testing.T) {
	for n, want := range map[int]int{1: 64, 9963: 64, 64000: 64, 64001: 65, 1281167: 1282} {
		if got := (Job{}).shardRows(n); got != want {
			t.Errorf("%d items: %d rows a shard, want %d", n, got, want)
		}
	}
	if got := (Job{ShardRows: 7}).shardRows(1e6); got != 7 {
		t.Errorf("7 rows were asked for, got %d", got)
	}
}
