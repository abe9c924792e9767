package extraction_test

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fc7/extract"
	"fc7/heads/protocol"
	"fc7/outputs"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/extraction"
	"fc7/pipeline/internal/fixture"
)

// aggregated are the rows and vectors that Aggregate makes of a table without its failed rows: what a folder must hold.
func aggregated(t *testing.T, j extraction.AggregateJob) ([]outputs.Row, outputs.Matrix) {
	t.Helper()
	j.Format, j.Out, j.DropFailed, j.Dtype = extraction.FormatParquet, filepath.Join(t.TempDir(), "a.parquet"), true, outputs.Float32
	if _, err := extraction.Aggregate(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	return readVectors(t, j.Out, "descriptor")
}

func readVectors(t *testing.T, path, column string) ([]outputs.Row, outputs.Matrix) {
	t.Helper()
	table, err := outputs.OpenTable(path, outputs.ReadOptions{Columns: []string{column}})
	if err != nil {
		t.Fatal(err)
	}
	m, err := table.Descriptors(column)
	if err != nil {
		t.Fatal(err)
	}
	return table.Rows, m
}

// failures collects what is told of failed rows.
func failures(told *[]string) conveyor.Events {
	return conveyor.Events{Warning: func(w conveyor.Warning) { *told = append(*told, w.Image) }}
}

func lines[T any](t *testing.T, path string) (all []T) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		var v T
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatalf("%s: %q: %v", path, line, err)
		}
		all = append(all, v)
	}
	return all
}

type named struct {
	Image, Path, Error string
	Object             int
	Labels             []string
}

// halfTable is a table of float16 with a failed row in the middle.
func halfTable(t *testing.T) string {
	t.Helper()
	run := t.TempDir()
	cols := []outputs.Column{outputs.NewColumn("fc7", 224, 3, outputs.Float16), outputs.NewColumn("fc7", 256, 3, outputs.Float16)}
	id := outputs.Identity{
		Format: outputs.FormatVersion, Net: "vgg16", WeightsSHA256: strings.Repeat("ab", 32), Layers: []string{"fc7"}, Scales: []int{224, 256},
		Pooling: "mean", Arithmetic: "fma-1", Dtype: outputs.Float16, Inputs: outputs.Inputs{Kind: "a`|\n---\nkind", Count: 9, None: 1},
	}
	w, err := outputs.CreateShard(run, 0, 1, cols, id)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 9 {
		r := outputs.Row{Image: fmt.Sprintf("i%d", i), Path: fmt.Sprintf("dir/\"%d,\n<>.jpg", i), Status: outputs.StatusOK}
		v := float32(i)
		switch r.Descriptors = [][]float32{{1, v, 0.5}, {v, 1, 0.25}}; i {
		case 1:
			r.None = true
		case 4:
			r.Status, r.Error, r.Descriptors = outputs.StatusFailed, "no image", nil
		case 5, 6:
			r.Object, r.Labels = i, []string{"cat", "d;og"}
		}
		if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return run
}

// TestAggregateHub: the files of a data set of the hub have the rows and vectors of one aggregated file, to the last
// bit, in order, in as many files as their size asks for; failed rows are listed, and the card counts.
func TestAggregateHub(t *testing.T) {
	fixture.SkipShort(t)
	for name, run := range map[string]string{"extracted": fixture.Failing(t), "float16": halfTable(t)} {
		for _, how := range protocol.Hows() {
			for _, size := range []int64{0, 1, 500} {
				t.Run(fmt.Sprintf("%s/%s/%d", name, how, size), func(t *testing.T) {
					j := extraction.AggregateJob{
						Features: run, Format: extraction.FormatHub, FileBytes: size, Out: filepath.Join(t.TempDir(), "deep", "set"),
						Choice: extraction.FeatureChoice{Aggregate: how},
					}
					checkHub(t, j)
				})
			}
		}
	}
}

func checkHub(t *testing.T, j extraction.AggregateJob) {
	t.Helper()
	rows, want := aggregated(t, j)
	var told []string
	r, err := extraction.AggregateFolder(t.Context(), j, failures(&told))
	if !errors.Is(err, conveyor.ErrSomeFailed) || r.Rows != len(rows) || r.Dropped != 1 || len(told) != 1 {
		t.Fatalf("%+v %v %v", r, err, told)
	}
	files, err := filepath.Glob(filepath.Join(j.Out, "data", "*"))
	if err != nil || len(files) != r.Files || j.FileBytes == 0 && r.Files != 1 || j.FileBytes == 1 && r.Files != len(rows) {
		t.Fatalf("%d files of %d rows: %v", len(files), len(rows), err)
	}
	var got []outputs.Row
	var values []float32
	for i, f := range files {
		if filepath.Base(f) != fmt.Sprintf("train-%05d-of-%05d.parquet", i, len(files)) {
			t.Errorf("a file is called %s", f)
		}
		part, m := readVectors(t, f, "embedding")
		got, values = append(got, part...), append(values, m.Data...)
	}
	if fmt.Sprint(got) != fmt.Sprint(rows) || !slices.Equal(values, want.Data) {
		t.Error("other rows or vectors than in one file")
	}
	if failed := lines[named](t, filepath.Join(j.Out, "failed.jsonl")); len(failed) != 1 || failed[0].Image != told[0] || failed[0].Error == "" {
		t.Errorf("failed: %+v", failed)
	}
	checkCard(t, filepath.Join(j.Out, "README.md"), len(rows), r.Columns[0].Width)
}

// checkCard looks into the head of a card, which ends where it should, whatever the texts of the table.
func checkCard(t *testing.T, path string, rows, width int) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(string(b), "---\n")
	if len(parts) != 3 || parts[0] != "" {
		t.Fatalf("the card has %d parts:\n%s", len(parts), b)
	}
	for _, want := range []string{
		"    path: data/train-*-of-*.parquet\n", fmt.Sprintf("  - name: embedding\n    sequence: float32\n    length: %d\n", width), fmt.Sprintf("num_examples: %d\n", rows),
	} {
		if !strings.Contains(parts[1], want) {
			t.Errorf("the head lacks %q:\n%s", want, parts[1])
		}
	}
	for _, want := range []string{"| net | `vgg", "| weights, SHA-256 of the file | `", "L2 after` |", "| pooling over positions | `mean` |", "| arithmetic | `", "failed.jsonl"} {
		if !strings.Contains(parts[2], want) {
			t.Errorf("the card lacks %q:\n%s", want, parts[2])
		}
	}
}

