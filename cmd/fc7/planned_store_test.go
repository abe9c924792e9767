package main

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"fc7/internal/storetest"
	"fc7/pipeline/download"
)

const away = "s3://bucket/runs/r"

// at are the arguments of a verb, with the run on a store.
func (j smallJob) at(verb string, more ...string) []string {
	args := append([]string{verb}, j.args("", more...)[1:]...)
	for i := range args {
		if args[i] == j.out("") {
			args[i] = away
		}
	}
	return args
}

// askedForPlan is how many requests there were for the plan since the last look at them.
func askedForPlan(b *storetest.Bucket) int {
	return len(slices.DeleteFunc(b.Asked(), func(a string) bool { return !strings.HasSuffix(a, "runs/r/plan.json") }))
}

// featuresOf are the files of the table on a store.
func featuresOf(b *storetest.Bucket) map[string][]byte {
	all := map[string][]byte{}
	for _, key := range b.Keys("runs/r/features/") {
		all[filepath.Base(key)], _ = b.Get(key)
	}
	return all
}

// TestPlannedOnStore: tasks on a store, of which several are at the same files, make the files of one machine's table;
// nothing but the table stays there, and nothing on the machine.
func TestPlannedOnStore(t *testing.T) {
	j, b := newSmallJob(t, "10"), storetest.Serve(t)
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "new"))
	want(t, exitDone, j.args("calm")...)
	plan := func(code int, tasks string) string { return want(t, code, j.at("plan", "--tasks", tasks)...) }
	plan(exitDone, "3")
	plan(exitDone, "3")
	if said := plan(exitFailed, "4"); !strings.Contains(said, "tasks: the plan has 3, now 4") {
		t.Error(said)
	}
	t.Chdir(t.TempDir())
	want(t, exitPassing, "merge", away)
	ended := make(chan int)
	tasks := []string{"2", "0", "1", "1", "0"}
	for _, task := range tasks {
		go func() {
			var said bytes.Buffer
			ended <- run(t.Context(), []string{"extract", "--plan", away + "/", "--task", task}, newConsole(&said, &said))
		}()
	}
	for range tasks {
		if code := <-ended; code != exitDone {
			t.Errorf("a task ends with %d", code)
		}
	}
	if said := want(t, exitDone, "status", away); !strings.Contains(said, "5 done, 0 running") || !strings.Contains(said, "core-hours") {
		t.Error(said)
	}
	b.Asked()
	want(t, exitDone, "merge", away, "--verify", "full")
	if n := askedForPlan(b); n != 1 {
		t.Errorf("merge asks %d times for the plan", n)
	}
	want(t, exitDone, "merge", away)
	want(t, exitDone, "extract", "--plan", away, "--task", "1")
	sameFiles(t, files(t, j.out("calm")), featuresOf(b))
	for _, key := range b.Keys("") {
		if strings.Contains(key, "/tmp/") {
			t.Errorf("left: %s", key)
		}
	}
	if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) > 0 {
		t.Errorf("left in the work space: %v, %v", left, err)
	}
	want(t, exitUsage, "status", "https://example.org/run")
	want(t, exitUsage, "merge", "s3://bucket")
}

// TestStoppedOnStore: what a task that is stopped has of a file stays on the store, and another machine goes on behind
// it.
func TestStoppedOnStore(t *testing.T) {
	j, b := newSmallJob(t, "120"), storetest.Serve(t) // more than are on their way at once
	t.Setenv("TMPDIR", t.TempDir())
	want(t, exitDone, j.args("calm", "--shard-rows", "120")...)
	want(t, exitDone, j.at("plan", "--shard-rows", "120")...)
	ctx, cancel := context.WithCancel(t.Context())
	var kept atomic.Int64
	b.First(func(_ http.ResponseWriter, r *http.Request, key string) bool {
		if r.Method == http.MethodPut && strings.Contains(key, "/tmp/00000-") && strings.HasSuffix(key, ".parquet") && kept.Add(1) == 3 {
			cancel()
		}
		return false
	})
	task := []string{"extract", "--plan", away, "--keep-every", "1ms"}
	var said bytes.Buffer
	if code := run(ctx, task, newConsole(&said, &said)); code != exitInterrupted {
		t.Fatalf("status %d: %s", code, &said)
	}
	b.First(nil)
	if n := len(b.Keys("runs/r/tmp/00000-")) / 2; n < 3 || len(featuresOf(b)) > 0 { // with their digests
		t.Fatalf("%d segments, %d files", n, len(featuresOf(b)))
	}
	t.Setenv("TMPDIR", t.TempDir())
	if said := want(t, exitDone, task...); !strings.Contains(said, "were there already") {
		t.Error(said)
	}
	want(t, exitDone, "merge", away)
	sameFiles(t, files(t, j.out("calm")), featuresOf(b))
}

