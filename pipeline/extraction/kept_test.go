package extraction_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fc7/pipeline/conveyor"
	"fc7/pipeline/extraction"
	"fc7/pipeline/internal/fixture"
	"fc7/pipeline/planned"
	"fc7/pipeline/table"
)

// inOneFile is a job whose table is one file, all rows of which are kept one by one.
func inOneFile(t *testing.T) extraction.Job {
	t.Helper()
	j := fixture.Job(t)
	j.ShardRows, j.KeepEvery, j.Threads = 20, time.Nanosecond, 1
	return j
}

// calmly is the table of a job that nothing disturbs.
func calmly(t *testing.T, j extraction.Job) map[string][]byte {
	t.Helper()
	j.Out = filepath.Join(t.TempDir(), "calm")
	fixture.Extract(t, j)
	return fixture.TableBytes(t, j.Out)
}

// stopAt stops a run when a row of a file is kept, by its number there, in a folder that the pattern names.
func stopAt(t *testing.T, pattern string, row int, run func(context.Context, conveyor.Events) error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	waited := false
	err := run(ctx, conveyor.Events{Progress: func(p conveyor.Progress) {
		if p.Done-p.Earlier > row+1 && !waited { // that row was handed to the writer
			waited = true
			for end := time.Now().Add(time.Minute); !isKept(pattern, row) && time.Now().Before(end); {
				time.Sleep(time.Millisecond)
			}
			cancel()
		}
	}})
	if stopped := new(extraction.InterruptedError); !errors.As(err, &stopped) || !isKept(pattern, row) {
		t.Fatalf("stopped when row %d is kept: %v", row, err)
	}
}

// isKept tells whether a segment has a row, or one behind it.
func isKept(pattern string, row int) bool {
	paths, _ := filepath.Glob(filepath.Join(pattern, "*.parquet"))
	for _, path := range paths {
		if first, ok := planned.ParseSegmentName(filepath.Base(path)); ok && first >= row {
			return true
		}
	}
	return false
}

// segments are the folders of those of a run's file.
func segments(run string, file int) string {
	return filepath.Join(run, "tmp", fmt.Sprintf("%05d-*", file))
}

func extracting(j extraction.Job) func(context.Context, conveyor.Events) error {
	return func(ctx context.Context, ev conveyor.Events) error {
		_, err := extraction.Extract(ctx, j, ev)
		return err
	}
}

// nothingKept makes sure that a run's folder has no segments.
func nothingKept(t *testing.T, run string) {
	t.Helper()
	if _, err := os.Lstat(filepath.Join(run, "tmp")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s has a folder tmp (%v)", run, err)
	}
}