// TestAggregateNumPy: the matrix has the vectors of one aggregated file, behind a header as numpy.lib.format says, and
// a line of names for each.
func TestAggregateNumPy(t *testing.T) {
	fixture.SkipShort(t)
	for name, run := range map[string]string{"extracted": fixture.Failing(t), "float16": halfTable(t)} {
		t.Run(name, func(t *testing.T) {
			j := extraction.AggregateJob{Features: run, Format: extraction.FormatNumPy, Out: filepath.Join(t.TempDir(), "n")}
			rows, want := aggregated(t, j)
			var told []string
			r, err := extraction.AggregateFolder(t.Context(), j, failures(&told))
			if !errors.Is(err, conveyor.ErrSomeFailed) || r.Rows != len(rows) || len(told) != 1 {
				t.Fatalf("%+v %v %v", r, err, told)
			}
			b, err := os.ReadFile(filepath.Join(j.Out, "embeddings.npy"))
			if err != nil {
				t.Fatal(err)
			}
			n := 10 + int(binary.LittleEndian.Uint16(b[8:]))
			if header := string(b[:n]); n%64 != 0 || !strings.HasPrefix(header, "\x93NUMPY\x01\x00") || header[n-1] != '\n' ||
				!strings.Contains(header, fmt.Sprintf("{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }", len(rows), r.Columns[0].Width)) {
				t.Errorf("header %q", header)
			}
			if b = b[n:]; len(b) != 4*len(want.Data) {
				t.Fatalf("%d bytes of %d values", len(b), len(want.Data))
			}
			for i, v := range want.Data {
				if math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:])) != v {
					t.Fatalf("value %d differs", i)
				}
			}
			names := lines[named](t, filepath.Join(j.Out, "rows.jsonl"))
			if len(names) != len(rows) {
				t.Fatalf("%d names of %d rows", len(names), len(rows))
			}
			for i, r := range rows {
				if n := names[i]; n.Image != r.Image || n.Path != r.Path || n.Object != r.Object || (n.Labels == nil) != (r.KnownLabels() == nil) || !slices.Equal(n.Labels, r.Labels) {
					t.Errorf("row %d is named %+v: %+v", i, n, r)
				}
			}
		})
	}
}

