package pipeline

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fc7/datasets"
	"fc7/extract"
	"fc7/heads/protocol"
	"fc7/outputs"
)

// failing extracts a folder with one bad image at two scales.
func failing(t *testing.T) string {
	t.Helper()
	j := job(t)
	set, err := datasets.Open(j.DataSet, datasets.Options{Limit: 4})
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	for i, it := range set.Items {
		b, err := os.ReadFile(it.At.Path)
		if err != nil {
			t.Fatal(err)
		}
		if i == 2 {
			b = b[:10]
		}
		if err := os.WriteFile(filepath.Join(folder, filepath.Base(it.At.Path)), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	j.DataSet, j.Out = "folder:"+folder, t.TempDir()
	j.Describe = extract.Options{Scales: []int{224, 256}}
	if _, err := Extract(context.Background(), j, Events{}); err == nil {
		t.Fatal("the bad image did not fail")
	}
	return j.Out
}

// The aggregated column is what heads are trained on, in the order of the rows, with nulls for failed ones.
func TestAggregate(t *testing.T) {
	run := failing(t)
	for _, choice := range []FeatureChoice{{}, {Aggregate: protocol.Stack, L2: protocol.L2None}, {Scales: []int{256}}} {
		p, err := openFeatures(run, choice)
		if err != nil {
			t.Fatal(err)
		}
		defer p.table.Close()
		want := p.data
		for _, drop := range []bool{false, true} {
			out := filepath.Join(t.TempDir(), "t.parquet")
			r, err := Aggregate(context.Background(), AggregateJob{Features: run, Choice: choice, DropFailed: drop, Out: out})
			if err != nil {
				t.Fatal(err)
			}
			got, err := outputs.OpenTable(out, outputs.ReadOptions{Columns: []string{"descriptor"}})
			if err != nil {
				t.Fatal(err)
			}
			m, err := got.Descriptors("descriptor")
			if err != nil {
				t.Fatal(err)
			}
			if m.Column.Width != want.X.D || m.Column.Required != drop || r.Rows != len(got.Rows) || drop != (r.Dropped == 1) || drop == (r.Failed == 1) {
				t.Errorf("%v, dropping %v: column %+v, result %+v", choice, drop, m.Column, r)
			}
			at := 0
			for i, row := range p.rows {
				if row.Status != outputs.StatusOK && drop {
					continue
				}
				if got.Rows[at].Image != row.Image || !slices.EqualFunc(m.Row(at), finalRow(want, i), near) {
					t.Errorf("%v: row %d is not that of %s", choice, at, row.Image)
				}
				at++
			}
			if at != len(got.Rows) {
				t.Errorf("%d rows, expected %d", len(got.Rows), at)
			}
			if _, err := openFeatures(out, FeatureChoice{}); err == nil || !strings.Contains(err.Error(), "aggregated") {
				t.Errorf("an aggregated table was taken for a run's: %v", err)
			}
		}
	}
}

// Kept columns are those of the run, and an Arrow file is written beside.
func TestAggregateKeep(t *testing.T) {
	run, dir := failing(t), t.TempDir()
	for _, format := range []string{FormatParquet, FormatArrow} {
		r, err := Aggregate(context.Background(), AggregateJob{Features: run, Keep: true, Format: format, Out: filepath.Join(dir, format)})
		if err != nil || r.Rows != 4 || len(r.Columns) != 2 {
			t.Fatalf("%+v %v", r, err)
		}
	}
	names := outputs.ReadOptions{Columns: []string{"fc7_q224", "fc7_q256"}}
	a, err := outputs.OpenTable(run, names)
	if err != nil {
		t.Fatal(err)
	}
	b, err := outputs.OpenTable(filepath.Join(dir, FormatParquet), names)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names.Columns {
		x, err1 := a.Descriptors(name)
		y, err2 := b.Descriptors(name)
		if err1 != nil || err2 != nil || !slices.Equal(x.Data, y.Data) {
			t.Errorf("%s differs: %v %v", name, err1, err2)
		}
	}
}

func TestAggregateRefuses(t *testing.T) {
	run, dir := failing(t), t.TempDir()
	there := filepath.Join(dir, "there")
	if err := os.WriteFile(there, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	for want, j := range map[string]AggregateJob{
		"exists already":                  {Out: there},
		"format \"csv\"":                  {Out: filepath.Join(dir, "a"), Format: "csv"},
		"dtype \"int8\"":                  {Out: filepath.Join(dir, "a"), Dtype: "int8"},
		"no descriptors of fc7 at scale":  {Out: filepath.Join(dir, "a"), Choice: FeatureChoice{Scales: []int{300}}},
		"unknown aggregation \"median\"":  {Out: filepath.Join(dir, "a"), Choice: FeatureChoice{Aggregate: "median"}},
		"no such file":                    {Out: filepath.Join(dir, "no", "folder", "a")},
		"no descriptors of layer conv9_9": {Out: filepath.Join(dir, "a"), Choice: FeatureChoice{Layer: "conv9_9"}},
	} {
		j.Features = run
		if _, err := Aggregate(context.Background(), j); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, expected %q", err, want)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("left %v", left)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Aggregate(ctx, AggregateJob{Features: run, Out: filepath.Join(dir, "b")}); err == nil {
		t.Error("a cancelled call wrote a file")
	}
}
