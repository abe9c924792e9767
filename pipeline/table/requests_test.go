package table

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fc7/datasets"
	"fc7/internal/storetest"
	"fc7/outputs"
	"fc7/pipeline/planned"
)

// manyFiles are those of a table on a store, each of a row: three pages of a list, in three folders.
const manyFiles = 2300

// storedPlan is a plan of many files on a store, all of which stand there, by name, with their notes.
func storedPlan(t *testing.T) (*planned.Plan, *storetest.Bucket) {
	t.Helper()
	b := storetest.Serve(t)
	var list strings.Builder
	for i := range manyFiles {
		fmt.Fprintf(&list, "%04d.jpg\n", i)
	}
	path := filepath.Join(t.TempDir(), "list.txt")
	if err := os.WriteFile(path, []byte(list.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	set, err := datasets.Open(t.Context(), "list:"+path, datasets.Options{})
	if err != nil {
		t.Fatal(err)
	}
	const run = "s3://bucket/run"
	is := plan(run)
	p := &planned.Plan{Rows: 1, Tasks: 2, Identity: is.Identity, Columns: is.Columns}
	p.Identity.Inputs.Count = manyFiles
	source := func(take func(*datasets.Set, []datasets.Item) error, _ func() error) (*datasets.Set, error) {
		return set, take(set, set.Items)
	}
	if _, err := planned.Make(t.Context(), run, []*planned.Plan{p}, planned.Making{From: source, Pin: nothingKnown, Alone: Alone, Busy: Busy, Progress: func(int, int) {}}); err != nil {
		t.Fatal(err)
	}
	if p, err = planned.Open(t.Context(), run); err != nil {
		t.Fatal(err)
	}
	for file := range manyFiles {
		b.Put("run/"+p.File(file), []byte("row"))
		d := planned.Done{File: outputs.File{Name: outputs.ShardName(file, manyFiles), SHA256: "x", Bytes: 3, Rows: 1}}
		if err := p.Note(file, d); err != nil {
			t.Fatal(err)
		}
	}
	b.Asked()
	return p, b
}

// requests are those since the last call, by their kind.
func requests(b *storetest.Bucket) map[string]int {
	n := map[string]int{}
	for _, a := range b.Asked() {
		what, _, _ := strings.Cut(a, " ")
		n[what]++
	}
	return n
}

// TestRequests: whoever looks at all files of a table on a store asks for a note each, and for the rest by lists: a
// merge, a status, and the start of a task.
func TestRequests(t *testing.T) {
	p, b := storedPlan(t)
	t.Setenv("TMPDIR", t.TempDir())
	const pages = manyFiles/1000 + 1
	for _, c := range []struct {
		what              string
		notes, lists, few int // requests for notes and lists; others, at most
		do                func() error
	}{
		// the heartbeats; the notes; the files
		{"status", manyFiles, 1 + 2*pages, 2, func() error {
			s, err := p.Status(t.Context(), time.Now(), 0)
			if err == nil && s.Done != manyFiles {
				err = fmt.Errorf("%d are done", s.Done)
			}
			return err
		}},
		// the notes; the files
		{"task", manyFiles, 2 * pages, 0, func() error {
			is := plan(p.Run())
			is.Rows, is.Items = 1, manyFiles
			r, err := New(is)
			if err != nil {
				return err
			}
			unlock, err := r.OpenPlanned(t.Context(), p, time.Hour)
			if err != nil {
				return err
			}
			if n := r.RowsDone(); n != manyFiles {
				err = fmt.Errorf("%d rows are done", n)
			}
			return errors.Join(err, unlock())
		}},
		// the notes, again when the manifest stands; the files; the heartbeats, digests, and what tasks left
		{"merge", manyFiles, 3*pages + 3, 2, func() error {
			m, err := MergePlanned(context.Background(), p, false, func(int, int) {})
			if err == nil && m.Counts.OK != manyFiles {
				err = fmt.Errorf("%+v", m.Counts)
			}
			return err
		}},
	} {
		if err := c.do(); err != nil {
			t.Errorf("%s: %v", c.what, err)
		}
		n := requests(b)
		if n["HEAD"] > 0 || n["LIST"] > c.lists || n["GET"] > c.notes+c.few {
			t.Errorf("%s asks %v, want %d lists, and GET for %d notes", c.what, n, c.lists, c.notes)
		}
	}
}

// TestStatusOnStore: files that are lost, or have another size than when they were made, are told of a table on a store
// as of one on a disk, before a merge and after it.
func TestStatusOnStore(t *testing.T) {
	p, b := storedPlan(t)
	for _, merged := range []bool{false, true} {
		if merged {
			if _, err := MergePlanned(t.Context(), p, false, func(int, int) {}); err != nil {
				t.Fatal(err)
			}
		}
		if err := p.At().Remove(p.File(7)); err != nil {
			t.Fatal(err)
		}
		b.Put("run/"+p.File(1500), []byte("ro"))
		s, err := p.Status(t.Context(), time.Now(), 0)
		if err != nil || s.Merged != merged || s.Done != manyFiles-2 || s.Missing != 1 || s.Damaged != 1 || len(s.Problems) != 1 || !strings.Contains(s.Problems[0], p.At().At(p.File(1500))) {
			t.Errorf("%+v, %v", s, err)
		}
		b.Put("run/"+p.File(7), []byte("row"))
		b.Put("run/"+p.File(1500), []byte("row"))
		if s, err := p.Status(t.Context(), time.Now(), 0); err != nil || s.Merged != merged || s.Done != manyFiles {
			t.Errorf("%+v, %v", s, err)
		}
	}
}
