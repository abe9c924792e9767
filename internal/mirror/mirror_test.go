package mirror

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"fc7/internal/lock"
	"fc7/internal/store"
	"fc7/internal/storetest"
)

// byEnding wants .json whole, .parquet by parts and .bin when it is asked for.
func byEnding(found []store.Entry) map[string]How {
	how := map[string]How{}
	for _, e := range found {
		switch filepath.Ext(e.Name) {
		case ".json":
			how[e.Name] = Whole
		case ".parquet":
			how[e.Name] = Parts
		case ".bin":
			how[e.Name] = Asked
		}
	}
	return how
}

// some is n bytes that are at no other place the same.
func some(n int) []byte {
	b := make([]byte, 0, n+20)
	for i := int64(0); len(b) < n; i++ {
		b = append(strconv.AppendInt(b, i, 10), ',')
	}
	return b[:n]
}

const mega = 1 << 20

// run is a bucket with a run in it.
func run(t *testing.T) *storetest.Bucket {
	t.Helper()
	b := storetest.Serve(t)
	b.Put("runs/a/manifest.json", []byte("{}"))
	b.Put("runs/a/features/x.parquet", some(20*mega+5))
	b.Put("runs/a/features/empty.parquet", nil)
	b.Put("runs/a/notes.txt", []byte("not wanted"))
	b.Put("runs/a/../b/evil.json", []byte("{}"))
	b.Put("runs/ab/manifest.json", []byte("another run"))
	return b
}