// TestAggregateFolderComplete: without failed rows nothing is listed and nothing is an error; a table of which all
// failed gives a folder without rows.
func TestAggregateFolderComplete(t *testing.T) {
	j := fixture.Job(t)
	fixture.Extract(t, j)
	for _, format := range []string{extraction.FormatHub, extraction.FormatNumPy} {
		out := filepath.Join(t.TempDir(), "o")
		r, err := extraction.AggregateFolder(t.Context(), extraction.AggregateJob{Features: j.Out, Format: format, Out: out}, conveyor.Events{})
		if err != nil || r.Rows != 20 {
			t.Fatalf("%+v %v", r, err)
		}
		if _, err := os.Stat(filepath.Join(out, "failed.jsonl")); err == nil {
			t.Error("failed rows are listed where there are none")
		}
	}
	run := t.TempDir()
	id := outputs.Identity{
		Format: outputs.FormatVersion, Net: "vgg16", Layers: []string{"fc7"}, Scales: []int{224}, Dtype: outputs.Float32,
		Inputs: outputs.Inputs{Kind: "folder", Count: 1},
	}
	w, err := outputs.CreateShard(run, 0, 1, []outputs.Column{outputs.NewColumn("fc7", 224, 2, outputs.Float32)}, id)
	if err == nil {
		err = errors.Join(w.Write(outputs.Row{Image: "a", Path: "a", Status: outputs.StatusFailed, Error: "x"}), w.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	for format, file := range map[string]string{extraction.FormatHub: "data/train-00000-of-00001.parquet", extraction.FormatNumPy: "rows.jsonl"} {
		out := filepath.Join(t.TempDir(), "o")
		r, err := extraction.AggregateFolder(t.Context(), extraction.AggregateJob{Features: run, Format: format, Out: out}, conveyor.Events{})
		if !errors.Is(err, conveyor.ErrSomeFailed) || r.Rows != 0 {
			t.Errorf("%+v %v", r, err)
		}
		if _, err := os.Stat(filepath.Join(out, file)); err != nil {
			t.Error(err)
		}
	}
}

// TestAggregateFolderRefuses: what is refused, cancelled or cannot be written leaves nothing and replaces nothing.
func TestAggregateFolderRefuses(t *testing.T) {
	fixture.SkipShort(t)
	run, dir := fixture.Failing(t), t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	fixture.WriteFile(t, at("mine/photo.jpg"), []byte("mine"))
	fixture.WriteFile(t, at("data/README.md"), []byte("mine"))
	fixture.WriteFile(t, at("data/data/photo.jpg"), []byte("mine"))
	maps := fixture.Job(t)
	maps.Describe = extract.Options{Scales: []int{224}, Layers: []string{"conv5_1"}, Pool: extract.PoolMap}
	fixture.Extract(t, maps)
	before := folderText(t, dir)
	for want, j := range map[string]extraction.AggregateJob{
		"exists already":           {Out: at("mine")},
		"more than descriptors":    {Out: at("mine"), Replace: true},
		"photo.jpg":                {Out: at("data"), Replace: true},
		"features":                 {Out: run, Replace: true},
		"format of a folder":       {Out: at("a"), Format: extraction.FormatArrow},
		"one vector a row":         {Out: at("a"), Keep: true},
		"found float16":            {Out: at("a"), Dtype: outputs.Float16},
		"no descriptors of fc7 at": {Out: at("a"), Choice: extraction.FeatureChoice{Scales: []int{300}}},
		"holds whole maps":         {Out: at("a"), Features: maps.Out},
	} {
		for _, format := range []string{extraction.FormatHub, extraction.FormatNumPy} {
			if j.Features == "" {
				j.Features = run
			}
			if j.Format != extraction.FormatArrow {
				j.Format = format
			}
			if _, err := extraction.AggregateFolder(t.Context(), j, conveyor.Events{}); err == nil || errors.Is(err, conveyor.ErrSomeFailed) || !strings.Contains(err.Error(), want) {
				t.Errorf("%v, expected %q", err, want)
			}
		}
	}
	for _, format := range []string{extraction.FormatHub, extraction.FormatNumPy} {
		ctx, cancel := context.WithCancel(t.Context())
		stop := conveyor.Events{Warning: func(conveyor.Warning) { cancel() }} // in the middle of writing
		if _, err := extraction.AggregateFolder(ctx, extraction.AggregateJob{Features: run, Format: format, Out: at("b")}, stop); !errors.Is(err, context.Canceled) {
			t.Errorf("a cancelled call: %v", err)
		}
	}
	if after := folderText(t, dir); after != before {
		t.Errorf("left %s, there was %s", after, before)
	}
}

// TestAggregateFolderReplaces: the one format replaces the other where that is asked for, and nothing of the old stays.
func TestAggregateFolderReplaces(t *testing.T) {
	fixture.SkipShort(t)
	j := fixture.Job(t)
	fixture.Extract(t, j)
	out := filepath.Join(t.TempDir(), "o")
	for _, format := range []string{extraction.FormatNumPy, extraction.FormatHub, extraction.FormatNumPy} {
		if _, err := extraction.AggregateFolder(t.Context(), extraction.AggregateJob{Features: j.Out, Format: format, Out: out, Replace: true}, conveyor.Events{}); err != nil {
			t.Fatal(err)
		}
	}
	want := "README.md embeddings.npy rows.jsonl "
	if got := folderText(t, out); got != want {
		t.Errorf("there is %s, want %s", got, want)
	}
}

// folderText names all files below a folder.
func folderText(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, path)
			b.WriteString(filepath.ToSlash(rel) + " ")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}
