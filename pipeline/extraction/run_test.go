package extraction_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"fc7/extract"
	"fc7/outputs"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/extraction"
	"fc7/pipeline/internal/fixture"
	"fc7/pipeline/table"
)

// TestForceNew: other settings go to the next folder; the same ones are found there again.
func TestForceNew(t *testing.T) {
	fixture.SkipShort(t)
	j := fixture.Job(t)
	first := fixture.Extract(t, j)
	before := fixture.TableBytes(t, j.Out)
	j.ForceNew = true
	for _, c := range []struct {
		change  func(*extraction.Job)
		suffix  string
		earlier int
	}{
		{func(*extraction.Job) {}, "", 20},
		{func(j *extraction.Job) { j.Describe.NoFlip = true }, "-2", 0},
		{func(j *extraction.Job) { j.Describe.Pool = extract.PoolMax }, "-3", 0},
		{func(j *extraction.Job) { j.Describe.NoFlip = true }, "-2", 20},
		{func(j *extraction.Job) { j.ShardRows = 5 }, "-4", 0},
	} {
		k := j
		c.change(&k)
		var notes []string
		r, err := extraction.Extract(context.Background(), k, conveyor.Events{Note: func(s string) { notes = append(notes, s) }})
		if err != nil {
			t.Fatal(err)
		}
		if r.Out != j.Out+c.suffix || r.Progress.Earlier != c.earlier {
			t.Errorf("in %s, %d rows were there; want %s, %d", r.Out, r.Progress.Earlier, j.Out+c.suffix, c.earlier)
		}
		if told := strings.Contains(strings.Join(notes, "\n"), "this one is in "+r.Out); told != (c.suffix != "") {
			t.Errorf("%s: notes %q", r.Out, notes)
		}
		if v := mustVerify(t, extraction.VerifyJob{Run: r.Out}); len(v.Problems) > 0 {
			t.Errorf("%s: %q", r.Out, v.Problems)
		}
	}
	fixture.SameTable(t, before, fixture.TableBytes(t, first.Out))
}

// TestSameRows: rows do not depend on how many stand in a shard.
func TestSameRows(t *testing.T) {
	j := fixture.Job(t)
	var want []outputs.Row
	numbers := []int{20, 1, 3, 19}
	if testing.Short() {
		numbers = []int{20, 3}
	}
	for _, n := range numbers {
		k := j
		k.ShardRows, k.Out = n, fmt.Sprintf("%s-%d", j.Out, n)
		fixture.Extract(t, k)
		var got []outputs.Row
		for s := range (20 + n - 1) / n {
			shard, err := outputs.OpenShard(filepath.Join(k.Out, outputs.FeaturesDir, outputs.ShardName(s, (20+n-1)/n)))
			if err != nil {
				t.Fatal(err)
			}
			rows, err := shard.ReadGroup(0)
			if err != nil {
				t.Fatal(err)
			}
			shard.Close()
			got = append(got, rows...)
		}
		if want == nil {
			want = got
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("other rows in shards of %d", n)
		}
	}
}

