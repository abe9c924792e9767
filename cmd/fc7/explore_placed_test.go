package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// TestExploreParquet: a run becomes a file for other programs, which replaces nothing unasked; images that are gone are
// told of; flags that would do nothing beside it are refused.
func TestExploreParquet(t *testing.T) {
	j := newSmallJob(t, "20")
	run, to := j.out("run"), j.out("p.parquet")
	want(t, exitDone, j.args("run")...)
	if out := want(t, exitDone, "explore", run, "--parquet", to, "--side", "40"); !strings.Contains(out, "p.parquet: ") || !strings.Contains(out, "with a picture") {
		t.Error(out)
	}
	if _, err := os.Stat(j.out("run/explore.html")); err == nil {
		t.Error("a page was written too")
	}
	if code, _, stderr := fc7(t, "explore", run, "--parquet", to); code != exitFailed || !strings.Contains(stderr, "--force") {
		t.Errorf("exit status %d: %s", code, stderr)
	}
	var made struct{ Rows, Pictures, Missing int }
	out := want(t, exitDone, "explore", run, "--parquet", to, "--force", "--thumbnails", "3", "--json")
	if err := json.NewDecoder(strings.NewReader(out)).Decode(&made); err != nil || made.Rows == 0 || made.Pictures != 3 {
		t.Errorf("%v: %s", err, out)
	}
	for _, wrong := range [][]string{
		{"--parquet", to, "--out", j.out("p.html")},
		{"--parquet", to, "--add", run},
		{"--side", "40"},
		{"--parquet", j.out("p.html")},
		{"--parquet", j.out("run/features/x.parquet")},
		{"--parquet", to, "--force", "--thumbnails", "0", "--side", "9"},
	} {
		want(t, exitUsage, append([]string{"explore", run}, wrong...)...)
	}
}
