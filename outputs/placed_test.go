package outputs

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/apache/arrow/go/v15/parquet/file"
	"github.com/apache/arrow/go/v15/parquet/pqarrow"
	"github.com/parquet-go/parquet-go"
)

func text(s string) *string { return &s }

var placedRows = []PlacedRow{
	{Name: "a/1.jpg", X: 1.5, Y: -2, IDs: []int64{2, 1}, Distances: []float64{0, 0.25}, Image: []byte("\xff\xd8 a picture"), Path: "a/1.jpg", Label: text("cat"), Split: text("train val")},
	{Name: "crêpe#2", IDs: []int64{0, 2}, Distances: []float64{0.25, 0.25}, Path: "/data/crêpe", Label: text("")},
	{Name: "c", X: 1e-300, IDs: []int64{}, Image: []byte{}, Split: text("test")},
}

func writePlaced(t *testing.T, path string, rows []PlacedRow, limit int, replace bool) {
	t.Helper()
	w, err := CreatePlaced(path, map[string]string{"fc7.placed": "ab"}, replace)
	if err != nil {
		t.Fatal(err)
	}
	w.limit = limit
	for _, r := range rows {
		if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

// placedCell is a value as Arrow has it, groups in braces.
func placedCell(a arrow.Array, k int) string {
	if a.IsNull(k) {
		return "null"
	}
	switch a := a.(type) {
	case *array.Struct:
		var parts []string
		for i := range a.NumField() {
			parts = append(parts, placedCell(a.Field(i), k))
		}
		return "{" + strings.Join(parts, " ") + "}"
	case *array.List:
		from, to := a.ValueOffsets(k)
		s := "["
		for i := from; i < to; i++ {
			s += placedCell(a.ListValues(), int(i)) + ";"
		}
		return s + "]"
	case *array.Int64:
		return fmt.Sprint(a.Value(k))
	case *array.Binary:
		return fmt.Sprintf("%q", a.Value(k))
	}
	return cell(a, k)
}

// TestPlaced: Arrow reads what was written, in row groups of any size; the same rows give the same bytes.
func TestPlaced(t *testing.T) {
	dir := t.TempDir()
	for _, limit := range []int{rowGroupBytes, 1} {
		path := filepath.Join(dir, fmt.Sprint(limit, ".parquet"))
		writePlaced(t, path, placedRows, limit, false)
		r, err := file.OpenParquetFile(path, false)
		if err != nil {
			t.Fatal(err)
		}
		if groups := r.NumRowGroups(); (groups > 1) != (limit == 1) {
			t.Errorf("limit %d: %d row groups", limit, groups)
		}
		a, err := pqarrow.NewFileReader(r, pqarrow.ArrowReadProperties{}, memory.DefaultAllocator)
		if err != nil {
			t.Fatal(err)
		}
		table, err := a.ReadTable(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		rows := array.NewTableReader(table, -1)
		for rows.Next() {
			for k := range int(rows.Record().NumRows()) {
				var cells []string
				for _, c := range rows.Record().Columns() {
					cells = append(cells, placedCell(c, k))
				}
				lines = append(lines, strings.Join(cells, " "))
			}
		}
		want := []string{
			`a/1.jpg 1.5 -2 {[2;1;] [0;0.25;]} {"\xff\xd8 a picture" a/1.jpg} cat train val`,
			`crêpe#2 0 0 {[0;2;] [0.25;0.25;]} {null /data/crêpe}  null`,
			`c 1e-300 0 {[] []} {"" } null test`,
		}
		if got := strings.Join(lines, "\n"); got != strings.Join(want, "\n") {
			t.Errorf("limit %d: read\n%s\nwant\n%s", limit, got, strings.Join(want, "\n"))
		}
		rows.Release()
		table.Release()
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
	again := filepath.Join(dir, "again.parquet")
	writePlaced(t, again, placedRows, 1, false)
	one, _ := os.ReadFile(again)
	two, _ := os.ReadFile(filepath.Join(dir, "1.parquet"))
	if len(one) == 0 || !bytes.Equal(one, two) {
		t.Error("the same rows give other bytes")
	}
}

// TestPlacedIsDocumented: the schema is that of the page, name by name and type by type.
func TestPlacedIsDocumented(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "docs", "explore.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(page), "\n## For other programs\n")
	section, _, _ := strings.Cut(after, "\n## ")
	var documented, ours []string
	for _, m := range regexp.MustCompile(`(?m)^\| ([a-z_., ]+) \| ([a-z0-9 ]+?) \|`).FindAllStringSubmatch(section, -1) {
		if m[1] == "column" {
			continue
		}
		for _, name := range strings.Split(m[1], ", ") {
			documented = append(documented, name+" "+m[2])
		}
	}
	words := map[string]string{"STRING": "string", "DOUBLE": "double", "INT(64,true)": "int64", "INT64": "int64", "BYTE_ARRAY": "bytes"}
	for _, path := range placedSchema().Columns() {
		leaf, _ := placedSchema().Lookup(path...)
		name, kind := strings.Join(path, "."), words[leaf.Node.Type().String()]
		if bare, ok := strings.CutSuffix(name, ".list.element"); ok {
			name, kind = bare, "list of "+kind
		}
		if leaf.Node.Optional() {
			kind += " or null"
		}
		ours = append(ours, name+" "+kind)
	}
	if strings.Join(ours, "\n") != strings.Join(documented, "\n") {
		t.Errorf("the file has\n%s\nthe page says\n%s", strings.Join(ours, "\n"), strings.Join(documented, "\n"))
	}
}

// TestPlacedRefuses: what makes no row is refused and leaves the table as it was; a file is not replaced unasked;
// nothing stands there before Close.
func TestPlacedRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "p.parquet")
	w, err := CreatePlaced(path, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	for says, r := range map[string]PlacedRow{
		"1 neighbours at 0 distances": {IDs: []int64{1}},
		"order of their distances":    {IDs: []int64{1, 2}, Distances: []float64{2, 1}},
		"not valid UTF-8":             {Label: text("\xff")},
	} {
		if err := w.Write(r); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want %q", err, says)
		}
	}
	if err := w.Write(placedRows[0]); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a file stands there before it is whole")
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if f, err := os.Open(path); err != nil {
		t.Error(err)
	} else {
		info, _ := f.Stat()
		if p, err := parquet.OpenFile(f, info.Size()); err != nil || p.NumRows() != 1 {
			t.Errorf("%v: refused rows are in the file", err)
		}
		f.Close()
	}
	if _, err := CreatePlaced(path, nil, false); err == nil {
		t.Error("a file is replaced unasked")
	}
	writePlaced(t, path, placedRows, 1, true)
	if w.Write(placedRows[0]) == nil || w.Abort() != nil || w.Close() != nil {
		t.Error("a table that is closed takes rows, or cannot be closed twice")
	}
	gone, err := CreatePlaced(filepath.Join(filepath.Dir(path), "gone.parquet"), nil, false)
	if err == nil {
		err = gone.Abort()
	}
	if entries, _ := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 1 {
		t.Errorf("%v: %d files, want what is whole alone", err, len(entries))
	}
}