// TestLeftovers: temporary files of killed runs are removed, also beside shards that are done, but not those of others'
// shards.
func TestLeftovers(t *testing.T) {
	j := fixture.Job(t)
	fixture.Extract(t, j)
	dir := filepath.Join(j.Out, outputs.FeaturesDir)
	temp := func(s, n int) string { return filepath.Join(dir, "."+outputs.ShardName(s, n)+".123.tmp") }
	for _, path := range []string{temp(0, 4), temp(3, 4)} {
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	there := func(path string) bool { _, err := os.Stat(path); return err == nil }
	j.Part = table.Part{Index: 1, Count: 2}
	fixture.Extract(t, j)
	if there(temp(0, 4)) || !there(temp(3, 4)) {
		t.Errorf("after the first half: own file there %v, the other machine's %v", there(temp(0, 4)), there(temp(3, 4)))
	}
	j.Part = table.Part{}
	fixture.Extract(t, j)
	if v := mustVerify(t, extraction.VerifyJob{Run: j.Out}); len(v.Problems) > 0 {
		t.Errorf("%q", v.Problems)
	}
}

// TestDataGone: a data set that vanishes is no thousand failed rows: the run stops, and goes on when it is back.
func TestDataGone(t *testing.T) {
	j := fixture.Job(t)
	const n = 80 // more than wait for the net at once
	root := filepath.Dir(folderWith(t, j, n))
	j.DataSet, j.ShardRows, j.Decoders, j.Patience = "folder:"+root, 4, 1, 20*time.Millisecond
	j.Describe.Scales, j.Describe.NoFlip = []int{224}, true
	calm := j
	calm.Out += "-calm"
	fixture.Extract(t, calm)
	var once sync.Once
	_, err := extraction.Extract(context.Background(), j, conveyor.Events{Shard: func(conveyor.ShardDone) {
		once.Do(func() {
			if err := os.Rename(root, root+"-away"); err != nil {
				t.Error(err)
			}
		})
	}})
	var stopped *extraction.StoppedError
	if !errors.As(err, &stopped) || !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), root+" is gone") {
		t.Fatalf("error %v", err)
	}
	if stopped.Done < 4 || stopped.Done > n-4 || !strings.Contains(err.Error(), fmt.Sprintf("%d of %d rows are kept", stopped.Done, n)) {
		t.Errorf("%v", err)
	}
	if err := os.Rename(root+"-away", root); err != nil {
		t.Fatal(err)
	}
	fixture.Extract(t, j)
	fixture.SameTable(t, fixture.TableBytes(t, calm.Out), fixture.TableBytes(t, j.Out))
}

// TestDataAway: a folder that is away for 30 ms, again and again, as that of the images or as what they are links to,
// makes no failed rows: the table has the bytes of an undisturbed run.
func TestDataAway(t *testing.T) {
	j := fixture.Job(t)
	root := filepath.Dir(folderWith(t, j, 16))
	j.ShardRows, j.Decoders = 2, 2
	farm := t.TempDir()
	for i := range 16 {
		name := fmt.Sprintf("%03d.jpg", i)
		if err := os.Symlink(filepath.Join(root, name), filepath.Join(farm, name)); err != nil {
			t.Skip(err)
		}
	}
	out := j.Out
	for _, from := range []string{root, farm} {
		j.DataSet, j.Out = "folder:"+from, out+"-calm-"+filepath.Base(from)
		fixture.Extract(t, j)
		want := fixture.TableBytes(t, j.Out)
		j.Out = out + "-away-" + filepath.Base(from)
		var one sync.Mutex
		away := func() {
			one.Lock()
			defer one.Unlock()
			if err := os.Rename(root, root+"-away"); err != nil {
				t.Error(err)
			}
			time.Sleep(30 * time.Millisecond)
			if err := os.Rename(root+"-away", root); err != nil {
				t.Error(err)
			}
		}
		r, err := extraction.Extract(context.Background(), j, conveyor.Events{Start: func(conveyor.Start) { go away() }, Shard: func(conveyor.ShardDone) { away() }})
		if err != nil || r.Manifest.Counts.Failed != 0 {
			t.Fatalf("%v %+v", err, r)
		}
		fixture.SameTable(t, want, fixture.TableBytes(t, j.Out))
	}
}

// TestImageGone: one image that is removed is a failed row.
func TestImageGone(t *testing.T) {
	j := fixture.Job(t)
	root := filepath.Dir(folderWith(t, j, 16))
	j.DataSet, j.ShardRows, j.Decoders = "folder:"+root, 4, 1
	r, err := extraction.Extract(context.Background(), j, conveyor.Events{Start: func(conveyor.Start) {
		os.Remove(filepath.Join(root, "015.jpg"))
	}})
	if !errors.Is(err, conveyor.ErrSomeFailed) || r.Manifest.Counts.Failed != 1 || !strings.Contains(failedReason(t, j.Out, "015.jpg"), "open image") {
		t.Errorf("%v, %+v", err, r)
	}
}