// TestStoreOfRunFails: what a store does not do at this moment passes, what it refuses stays, and other bytes under the
// name of a file are nobody's.
func TestStoreOfRunFails(t *testing.T) {
	j, b := newSmallJob(t, "4"), storetest.Serve(t)
	t.Setenv("TMPDIR", t.TempDir())
	args := j.at("plan")
	want(t, exitDone, args...)
	answer := func(status int, to, method string) {
		b.First(func(w http.ResponseWriter, r *http.Request, key string) bool {
			if !strings.Contains(key, to) || !strings.HasPrefix(r.Method, method) {
				return false
			}
			w.WriteHeader(status)
			return true
		})
	}
	for _, c := range []struct{ status, code int }{{http.StatusForbidden, exitPermanent}, {http.StatusNotImplemented, exitPermanent}} {
		for _, at := range []string{"plan.json", "manifest.json", "features/", "done/"} {
			answer(c.status, at, "")
			if said := want(t, c.code, "extract", "--plan", away); !strings.Contains(said, strings.TrimSuffix(at, "/")) {
				t.Errorf("%s: %s", at, said)
			}
		}
		for _, at := range []string{"features/", "done/"} { // which may be read, but not written to
			answer(c.status, at, http.MethodPut)
			if said := want(t, c.code, "extract", "--plan", away); !strings.Contains(said, strings.TrimSuffix(at, "/")) {
				t.Errorf("%s: %s", at, said)
			}
		}
	}
	b.First(nil)
	if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) > 0 {
		t.Errorf("left in the work space: %v, %v", left, err)
	}
	b.Put("runs/r/features/part-00001-of-00002.parquet", []byte("another file"))
	if said := want(t, exitPermanent, "extract", "--plan", away); !strings.Contains(said, "part-00001") {
		t.Error(said)
	}
	b.Remove("runs/r/features/part-00001-of-00002.parquet")
	want(t, exitDone, "extract", "--plan", away)
	want(t, exitDone, "merge", away)
	b.First(func(w http.ResponseWriter, r *http.Request, key string) bool { // a store that knows no conditions
		r.Header.Del("If-None-Match")
		return false
	})
	args[len(args)-1] = "s3://bucket/other"
	if said := want(t, exitFailed, args...); !strings.Contains(said, "replaces objects though") || len(b.Keys("other")) > 0 {
		t.Errorf("%s, %v", said, b.Keys("other"))
	}
}

// TestSubmitToStore: where all stands at addresses, jobs need no volume, and name the run by its address.
func TestSubmitToStore(t *testing.T) {
	j, b := newSmallJob(t, "4"), storetest.Serve(t)
	t.Setenv(download.CacheVariable, filepath.Join(t.TempDir(), "cache"))
	images := filepath.Join(j.data, "VOCdevkit", "VOC2007", "JPEGImages")
	b.PutFolder(t, images, "images")
	var list strings.Builder
	for _, key := range b.Keys("images/") {
		list.WriteString(key + "\n")
	}
	b.Put("list.txt", []byte(list.String()))
	net, err := os.ReadFile(j.net)
	if err != nil {
		t.Fatal(err)
	}
	b.Put("net.safetensors", net)
	want(t, exitDone, "plan", "list:s3://bucket/list.txt", "--weights", "s3://bucket/net.safetensors", "--layer", "pool5", "--scales", "96", "--shard-rows", "2", "--tasks", "2", "--out", away)
	said := want(t, exitDone, "submit", "kubernetes", away, "--image", "fc7", "--service-account", "runner", "--secret", "keys", "--user", "7")
	for _, w := range []string{`"` + away + `"`, `"serviceAccountName": "runner"`, `"name": "keys"`, `"emptyDir"`} {
		if !strings.Contains(said, w) {
			t.Errorf("%s lacks %s", said, w)
		}
	}
	want(t, exitUsage, "submit", "kubernetes", away, "--image", "fc7", "--secret", "A b")
	if said := want(t, exitDone, "submit", "slurm", away, "--retry"); !strings.Contains(said, "extract --plan "+away) || !strings.Contains(said, "--array=0-1") {
		t.Error(said)
	}
	want(t, exitDone, "extract", "--plan", away)
	if said := want(t, exitDone, "submit", "slurm", away, "--retry"); strings.Contains(said, "--array") {
		t.Error(said)
	}
	want(t, exitDone, "merge", away)
}

