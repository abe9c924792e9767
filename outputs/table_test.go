package outputs

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// writeTable writes rows as count shards of nearly equal length.
func writeTable(t testing.TB, dir string, count int, cols []Column, rows []Row) {
	t.Helper()
	for i := range count {
		writeShard(t, dir, i, count, cols, testIdentity(len(rows)), rows[i*len(rows)/count:(i+1)*len(rows)/count], 2000)
	}
}

func TestTableReadsRowsAndColumns(t *testing.T) {
	for _, dtype := range []string{Float32, Float16} {
		for _, count := range []int{1, 3, 40} {
			t.Run(fmt.Sprintf("%s/%d shards", dtype, count), func(t *testing.T) {
				cols := testColumns(dtype)
				want := testRows(30, cols) // with 40 shards, some are empty
				run := t.TempDir()
				dir := filepath.Join(run, FeaturesDir)
				if err := os.Mkdir(dir, 0o755); err != nil {
					t.Fatal(err)
				}
				writeTable(t, dir, count, cols, want)
				for _, path := range []string{run, dir} {
					table, err := OpenTable(path, ReadOptions{Columns: []string{"fc6_q256", "fc7_q256", "fc6_q256"}})
					if err != nil {
						t.Fatal(err)
					}
					compareTable(t, table, want, dtype, count)
				}
			})
		}
	}
}

func compareTable(t *testing.T, table *Table, want []Row, dtype string, shards int) {
	t.Helper()
	if len(table.Shards) != shards || !reflect.DeepEqual(table.Identity, testIdentity(len(want))) || !reflect.DeepEqual(table.Columns, testColumns(dtype)) {
		t.Errorf("opened as %+v", table)
	}
	for name, k := range map[string]int{"fc7_q256": 0, "fc6_q256": 2} {
		m, err := table.Descriptors(name)
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range want {
			expected := make([]float32, m.Column.Width)
			if r.Descriptors != nil {
				expected = stored(dtype, r.Descriptors[k])
			}
			if m.OK[i] != (r.Status == StatusOK) || !sameBits(m.Row(i), expected) {
				t.Fatalf("%s, row %d: %v, %v, want %v", name, i, m.OK[i], m.Row(i), expected)
			}
		}
	}
	if _, err := table.Descriptors("fc7_q384"); err == nil || !strings.Contains(err.Error(), "was not read") {
		t.Errorf("a column that was not asked for: %v", err)
	}
	if _, err := table.Descriptors("fc8_q1"); err == nil || !strings.Contains(err.Error(), "there are fc7_q256, fc7_q384, fc6_q256") {
		t.Errorf("a column that is not there: %v", err)
	}
	rows := make([]Row, len(want))
	for i, r := range want {
		r.Descriptors = nil
		rows[i] = r
	}
	compareRows(t, nil, table.Rows, rows)
}

