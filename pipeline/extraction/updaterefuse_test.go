package extraction_test

import (
	"errors"
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

// TestReplacedImageIsNoticed: a run that goes on, or is complete, refuses to take the old row of an image that was
// replaced under its name, and says what to do. Another time alone is nothing.
func TestReplacedImageIsNoticed(t *testing.T) {
	g := newGrowing(t, 6)
	g.extract(g.job)
	g.draw(2, 2)
	now := time.Now()
	if err := os.Chtimes(filepath.Join(g.dir, g.name(2)), now, now); err != nil {
		t.Fatal(err)
	}
	g.extract(g.job)
	g.draw(2, 44)
	for _, complete := range []bool{true, false} {
		if !complete {
			if err := os.Remove(filepath.Join(g.job.Out, outputs.FeaturesDir, outputs.ShardName(1, 2))); err != nil {
				t.Fatal(err)
			}
		}
		_, err := extraction.Extract(t.Context(), g.job, conveyor.Events{})
		var m *table.MismatchError
		if !errors.As(err, &m) || !m.Updatable || !strings.Contains(err.Error(), "images: 1 have other bytes") || !strings.Contains(err.Error(), "002.png") || !strings.Contains(err.Error(), "--update") {
			t.Errorf("complete %v: %v", complete, err)
		}
	}
	if got := g.update(extraction.Update{}); got != (table.Updated{Kept: 3, New: 2, Changed: 1}) {
		t.Errorf("%+v", got)
	}
}

// TestReplacedImageBesideDamage: digests of images that were changed themselves are told, since a replaced image is no
// longer noticed by them; the disk's errors are errors.
func TestReplacedImageBesideDamage(t *testing.T) {
	fixture.SkipShort(t)
	g := newGrowing(t, 6)
	g.extract(g.job)
	g.draw(2, 44)
	var path string
	for name, text := range digestBytes(t, g.job.Out) {
		path = filepath.Join(g.job.Out, outputs.DigestsDir, name)
		text[len(text)/2] ^= 1
		fixture.WriteFile(t, path, text)
	}
	var notes []string
	if _, err := extraction.Extract(t.Context(), g.job, conveyor.Events{Note: func(s string) { notes = append(notes, s) }}); err != nil {
		t.Fatal(err)
	}
	if len(notes) != 2 || !strings.Contains(strings.Join(notes, " "), path+": the file is damaged") {
		t.Errorf("notes %q", notes)
	}
	if err := errors.Join(os.Remove(path), os.Symlink(filepath.Base(path), path)); err != nil { // what no disk gives
		t.Fatal(err)
	}
	if _, err := extraction.Extract(t.Context(), g.job, conveyor.Events{}); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("a file that cannot be read: error %v", err)
	}
}

// TestMendedImageIsNoticed: an image that failed and whose file is another now is told of, with what computes its row
// again; one whose file is the same is not.
func TestMendedImageIsNoticed(t *testing.T) {
	fixture.SkipShort(t)
	g := newGrowing(t, 6)
	path := filepath.Join(g.dir, g.name(2))
	fixture.WriteFile(t, path, []byte("no image"))
	g.list()
	long := time.Now().Add(-time.Hour)
	run := func(retry bool, failed int, says string) {
		t.Helper()
		if err := os.Chtimes(path, long, long); err != nil {
			t.Fatal(err)
		}
		var notes []string
		j := g.job
		j.RetryFailed = retry
		r, err := extraction.Extract(t.Context(), j, conveyor.Events{Note: func(s string) { notes = append(notes, s) }})
		if r == nil || r.Manifest.Counts.Failed != failed {
			t.Fatal(r, err)
		}
		if told := strings.Join(notes, "\n"); (says == "") != (told == "") || !strings.Contains(told, says) || says != "" && !strings.Contains(told, "002.png") {
			t.Errorf("notes %q, want %q", notes, says)
		}
	}
	run(false, 1, "")
	run(false, 1, "")
	g.draw(2, 2)
	run(false, 1, "--retry-failed")
	run(true, 0, "")
	run(false, 0, "")
	g.sameAsFresh()
}

// TestUpdateSwept: digests of no shard, which a kill between manifest and tidying leaves, go when the run is called
// again, though nothing else is left to do.
func TestUpdateSwept(t *testing.T) {
	g := newGrowing(t, 6)
	g.extract(g.job)
	for name, text := range digestBytes(t, g.job.Out) {
		other := strings.Map(func(r rune) rune {
			if r == '0' {
				return '1'
			}
			return r
		}, name[:64]) + name[64:]
		fixture.WriteFile(t, filepath.Join(g.job.Out, outputs.DigestsDir, other), text)
	}
	if n := len(digestBytes(t, g.job.Out)); n < 3 {
		t.Fatalf("%d files of digests", n)
	}
	g.extract(g.job)
	g.sameAsFresh()
}

