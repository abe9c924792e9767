package table

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fc7/datasets"
	"fc7/outputs"
)

const (
	planItems = 7
	planRows  = 2 // a shard: three full ones and one of a row
)

// plan is a small table of one column. Item 2 has labels and splits, the others have none.
func plan(out string) Plan {
	set := &datasets.Set{Kind: "folder"}
	for i := range planItems {
		it := datasets.NewItem(id(i), rowOf(i).Labels...)
		it.SetSplits(rowOf(i).Splits...)
		set.Items = append(set.Items, it)
	}
	return Plan{
		Out: out, Items: planItems, Rows: planRows,
		Identity: outputs.Identity{Format: outputs.FormatVersion, Net: "vgg16", Layers: []string{"fc7"}, Scales: []int{256}, Dtype: outputs.Float32, Inputs: Inputs(set)},
		Columns:  []outputs.Column{{Name: "fc7_256", Layer: "fc7", Scale: 256, Width: 2, Dtype: outputs.Float32}},
	}
}

func id(i int) string { return fmt.Sprintf("image%d", i) }

func rowOf(i int) outputs.Row {
	r := outputs.Row{Image: id(i), Path: id(i) + ".jpg", Width: 4, Height: 3, Status: outputs.StatusOK, Descriptors: [][]float32{{float32(i), 1}}}
	if i == 2 {
		r.Labels, r.Splits = []string{"cat"}, []string{"train"}
	}
	return r
}

// inputOf is what the row of an item was computed from.
func inputOf(i int) outputs.Input {
	return outputs.Input{SHA256: sha256.Sum256([]byte(id(i))), Size: int64(100 + i), Time: 1e18}
}

func failedRow(i int) outputs.Row {
	r := rowOf(i)
	r.Width, r.Height, r.Status, r.Error, r.Descriptors = 0, 0, outputs.StatusFailed, "broken", nil
	return r
}

