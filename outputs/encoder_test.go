package outputs

import (
	"slices"
	"testing"

	"github.com/parquet-go/parquet-go"
)

// The library's own reader, by the schema that a Go struct gives it, agrees with what was encoded.
func TestLibraryReadsTheRows(t *testing.T) {
	type row struct {
		Image   string    `parquet:"image"`
		Object  *int32    `parquet:"object,optional"`
		Path    string    `parquet:"path"`
		Width   int32     `parquet:"width"`
		Height  int32     `parquet:"height"`
		Labels  []string  `parquet:"labels,list"`
		Ignored []string  `parquet:"ignored,list"`
		Splits  []string  `parquet:"splits,list"`
		Status  string    `parquet:"status"`
		Error   *string   `parquet:"error,optional"`
		Q256    []float32 `parquet:"fc7_q256,optional,list"`
	}
	cols := []Column{NewColumn("fc7", 256, 33, Float32)}
	want := testRows(40, cols)
	got, err := parquet.ReadFile[row](writeShard(t, t.TempDir(), 0, 1, cols, testIdentity(40), want, 1500))
	if err != nil || len(got) != len(want) {
		t.Fatalf("%d rows, %v", len(got), err)
	}
	for i, w := range want {
		g := got[i]
		if g.Image != w.Image || g.Path != w.Path || int(g.Width) != w.Width || int(g.Height) != w.Height || g.Status != w.Status ||
			!slices.Equal(g.Labels, w.Labels) || !slices.Equal(g.Ignored, w.Ignored) || !slices.Equal(g.Splits, w.Splits) {
			t.Fatalf("row %d: %+v, want %+v", i, g, w)
		}
		if (g.Object == nil) != (w.Object == 0) || g.Object != nil && int(*g.Object) != w.Object {
			t.Fatalf("row %d: object %v, want %d", i, g.Object, w.Object)
		}
		if (g.Error == nil) != (w.Error == "") || g.Error != nil && *g.Error != w.Error {
			t.Fatalf("row %d: error %v, want %q", i, g.Error, w.Error)
		}
		if w.Descriptors == nil && g.Q256 != nil || w.Descriptors != nil && !sameBits(g.Q256, w.Descriptors[0]) {
			t.Fatalf("row %d: %v, want %v", i, g.Q256, w.Descriptors)
		}
	}
}
