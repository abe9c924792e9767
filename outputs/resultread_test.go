package outputs

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"

	"fc7/internal/seal"
)

// TestReadResults: rows come back as they were written, over several row groups; of another file, or one that a byte
// was changed in, none does.
func TestReadResults(t *testing.T) {
	path := filepath.Join(t.TempDir(), "r.parquet")
	columns := append(slices.Clone(resultColumns), ResultColumn{Name: "near", Kind: ResultInts}, ResultColumn{Name: "far", Kind: ResultFloats, Required: true})
	lists := [][]any{{[]int32{7, -1}, []float64{0.1, 1e-300}}, {nil, []float64{}}, {[]int32{}, []float64{2}}}
	w, err := CreateResults(path, columns, map[string]string{"fc7.of": "x"}, false)
	if err != nil {
		t.Fatal(err)
	}
	var wrote []string
	for i := range 70_000 {
		row := slices.Concat(resultRows[i%len(resultRows)], lists[i%len(lists)])
		if err := w.Write(row...); err != nil {
			t.Fatal(err)
		}
		for k, v := range row {
			if f, ok := v.(float32); ok {
				row[k] = float64(f)
			}
		}
		wrote = append(wrote, fmt.Sprint(row))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	meta, err := ResultMetadata(path)
	if err != nil || meta["fc7.of"] != "x" {
		t.Errorf("metadata %v, %v", meta, err)
	}
	sum, err := seal.File(path)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	if err := ReadResults(path, sum, columns, func(values []any) error {
		if got := fmt.Sprint(values); got != wrote[n] {
			return fmt.Errorf("row %d is %s, want %s", n, got, wrote[n])
		}
		n++
		return nil
	}); err != nil || n != len(wrote) {
		t.Errorf("%d rows, %v", n, err)
	}
	none := func([]any) error { t.Error("a row"); return nil }
	wantErr(t, ReadResults(path, sum, columns[1:], none), path, "columns are")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 1
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	wantErr(t, ReadResults(path, sum, columns, none), "it is not the file that was written")
	if err := os.WriteFile(path, []byte("PAR1 and no more"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err = ResultMetadata(path)
	wantErr(t, err, path, "want a Parquet file")
}

// The Arrow project's reader finds lists of numbers.
func TestNumberListsThroughArrow(t *testing.T) {
	path := filepath.Join(t.TempDir(), "r.parquet")
	w, err := CreateResults(path, []ResultColumn{{Name: "i", Kind: ResultInts}, {Name: "d", Kind: ResultFloats}}, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range [][]any{{[]int32{3, 1}, []float64{0.5}}, {nil, []float64{}}} {
		if err := w.Write(row...); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	table := readWithArrow(t, path)
	want := [][]string{{"[3;1;]", "null"}, {"[0.5;]", "[]"}}
	for i := range want {
		arrowColumn(table, i, func(row int, a arrow.Array, k int) {
			if got := cell(a, k); got != want[i][row] {
				t.Errorf("column %d, row %d: %s, want %s", i, row, got, want[i][row])
			}
		})
	}
}
