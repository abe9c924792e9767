package outputs

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/apache/arrow/go/v15/parquet/file"
	"github.com/apache/arrow/go/v15/parquet/pqarrow"

	"fc7/internal/half"
)

// readWithArrow reads a whole file by the Arrow project's own Parquet reader.
func readWithArrow(t *testing.T, path string) arrow.Table {
	t.Helper()
	f, err := file.OpenParquetFile(path, false)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := pqarrow.NewFileReader(f, pqarrow.ArrowReadProperties{}, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	table, err := r.ReadTable(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// arrowColumn visits a column's values, over all its chunks.
func arrowColumn(table arrow.Table, i int, visit func(row int, a arrow.Array, k int)) {
	row := 0
	for _, chunk := range table.Column(i).Data().Chunks() {
		for k := range chunk.Len() {
			visit(row, chunk, k)
			row++
		}
	}
}

// rowsFromArrow turns an Arrow table back into rows.
func rowsFromArrow(t *testing.T, table arrow.Table) []Row {
	t.Helper()
	rows := make([]Row, table.NumRows())
	texts := map[int]func(*Row) *string{
		colImage:  func(r *Row) *string { return &r.Image },
		colPath:   func(r *Row) *string { return &r.Path },
		colStatus: func(r *Row) *string { return &r.Status },
		colError:  func(r *Row) *string { return &r.Error },
	}
	numbers := map[int]func(*Row) *int{
		colObject: func(r *Row) *int { return &r.Object },
		colWidth:  func(r *Row) *int { return &r.Width },
		colHeight: func(r *Row) *int { return &r.Height },
	}
	lists := map[int]func(*Row) *[]string{
		colLabels:  func(r *Row) *[]string { return &r.Labels },
		colIgnored: func(r *Row) *[]string { return &r.Ignored },
		colSplits:  func(r *Row) *[]string { return &r.Splits },
	}
	for i := range int(table.NumCols()) {
		arrowColumn(table, i, func(row int, a arrow.Array, k int) {
			r := &rows[row]
			switch {
			case a.IsNull(k):
				if i != colObject && i != colError && i < firstDescriptor {
					t.Fatalf("row %d: column %d is null", row, i)
				}
			case texts[i] != nil:
				*texts[i](r) = a.(*array.String).Value(k)
			case numbers[i] != nil:
				*numbers[i](r) = int(a.(*array.Int32).Value(k))
			case lists[i] != nil:
				*lists[i](r) = arrowStrings(a.(*array.List), k)
			default:
				r.Descriptors = append(r.Descriptors, arrowFloats(t, a, k))
			}
		})
	}
	return rows
}

func arrowStrings(a *array.List, k int) []string {
	var out []string
	from, to := a.ValueOffsets(k)
	for j := from; j < to; j++ {
		out = append(out, a.ListValues().(*array.String).Value(int(j)))
	}
	return out
}

// arrowFloats gives the list at k; a null inside is an error, since no descriptor has one.
func arrowFloats(t *testing.T, a arrow.Array, k int) []float32 {
	t.Helper()
	l := a.(array.ListLike)
	from, to := l.ValueOffsets(k)
	out := make([]float32, 0, to-from)
	for j := int(from); j < int(to); j++ {
		if l.ListValues().IsNull(j) {
			t.Fatalf("value %d of a descriptor is null", j)
		}
		switch v := l.ListValues().(type) {
		case *array.Float32:
			out = append(out, v.Value(j))
		case *array.Int32:
			out = append(out, float32(v.Value(j)))
		case *array.Float16:
			out = append(out, half.Float32(v.Value(j).Uint16()))
		default:
			t.Fatalf("values of type %T", v)
		}
	}
	return out
}

func TestArrowReadsTheSameBits(t *testing.T) {
	for _, dtype := range []string{Float32, Float16} {
		for _, n := range []int{0, 1, 20, 300} {
			for _, groupBytes := range []int{0, 1, 4000} {
				t.Run(fmt.Sprintf("%s/%d rows/groups of %d", dtype, n, groupBytes), func(t *testing.T) {
					cols := mapColumns(dtype)
					want := testRows(n, cols)
					table := readWithArrow(t, writeShard(t, t.TempDir(), 0, 1, cols, testIdentity(n), want, groupBytes))
					defer table.Release()
					compareRows(t, cols, rowsFromArrow(t, table), want)
				})
			}
		}
	}
}

// The float32 column of the real size: rows over several pages and row groups.
func TestArrowReadsFullWidth(t *testing.T) {
	cols := []Column{NewColumn("fc7", 256, 4096, Float32)}
	want := testRows(150, cols)
	want[1].Descriptors[0][7] = float32(math.NaN())
	want[2].Descriptors[0][8] = float32(math.Inf(1))
	path := writeShard(t, t.TempDir(), 0, 1, cols, testIdentity(len(want)), want, 1<<20)
	table := readWithArrow(t, path)
	defer table.Release()
	compareRows(t, cols, rowsFromArrow(t, table), want)
}

// The types that Arrow readers see: a list where rows may be null, a fixed-size list where none is.
func TestArrowSchema(t *testing.T) {
	for _, dtype := range []string{Float32, Float16} {
		element := arrow.DataType(arrow.PrimitiveTypes.Float32)
		if dtype == Float16 {
			element = arrow.FixedWidthTypes.Float16
		}
		cols := []Column{NewColumn("fc7", 256, 5, dtype), {Name: "descriptor", Layer: "fc7", Width: 5, Dtype: dtype, Required: true}}
		rows := testRows(3, cols) // rows 0 to 2: none failed
		table := readWithArrow(t, writeShard(t, t.TempDir(), 0, 1, cols, testIdentity(3), rows, 0))
		defer table.Release()
		compareRows(t, cols, rowsFromArrow(t, table), rows)
		schema := table.Schema()
		for i, name := range append(append([]string{}, rowColumns...), "fc7_q256", "descriptor") {
			if schema.Field(i).Name != name {
				t.Errorf("column %d is %s, want %s", i, schema.Field(i).Name, name)
			}
		}
		nullable, fixed := schema.Field(firstDescriptor), schema.Field(firstDescriptor+1)
		if l, ok := nullable.Type.(*arrow.ListType); !ok || !nullable.Nullable || l.Elem().ID() != element.ID() {
			t.Errorf("%s: nullable column is %v", dtype, nullable)
		}
		if l, ok := fixed.Type.(*arrow.FixedSizeListType); !ok || fixed.Nullable || l.Len() != 5 || l.Elem().ID() != element.ID() {
			t.Errorf("%s: column without nulls is %v", dtype, fixed)
		}
		if v, ok := nullable.Metadata.GetValue("width"); !ok || v != "5" {
			t.Errorf("%s: the width is not in the field's metadata: %v", dtype, nullable.Metadata)
		}
	}
}

// Why a column that may hold nulls is not announced as a fixed-size list: this version of arrow-go then panics, or
// gives nulls for what is there. When a newer one reads this file, arrowSchema's comment wants another look.
func TestArrowCannotReadNullableFixedSizeLists(t *testing.T) {
	cols := []Column{NewColumn("fc7", 256, 4, Float32)}
	announced := cols[0]
	announced.Required = true
	footer, err := footerOf(shardMark{0, 1}, cols, testIdentity(2))
	if err != nil {
		t.Fatal(err)
	}
	if footer[keyArrow], err = arrowSchemaText([]Column{announced}, false); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "trap.parquet")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := newTableWriter(f, cols, false, footer)
	e := newEncoder(cols, false, w.ColumnWriters())
	rows := []Row{
		{Image: "a", Status: StatusFailed, Error: "unreadable"},
		{Image: "b", Status: StatusOK, Descriptors: [][]float32{{1, 2, 3, 4}}},
	}
	for i := range rows {
		if err := e.row(&rows[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if p := recover(); p != nil {
			t.Logf("as expected, arrow-go panics: %v", p)
		}
	}()
	table := readWithArrow(t, path)
	column := table.Column(firstDescriptor).Data().Chunk(0)
	if column.IsValid(1) && sameBits(arrowFloats(t, column, 1), rows[1].Descriptors[0]) {
		t.Error("arrow-go reads fixed-size lists with nulls now")
	}
}
