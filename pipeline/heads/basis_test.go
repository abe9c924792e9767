package heads

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fc7/heads/protocol"
	"fc7/outputs"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/internal/fixture"
)

// TestFitByDigests: heads fit their table, options and labels wherever these lie and whatever the times of their files;
// another table, option or label is told, also one with old times.
func TestFitByDigests(t *testing.T) {
	fixture.SkipShort(t)
	e := fixture.Job(t)
	fixture.Extract(t, e)
	labels := filepath.Join(t.TempDir(), "labels.csv")
	table, err := outputs.OpenTable(e.Out, outputs.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	text.WriteString("id,labels\n")
	for i, r := range table.Rows {
		text.WriteString(r.Image + "," + []string{"ant", "bee"}[i%2] + "\n")
	}
	write := func(path, text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(labels, text.String())
	j := Job{Features: e.Out, Protocol: "voc2007", Labels: labels, Options: protocol.Options{Settings: protocol.Settings{C: 1}}}
	r, err := Train(t.Context(), j, conveyor.Events{})
	if err != nil {
		t.Fatal(err)
	}
	scores := filepath.Join(r.Out, ScoresFile)
	fits := func(what, says string, j Job) {
		t.Helper()
		r, err := ReadResult(filepath.Join(j.Features, Folder))
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Fit(t.Context(), j); (err == nil) != (says == "") || err != nil && !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", what, err, says)
		}
	}
	long, soon := time.Now().Add(-1000*time.Hour), time.Now().Add(1000*time.Hour)
	touch := func(at time.Time, paths ...string) {
		t.Helper()
		for _, p := range paths {
			if err := os.Chtimes(p, at, at); err != nil {
				t.Fatal(err)
			}
		}
	}
	shard, manifest := table.Shards[0], filepath.Join(e.Out, outputs.ManifestName)
	fits("as trained", "", j)
	touch(soon, shard, manifest, labels)
	fits("a newer table", "", j)
	touch(long, shard, manifest, labels)
	touch(soon, scores)
	fits("newer heads", "", j)
	copied := j
	copied.Features = filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(copied.Features, os.DirFS(e.Out)); err != nil {
		t.Fatal(err)
	}
	fits("a copy", "", copied)

	other := j
	other.Options.C = 2
	fits("another C", "other options", other)
	other = j
	other.Exclude = []string{table.Rows[0].Image}
	fits("a row less", "rows left out", other)
	other = j
	other.Only = []string{table.Rows[0].Image}
	fits("a row alone", "rows left out", other)
	write(labels, strings.Replace(text.String(), "ant", "bee", 1))
	touch(long, labels)
	fits("other labels, with an old time", "they are of other labels", j)
	write(labels, text.String())
	fits("the labels of before", "", j)

	// A table of the same settings whose rows are others, restored with old times: every property is the same.
	if err := os.RemoveAll(filepath.Dir(shard)); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Dir(shard), 0o755); err != nil {
		t.Fatal(err)
	}
	w, err := outputs.CreateShard(filepath.Dir(shard), 0, 1, table.Columns, table.Identity)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range table.Rows {
		row.Status, row.Error = outputs.StatusFailed, "cut short"
		if err := w.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	again := filepath.Join(filepath.Dir(shard), outputs.ShardName(0, 1))
	touch(long, again)
	fits("another table, with an old time", "has other rows than the table that they were trained on", j)

	if _, err := Train(t.Context(), j, conveyor.Events{}); err == nil || !strings.Contains(err.Error(), "the heads there are others: ") {
		t.Errorf("heads that are not replaced: %v", err)
	}
	if _, err := Train(t.Context(), copied, conveyor.Events{}); err == nil || !strings.Contains(err.Error(), "the heads there are those of this table") {
		t.Errorf("heads that are not replaced: %v", err)
	}
}

// TestFilesBesideScores: head and review are those that the scores are of.
func TestFilesBesideScores(t *testing.T) {
	fixture.SkipShort(t)
	e := fixture.Job(t)
	fixture.Extract(t, e)
	var outs []string
	for _, c := range []float64{1, 2} {
		j := Job{Features: e.Out, Protocol: "voc2007", Out: filepath.Join(t.TempDir(), "heads"), Options: protocol.Options{Settings: protocol.Settings{C: c}}}
		if _, err := Train(t.Context(), j, conveyor.Events{}); err != nil {
			t.Fatal(err)
		}
		outs = append(outs, j.Out)
	}
	read := map[string]func(dir string) error{
		headFile: func(dir string) error { _, err := load(dir); return err },
		reviewFile: func(dir string) error {
			r, err := ReadResult(dir)
			if err == nil {
				_, err = r.ReadReview()
			}
			return err
		},
	}
	for name, read := range read {
		path := filepath.Join(outs[0], name)
		if err := read(outs[0]); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		other, err := os.ReadFile(filepath.Join(outs[1], name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, other, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := read(outs[0]); err == nil || !strings.Contains(err.Error(), path+" has the SHA-256 ") {
			t.Errorf("%s of other heads: %v", path, err)
		}
		if name == headFile { // alone it is a head like any other
			alone := filepath.Join(t.TempDir(), headFile)
			if err := os.WriteFile(alone, other, 0o644); err != nil {
				t.Fatal(err)
			}
			if err := read(alone); err != nil {
				t.Errorf("a head alone: %v", err)
			}
		}
	}
}
