package main

import (
	"bytes"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fc7/internal/storetest"
	"fc7/pipeline/download"
)

// storedTwins makes a run whose images are all there twice, and puts it into a bucket as runs/photos.
func storedTwins(t *testing.T) (run string, b *storetest.Bucket) {
	t.Helper()
	dir := t.TempDir()
	t.Setenv(download.CacheVariable, filepath.Join(dir, "cache"))
	b = storetest.Serve(t)
	data, net, run := filepath.Join(dir, "data"), filepath.Join(dir, "net.safetensors"), filepath.Join(dir, "run")
	want(t, exitDone, "dataset", "synth", "--layout", "caltech101", "--images", "12", "--classes", "2", "--size", "64", data)
	want(t, exitDone, "weights", "init", "--net", "vgg11/32", "--out", net)
	images, err := filepath.Glob(filepath.Join(data, "*", "*", "*.jpg"))
	if err != nil || len(images) < 10 {
		t.Fatal(images, err)
	}
	for _, f := range images {
		text, err := os.ReadFile(f)
		if err = errors.Join(err, os.WriteFile(strings.TrimSuffix(f, ".jpg")+"b.jpg", text, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	want(t, exitDone, "extract", "caltech101:"+data, "--weights", net, "--layer", "pool5", "--scales", "64", "--out", run)
	b.PutFolder(t, run, "runs/photos")
	return run, b
}

// audited is a call whose lists are of one split.
func audited(run string) []string {
	return []string{"audit", run, "--train-per-class", "5", "--seeds", "0"}
}

// TestAuditOnStores: what audit keeps of a run on a store stands there, with the bytes that it has on a disk, its lists
// and heads too; the next call, with another cache, reads the pairs, and leaves what is not fc7's alone.
func TestAuditOnStores(t *testing.T) {
	run, b := storedTwins(t)
	want(t, exitSomeFailed, audited(run)...)
	said := want(t, exitSomeFailed, audited(storedAt)...)
	if cache := os.Getenv(download.CacheVariable); strings.Contains(strings.ReplaceAll(said, " to "+cache, ""), cache) || !strings.Contains(said, storedAt+"/explore/splits-seed0.tsv") {
		t.Error(said)
	}
	kept := []string{"audit.json", "audit.parquet", "exclude.txt", "heads/head.safetensors", "splits-seed0.tsv", "twins.json", "twins.parquet"}
	for _, name := range kept {
		made, err := os.ReadFile(filepath.Join(run, "explore", filepath.FromSlash(name)))
		if put, ok := b.Get("runs/photos/explore/" + name); err != nil || !ok || !bytes.Equal(made, put) {
			t.Errorf("%s: %d bytes on the store, %d on the disk, %v", name, len(put), len(made), err)
		}
	}
	t.Setenv(download.CacheVariable, filepath.Join(t.TempDir(), "other"))
	b.Asked()
	if said = want(t, exitSomeFailed, audited(storedAt)...); !strings.Contains(said, "compared before, and read") {
		t.Error(said)
	}
	if asked := b.Asked(); slices.ContainsFunc(asked, func(s string) bool { return strings.Contains(s, "/heads/") && !strings.HasPrefix(s, "GET") }) {
		t.Errorf("heads that are there were made again: %v", asked)
	}
	if said = want(t, exitDone, "table", storedAt+"/explore"); !strings.Contains(said, "without leaks") {
		t.Error(said)
	}
	list, _ := b.Get("runs/photos/explore/splits-seed0.tsv")
	want(t, exitSomeFailed, "audit", storedAt, "--train-per-class", "5", "--seeds", "1")
	if _, there := b.Get("runs/photos/explore/splits-seed0.tsv"); there {
		t.Error("a list of an earlier audit is still on the store")
	}
	want(t, exitSomeFailed, append(audited(storedAt), "--no-scores")...)
	if keys := b.Keys("runs/photos/explore/heads/"); len(keys) > 0 {
		t.Errorf("heads of an earlier audit are still on the store: %v", keys)
	}
	b.Put("runs/photos/explore/splits-seed0.tsv", list)
	for name, own := range map[string]string{"exclude.txt": "mine\n", "splits-seed0.tsv": "also mine\n"} {
		was, _ := b.Get("runs/photos/explore/" + name)
		b.Put("runs/photos/explore/"+name, []byte(own))
		if said = want(t, exitFailed, audited(storedAt)...); !strings.Contains(said, storedAt+"/explore/"+name+" is not fc7's") {
			t.Error(said)
		}
		if now, _ := b.Get("runs/photos/explore/" + name); string(now) != own {
			t.Errorf("%s of somebody else became %.40q", name, now)
		}
		b.Put("runs/photos/explore/"+name, was)
	}
}

// TestAuditRefused: where a run's store may not be written to, that is told before the work.
func TestAuditRefused(t *testing.T) {
	_, b := storedTwins(t)
	b.First(func(w http.ResponseWriter, r *http.Request, _ string) bool {
		if r.Method == http.MethodPut {
			w.WriteHeader(http.StatusForbidden)
		}
		return r.Method == http.MethodPut
	})
	for _, args := range [][]string{audited(storedAt), {"explore", storedAt}} {
		if said := want(t, exitFailed, args...); !strings.Contains(said, "access is refused") || !strings.Contains(said, "is put into it") {
			t.Error(said)
		}
	}
}

// TestPageOnStores: the page of a run on a store goes there, with the bytes that it has on a disk, and is made anew.
func TestPageOnStores(t *testing.T) {
	run, b := storedTwins(t)
	want(t, exitDone, "explore", run)
	made, err := os.ReadFile(filepath.Join(run, "explore.html"))
	for range 2 {
		if said := want(t, exitDone, "explore", storedAt); !strings.Contains(said, storedAt+"/explore.html: ") {
			t.Error(said)
		}
		if put, ok := b.Get("runs/photos/explore.html"); err != nil || !ok || !bytes.Equal(made, put) {
			t.Errorf("%d bytes on the store, %d on the disk, %v", len(put), len(made), err)
		}
		b.Put("runs/photos/explore.html", made[:len(made)/2]) // an old one
		t.Setenv(download.CacheVariable, filepath.Join(t.TempDir(), "other"))
	}
	if keys := b.Keys("runs/photos/explore/"); !slices.Contains(keys, "runs/photos/explore/suspects.parquet") {
		t.Errorf("what the page was made of is not kept: %v", keys)
	}
}
