package main

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestKillPlanned ends tasks of a plan by SIGKILL and SIGTERM at random moments, in files of half of the table, whose
// rows are kept one by one: the table has the bytes of an undisturbed run, and of what tasks leave nothing stays.
func TestKillPlanned(t *testing.T) {
	j := newSmallJob(t, "24")
	want(t, exitDone, j.args("calm", "--shard-rows", "12")...)
	calm := files(t, j.out("calm"))
	random := rand.New(rand.NewPCG(18, 1))
	run := j.out("run")
	j.plan(t, "run", "--shard-rows", "12", "--tasks", "2")
	task := func(i string) []string {
		return []string{"extract", "--plan", run, "--task", i, "--keep-every", "1ms", "--threads", "1"}
	}
	began := time.Now()
	if out, err := asProgram(append(task("0"), "--max-failed", "0")...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	took := time.Since(began)
	kills, kept, ended := 14, 0, 0
	if testing.Short() {
		kills = 6
	}
	for i := range kills {
		how := []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM}[i%2]
		code := killed(t, task("1"), time.Duration((0.2+0.8*random.Float64())*float64(took)), how)
		if how == syscall.SIGTERM && code != exitPassing && code != exitDone && code != -1 { // -1: before it could listen
			t.Errorf("SIGTERM: exit status %d", code)
		}
		if segments, _ := filepath.Glob(filepath.Join(run, "tmp", "00001", "*.parquet")); len(segments) > 0 {
			kept++
		}
		if code != exitDone && i < kills-1 {
			continue
		}
		ended++
		want(t, exitDone, task("1")...)
		want(t, exitDone, "merge", run)
		sameFiles(t, calm, files(t, run))
		if out := want(t, exitDone, "verify", run); !strings.Contains(out, "no problems") {
			t.Error(out)
		}
		left, err := os.ReadDir(run)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range left {
			if name := e.Name(); name == "tmp" || strings.HasSuffix(name, ".tmp") {
				t.Errorf("left: %s", name)
			}
		}
		for _, path := range []string{"manifest.json", "done/part-00001-of-00002.done.json", "features/part-00001-of-00002.parquet"} {
			if err := os.Remove(filepath.Join(run, filepath.FromSlash(path))); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Logf("%d kills, of which %d left rows that were kept; %d tables ended", kills, kept, ended)
}
