package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// TestExploreParquet: a run becomes a file for other programs, which replaces nothing unasked; flags that would do
// nothing beside it are refused. The report leads to the page that explore leaves, and names no folder unless that is
// asked for.
func TestExploreParquet(t *testing.T) {
	j := newSmallJob(t, "20")
	run, to := j.out("run"), j.out("p.parquet")
	want(t, exitDone, j.args("run")...)
	var told struct {
		Steps  []struct{ Unit string }
		Writes []struct {
			What  string
			Count int
			Bytes int64
		}
	}
	said := want(t, exitDone, "explore", run, "--parquet", to, "--side", "40", "--dry-run", "--json")
	if err := json.NewDecoder(strings.NewReader(said)).Decode(&told); err != nil || len(told.Steps) < 3 {
		t.Errorf("%v: %s", err, said)
	}
	if out := want(t, exitDone, "explore", run, "--parquet", to, "--side", "40"); !strings.Contains(out, "p.parquet: ") || !strings.Contains(out, "with a picture") {
		t.Error(out)
	}
	if _, err := os.Stat(j.out("run/explore.html")); err == nil {
		t.Error("a page was written too")
	}
	info, err := os.Stat(to)
	if last := told.Writes[len(told.Writes)-1]; err != nil || last.What != to || last.Bytes < info.Size()/2 || last.Bytes > 2*info.Size() {
		t.Errorf("%v: %d bytes, of which was foretold %+v", err, info.Size(), last)
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
	want(t, exitDone, "explore", run, "--thumbnails", "0")
	want(t, exitDone, "report", run, "--no-images")
	page, err := os.ReadFile(j.out("run/report.html"))
	if err != nil || !strings.Contains(string(page), `<a href="explore.html">`) || strings.Contains(string(page), j.dir) {
		t.Errorf("%v: the report does not lead to the page, or names a folder", err)
	}
	want(t, exitDone, "report", run, "--no-images", "--paths")
	if page, err := os.ReadFile(j.out("run/report.html")); err != nil || !strings.Contains(string(page), j.dir) {
		t.Errorf("%v: the report names no folder, which it was asked to", err)
	}
}
