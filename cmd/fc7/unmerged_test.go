package main

import (
	"path/filepath"
	"strings"
	"testing"

	"fc7/internal/storetest"
	"fc7/pipeline/download"
)

// TestUnmerged: a planned table that is not ended yet is taken by no verb, on a disk or a store, and each names the
// call that ends it.
func TestUnmerged(t *testing.T) {
	t.Setenv(download.CacheVariable, filepath.Join(t.TempDir(), "cache"))
	j, b := newSmallJob(t, "4"), storetest.Serve(t)
	j.plan(t, "run", "--tasks", "2")
	want(t, exitDone, "extract", "--plan", j.out("run"), "--task", "0")
	b.PutFolder(t, j.out("run"), "runs/photos")
	for _, run := range []string{j.out("run"), storedAt} {
		for _, verb := range []string{"svm", "report", "aggregate", "verify", "explore", "audit", "neighbours", "map", "suspects", "table"} {
			args := []string{verb, run}
			if verb == "aggregate" {
				args = append(args, "--out", j.out("x.parquet"))
			}
			if said := want(t, exitFailed, args...); !strings.Contains(said, "fc7 merge "+run) {
				t.Errorf("%v: %s", args, said)
			}
		}
	}
	if keys := b.Keys("runs/photos/explore"); len(keys) > 0 {
		t.Errorf("kept: %v", keys)
	}
}