func open(t *testing.T, o Options) *Folder {
	t.Helper()
	o.Want = byEnding
	f, err := Open(t.Context(), "s3://bucket/runs/a/", o)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func closed(t *testing.T, f *Folder) {
	t.Helper()
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// gets are the requests for bytes of an object since the last call.
func gets(b *storetest.Bucket, key string) (n int) {
	for _, a := range b.Asked() {
		if strings.HasPrefix(a, "GET "+key) {
			n++
		}
	}
	return n
}

// read reads bytes of a file of the mirror, which are to be those of the object.
func read(t *testing.T, f *Folder, from, n int64, want []byte) {
	t.Helper()
	r, err := OpenFile(filepath.Join(f.Dir, "features", "x.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	got := make([]byte, n)
	if _, err := r.ReadAt(got, from); err != nil || !bytes.Equal(got, want[from:from+n]) {
		t.Fatalf("%d bytes from %d: %v", n, from, err)
	}
}

// TestMirror: files have their names, sizes and bytes; of large ones comes what is read, once, also for the next
// process; names lead nowhere else.
func TestMirror(t *testing.T) {
	b := run(t)
	cache, want := t.TempDir(), some(20*mega+5)
	var notes []string
	o := Options{Cache: cache, Note: func(s string) { notes = append(notes, s) }}
	f := open(t, o)
	var names []string
	err := filepath.WalkDir(cache, func(path string, e fs.DirEntry, err error) error {
		if rel, ok := strings.CutPrefix(path, f.Dir); ok && err == nil && !e.IsDir() {
			names = append(names, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil || !slices.Equal(names, []string{"/features/empty.parquet", "/features/x.parquet", "/manifest.json"}) {
		t.Errorf("%v, %v", names, err)
	}
	if text, err := os.ReadFile(filepath.Join(f.Dir, "manifest.json")); string(text) != "{}" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
	b.Asked()
	read(t, f, 5*mega+7, 100, want)
	read(t, f, 5*mega, 10, want)
	if n := gets(b, "runs/a/features/x.parquet"); n != 1 {
		t.Errorf("%d requests for one block", n)
	}
	path := filepath.Join(f.Dir, "features", "x.parquet")
	if err := Bring(map[string][]Span{path: {{3 * mega, 6 * mega}, {20 * mega, 21 * mega}}, "/elsewhere": All}); err != nil {
		t.Fatal(err)
	}
	if len(notes) != 1 || notes[0] != "s3://bucket/runs/a: reads 2.9 MB of 21.0 MB to "+cache {
		t.Errorf("%q", notes)
	}
	b.Asked()
	read(t, f, 3*mega, 3*mega, want)
	read(t, f, 20*mega, 5, want)
	if asked := b.Asked(); len(asked) > 0 {
		t.Errorf("what was brought is asked for again: %v", asked)
	}
	closed(t, f)
	f = open(t, o)
	defer closed(t, f)
	read(t, f, 3*mega, 3*mega, want)
	if n := gets(b, "runs/a/features/x.parquet") + gets(b, "runs/a/manifest.json"); n > 0 {
		t.Errorf("the next process asks %d times", n)
	}
	if err := Bring(map[string][]Span{path: All}); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
		t.Errorf("all: %d bytes, %v", len(got), err)
	}
}

// TestMirrorChanged: what the store has replaced is not taken from the cache, nor is a file put together of two
// versions; what it has removed is gone; mirrors of what was are removed, but where they are used.
func TestMirrorChanged(t *testing.T) {
	b := run(t)
	o := Options{Cache: t.TempDir()}
	old, want := open(t, o), some(20*mega+5)
	read(t, old, 0, 100, want)
	other := append([]byte("x"), want...)
	b.Put("runs/a/features/x.parquet", other)
	b.Put("runs/a/manifest.json", []byte("[1]"))
	b.Remove("runs/a/features/empty.parquet")
	r, err := OpenFile(filepath.Join(old.Dir, "features", "x.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := r.ReadAt(make([]byte, 10), 10*mega); err == nil || !strings.Contains(err.Error(), "has changed") {
		t.Errorf("another version: %v", err)
	}
	read(t, old, 0, 100, want)
	now := open(t, o)
	read(t, now, 0, 100, other)
	read(t, now, 10*mega, 10, other)
	read(t, old, 0, 100, want) // which is used
	if text, err := os.ReadFile(filepath.Join(now.Dir, "manifest.json")); string(text) != "[1]" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
	closed(t, old)
	closed(t, now)
	b.Remove("runs/a/manifest.json")
	now = open(t, o)
	defer closed(t, now)
	for _, gone := range []string{filepath.Join(now.Dir, "manifest.json"), filepath.Join(now.Dir, "features", "empty.parquet"), old.Dir} {
		if _, err := os.Lstat(gone); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", gone, err)
		}
	}
}

// TestMirrorGoesOn: what came before a fault is kept, and a note that is damaged makes all come again.
func TestMirrorGoesOn(t *testing.T) {
	b := run(t)
	o := Options{Cache: t.TempDir()}
	f, want := open(t, o), some(20*mega+5)
	path := filepath.Join(f.Dir, "features", "x.parquet")
	b.First(func(w http.ResponseWriter, r *http.Request, _ string) bool {
		late := strings.HasPrefix(r.Header.Get("Range"), "bytes=16777216-")
		if late {
			w.WriteHeader(http.StatusBadRequest)
		}
		return late
	})
	if err := Bring(map[string][]Span{path: All}); err == nil || !strings.Contains(err.Error(), "400") {
		t.Fatalf("%v", err)
	}
	b.First(nil)
	closed(t, f)
	f = open(t, o)
	b.Asked()
	read(t, f, 0, 20*mega+5, want)
	if n := gets(b, "runs/a/features/x.parquet"); n != 1 {
		t.Errorf("%d requests go on", n)
	}
	closed(t, f)
	note := filepath.Join(f.root, blockNote, "features", "x.parquet.json")
	text, err := os.ReadFile(note)
	if err != nil {
		t.Fatal(err)
	}
	text[len(text)/2] ^= 1
	if err := os.WriteFile(note, text, 0o644); err != nil {
		t.Fatal(err)
	}
	f = open(t, o)
	defer closed(t, f)
	b.Asked()
	read(t, f, 0, 20*mega+5, want)
	if n := gets(b, "runs/a/features/x.parquet"); n != 3 {
		t.Errorf("%d requests bring all again", n)
	}
}

// TestPublish: files that were made in a mirror come to the store, the one that says that they are complete last;
// nothing is replaced unasked, and nothing of others removed.
func TestPublish(t *testing.T) {
	b := run(t)
	f := open(t, Options{Cache: t.TempDir()})
	defer closed(t, f)
	dir := filepath.Join(f.Dir, "heads")
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	publish := func(replace bool) error {
		return PublishFolder(context.Background(), dir, "scores.json", replace, "scores.json", "head.bin", "results")
	}
	write("scores.json", "1")
	write("head.bin", "1")
	write("results/a.txt", "1")
	b.Put("runs/a/heads/results/left.txt", []byte("of one that was killed"))
	if err := publish(false); err != nil {
		t.Fatal(err)
	}
	if keys := b.Keys("runs/a/heads/"); !slices.Equal(keys, []string{"runs/a/heads/head.bin", "runs/a/heads/results/a.txt", "runs/a/heads/scores.json"}) {
		t.Errorf("%v", keys)
	}
	if asked := slices.DeleteFunc(b.Asked(), func(s string) bool { return !strings.HasPrefix(s, "PUT") }); asked[len(asked)-1] != "PUT runs/a/heads/scores.json" {
		t.Errorf("%v", asked)
	}
	write("scores.json", "2")
	if err := publish(false); !errors.Is(err, fs.ErrExist) {
		t.Errorf("unasked: %v", err)
	}
	if err := publish(true); err != nil {
		t.Fatal(err)
	}
	if text, _ := b.Get("runs/a/heads/scores.json"); string(text) != "2" {
		t.Errorf("%s", text)
	}
	b.Put("runs/a/heads/mine.txt", []byte("x"))
	if err := publish(true); !errors.Is(err, fs.ErrExist) || !strings.Contains(err.Error(), "mine.txt") {
		t.Errorf("a file of others: %v", err)
	}
	if err := Publish(filepath.Join(dir, "head.bin")); err != nil {
		t.Error(err)
	}
	if err := errors.Join(Publish("/elsewhere"), PublishFolder(context.Background(), "/elsewhere", "x", true), RemoveFolder(context.Background(), "/elsewhere", "x")); err != nil {
		t.Error(err)
	}
	b.Asked()
	b.Put("runs/a/headstrong", []byte("x"))
	if err := RemoveFolder(context.Background(), dir, "scores.json"); err != nil {
		t.Error(err)
	}
	if keys := b.Keys("runs/a/heads"); !slices.Equal(keys, []string{"runs/a/headstrong"}) {
		t.Errorf("left after removal: %v", keys)
	}
	if asked := slices.DeleteFunc(b.Asked(), func(s string) bool { return !strings.HasPrefix(s, "DELETE") }); len(asked) != 4 || asked[0] != "DELETE runs/a/heads/scores.json" {
		t.Errorf("%v", asked)
	}
}

// TestMirrorSizes: sizes that no run has are told before memory or the disk is taken for them, each and in all.
func TestMirrorSizes(t *testing.T) {
	for _, sizes := range []map[string]int64{
		{"x.parquet": math.MaxInt64},
		{"x.parquet": 1 << 62},
		{"x.parquet": most/2 + 1, "y.parquet": most / 2},
		{"x.parquet": math.MaxInt64, "y.parquet": math.MaxInt64},
		{"manifest.json": store.LargestWhole + 1},
	} {
		b := storetest.Serve(t)
		b.First(func(w http.ResponseWriter, r *http.Request, _ string) bool {
			fmt.Fprint(w, "<ListBucketResult>")
			for name, size := range sizes {
				fmt.Fprintf(w, "<Contents><Key>runs/a/%s</Key><ETag>v</ETag><Size>%d</Size></Contents>", name, size)
			}
			fmt.Fprint(w, "</ListBucketResult>")
			return true
		})
		cache := t.TempDir()
		_, err := Open(t.Context(), "s3://bucket/runs/a", Options{Cache: cache, Want: byEnding})
		if left, _ := os.ReadDir(cache); err == nil || !strings.Contains(err.Error(), "no run has as many") || len(left) > 0 || len(b.Asked()) != 1 {
			t.Errorf("%v: %v, %v", sizes, err, left)
		}
	}
}

// TestMirrorNames: a run may be called as what stands beside its mirror is, and an object by a name that is too long
// for a file is left.
func TestMirrorNames(t *testing.T) {
	for _, name := range []string{"blocks", "whole.json", "run.lock"} {
		b, cache := storetest.Serve(t), t.TempDir()
		b.Put(name+"/manifest.json", []byte("{}"))
		b.Put(name+"/"+strings.Repeat("n", 300)+".json", []byte("{}"))
		b.Put(name+"/features/x.parquet", some(mega))
		for n := range 2 {
			f, err := Open(t.Context(), "s3://bucket/"+name, Options{Cache: cache, Want: byEnding})
			if err != nil {
				t.Fatal(name, err)
			}
			read(t, f, 0, mega, some(mega))
			if came := gets(b, name+"/features"); (came > 0) != (n == 0) {
				t.Errorf("%s, time %d: %d requests", name, n, came)
			}
			closed(t, f)
		}
	}
}

// TestMirrorShared: several that open a mirror at once have it whole, each.
func TestMirrorShared(t *testing.T) {
	b, cache := run(t), t.TempDir()
	for i := range 20 {
		b.Put(fmt.Sprintf("runs/a/heads-%d/scores.json", i), []byte("{}"))
	}
	var work errgroup.Group
	for range 8 {
		work.Go(func() error {
			f, err := Open(t.Context(), "s3://bucket/runs/a", Options{Cache: cache, Want: byEnding})
			if err != nil {
				return err
			}
			for i := range 20 {
				if _, err := os.Stat(filepath.Join(f.Dir, fmt.Sprintf("heads-%d", i), "scores.json")); err != nil {
					return err
				}
			}
			return f.Close()
		})
	}
	if err := work.Wait(); err != nil {
		t.Fatal(err)
	}
}

// TestMirrorMadeIn: what somebody is making in a mirror stays while he does, whoever opens it, and what the store does
// not have any more goes; what was left goes when nobody is there.
func TestMirrorMadeIn(t *testing.T) {
	b, o := run(t), Options{Cache: t.TempDir()}
	b.Put("runs/a/old.json", []byte("{}"))
	f := open(t, o)
	made, old := filepath.Join(f.Dir, "heads", ".scores.json.tmp"), filepath.Join(f.Dir, "old.json")
	if err := errors.Join(os.Mkdir(filepath.Dir(made), 0o755), os.WriteFile(made, nil, 0o644)); err != nil {
		t.Fatal(err)
	}
	there := func(path string) bool {
		_, err := os.Lstat(path)
		return err == nil
	}
	b.Remove("runs/a/old.json")
	second := open(t, o)
	if !there(made) && lock.Overlaps() || there(old) {
		t.Errorf("beside another: what is made is there: %v, what is gone: %v", there(made), there(old))
	}
	closed(t, second)
	closed(t, f)
	closed(t, open(t, o))
	if there(made) {
		t.Error("what was left is still there")
	}
}

// TestNothingThere: a folder that is none is told.
func TestNothingThere(t *testing.T) {
	b := run(t)
	for _, at := range []string{"s3://bucket/none", "s3://bucket/runs/a/notes.txt"} {
		if _, err := Open(t.Context(), at, Options{Cache: t.TempDir(), Want: byEnding}); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), at) {
			t.Errorf("%s: %v", at, err)
		}
	}
	b.Close()
	if f, err := OpenFile(filepath.Join(t.TempDir(), "x")); err == nil {
		t.Error(f)
	}
}

// TestFetch: what is asked for comes once, whole, for the next process too, and again when it is another one; what was
// made and put is there.
func TestFetch(t *testing.T) {
	b := run(t)
	b.Put("runs/a/explore/x.bin", []byte("one"))
	b.Put("runs/a/explore/other.bin", []byte("other"))
	var notes []string
	o := Options{Cache: t.TempDir(), Note: func(s string) { notes = append(notes, s) }}
	at := func(f *Folder) string { return filepath.Join(f.Dir, "explore", "x.bin") }
	fetched := func(f *Folder, want string, requests int) {
		t.Helper()
		b.Asked()
		for range 2 {
			if err := Fetch(at(f)); err != nil {
				t.Fatal(err)
			}
		}
		n := gets(b, "runs/a/explore/x.bin")
		if text, err := os.ReadFile(at(f)); string(text) != want || err != nil || n != requests {
			t.Errorf("%q, %v, by %d requests, want %d", text, err, n, requests)
		}
	}
	f := open(t, o)
	if _, err := os.Stat(at(f)); err == nil || len(notes) > 0 {
		t.Errorf("it came unasked: %v", notes)
	}
	fetched(f, "one", 1)
	if len(notes) != 1 || notes[0] != "s3://bucket/runs/a/explore/x.bin: reads 3 bytes to "+o.Cache {
		t.Errorf("%q", notes)
	}
	closed(t, f)
	f = open(t, o)
	fetched(f, "one", 0)
	closed(t, f)
	b.Put("runs/a/explore/x.bin", []byte("two"))
	f = open(t, o)
	fetched(f, "two", 1)
	if err := os.WriteFile(at(f), []byte("three"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(Writable(at(f)), Publish(at(f))); err != nil {
		t.Fatal(err)
	}
	fetched(f, "three", 0)
	closed(t, f)
	f = open(t, o)
	defer closed(t, f)
	fetched(f, "three", 0)
	if keys := b.Keys("runs/a/explore/"); !slices.Equal(keys, []string{"runs/a/explore/other.bin", "runs/a/explore/x.bin"}) {
		t.Errorf("on the store are %v", keys)
	}
	if err := errors.Join(Fetch("/elsewhere"), Fetch(filepath.Join(f.Dir, "none")), Writable("/elsewhere")); err != nil {
		t.Error(err)
	}
}