// TestOutGone: when the run's folder vanishes, that is the error, and no folder is made again.
func TestOutGone(t *testing.T) {
	j := fixture.Job(t)
	var once sync.Once
	_, err := extraction.Extract(context.Background(), j, conveyor.Events{Shard: func(conveyor.ShardDone) {
		once.Do(func() { os.RemoveAll(j.Out) })
	}})
	if err == nil || !strings.Contains(err.Error(), j.Out) || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
	if _, err := os.Stat(filepath.Join(j.Out, outputs.FeaturesDir)); err == nil {
		t.Error("the folder was made again, without what it held")
	}
}

// TestEvents: every kind is told, none at the same time as another.
func TestEvents(t *testing.T) {
	j := fixture.Job(t)
	root := filepath.Dir(folderWith(t, j, 10))
	if err := os.WriteFile(filepath.Join(root, "004.jpg"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	j.DataSet, j.ShardRows = "folder:"+root, 4
	var inside sync.Mutex
	count := map[string]int{}
	enter := func(kind string) {
		if !inside.TryLock() {
			t.Error("two events at once")
			return
		}
		defer inside.Unlock()
		time.Sleep(time.Millisecond)
		count[kind]++
	}
	_, err := extraction.Extract(context.Background(), j, conveyor.Events{
		Start: func(s conveyor.Start) {
			enter("start")
			if s.Total != 10 || s.Pending != 10 || s.Shards != 3 || s.Out != j.Out || s.Net != "vgg11/32" {
				t.Errorf("start %+v", s)
			}
		},
		Progress: func(conveyor.Progress) { enter("progress") },
		Warning:  func(w conveyor.Warning) { enter("failed " + w.Image) },
		Shard:    func(s conveyor.ShardDone) { enter(fmt.Sprintf("%s %d", s.File, s.Rows)) },
		Note:     func(string) { enter("note") },
	})
	if !errors.Is(err, conveyor.ErrSomeFailed) {
		t.Fatal(err)
	}
	want := map[string]int{
		"start": 1, "progress": 11, "failed 004.jpg": 1,
		outputs.ShardName(0, 3) + " 4": 1, outputs.ShardName(1, 3) + " 4": 1, outputs.ShardName(2, 3) + " 2": 1,
	}
	if fmt.Sprint(count) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", count, want)
	}
}

// A run that finds its table complete leaves the manifest, with the times of the run that made it, as it is.
func TestManifestStays(t *testing.T) {
	fixture.SkipShort(t)
	j := fixture.Job(t)
	fixture.Extract(t, j)
	path := filepath.Join(j.Out, outputs.ManifestName)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	fixture.Extract(t, j)
	if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
		t.Errorf("%v; the manifest was\n%s\nand is\n%s", err, before, after)
	}
}

// What the net's stage waits, computes and writes is all of its time and no more than the run's.
func TestTimings(t *testing.T) {
	fixture.SkipShort(t)
	j := fixture.Job(t)
	var last conveyor.Progress
	if _, err := extraction.Extract(t.Context(), j, conveyor.Events{Progress: func(p conveyor.Progress) { last = p }}); err != nil {
		t.Fatal(err)
	}
	if last.Times.Computing <= 0 || last.Times.Computing > last.Times.Elapsed {
		t.Errorf("told at the end: %+v", last.Times)
	}
	m, err := outputs.ReadManifest(j.Out)
	if err != nil {
		t.Fatal(err)
	}
	s := m.Timings
	if elapsed := s.Finished.Sub(s.Started).Seconds(); s.Computed != 20 || s.Reading <= 0 || s.Computing <= 0 || s.Waiting < 0 || s.Writing < 0 ||
		s.Waiting+s.Computing+s.Writing > elapsed {
		t.Errorf("%+v of %g s", s, elapsed)
	}
}