func TestTableOfOneFile(t *testing.T) {
	cols, dir := testColumns(Float32), t.TempDir()
	rows := testRows(10, cols)
	writeTable(t, dir, 2, cols, rows)
	table, err := OpenTable(filepath.Join(dir, ShardName(1, 2)), ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(table.Rows) != 5 || table.Rows[0].Image != rows[5].Image {
		t.Errorf("%d rows, the first %q", len(table.Rows), table.Rows[0].Image)
	}
}

func TestTableRefusesWhatDoesNotBelongTogether(t *testing.T) {
	cols := testColumns(Float32)
	rows := testRows(4, cols)
	id := testIdentity(8)
	other := testIdentity(8)
	other.WeightsSHA256 = "ffff0000ffff0000"
	for name, c := range map[string]struct {
		make func(dir string)
		want string
	}{
		"nothing there": {func(string) {}, "no feature table there"},
		"missing shard": {func(dir string) {
			writeShard(t, dir, 0, 3, cols, id, rows, 0)
			writeShard(t, dir, 2, 3, cols, id, rows, 0)
		}, "1 of 3 shards are missing (part-00001-of-00003.parquet)"},
		"two tables": {func(dir string) {
			writeShard(t, dir, 0, 1, cols, id, rows, 0)
			writeShard(t, dir, 0, 2, cols, id, rows, 0)
		}, "two tables"},
		"other weights": {func(dir string) {
			writeShard(t, dir, 0, 2, cols, id, rows, 0)
			writeShard(t, dir, 1, 2, cols, other, rows, 0)
		}, "weights sha256: table has ab12cd34ef56…, now ffff0000ffff…"},
		"other columns": {func(dir string) {
			writeShard(t, dir, 0, 2, cols, id, rows, 0)
			writeShard(t, dir, 1, 2, cols[:2], id, []Row{{Image: "a", Status: StatusFailed, Error: "x"}}, 0)
		}, "different columns"},
		"rows missing": {func(dir string) {
			writeShard(t, dir, 0, 2, cols, id, rows, 0)
			writeShard(t, dir, 1, 2, cols, id, rows[:3], 0)
		}, "7 rows in all shards, expected one for each of the 8 inputs"},
		"renamed": {func(dir string) {
			path := writeShard(t, dir, 1, 2, cols, id, rows, 0)
			if err := os.Rename(path, filepath.Join(dir, ShardName(0, 2))); err != nil {
				t.Fatal(err)
			}
			writeShard(t, dir, 1, 2, cols, id, rows, 0)
		}, "was written as shard 1 of 2: it has been renamed"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			c.make(dir)
			if _, err := OpenTable(dir, ReadOptions{}); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
	if _, err := OpenTable(filepath.Join(t.TempDir(), "absent"), ReadOptions{}); err == nil {
		t.Error("no error for a path that does not exist")
	}
}

// A file of a few kilobytes that claims a matrix of terabytes.
func TestTableBoundsItsMatrices(t *testing.T) {
	cols := []Column{NewColumn("fc7", 256, maxWidth, Float32)}
	rows := make([]Row, 1000)
	for i := range rows {
		rows[i] = Row{Image: fmt.Sprint(i), Status: StatusFailed, Error: "unreadable"}
	}
	path := writeShard(t, t.TempDir(), 0, 1, cols, testIdentity(len(rows)), rows, 0)
	if _, err := OpenTable(path, ReadOptions{Columns: []string{"fc7_q256"}}); err == nil || !strings.Contains(err.Error(), "nearly all rows failed") {
		t.Errorf("error %v", err)
	}
	s, err := OpenShard(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.ReadGroup(0); err == nil {
		t.Error("ReadGroup: no error")
	}
}

// One bit wrong anywhere in the pages, and no wrong number comes out: the checksums see it.
func TestTableSeesDamage(t *testing.T) {
	cols := testColumns(Float32)
	rows := testRows(12, cols)
	path := writeShard(t, t.TempDir(), 0, 1, cols, testIdentity(len(rows)), rows, 1000)
	good := mustRead(t, path)
	for at := 4; at < len(good)-8; at += 13 {
		bad := bytes.Clone(good)
		bad[at] ^= 1 << (at % 8)
		got, err := readAll(bad)
		if err == nil && !reflect.DeepEqual(got, must(readAll(good))) {
			t.Fatalf("byte %d changed: other rows, no error", at)
		}
	}
	for _, n := range []int{0, 3, 11, 100, len(good) / 2, len(good) - 1} {
		if _, err := readAll(good[:n]); err == nil {
			t.Errorf("cut after %d of %d bytes: no error", n, len(good))
		}
	}
}

// readAll reads every row of a file in memory.
func readAll(b []byte) ([]Row, error) {
	s, err := newShard("memory", bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, err
	}
	var rows []Row
	for g := range s.Groups() {
		r, err := s.ReadGroup(g)
		if err != nil {
			return nil, err
		}
		rows = append(rows, r...)
	}
	return rows, nil
}

func must(rows []Row, err error) []Row {
	if err != nil {
		panic(err)
	}
	return rows
}

func BenchmarkOpenTable(b *testing.B) {
	for _, dtype := range []string{Float32, Float16} {
		b.Run(dtype, func(b *testing.B) {
			const n = 5011 // VOC-2007 trainval
			cols := []Column{NewColumn("fc7", 256, 4096, dtype)}
			dir := b.TempDir()
			rows := testRows(100, cols)
			w, err := CreateShard(dir, 0, 1, cols, testIdentity(n))
			if err != nil {
				b.Fatal(err)
			}
			for i := range n {
				if err := w.Write(rows[i%len(rows)]); err != nil {
					b.Fatal(err)
				}
			}
			if err := w.Close(); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if _, err := OpenTable(dir, ReadOptions{Columns: []string{"fc7_q256"}}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestReadersFindAnyByte: of a shard of which a byte is another one, a reader of the table is told, or has the rows of
// the whole one: by itself, and as a run's, whose manifest lists its footer, so that pages are read once.
func TestReadersFindAnyByte(t *testing.T) {
	cols := []Column{NewColumn("fc7", 256, 2, Float32)}
	for _, listed := range []bool{false, true} {
		run := t.TempDir()
		features := filepath.Join(run, FeaturesDir)
		if err := os.Mkdir(features, 0o755); err != nil {
			t.Fatal(err)
		}
		path := writeShard(t, features, 0, 1, cols, testIdentity(5), testRows(5, cols), 0)
		if listed {
			c, err := CheckShard(path, nil)
			if err != nil {
				t.Fatal(err)
			}
			m := Manifest{Identity: testIdentity(5), Columns: cols, Shards: 1, Files: []File{c.File}, Counts: Counts{Inputs: c.Rows, OK: c.Rows - c.Failed, Failed: c.Failed}}
			if err := m.Write(run); err != nil {
				t.Fatal(err)
			}
		}
		read := func() (rows []Row, data []float32, err error) {
			table, err := OpenTable(run, ReadOptions{Columns: []string{"fc7_q256"}})
			if err != nil {
				return nil, nil, err
			}
			m, err := table.Descriptors("fc7_q256")
			return table.Rows, m.Data, err
		}
		rows, data, err := read()
		if err != nil {
			t.Fatal(err)
		}
		whole := mustRead(t, path)
		step := 3
		if testing.Short() {
			step = 17
		}
		for at := 0; at < len(whole); at += step {
			spoilt := bytes.Clone(whole)
			spoilt[at] ^= 1 << (at % 8)
			if err := os.WriteFile(path, spoilt, 0o644); err != nil {
				t.Fatal(err)
			}
			r, d, err := read()
			if err != nil && !strings.Contains(err.Error(), path) {
				t.Fatalf("byte %d, listed %v: the error does not name the file: %v", at, listed, err)
			}
			if err == nil && (!listed || !reflect.DeepEqual(r, rows) || !slices.Equal(d, data)) {
				t.Fatalf("byte %d of %d, listed %v: other rows are believed", at, len(whole), listed)
			}
		}
	}
}
