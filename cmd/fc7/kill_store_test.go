package main

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"

	"fc7/internal/storetest"
)

// brokenJob is a job of 8 images, three of which are none until they are mended, with the table of whole images.
func brokenJob(t *testing.T) (j smallJob, images []string, calm map[string][]byte, mend func()) {
	t.Helper()
	j = newSmallJob(t, "8")
	want(t, exitDone, j.args("calm")...)
	images = j.images(t, 8)
	return j, images, files(t, j.out("calm")), broken(t, images)
}

// TestKillRetryOnStore kills tasks that compute failed rows of a merged table on a store again: whenever that comes,
// the table can be merged, and each of its files is the old or the new one; in the end it is that of whole images.
func TestKillRetryOnStore(t *testing.T) {
	j, images, calm, mend := brokenJob(t)
	b := storetest.Serve(t)
	t.Setenv("TMPDIR", t.TempDir())
	want(t, exitDone, j.at("plan", "--pin", "none")...)
	want(t, exitDone, "extract", "--plan", away)
	want(t, exitDone, "merge", away)
	bad := featuresOf(b)
	mend()
	killedUntilDone(t, []string{"extract", "--plan", away, "--retry-failed", "--threads", "1"}, 20*time.Millisecond, bad, calm, func() map[string][]byte {
		want(t, exitDone, "merge", away, "--verify", "full")
		return featuresOf(b)
	})
	sameFiles(t, calm, featuresOf(b))
	becomes(t, images[1], images[2])
	want(t, exitDone, "extract", "--plan", away, "--retry-failed") // none failed
	b.Asked()
	if out := want(t, exitDone, j.at("extract", "--update")...); !strings.Contains(out, "1 tried again") {
		t.Error(out)
	}
	puts := 0
	for _, a := range b.Asked() {
		if strings.HasPrefix(a, "PUT runs/r/features/") {
			puts++
		}
	}
	if puts != 1 {
		t.Errorf("%d files were put for one row", puts)
	}
	want(t, exitDone, j.args("other")...)
	sameFiles(t, files(t, j.out("other")), featuresOf(b))
	if out := want(t, exitDone, "verify", away); !strings.Contains(out, "no problems") {
		t.Error(out)
	}
}

// TestRetryTwiceOnStore: two tasks that compute the failed rows of the same files again at once make the table; one
// that finds another file in the place of the one that it read ends with 75, and does what is left when it is called
// again.
func TestRetryTwiceOnStore(t *testing.T) {
	j, _, calm, mend := brokenJob(t)
	b := storetest.Serve(t)
	t.Setenv("TMPDIR", t.TempDir())
	want(t, exitDone, j.at("plan", "--pin", "none")...)
	want(t, exitDone, "extract", "--plan", away)
	want(t, exitDone, "merge", away)
	bad := featuresOf(b)
	manifest, _ := b.Get("runs/r/manifest.json")
	mend()
	retry := []string{"extract", "--plan", away, "--retry-failed"}
	ended := make(chan int)
	for range 2 {
		go func() {
			var said bytes.Buffer
			ended <- run(t.Context(), retry, newConsole(&said, &said))
		}()
	}
	for range 2 {
		if code := <-ended; code != exitDone && code != exitPassing {
			t.Errorf("a task ends with %d", code)
		}
	}
	want(t, exitDone, "merge", away, "--verify", "full")
	sameFiles(t, calm, featuresOf(b))

	// another one puts its file there between the reading and the writing of a task
	const name = "part-00000-of-00004.parquet"
	for file, text := range bad {
		b.Put("runs/r/features/"+file, text)
	}
	b.First(func(_ http.ResponseWriter, r *http.Request, key string) bool {
		if r.Method == http.MethodPut && strings.Contains(key, "/digests/") {
			b.Put("runs/r/features/"+name, calm[name])
		}
		return false
	})
	if said := want(t, exitPassing, retry...); !strings.Contains(said, "another process has replaced it meanwhile") {
		t.Error(said)
	}
	b.First(nil)
	want(t, exitDone, retry...)
	want(t, exitDone, "merge", away, "--verify", "full")
	sameFiles(t, calm, featuresOf(b))

	b.Put("runs/r/manifest.json", manifest) // as of a merge that came just before the files, and a kill just behind them
	if said := want(t, exitDone, "merge", away, "--verify", "full"); !strings.Contains(said, "0 failed") {
		t.Error(said)
	}
}