// TestUpdateRefused: other settings, a share of a table, and a folder that holds more than a table.
func TestUpdateRefused(t *testing.T) {
	fixture.SkipShort(t)
	g := newGrowing(t, 6)
	g.extract(g.job)
	before := fixture.TableBytes(t, g.job.Out)
	g.add(8)
	g.list()
	try := func(j extraction.Job) string {
		t.Helper()
		j.Update.Do = true
		_, err := extraction.Extract(t.Context(), j, conveyor.Events{})
		if err == nil {
			t.Fatal("not refused")
		}
		return err.Error()
	}
	j := g.job
	j.Describe.NoFlip = true
	if s := try(j); !strings.Contains(s, "flip") || strings.Contains(s, "--update makes") {
		t.Error(s)
	}
	j = g.job
	j.Part = table.Part{Index: 1, Count: 2}
	if s := try(j); !strings.Contains(s, "share") {
		t.Error(s)
	}
	fixture.SameTable(t, before, fixture.TableBytes(t, g.job.Out))
	notes := filepath.Join(g.job.Out, outputs.FeaturesDir, "notes.txt")
	fixture.WriteFile(t, notes, []byte("mine"))
	if s := try(g.job); !strings.Contains(s, "notes.txt") {
		t.Error(s)
	}
	if err := os.Remove(notes); err != nil {
		t.Fatal(err)
	}
	if _, err := extraction.Extract(t.Context(), g.job, conveyor.Events{}); err == nil || !strings.Contains(err.Error(), "fc7 extract --update") {
		t.Errorf("without an update: %v", err)
	}
}

// TestUpdateDamage: a damaged file of digests, one of another shard, and a damaged shard are told, and their rows are
// computed again.
func TestUpdateDamage(t *testing.T) {
	fixture.SkipShort(t)
	g := newGrowing(t, 8)
	g.extract(g.job)
	shards, err := filepath.Glob(filepath.Join(g.job.Out, outputs.FeaturesDir, "*"))
	if err != nil || len(shards) != 2 {
		t.Fatal(shards, err)
	}
	digests, err := filepath.Glob(filepath.Join(g.job.Out, outputs.DigestsDir, "*"))
	if err != nil || len(digests) != 2 {
		t.Fatal(digests, err)
	}
	for _, c := range []struct {
		path, says string
		damage     func(b []byte) []byte
	}{
		{digests[0], "the file is damaged", func(b []byte) []byte { b[len(b)/2]++; return b }},
		{digests[0], "the file is damaged", func(b []byte) []byte { return b[:len(b)/2] }},
		{digests[0], "not that of its shard", func([]byte) []byte {
			b, err := os.ReadFile(digests[1])
			if err != nil {
				t.Fatal(err)
			}
			return b
		}},
		{shards[0], "is damaged", func(b []byte) []byte { b[len(b)/4]++; return b }},
	} {
		good, err := os.ReadFile(c.path)
		if err != nil {
			t.Fatal(err)
		}
		fixture.WriteFile(t, c.path, c.damage(slices.Clone(good)))
		g.list()
		var notes []string
		j := g.job
		j.Update.Do = true
		r, err := extraction.Extract(t.Context(), j, conveyor.Events{Note: func(s string) { notes = append(notes, s) }})
		if err != nil || *r.Updated != (table.Updated{Kept: 4, Unproven: 4}) || !strings.Contains(strings.Join(notes, " "), c.says) {
			t.Errorf("%s: %+v, %v, %q", c.says, r, err, notes)
		}
		g.sameAsFresh()
	}
}

// TestUpdateLink: where features is a link to another disk, the new table is made there.
func TestUpdateLink(t *testing.T) {
	fixture.SkipShort(t)
	g := newGrowing(t, 6)
	g.extract(g.job)
	big := filepath.Join(t.TempDir(), "big")
	features := filepath.Join(g.job.Out, outputs.FeaturesDir)
	if err := os.Rename(features, big); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(big, features); err != nil {
		t.Fatal(err)
	}
	g.add(7)
	if got := g.update(extraction.Update{}); got != (table.Updated{Kept: 6, New: 1}) {
		t.Errorf("%+v", got)
	}
	if to, err := os.Readlink(features); err != nil || to != big {
		t.Errorf("the link leads to %s, %v", to, err)
	}
}
