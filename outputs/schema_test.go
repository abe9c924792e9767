package outputs

import (
	"bytes"
	"slices"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

func openWithLibrary(t *testing.T, path string) *parquet.File {
	t.Helper()
	b := mustRead(t, path)
	f, err := parquet.OpenFile(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestSchemaOrderAndTypes(t *testing.T) {
	cols := []Column{NewColumn("fc7", 512, 2, Float32), NewColumn("fc7", 256, 2, Float16), {Name: "a", Width: 2, Dtype: Float32, Required: true}}
	path := writeShard(t, t.TempDir(), 0, 1, cols, testIdentity(1), testRows(1, cols), 0)
	meta := openWithLibrary(t, path).Metadata()
	var got []string
	for i := range meta.Schema {
		got = append(got, elementText(&meta.Schema[i]))
	}
	want := []string{
		`"fc7" required group of 13`,
		`"image" required BYTE_ARRAY STRING`, `"object" optional INT32 INT(32,true)`, `"path" required BYTE_ARRAY STRING`,
		`"width" required INT32 INT(32,true)`, `"height" required INT32 INT(32,true)`,
		`"labels" required group of 1 LIST`, `"list" repeated group of 1`, `"element" required BYTE_ARRAY STRING`,
		`"ignored" required group of 1 LIST`, `"list" repeated group of 1`, `"element" required BYTE_ARRAY STRING`,
		`"splits" required group of 1 LIST`, `"list" repeated group of 1`, `"element" required BYTE_ARRAY STRING`,
		`"status" required BYTE_ARRAY STRING`, `"error" optional BYTE_ARRAY STRING`,
		`"fc7_q512" optional group of 1 LIST`, `"list" repeated group of 1`, `"element" required FLOAT`,
		`"fc7_q256" optional group of 1 LIST`, `"list" repeated group of 1`, `"element" required FIXED_LEN_BYTE_ARRAY of 2 bytes FLOAT16`,
		`"a" required group of 1 LIST`, `"list" repeated group of 1`, `"element" required FLOAT`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("schema\n%q\nwant\n%q", got, want)
	}
	if meta.CreatedBy != "fc7 version 2(build 0)" {
		t.Errorf("created by %q", meta.CreatedBy)
	}
	for _, c := range meta.RowGroups[0].Columns {
		for _, e := range c.MetaData.Encoding {
			if e != format.Plain && e != format.RLE {
				t.Errorf("%v: encoding %v, which arrow-go v15 may not read", c.MetaData.PathInSchema, e)
			}
		}
	}
}

// Bounds that a reader may skip pages by must be true: of float16 the library's would not be, so none are claimed.
func TestFloat16BoundsClaimNothing(t *testing.T) {
	cols := []Column{NewColumn("fc7", 256, 2, Float16)}
	rows := []Row{
		{Image: "a", Status: StatusOK, Descriptors: [][]float32{{-3, 500}}},
		{Image: "b", Status: StatusFailed, Error: "x"},
	}
	f := openWithLibrary(t, writeShard(t, t.TempDir(), 0, 1, cols, testIdentity(2), rows, 1)) // a row group each
	for g, null := range []bool{false, true} {
		index := f.ColumnIndexes()[g*(firstDescriptor+1)+firstDescriptor]
		if !slices.Equal(index.NullPages, []bool{null}) {
			t.Errorf("row group %d: null pages %v", g, index.NullPages)
		}
		low, high := index.MinValues[0], index.MaxValues[0]
		if null && (len(low) != 0 || len(high) != 0) || !null && (!bytes.Equal(low, []byte{0, 0xfc}) || !bytes.Equal(high, []byte{0, 0x7c})) {
			t.Errorf("row group %d: bounds %x to %x", g, low, high)
		}
		s := f.Metadata().RowGroups[g].Columns[firstDescriptor].MetaData.Statistics
		if s.MinValue != nil || s.MaxValue != nil {
			t.Errorf("row group %d: statistics %x to %x", g, s.MinValue, s.MaxValue)
		}
	}
}