// TestKeptRows: a run that stops within a file goes on behind the rows that it has of it, and leaves nothing beside the
// table.
func TestKeptRows(t *testing.T) {
	j := inOneFile(t)
	stopAt(t, segments(j.Out, 0), 4, extracting(j))
	unlock, err := table.LockShards(j.Out, 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	if s := statusOf(t, j.Out); s.Running != 1 || s.Missing != 0 || s.RowsKept != 0 || s.RowsDone < 5 {
		t.Errorf("while a process is at it: %+v", s)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	stopped := statusOf(t, j.Out)
	var began conveyor.Start
	res, err := extraction.Extract(t.Context(), j, conveyor.Events{Start: func(s conveyor.Start) { began = s }})
	if err != nil {
		t.Fatal(err)
	}
	if n := res.Progress.Earlier; n < 5 || n > 19 || began.Pending != 20-n {
		t.Errorf("%d rows were there and %d were computed, want 5 there at least, and all others computed", n, began.Pending)
	}
	if n := res.Progress.Earlier; stopped.Rows != 20 || stopped.Files != 1 || stopped.Missing != 1 || stopped.RowsKept != n || stopped.RowsDone != n {
		t.Errorf("stopped: %+v, and %d rows were taken", stopped, n)
	}
	if s := statusOf(t, j.Out); !s.Merged || s.Done != 1 || s.RowsDone != 20 || s.Missing+s.RowsKept != 0 {
		t.Errorf("in the end: %+v", s)
	}
	fixture.SameTable(t, calmly(t, j), fixture.TableBytes(t, j.Out))
	nothingKept(t, j.Out)
}

// statusOf is that of the one table in a folder.
func statusOf(t *testing.T, run string) *planned.Status {
	t.Helper()
	all, err := table.Unplanned(t.Context(), run)
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	return all[0]
}

// TestStatusOfFailed: of a share, failed rows of files that are done are counted, and others' files are missing; so
// also where a start with other settings was refused since.
func TestStatusOfFailed(t *testing.T) {
	j := fixture.Job(t)
	path := folderWith(t, j, 20)
	j.DataSet = "folder:" + filepath.Dir(path)
	fixture.WriteFile(t, path, []byte("none"))
	j.Part = table.Part{Index: 1, Count: 2} // two of four files
	fixture.ExtractSome(t, j)
	want := planned.Status{Rows: 20, RowsDone: 12, Failed: 1, Files: 4, Done: 2, Missing: 2}
	for range 2 {
		if s := statusOf(t, j.Out); s.Rows != want.Rows || s.RowsDone != want.RowsDone || s.Failed != want.Failed || s.Files != want.Files || s.Done != want.Done || s.Missing != want.Missing {
			t.Errorf("%+v, want %+v", s, want)
		}
		other := j
		other.ShardRows = 5
		if err := extracting(other)(t.Context(), conveyor.Events{}); !errors.As(err, new(*table.MismatchError)) {
			t.Errorf("other rows a file: %v", err)
		}
		other.ShardRows, other.Describe.NoFlip = 6, true
		if err := extracting(other)(t.Context(), conveyor.Events{}); !errors.As(err, new(*table.MismatchError)) {
			t.Errorf("other settings: %v", err)
		}
	}
}

// TestKeptShare: so it is with a share, which leaves the others' rows.
func TestKeptShare(t *testing.T) {
	j := inOneFile(t)
	j.ShardRows = 10
	first, second := j, j
	first.Part, second.Part = table.Part{Index: 1, Count: 2}, table.Part{Index: 2, Count: 2}
	for i, k := range []extraction.Job{first, second} {
		stopAt(t, segments(k.Out, i), 4, extracting(k))
	}
	for _, k := range []extraction.Job{first, second} {
		if n := fixture.Extract(t, k).Progress.Earlier; n < 5 || n > 9 {
			t.Errorf("share %v: %d rows were there, want 5 to 9", k.Part, n)
		}
	}
	fixture.SameTable(t, calmly(t, j), fixture.TableBytes(t, j.Out))
	nothingKept(t, j.Out)
}

// TestKeptOfOthers: rows of other settings, of which no file of the table stands yet, are not taken, and go with the
// end.
func TestKeptOfOthers(t *testing.T) {
	fixture.SkipShort(t)
	told := map[string]string{"flip": "flip: table has true, now false", "list": "number of inputs: table has 20, now 10", "pixels": "rows a file, or limits of an image"}
	for name, change := range map[string]func(*extraction.Job){
		"flip":   func(j *extraction.Job) { j.Describe.NoFlip = true },
		"list":   func(j *extraction.Job) { j.Choice.Limit = 10 },
		"pixels": func(j *extraction.Job) { j.Decode.MaxPixels = 1 << 20 },
	} {
		j := inOneFile(t)
		stopAt(t, segments(j.Out, 0), 0, extracting(j))
		change(&j)
		var notes []string
		r, err := extraction.Extract(t.Context(), j, conveyor.Events{Note: func(n string) { notes = append(notes, n) }})
		if err != nil || r.Progress.Earlier != 0 {
			t.Errorf("%s: %v, or rows of another table were taken", name, err)
		}
		if all := strings.Join(notes, "\n"); !strings.Contains(all, "keeps rows of a table with other settings ("+told[name]) {
			t.Errorf("%s: notes %q", name, all)
		}
		nothingKept(t, j.Out)
		if name == "flip" {
			fixture.SameTable(t, calmly(t, j), fixture.TableBytes(t, j.Out))
		}
	}
}

// TestKeptChanged: of the rows that are kept those that failed, and those whose image is another now, are computed
// again, as where nothing is kept; also where an update is asked for, which has no other table to begin with.
func TestKeptChanged(t *testing.T) {
	for _, update := range []bool{false, true} {
		j := inOneFile(t)
		root := filepath.Dir(folderWith(t, j, 20))
		j.DataSet = "folder:" + root
		calm := calmly(t, j)
		image := func(i int) string { return filepath.Join(root, fmt.Sprintf("%03d.jpg", i)) }
		was := map[int][]byte{}
		for _, i := range []int{1, 3} {
			b, err := os.ReadFile(image(i))
			if err != nil {
				t.Fatal(err)
			}
			was[i] = b
		}
		fixture.WriteFile(t, image(1), []byte("none"))
		fixture.WriteFile(t, image(3), was[1])
		stopAt(t, segments(j.Out, 0), 7, extracting(j))
		for i, b := range was {
			fixture.WriteFile(t, image(i), b)
		}
		j.Update.Do = update
		res := fixture.Extract(t, j)
		if n := res.Progress.Earlier; n < 6 || n > 17 {
			t.Errorf("%d rows were taken, want 6 at least, and neither the failed nor the replaced one", n)
		}
		fixture.SameTable(t, calm, fixture.TableBytes(t, j.Out))
		nothingKept(t, j.Out)
	}
}

// TestKeptAllChanged: rows none of which is taken are let go, so that what is computed in their place is kept.
func TestKeptAllChanged(t *testing.T) {
	j := inOneFile(t)
	root := filepath.Dir(folderWith(t, j, 20))
	j.DataSet = "folder:" + root
	stopAt(t, segments(j.Out, 0), 4, extracting(j))
	for i := range 20 {
		path := filepath.Join(root, fmt.Sprintf("%03d.jpg", i))
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		fixture.WriteFile(t, path, append(b, 0)) // the same picture in other bytes
	}
	var began conveyor.Start
	stopAt(t, segments(j.Out, 0), 4, func(ctx context.Context, ev conveyor.Events) error {
		ev.Start = func(s conveyor.Start) { began = s }
		return extracting(j)(ctx, ev)
	})
	if n := fixture.Extract(t, j).Progress.Earlier; began.Pending != 20 || n < 5 {
		t.Errorf("%d rows were computed of images that all changed, want 20, and %d of them kept, want 5 at least", began.Pending, n)
	}
	fixture.SameTable(t, calmly(t, j), fixture.TableBytes(t, j.Out))
}

// TestKeptNets: of several nets each keeps its own.
func TestKeptNets(t *testing.T) {
	fixture.SkipShort(t)
	j, files, _ := twoNets(t)
	j.ShardRows, j.KeepEvery, j.Threads = 20, time.Nanosecond, 1
	calm := j
	calm.Out = filepath.Join(t.TempDir(), "calm")
	nets := func(j extraction.Job) (earlier int) {
		t.Helper()
		res, err := extraction.ExtractNets(t.Context(), j, files, conveyor.Events{})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range res {
			earlier += r.Progress.Earlier
		}
		return earlier
	}
	nets(calm)
	stopAt(t, segments(filepath.Join(j.Out, "*"), 0), 4, func(ctx context.Context, ev conveyor.Events) error {
		_, err := extraction.ExtractNets(ctx, j, files, ev)
		return err
	})
	if n := nets(j); n < 5 {
		t.Errorf("%d rows of both nets were there, want 5 at least", n)
	}
	for _, name := range twoFolders {
		fixture.SameTable(t, fixture.TableBytes(t, filepath.Join(calm.Out, name)), fixture.TableBytes(t, filepath.Join(j.Out, name)))
		nothingKept(t, filepath.Join(j.Out, name))
	}
}

// TestShareBesideItself: a share that another process is at may be started again later; a whole table is refused.
func TestShareBesideItself(t *testing.T) {
	j := inOneFile(t)
	if err := os.MkdirAll(j.Out, 0o755); err != nil {
		t.Fatal(err)
	}
	unlock, err := table.LockShards(j.Out, 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unlock() }()
	for _, part := range []table.Part{{}, {Index: 1, Count: 1}} {
		j.Part = part
		_, err := extraction.Extract(t.Context(), j, conveyor.Events{})
		passing := new(extraction.PassingError)
		if err == nil || !strings.Contains(err.Error(), "another fc7") || errors.As(err, &passing) != (part != table.Part{}) {
			t.Errorf("share %v: %v", part, err)
		}
	}
}
