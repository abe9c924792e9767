package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fc7/internal/storetest"
	"fc7/pipeline/download"
)

// storedRun makes a run with heads, and puts it into a bucket as runs/photos.
func storedRun(t *testing.T) (j smallJob, b *storetest.Bucket) {
	t.Helper()
	t.Setenv(download.CacheVariable, filepath.Join(t.TempDir(), "cache"))
	j, b = newSmallJob(t, "16"), storetest.Serve(t)
	want(t, exitDone, j.args("photos")...)
	want(t, exitDone, "svm", j.out("photos"), "--protocol", "voc2007", "--c", "1")
	b.PutFolder(t, j.out("photos"), "runs/photos")
	return j, b
}

const storedAt = "s3://bucket/runs/photos"

// TestRunsOnStores: a verb makes of a run on a store what it makes of that run on a disk, to the byte, and says the
// same of it.
func TestRunsOnStores(t *testing.T) {
	j, b := storedRun(t)
	image, err := filepath.Glob(filepath.Join(j.data, "*", "*", "JPEGImages", "*"))
	if err != nil || len(image) == 0 {
		t.Fatal(image, err)
	}
	for n, c := range []struct {
		args []string // RUN stands for the run, OUT for what is made
		made string   // where
	}{
		{[]string{"aggregate", "RUN", "-o", "OUT.parquet"}, "OUT.parquet"},
		{[]string{"aggregate", "RUN", "--format", "npy", "-o", "OUT"}, "OUT/embeddings.npy"},
		{[]string{"svm", "RUN", "--protocol", "voc2007", "--c", "2", "--out", "OUT"}, "OUT/head.safetensors"},
		{[]string{"head", "export", "RUN/heads", "OUT.onnx"}, "OUT.onnx"},
		{[]string{"report", "RUN", "--no-images", "--out", "OUT.html"}, "OUT.html"},
		{[]string{"verify", "RUN"}, ""},
		{[]string{"verify", "RUN", "--sample", "2"}, ""},
		{[]string{"table", "RUN", "name=RUN/heads"}, ""},
		{[]string{"predict", "--head", "RUN/heads", "--weights", j.net, image[0]}, ""},
	} {
		do := func(run, out string) (said string, made []byte) {
			args := slices.Clone(c.args)
			for i := range args {
				args[i] = strings.NewReplacer("RUN", run, "OUT", j.out(out)).Replace(args[i])
			}
			code, stdout, stderr := fc7(t, args...)
			if code != exitDone {
				t.Fatalf("fc7 %v: status %d, %s%s", args, code, stdout, stderr)
			}
			if c.made != "" {
				if made, err = os.ReadFile(strings.Replace(c.made, "OUT", j.out(out), 1)); err != nil {
					t.Fatal(err)
				}
			}
			return strings.NewReplacer(run, "RUN", j.out(out), "OUT").Replace(stdout), made
		}
		disk, ofDisk := do(j.out("photos"), fmt.Sprint("disk", n))
		store, ofStore := do(storedAt, fmt.Sprint("store", n))
		if store != disk && c.args[0] != "table" {
			t.Errorf("%v says\n%s\nof a disk\n%s", c.args, store, disk)
		}
		if strings.Contains(store, os.Getenv(download.CacheVariable)) {
			t.Errorf("%v names the cache: %s", c.args, store)
		}
		if !bytes.Equal(ofDisk, ofStore) {
			t.Errorf("%v makes other bytes than of a disk", c.args)
		}
	}
	_, table, _ := fc7(t, "table", storedAt, "another="+storedAt+"/heads")
	if lines := strings.Split(strings.TrimSpace(table), "\n"); len(lines) != 3 || len(lines[0]) != len(lines[1]) || len(lines[0]) != len(lines[2]) || !strings.HasPrefix(lines[1], storedAt+"  ") {
		t.Errorf("the table is not laid out by what it shows:\n%s", table)
	}
	for _, asked := range b.Asked() {
		if strings.HasPrefix(asked, "PUT") || strings.HasPrefix(asked, "DELETE") {
			t.Errorf("what goes to a disk was put on the store: %s", asked)
		}
	}
}

