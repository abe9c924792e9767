package extraction_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fc7/outputs"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/extraction"
	"fc7/pipeline/internal/fixture"
	"fc7/pipeline/table"
)

// growing is a data set that changes between extractions, a folder of PNGs and a list of them.
type growing struct {
	t    *testing.T
	dir  string
	job  extraction.Job
	rows map[string]string // of the list: image to the rest of its line
}

func newGrowing(t *testing.T, images int) *growing {
	j := fixture.Job(t)
	g := &growing{t: t, dir: t.TempDir(), job: j, rows: map[string]string{}}
	g.job.DataSet, g.job.Describe.Scales, g.job.ShardRows = "csv:"+g.dir+"/list.csv", []int{224}, 4
	for i := range images {
		g.add(i)
	}
	return g
}

func (g *growing) name(i int) string { return fmt.Sprintf("%03d.png", i) }

// add makes image i, of bytes of its own, in the class cat.
func (g *growing) add(i int) {
	g.draw(i, i)
	g.rows[g.name(i)] = "cat,train,,,,"
}

// draw gives image i the bytes of picture n.
func (g *growing) draw(i, n int) { g.write(g.name(i), goodPNG(g.t, 60+n, 50)) }

// write writes a file, which seems to have stood for long.
func (g *growing) write(name string, data []byte) {
	path, at := filepath.Join(g.dir, name), time.Now().Add(-time.Hour)
	fixture.WriteFile(g.t, path, data)
	if err := os.Chtimes(path, at, at); err != nil {
		g.t.Fatal(err)
	}
}

// list writes the list of the rows.
func (g *growing) list() {
	text := "path,labels,splits,xmin,ymin,xmax,ymax\n"
	for _, name := range slices.Sorted(maps.Keys(g.rows)) {
		for row := range strings.SplitSeq(g.rows[name], ";") {
			text += name + "," + row + "\n"
		}
	}
	fixture.WriteFile(g.t, filepath.Join(g.dir, "list.csv"), []byte(text))
}

// extract runs the job; images that fail are no error.
func (g *growing) extract(j extraction.Job) *extraction.Result {
	g.t.Helper()
	g.list()
	r, err := extraction.Extract(g.t.Context(), j, conveyor.Events{})
	if err != nil && !errors.Is(err, conveyor.ErrSomeFailed) {
		g.t.Fatal(err)
	}
	return r
}

// update brings the table up to the data set, which must give the bytes of a fresh run.
func (g *growing) update(how extraction.Update) table.Updated {
	g.t.Helper()
	j := g.job
	how.Do = true
	j.Update = how
	r := g.extract(j)
	g.sameAsFresh()
	return *r.Updated
}

// sameAsFresh compares the table, what is kept beside it, and what the manifest says of it, with those of a fresh run.
func (g *growing) sameAsFresh() {
	g.t.Helper()
	fresh := g.job
	fresh.Out = filepath.Join(g.t.TempDir(), "fresh")
	want, err := extraction.Extract(g.t.Context(), fresh, conveyor.Events{})
	if err != nil && !errors.Is(err, conveyor.ErrSomeFailed) {
		g.t.Fatal(err)
	}
	fixture.SameTable(g.t, fixture.TableBytes(g.t, fresh.Out), fixture.TableBytes(g.t, g.job.Out))
	fixture.SameTable(g.t, digestBytes(g.t, fresh.Out), digestBytes(g.t, g.job.Out))
	m, err := outputs.ReadManifest(g.job.Out)
	if err != nil {
		g.t.Fatal(err)
	}
	if w := want.Manifest; fmt.Sprint(m.Files, m.Counts, m.Shards, m.Identity, m.Columns) != fmt.Sprint(w.Files, w.Counts, w.Shards, w.Identity, w.Columns) {
		g.t.Errorf("the manifest says\n%+v, want\n%+v", m, w)
	}
	if v := mustVerify(g.t, extraction.VerifyJob{Run: g.job.Out}); len(v.Problems) > 0 {
		g.t.Errorf("%q", v.Problems)
	}
	if entries, err := filepath.Glob(filepath.Join(g.job.Out, "features?*")); err != nil || len(entries) > 0 {
		g.t.Errorf("left behind: %v, %v", entries, err)
	}
}

