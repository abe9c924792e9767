package outputs

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/parquet-go/parquet-go"
)

// labelRows are one row of each kind of labels: some, only ignored ones, known to be none, not known. The last one
// failed.
func labelRows() []Row {
	rows := []Row{{Labels: []string{"ant", "bee"}}, {Ignored: []string{"bee"}}, {None: true}, {}, {None: true}, {}, {None: true}}
	for i := range rows {
		r := &rows[i]
		r.Image, r.Status, r.Descriptors = string(rune('a'+i)), StatusOK, [][]float32{{float32(i)}}
	}
	last := &rows[len(rows)-1]
	last.Status, last.Error, last.Descriptors = StatusFailed, "cut", nil
	return rows
}

// identityOf counts the rows of none of the classes.
func identityOf(rows []Row) Identity {
	id := testIdentity(len(rows))
	for _, r := range rows {
		if r.None {
			id.Inputs.None++
		}
	}
	return id
}

// TestNoneIsNotUnknown: that a row is of none of the classes, and that it is not known what it is of, are read as they
// were written, by fc7 and by the Parquet library, which finds an empty list and a null.
func TestNoneIsNotUnknown(t *testing.T) {
	cols, rows := []Column{NewColumn("fc7", 256, 1, Float32)}, labelRows()
	path := writeShard(t, t.TempDir(), 0, 1, cols, identityOf(rows), rows, 200)
	table, err := OpenTable(path, ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for i, got := range table.Rows {
		want := rows[i]
		want.Descriptors = nil
		if !reflect.DeepEqual(got, want) {
			t.Errorf("row %d: %+v, want %+v", i, got, want)
		}
	}
	if c, err := CheckShard(path, nil); err != nil || len(c.Problems) > 0 {
		t.Error(c.Problems, err)
	}
	if got, want := levelsOfLabels(t, path), []int{2, 2, 1, 1, 0, 1, 0, 1}; !slices.Equal(got, want) {
		t.Errorf("definition levels of labels %v, want %v: 0 is null, 1 an empty list", got, want)
	}
}

// levelsOfLabels are the definition levels of the labels of all rows, as the library reads them.
func levelsOfLabels(t *testing.T, path string) (levels []int) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	file, err := parquet.OpenFile(f, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range file.RowGroups() {
		rows := g.Rows()
		buf := make([]parquet.Row, 1)
		for {
			n, err := rows.ReadRows(buf)
			for range n {
				for _, v := range buf[0] {
					if v.Column() == colLabels {
						levels = append(levels, v.DefinitionLevel())
					}
				}
			}
			if err != nil {
				break
			}
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return levels
}

// TestNoneInArrow: the Arrow file tells them apart too.
func TestNoneInArrow(t *testing.T) {
	cols, rows := []Column{NewColumn("fc7", 256, 1, Float32)}, labelRows()
	path := filepath.Join(t.TempDir(), "t.arrow")
	w, err := CreateArrow(path, cols, identityOf(rows), false)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := ipc.NewFileReader(f)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	rec, err := r.Record(0)
	if err != nil {
		t.Fatal(err)
	}
	labels := rec.Column(colLabels).(*array.List)
	for i, want := range []bool{false, false, false, true, false, true, false} {
		if from, to := labels.ValueOffsets(i); labels.IsNull(i) != want || i > 0 && from != to {
			t.Errorf("row %d: null %v, values %d to %d", i, labels.IsNull(i), from, to)
		}
	}
}

// TestTablesWithoutNone: they keep the schema that they had, whose empty list is not known, and refuse what it cannot
// hold.
func TestTablesWithoutNone(t *testing.T) {
	cols, rows := []Column{NewColumn("fc7", 256, 1, Float32)}, labelRows()
	known := []Row{rows[0], rows[1], rows[3]}
	path := writeShard(t, t.TempDir(), 0, 1, cols, testIdentity(3), known, 0)
	table, err := OpenTable(path, ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if r := table.Rows[2]; r.None || r.KnownLabels() != nil || table.Rows[1].KnownLabels() == nil {
		t.Errorf("%+v", table.Rows)
	}
	w, err := CreateShard(t.TempDir(), 0, 1, cols, testIdentity(1))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(rows[2]); err == nil || !strings.Contains(err.Error(), "counts no input of that kind") {
		t.Error(err)
	}
	both := rows[0]
	both.None = true
	if err := w.Write(both); err == nil || !strings.Contains(err.Error(), "but has labels") {
		t.Error(err)
	}
	if err := w.Abort(); err != nil {
		t.Error(err)
	}
	some := testIdentity(3)
	some.Inputs.None = 1
	if d := testIdentity(3).InputDifferences(some); len(d) != 1 || !strings.Contains(d[0], "no class: table has 0, now 1") {
		t.Errorf("%q", d)
	}
}