// TestExtractToStore: without a plan the table is planned, made and ended in one call, which goes on where it was
// stopped, and ends as one on a disk does.
func TestExtractToStore(t *testing.T) {
	j, b := newSmallJob(t, "6"), storetest.Serve(t)
	t.Setenv("TMPDIR", t.TempDir())
	images, err := filepath.Glob(filepath.Join(j.data, "VOCdevkit", "VOC2007", "JPEGImages", "*.jpg"))
	if err != nil || len(images) == 0 {
		t.Fatal(images, err)
	}
	whole, err := os.ReadFile(images[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(images[0], []byte("none"), 0o644); err != nil {
		t.Fatal(err)
	}
	want(t, exitSomeFailed, j.args("calm")...)
	args := slices.Clip(j.at("extract"))
	if said := want(t, exitSomeFailed, args...); !strings.Contains(said, "the same command with --retry-failed tries the failed rows again") {
		t.Error(said)
	}
	sameFiles(t, files(t, j.out("calm")), featuresOf(b))
	b.Asked()
	want(t, exitSomeFailed, args...)
	if n := askedForPlan(b); n != 1 {
		t.Errorf("a table that is there asks %d times for its plan", n)
	}
	for _, more := range [][]string{{"--shard=1/2"}, {"--update", "--trust-names"}, {"--update", "--retry-failed"}, {"--retry-failed", "--scales=128"}, {"--update", "--limit=5"}} {
		want(t, exitUsage, append(slices.Clone(args), more...)...)
	}
	other := append(slices.Clone(args), "--force-new", "--scales=128", "--limit=2")
	if said := want(t, exitSomeFailed, other...); !strings.Contains(said, "this one is in "+away+"-2") || !strings.Contains(said, "the same command with --retry-failed") || len(b.Keys("runs/r-2/features/")) != 1 {
		t.Error(said)
	}
	want(t, exitSomeFailed, append(args, "--force-new", "--memory=500MB")...) // is there
	if len(b.Keys("runs/r-3")) > 0 {
		t.Error("the same table is made twice")
	}
	if err := os.WriteFile(images[0], whole, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, more := range [][]string{nil, {"--force-new"}} { // the same call finds its plan, and tells of the image
		if said := want(t, exitSomeFailed, append(slices.Clone(args), more...)...); !strings.Contains(said, "--retry-failed reads those that failed") {
			t.Error(said)
		}
	}
	if len(b.Keys("runs/r-3")) > 0 {
		t.Error("the same table is made twice, since an image was mended")
	}
	sameFiles(t, files(t, j.out("calm")), featuresOf(b))
	want(t, exitFailed, j.at("plan")...)                                  // what others work by is another plan
	b.First(func(_ http.ResponseWriter, r *http.Request, _ string) bool { // a store that knows no conditions
		r.Header.Del("If-Match")
		return false
	})
	said := want(t, exitDone, append(other, "--retry-failed")...)
	for _, says := range []string{"this one is in " + away + "-2", "1 of them now ok", "it knows no If-Match"} {
		if !strings.Contains(said, says) {
			t.Errorf("%s lacks %s", said, says)
		}
	}
	b.First(nil)
	if said := want(t, exitDone, append(args, "--retry-failed")...); strings.Contains(said, "If-Match") { // what was no image when it was planned was mended
		t.Error(said)
	}
	b.Asked()
	want(t, exitDone, append(args, "--update")...)
	if n := askedForPlan(b); n != 1 {
		t.Errorf("--update asks %d times for the plan", n)
	}
}

// TestChangedOnStore: of images that changed since the plan it is told what takes them as they are, and that does so.
func TestChangedOnStore(t *testing.T) {
	j, _ := newSmallJob(t, "4"), storetest.Serve(t)
	t.Setenv("TMPDIR", t.TempDir())
	want(t, exitDone, j.at("plan")...)
	images, err := filepath.Glob(filepath.Join(j.data, "VOCdevkit", "VOC2007", "JPEGImages", "*.jpg"))
	if err != nil || len(images) != 4 {
		t.Fatal(images, err)
	}
	b, err := os.ReadFile(images[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(images[0], append(b, "longer"...), 0o644); err != nil {
		t.Fatal(err)
	}
	want(t, exitPermanent, "extract", "--plan", away)
	for _, more := range [][]string{{"--retry-failed"}, {"--retry-failed", "--force-new"}} {
		if said := want(t, exitPermanent, j.at("extract", more...)...); !strings.Contains(said, "fc7 extract --plan "+away+" --retry-failed computes them; with --update it takes them as they are") {
			t.Error(said)
		}
	}
	want(t, exitDone, "extract", "--plan", away, "--update")
	want(t, exitDone, "merge", away)
	if said := want(t, exitDone, "verify", away); !strings.Contains(said, "no problems") {
		t.Error(said)
	}
}