// TestRunsWrittenOnStores: heads and pages of a run on a store go there, whole, and replace nothing unasked.
func TestRunsWrittenOnStores(t *testing.T) {
	j, b := storedRun(t)
	train := []string{"svm", storedAt, "--protocol", "voc2007", "--c", "1"}
	if said := want(t, exitFailed, train...); !strings.Contains(said, storedAt+"/heads exists already and is not replaced") {
		t.Error(said)
	}
	head, _ := b.Get("runs/photos/heads/head.safetensors")
	for _, key := range b.Keys("runs/photos/heads/") {
		b.Remove(key)
	}
	b.Put("runs/photos/heads/head.safetensors", []byte("of one that was killed"))
	if said := want(t, exitDone, train...); strings.Contains(said, os.Getenv(download.CacheVariable)) && !strings.Contains(said, " reads ") {
		t.Error(said)
	}
	if now, _ := b.Get("runs/photos/heads/head.safetensors"); !bytes.Equal(now, head) {
		t.Error("other heads are on the store")
	}
	scores, _ := b.Get("runs/photos/heads/scores.json")
	want(t, exitDone, append(train, "--force")...)
	if now, _ := b.Get("runs/photos/heads/scores.json"); len(now) == 0 || bytes.Equal(now, scores) {
		t.Error("--force replaced nothing")
	}
	if said := want(t, exitDone, "table", storedAt); strings.Contains(said, "another table") {
		t.Error(said)
	}
	b.Put("runs/photos/heads/mine.txt", []byte("x"))
	if said := want(t, exitFailed, append(train, "--force")...); !strings.Contains(said, "it holds more than heads: mine.txt") {
		t.Error(said)
	}
	b.Remove("runs/photos/heads/mine.txt")
	want(t, exitDone, "report", storedAt, "--no-images")
	if page, _ := b.Get("runs/photos/report.html"); !bytes.HasPrefix(page, []byte("<!")) {
		t.Errorf("%.100s", page)
	}
	want(t, exitDone, "report", storedAt, "--no-images")
	want(t, exitDone, "verify", storedAt)
	if folderNames(t, j.dir); len(folderNames(t, j.out("photos"))) == 0 {
		t.Error("the run of the disk is gone")
	}
}

// TestRunsOnStoresDamaged: what is wrong with a run on a store is found there, and named by its address.
func TestRunsOnStoresDamaged(t *testing.T) {
	_, b := storedRun(t)
	want(t, exitDone, "verify", storedAt)
	const key = "runs/photos/features/part-00003-of-00008.parquet"
	whole, _ := b.Get(key)
	spoilt := bytes.Clone(whole)
	spoilt[len(spoilt)/2] ^= 4
	b.Put(key, spoilt)
	if said := want(t, exitFailed, "verify", storedAt); !strings.Contains(said, "part-00003-of-00008.parquet: its bytes have sha256") || !strings.Contains(said, storedAt+": ") {
		t.Error(said)
	}
	b.Remove(key)
	if said := want(t, exitFailed, "aggregate", storedAt, "-o", filepath.Join(t.TempDir(), "x.parquet")); !strings.Contains(said, "1 of 8 shards are missing") {
		t.Error(said)
	}
	b.Put(key, whole)
	want(t, exitDone, "verify", storedAt)
	for _, slashes := range []string{"/", "//"} {
		if said := want(t, exitFailed, "verify", "s3://bucket/none"+slashes); !strings.Contains(said, "s3://bucket/none: nothing that a run has is there") {
			t.Error(said)
		}
	}
	if said := want(t, exitFailed, "verify", "s3://bucket/none"); !strings.Contains(said, "s3://bucket/none: nothing that a run has is there") {
		t.Error(said)
	}
	for _, args := range [][]string{{"verify", "https://example.org/run"}, {"svm", "hf://datasets/o/r@main/x"}, {"predict", "--head", "https://example.org/run/heads", "x.jpg"}} {
		want(t, exitUsage, args...)
	}
}
