package main

import (
	"bytes"
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
		if segments, _ := filepath.Glob(filepath.Join(run, "tmp", "00001-*", "*.parquet")); len(segments) > 0 {
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

// TestKillPlannedRetry kills tasks that compute failed rows of a merged table again, whose images changed since the
// plan and are back: whenever that comes, the table can be merged, and is whole; in the end it is that of a plan whose
// images never changed. An update then makes it that of other images.
func TestKillPlannedRetry(t *testing.T) {
	j := newSmallJob(t, "16")
	want(t, exitDone, j.args("calm", "--shard-rows", "4")...)
	calm := files(t, j.out("calm"))
	run := j.out("run")
	j.plan(t, "run", "--shard-rows", "4")
	for _, flag := range []string{"--retry-failed", "--update"} {
		if code, _, said := fc7(t, j.args("run", "--shard-rows", "4", flag)...); code != exitUsage || !strings.Contains(said, "extract --plan") {
			t.Errorf("%s without the plan: %d, %s", flag, code, said)
		}
	}
	images := j.images(t, 16)
	mend := broken(t, images)
	want(t, exitDone, "extract", "--plan", run, "--max-failed", "6")
	want(t, exitDone, "merge", run)
	want(t, exitPermanent, "extract", "--plan", run, "--retry-failed") // as they are, they fail again
	want(t, exitDone, "merge", run)
	bad := files(t, run)
	mend()
	killedUntilDone(t, []string{"extract", "--plan", run, "--retry-failed", "--threads", "1"}, 10*time.Millisecond, bad, calm, func() map[string][]byte {
		want(t, exitDone, "merge", run)
		if out := want(t, exitDone, "verify", run); !strings.Contains(out, "no problems") {
			t.Fatal(out)
		}
		return files(t, run)
	})
	sameFiles(t, calm, files(t, run))
	becomes(t, images[1], images[2])
	want(t, exitDone, "extract", "--plan", run, "--retry-failed") // none failed
	if out := want(t, exitDone, "extract", "--plan", run, "--update"); !strings.Contains(out, "1 tried again") {
		t.Error(out)
	}
	want(t, exitDone, "merge", run)
	want(t, exitDone, j.args("other", "--shard-rows", "4")...)
	sameFiles(t, files(t, j.out("other")), files(t, run))
	if out := want(t, exitDone, "verify", run); !strings.Contains(out, "no problems") {
		t.Error(out)
	}
}

// images are the files of a job's images, of which there are n.
func (j smallJob) images(t *testing.T, n int) []string {
	t.Helper()
	images, err := filepath.Glob(filepath.Join(j.data, "VOCdevkit", "VOC2007", "JPEGImages", "*.jpg"))
	if err != nil || len(images) != n {
		t.Fatal(images, err)
	}
	return images
}

// broken makes every third image none, until they are mended.
func broken(t *testing.T, images []string) (mend func()) {
	t.Helper()
	whole := map[string][]byte{}
	write := func(path string, b []byte) {
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for i := 0; i < len(images); i += 3 {
		b, err := os.ReadFile(images[i])
		if err != nil {
			t.Fatal(err)
		}
		whole[images[i]] = b
		write(images[i], []byte("none"))
	}
	return func() {
		for path, b := range whole {
			write(path, b)
		}
	}
}

// becomes makes an image another one.
func becomes(t *testing.T, image, other string) {
	t.Helper()
	b, err := os.ReadFile(other)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(image, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

// killedUntilDone kills what writes files anew, each time a step later, by SIGKILL and SIGTERM, until it ends by
// itself. Behind each kill the files that ended gives are the old or the new ones.
func killedUntilDone(t *testing.T, args []string, step time.Duration, old, calm map[string][]byte, ended func() map[string][]byte) {
	t.Helper()
	began := time.Now()
	for i := 0; ; i++ {
		code := killed(t, args, time.Duration(i)*step, []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM}[i%2])
		for name, now := range ended() {
			if !bytes.Equal(now, old[name]) && !bytes.Equal(now, calm[name]) {
				t.Fatalf("%s is neither the old file nor the new one", name)
			}
		}
		if code == exitDone {
			t.Logf("%d kills, %s", i, time.Since(began))
			return
		}
	}
}