// digestBytes are the files of digests.
func digestBytes(t *testing.T, out string) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(out, outputs.DigestsDir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	b := map[string][]byte{}
	for _, f := range files {
		if b[filepath.Base(f)], err = os.ReadFile(f); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

// TestUpdate changes a data set in every way; each time the updated table is that of a fresh run, and no more is
// computed than has to be.
func TestUpdate(t *testing.T) {
	g := newGrowing(t, 10)
	g.extract(g.job)
	for _, step := range []struct {
		what   string
		change func()
		want   table.Updated
		how    extraction.Update
	}{
		{"nothing", func() {}, table.Updated{Kept: 10}, extraction.Update{}},
		{"images added, at the end and between", func() {
			g.add(20)
			g.add(21)
			g.rows["0005.png"] = "dog,,,,,"
			g.write("0005.png", goodPNG(t, 60+50, 50))
		}, table.Updated{Kept: 10, New: 3}, extraction.Update{}},
		{"images gone", func() {
			delete(g.rows, g.name(0))
			delete(g.rows, g.name(7))
		}, table.Updated{Kept: 11, Gone: 2}, extraction.Update{}},
		{"an image replaced under its name", func() {
			g.draw(3, 30)
		}, table.Updated{Kept: 10, Changed: 1}, extraction.Update{}},
		{"labels and splits corrected", func() {
			g.rows[g.name(4)] = "dog,train,,,,"
			g.rows[g.name(5)] = "cat,test,,,,"
		}, table.Updated{Kept: 9, Relabelled: 2}, extraction.Update{}},
		{"images renamed, and two that change places", func() {
			delete(g.rows, g.name(8))
			g.rows["z.png"] = "cat,train,,,,"
			g.write("z.png", goodPNG(t, 60+8, 50))
			g.draw(1, 2)
			g.draw(2, 1)
		}, table.Updated{Kept: 8, Renamed: 3}, extraction.Update{}},
		{"an image that cannot be read, and one that is not there", func() {
			g.write(g.name(1), []byte("no image"))
			g.rows["none.png"] = "cat,train,,,,"
		}, table.Updated{Kept: 10, New: 1, Changed: 1}, extraction.Update{}},
		{"both mended", func() {
			g.draw(1, 2)
			g.write("none.png", goodPNG(t, 60+44, 50))
		}, table.Updated{Kept: 10, Retried: 2}, extraction.Update{}},
		{"boxes", func() {
			g.rows[g.name(4)] = "dog,train,,,,;dog,train,5,5,40,40;cat,train,1,1,30,30"
		}, table.Updated{Kept: 12, New: 2}, extraction.Update{}},
		{"one box moved", func() {
			g.rows[g.name(4)] = "dog,train,,,,;dog,train,5,5,40,40;cat,train,1,2,30,30"
		}, table.Updated{Kept: 13, Changed: 1}, extraction.Update{}},
		{"all at once", func() {
			g.add(40)
			delete(g.rows, g.name(6))
			g.draw(9, 90)
			g.rows[g.name(2)] = "dog,val,,,,"
		}, table.Updated{Kept: 11, New: 1, Gone: 1, Changed: 1, Relabelled: 1}, extraction.Update{}},
	} {
		step.change()
		if got := g.update(step.how); got != step.want {
			t.Errorf("%s: %+v, want %+v", step.what, got, step.want)
		}
	}
}

// TestUpdateKept: a row that is kept is not computed again, as its image is not decoded.
func TestUpdateKept(t *testing.T) {
	g := newGrowing(t, 6)
	g.extract(g.job)
	g.add(9)
	g.rows[g.name(2)] = "dog,val,,,,"
	g.list()
	j := g.job
	j.Update.Do = true
	computed := 0
	r, err := extraction.Extract(t.Context(), j, conveyor.Events{Progress: func(p conveyor.Progress) { computed = p.Done - p.Earlier }})
	if err != nil || computed != 1 || r.Progress.Earlier != 6 || r.Manifest.Timings.Computed != 1 {
		t.Errorf("%d computed, %+v, %v", computed, r.Progress, err)
	}
	g.sameAsFresh()
}

// TestUpdateInterrupted stops updates after each shard. Until the end the old table stands, whole; what was computed is
// not computed again; the data set may even change once more meanwhile.
func TestUpdateInterrupted(t *testing.T) {
	for _, again := range []bool{false, true} {
		g := newGrowing(t, 9)
		g.extract(g.job)
		before := fixture.TableBytes(t, g.job.Out)
		for i := range 9 {
			g.add(20 + i)
		}
		delete(g.rows, g.name(3))
		g.draw(5, 60)
		g.list()
		j := g.job
		j.Update.Do = true
		var pending []int
		for range 3 {
			ctx, cancel := context.WithCancel(t.Context())
			_, err := extraction.Extract(ctx, j, conveyor.Events{
				Start: func(s conveyor.Start) { pending = append(pending, s.Pending) },
				Shard: func(conveyor.ShardDone) { cancel() },
			})
			cancel()
			var stopped *extraction.InterruptedError
			if !errors.As(err, &stopped) || stopped.Done < 4 {
				t.Fatal(err)
			}
			fixture.SameTable(t, before, fixture.TableBytes(t, g.job.Out))
			if v := mustVerify(t, extraction.VerifyJob{Run: g.job.Out}); len(v.Problems) > 0 {
				t.Errorf("the old table: %q", v.Problems)
			}
		}
		if pending[0] != 10 || pending[1] > 10 || pending[2] > 9 {
			t.Errorf("to be computed, each time: %v", pending)
		}
		if again {
			g.rows[g.name(1)] = "ox,,,,,"
			g.draw(20, 70)
		}
		if got := g.update(extraction.Update{}); got.New != 9 || got.Gone != 1 || got.Changed != 1 {
			t.Errorf("%+v", got)
		}
	}
}

// TestUpdateTrust: a file's size and time are believed only where that is asked for, and only if they are those that
// were recorded; so is the name of a row without a digest.
func TestUpdateTrust(t *testing.T) {
	g := newGrowing(t, 6)
	g.extract(g.job)
	info, err := os.Stat(filepath.Join(g.dir, g.name(2)))
	if err != nil {
		t.Fatal(err)
	}
	other := goodPNG(t, 60+2, 50)
	other = append(other[:len(other)-12], other[len(other)-12:]...)
	other[len(other)-1] ^= 0xff // of the last checksum, which no decoder reads
	g.write(g.name(2), other)
	if err := os.Chtimes(filepath.Join(g.dir, g.name(2)), info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
	j := g.job
	j.Update = extraction.Update{Do: true, TrustTimes: true}
	if r := g.extract(j); *r.Updated != (table.Updated{Kept: 6}) {
		t.Errorf("trusting times: %+v", r.Updated)
	}
	if r := g.extract(g.job); r.Progress.Earlier != 6 {
		t.Errorf("a file of its old size and time was read: %+v", r.Progress)
	}
	j.Update.TrustTimes = false
	if r := g.extract(j); r.Updated.Changed != 1 {
		t.Errorf("trusting nothing: %+v", r.Updated)
	}
	if err := os.RemoveAll(filepath.Join(g.job.Out, outputs.DigestsDir)); err != nil {
		t.Fatal(err)
	}
	g.add(7)
	delete(g.rows, g.name(0))
	g.list()
	var notes []string
	j.Update.TrustNames = true
	r, err := extraction.Extract(t.Context(), j, conveyor.Events{Note: func(s string) { notes = append(notes, s) }})
	if err != nil || *r.Updated != (table.Updated{Kept: 5, New: 1, Gone: 1}) || len(notes) > 0 {
		t.Errorf("trusting names: %+v, %v, %q", r.Updated, err, notes)
	}
	g.sameAsFresh()
	removeDigests := func() {
		if err := os.RemoveAll(filepath.Join(g.job.Out, outputs.DigestsDir)); err != nil {
			t.Fatal(err)
		}
	}
	removeDigests()
	for _, j.Update.TrustNames = range []bool{true, false} { // trusted once, the names of the same set need not be trusted again
		if r := g.extract(j); *r.Updated != (table.Updated{Kept: 6}) {
			t.Errorf("nothing changed, trusting names %v: %+v", j.Update.TrustNames, r.Updated)
		}
	}
	g.sameAsFresh()
	removeDigests()
	r, err = extraction.Extract(t.Context(), j, conveyor.Events{Note: func(s string) { notes = append(notes, s) }})
	if err != nil || *r.Updated != (table.Updated{Unproven: 6}) || len(notes) != 1 || !strings.Contains(notes[0], "6 of 6 rows") {
		t.Errorf("without digests: %+v, %v, %q", r.Updated, err, notes)
	}
	g.sameAsFresh()
}