// opened opens a run until the test ends.
func opened(t *testing.T, p Plan) *Run {
	t.Helper()
	r, err := New(p)
	if err != nil {
		t.Fatal(err)
	}
	unlock, err := r.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unlock(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// put writes rows of pending items, and returns the names of the shards that were done, with their rows.
func put(t *testing.T, r *Run, items []int, row func(int) outputs.Row) (done string) {
	t.Helper()
	w := r.Writer(rowOf, func(file string, rows int) {
		done += fmt.Sprintf("%s:%d ", strings.TrimSuffix(file, "-of-00004.parquet"), rows)
	})
	for _, i := range items {
		if err := w.Put(t.Context(), i, row(i), inputOf(i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Abort(); err != nil {
		t.Fatal(err)
	}
	return done
}

func finish(t *testing.T, r *Run) (m outputs.Manifest, missing int) {
	t.Helper()
	m, missing, err := r.Finish(context.Background(), func(m *outputs.Manifest) { m.DataSet = "described" })
	if err != nil {
		t.Fatal(err)
	}
	return m, missing
}

// TestRunGoesOn: a shard is done when all its rows are written; a run that comes later does the others.
func TestRunGoesOn(t *testing.T) {
	out := t.TempDir()
	r := opened(t, plan(out))
	if r.Total() != 7 || r.Shards() != 4 || r.RowsDone() != 0 || !slices.Equal(r.Pending(), []int{0, 1, 2, 3, 4, 5, 6}) {
		t.Errorf("at first: %d rows in %d shards, %d done, pending %v", r.Total(), r.Shards(), r.RowsDone(), r.Pending())
	}
	if done := put(t, r, []int{0, 1, 2}, rowOf); done != "part-00000:2 " {
		t.Errorf("three rows make %q", done)
	}
	again, err := New(plan(out))
	if err != nil {
		t.Fatal(err)
	}
	if err := again.look(); err != nil || again.RowsDone() != 2 || !slices.Equal(again.Pending(), []int{2, 3, 4, 5, 6}) {
		t.Errorf("looked at again: %d rows done, pending %v, %v", again.RowsDone(), again.Pending(), err)
	}
	if done := put(t, again, again.Pending(), rowOf); done != "part-00001:2 part-00002:2 part-00003:1 " || again.RowsDone() != 7 || len(again.Pending()) > 0 {
		t.Errorf("the rest makes %q, %d rows done, pending %v", done, again.RowsDone(), again.Pending())
	}
	m, missing := finish(t, again)
	if missing != 0 || m.Counts != (outputs.Counts{Inputs: 7, OK: 7}) || m.Shards != 4 || len(m.Files) != 4 || m.Files[3].Rows != 1 || m.DataSet != "described" || m.Part != "" {
		t.Errorf("%d missing, manifest %+v", missing, m)
	}
	later, err := New(plan(out))
	if err != nil {
		t.Fatal(err)
	}
	if err := later.look(); err != nil {
		t.Fatal(err)
	}
	if m, _, err := later.Finish(context.Background(), func(*outputs.Manifest) { t.Error("a run with nothing to do describes the table anew") }); err != nil || m.DataSet != "described" {
		t.Errorf("manifest %+v, %v", m, err)
	}
	if _, err := again.open(t.Context()); !errors.Is(err, errLocked) {
		t.Errorf("a second run beside the first: %v", err)
	}
	v, err := Verify(context.Background(), out, func(Place) {}, func(int, int) {})
	if err != nil || len(v.Problems) > 0 || !v.Manifest || v.Counts != m.Counts || v.Shards != 4 {
		t.Errorf("verified: %+v, %v", v, err)
	}
}

// TestRunOfAPart: a machine's share counts its own rows, and leaves the table's manifest to the one that is last.
func TestRunOfAPart(t *testing.T) {
	out := t.TempDir()
	p := plan(out)
	p.Part = Part{2, 3} // of 4 shards the second
	r := opened(t, p)
	if r.Total() != 2 || r.Shards() != 1 || !slices.Equal(r.Pending(), []int{2, 3}) {
		t.Errorf("%d rows in %d shards, pending %v", r.Total(), r.Shards(), r.Pending())
	}
	put(t, r, r.Pending(), func(i int) outputs.Row {
		if i == 3 {
			return failedRow(i)
		}
		return rowOf(i)
	})
	m, missing := finish(t, r)
	if missing != 3 || m.Part != "2/3" || m.Counts != (outputs.Counts{Inputs: 2, OK: 1, Failed: 1}) || len(m.Files) != 1 {
		t.Errorf("%d missing, manifest %+v", missing, m)
	}
	if _, err := os.Stat(filepath.Join(out, outputs.ManifestName)); err == nil {
		t.Error("a part wrote the manifest of the table")
	}
	for _, part := range []Part{{1, 3}, {3, 3}} {
		p.Part = part
		r := opened(t, p)
		put(t, r, r.Pending(), rowOf)
		m, missing = finish(t, r)
	}
	if missing != 0 || m.Part != "" || m.Counts != (outputs.Counts{Inputs: 7, OK: 6, Failed: 1}) || len(m.Files) != 4 {
		t.Errorf("after the last part %d missing, manifest %+v", missing, m)
	}
	p.Items, p.Part = 4, Part{5, 5} // more machines than shards
	if r, err := New(p); err != nil || r.Total() != 2 || r.Shards() != 1 {
		t.Errorf("%+v, %v", r, err)
	}
	p.Part = Part{1, 5}
	if r, err := New(p); err != nil || r.Total() != 0 || r.Shards() != 0 {
		t.Errorf("a machine without a shard: %+v, %v", r, err)
	}
	p.Rows = 0
	if _, err := New(p); err == nil {
		t.Error("no rows a shard: no error")
	}
}

// TestLastPartReadsItsOwn: the share that ends a table takes what others wrote from their manifests, by size and
// footer, and does not read it again: what was damaged there since, it is for a verification to find.
func TestLastPartReadsItsOwn(t *testing.T) {
	out := t.TempDir()
	p := plan(out)
	share := func(part Part) *Run {
		p.Part = part
		r := opened(t, p)
		put(t, r, r.Pending(), rowOf)
		return r
	}
	finish(t, share(Part{1, 2}))
	path := filepath.Join(out, outputs.FeaturesDir, outputs.ShardName(0, 4))
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[len("PAR1")+1] ^= 1
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	if m, missing := finish(t, share(Part{2, 2})); missing != 0 || len(m.Files) != 4 || m.Counts.Inputs != 7 {
		t.Errorf("%d missing, %+v", missing, m)
	}
	v, err := Verify(context.Background(), out, func(Place) {}, func(int, int) {})
	if err != nil || len(v.Problems) == 0 {
		t.Errorf("a damaged file is not found: %+v, %v", v, err)
	}
	if err := os.WriteFile(path, data[:len(data)-1], 0o644); err != nil { // of another size it is read
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(out, outputs.ManifestName)); err != nil {
		t.Fatal(err)
	}
	r, err := New(p)
	if err != nil {
		t.Fatal(err)
	}
	unlock, err := r.open(t.Context())
	if err == nil {
		_, _, err = r.Finish(t.Context(), func(*outputs.Manifest) {})
		err = errors.Join(err, unlock())
	}
	if err == nil {
		t.Error("a file that was cut is taken")
	}
}

// TestRetryTakesBetterRows: of the failed rows those that succeed now are written, in place; the others stay.
func TestRetryTakesBetterRows(t *testing.T) {
	out := t.TempDir()
	first := opened(t, plan(out))
	put(t, first, first.Pending(), func(i int) outputs.Row {
		if i == 2 || i == 3 || i == 6 {
			return failedRow(i)
		}
		return rowOf(i)
	})
	finish(t, first)
	r, err := New(plan(out))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(r.look(), r.FindFailed()); err != nil || !slices.Equal(r.Pending(), []int{2, 3, 6}) {
		t.Fatalf("pending %v, %v", r.Pending(), err)
	}
	done := put(t, r, r.Pending(), func(i int) outputs.Row {
		if i == 2 {
			return rowOf(i)
		}
		return failedRow(i)
	})
	if done != "part-00001:2 " || r.Retried != (Retried{Tried: 3, Recovered: 1}) {
		t.Errorf("rewritten %q, %+v", done, r.Retried)
	}
	if m, missing := finish(t, r); missing != 0 || m.Counts != (outputs.Counts{Inputs: 7, OK: 5, Failed: 2}) {
		t.Errorf("%d missing, %+v", missing, m.Counts)
	}
	var places []Place
	v, err := Verify(context.Background(), out, func(p Place) { places = append(places, p) }, func(int, int) {})
	if err != nil || len(v.Problems) > 0 || len(places) != 5 || places[2].Image != id(2) || places[2].Shard != 1 || places[2].Row != 0 {
		t.Errorf("%+v %+v, %v", v, places, err)
	}
}

// TestOpenNewTellsWhy: other settings go to the next folder that is free, with the reason.
func TestOpenNewTellsWhy(t *testing.T) {
	out := filepath.Join(t.TempDir(), "run")
	for n, net := range []string{"vgg16", "vgg19", "vgg11", "vgg19"} {
		p := plan(out)
		p.Identity.Net = net
		r, err := New(p)
		if err != nil {
			t.Fatal(err)
		}
		note := ""
		unlock, err := r.OpenNew(t.Context(), Look{Stat: func(i int) (outputs.Input, error) { return inputOf(i), nil }}, func(s string) { note = s })
		if err != nil {
			t.Fatal(err)
		}
		want := out + []string{"", "-2", "-3", "-2"}[n]
		if r.Out != want || (note == "") != (n == 0) || n > 0 && !strings.Contains(note, "net: table has vgg16, now "+net) {
			t.Errorf("%s: in %s, want %s; note %q", net, r.Out, want, note)
		}
		put(t, r, r.Pending()[:2], rowOf)
		if err := unlock(); err != nil {
			t.Fatal(err)
		}
	}
	many := MismatchError{Out: out, Differences: []string{"a", "b", "c", "d", "e"}}
	if s := many.brief(); s != "a, b, c, …" {
		t.Errorf("many differences in brief: %s", s)
	}
}

// TestMergeCounts: shards that are in the folder already stay, the others are linked, or copied where that is asked
// for.
func TestMergeCounts(t *testing.T) {
	for _, c := range []bool{false, true} {
		in, out := opened(t, plan(t.TempDir())), t.TempDir()
		put(t, in, []int{2, 3, 4, 5, 6}, rowOf)
		there, err := New(plan(out))
		if err != nil {
			t.Fatal(err)
		}
		unlock, err := there.open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		put(t, there, []int{0, 1}, rowOf)
		if err := unlock(); err != nil {
			t.Fatal(err)
		}
		r, err := Merge(context.Background(), MergeJob{Out: out, In: []string{in.Out}, Copy: c}, func(int, int) {})
		if err != nil {
			t.Fatal(err)
		}
		linked, copied := 3, 0
		if c {
			linked, copied = 0, 3
		}
		if r.There != 1 || r.Linked != linked || r.Copied != copied || r.Manifest.Counts != (outputs.Counts{Inputs: 7, OK: 7}) || len(r.Manifest.Files) != 4 {
			t.Errorf("copied %v: %d there, %d linked, %d copied, %+v", c, r.There, r.Linked, r.Copied, r.Manifest)
		}
		if from := inputsOfTable(t, out); len(from) != 7 || from[3].Input != inputOf(3) || from[6].Image != id(6) || len(r.Notes) > 0 {
			t.Errorf("copied %v: digests %v, notes %q", c, from, r.Notes)
		}
		a, err1 := os.Stat(filepath.Join(in.features, outputs.ShardName(3, 4)))
		b, err2 := os.Stat(filepath.Join(out, outputs.FeaturesDir, outputs.ShardName(3, 4)))
		if err := errors.Join(err1, err2); err != nil || os.SameFile(a, b) == c {
			t.Errorf("copied %v: the same file %v, %v", c, os.SameFile(a, b), err)
		}
	}
}

// inputsOfTable reads the digests beside a table.
func inputsOfTable(t *testing.T, out string) (all []outputs.RowInput) {
	t.Helper()
	for s := range 4 {
		shard, err := outputs.OpenShard(filepath.Join(out, outputs.FeaturesDir, outputs.ShardName(s, 4)))
		if err != nil {
			t.Fatal(err)
		}
		defer shard.Close()
		from, err := outputs.ReadInputs(out, shard.Own, shard.NumRows)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, from...)
	}
	return all
}

// TestDigestsOfRetried: the digests of a shard that is written anew are those of its rows, the tried ones and the
// others; those of the old file go.
func TestDigestsOfRetried(t *testing.T) {
	out := t.TempDir()
	r := opened(t, plan(out))
	put(t, r, r.Pending(), func(i int) outputs.Row {
		if i == 4 {
			return failedRow(i)
		}
		return rowOf(i)
	})
	finish(t, r)
	if err := r.FindFailed(); err != nil {
		t.Fatal(err)
	}
	w := r.Writer(rowOf, func(string, int) {})
	mended := outputs.Input{SHA256: sha256.Sum256([]byte("mended")), Size: 7}
	if err := w.Put(t.Context(), 4, rowOf(4), mended); err != nil {
		t.Fatal(err)
	}
	finish(t, r)
	from := inputsOfTable(t, out)
	if from[4].Input != mended || from[5].Input != inputOf(5) || from[0].Input != inputOf(0) {
		t.Errorf("digests %v", from)
	}
	if files, err := os.ReadDir(filepath.Join(out, outputs.DigestsDir)); err != nil || len(files) != 4 {
		t.Errorf("%d files, %v", len(files), err)
	}
}

// TestMergeNamesGaps: what is missing is told as ranges.
func TestMergeNamesGaps(t *testing.T) {
	for want, items := range map[string][]int{
		"2 of 4 shards are in none of the folders (0, 2):":      {2, 3, 6},
		"3 of 4 shards are in none of the folders (1 to 3):":    {0, 1},
		"3 of 4 shards are in none of the folders (0, 2 to 3):": {2, 3},
	} {
		r := opened(t, plan(t.TempDir()))
		put(t, r, items, rowOf)
		_, err := Merge(context.Background(), MergeJob{Out: filepath.Join(t.TempDir(), "out"), In: []string{r.Out}}, func(int, int) {})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("shards of %v: %v, want %q", items, err, want)
		}
	}
}

// TestReaderPutsTableBack: where an update was killed between the two renames of a system that cannot exchange folders,
// whoever reads the table first puts the old one back.
func TestReaderPutsTableBack(t *testing.T) {
	out := t.TempDir()
	r := opened(t, plan(out))
	put(t, r, r.Pending(), rowOf)
	features := filepath.Join(out, outputs.FeaturesDir)
	if err := os.Rename(features, filepath.Join(out, "."+outputs.FeaturesDir+".abcdefghijkl.old.tmp")); err != nil {
		t.Fatal(err)
	}
	table, err := outputs.OpenTable(out, outputs.ReadOptions{})
	if err != nil || len(table.Rows) != planItems {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(features); err != nil {
		t.Error(err)
	}
}

// TestNewTooManyShards: a table of more shards than their names can count is refused before any row is computed.
func TestNewTooManyShards(t *testing.T) {
	p := plan(t.TempDir())
	p.Items, p.Rows = 300_000, 3
	if _, err := New(p); err == nil || !strings.Contains(err.Error(), "would be 100000 files") || !strings.Contains(err.Error(), "give each 4 rows or more") {
		t.Error(err)
	}
	p.Rows = 4
	if _, err := New(p); err != nil {
		t.Error(err)
	}
}
