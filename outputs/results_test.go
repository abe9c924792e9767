package outputs

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
)

var resultColumns = []ResultColumn{
	{Name: "image", Kind: ResultText, Required: true},
	{Name: "rank", Kind: ResultInt},
	{Name: "score", Kind: ResultFloat},
	{Name: "right", Kind: ResultBool},
	{Name: "top5", Kind: ResultTexts},
	{Name: "p", Kind: ResultFloat32},
	{Name: "labels", Kind: ResultTexts, Required: true},
	{Name: "n", Kind: ResultInt, Required: true},
}

var resultRows = [][]any{
	{"val/1.JPEG", 0, 0.25, true, []string{"n01440764", "n02119789"}, []float32{0.5, 0.25}, []string{"cat", "dog", ""}, 1},
	{"val/2.JPEG", nil, nil, nil, nil, nil, []string(nil), 0},
	{"", -7, float32(0.5), false, []string{}, []float32{}, []string{}, -1},
	{"crêpe", math.MaxInt32, math.Inf(-1), true, []string{""}, []float32{float32(math.NaN())}, []string{"a"}, 2},
}

func writeResults(t *testing.T, path string, rows [][]any, replace bool) {
	t.Helper()
	w, err := CreateResults(path, resultColumns, map[string]string{"fc7.nets": "vgg16"}, replace)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if err := w.Write(r...); err != nil {
			t.Fatal(err)
		}
	}
	if w.written() != len(rows) {
		t.Errorf("%d rows", w.written())
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

// cell is a value as Arrow has it, to compare by print.
func cell(a arrow.Array, k int) string {
	if a.IsNull(k) {
		return "null"
	}
	switch a := a.(type) {
	case *array.String:
		return a.Value(k)
	case *array.Int32:
		return fmt.Sprint(a.Value(k))
	case *array.Float64:
		return fmt.Sprint(a.Value(k))
	case *array.Float32:
		return fmt.Sprint(a.Value(k))
	case *array.Boolean:
		return fmt.Sprint(a.Value(k))
	case *array.List:
		from, to := a.ValueOffsets(k)
		s := "["
		for i := from; i < to; i++ {
			s += cell(a.ListValues(), int(i)) + ";"
		}
		return s + "]"
	}
	return fmt.Sprintf("%T", a)
}

// The Arrow project's reader finds every value, null and empty list again.
func TestResultsThroughArrow(t *testing.T) {
	path := filepath.Join(t.TempDir(), "predictions.parquet")
	writeResults(t, path, resultRows, false)
	table := readWithArrow(t, path)
	if int(table.NumRows()) != len(resultRows) || int(table.NumCols()) != len(resultColumns) {
		t.Fatalf("%d rows of %d columns", table.NumRows(), table.NumCols())
	}
	for i, c := range resultColumns {
		if f := table.Schema().Field(i); f.Name != c.Name || f.Nullable == c.Required {
			t.Errorf("column %d is %v, want %+v", i, f, c)
		}
		arrowColumn(table, i, func(row int, a arrow.Array, k int) {
			want := ""
			switch v := resultRows[row][i].(type) {
			case nil:
				want = "null"
			case []string:
				want = "["
				for _, s := range v {
					want += s + ";"
				}
				want += "]"
			case []float32:
				want = "["
				for _, x := range v {
					want += fmt.Sprint(x) + ";"
				}
				want += "]"
			default:
				want = fmt.Sprint(v)
			}
			if got := cell(a, k); got != want {
				t.Errorf("row %d, %s: %s, want %s", row, c.Name, got, want)
			}
		})
	}
}

func TestResultsAreReproducibleAndNotReplaced(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a.parquet"), filepath.Join(dir, "b.parquet")
	rows := slices.Repeat(resultRows, 40_000) // several row groups
	writeResults(t, a, rows, false)
	writeResults(t, b, rows, false)
	x, err := os.ReadFile(a)
	if err != nil {
		t.Fatal(err)
	}
	y, err := os.ReadFile(b)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(x, y) {
		t.Error("the same rows gave other bytes")
	}
	_, err = CreateResults(a, resultColumns, nil, false)
	wantErr(t, err, a, "exists already")
	writeResults(t, a, resultRows, true)
	if z, err := os.ReadFile(a); err != nil || len(z) >= len(x) {
		t.Errorf("%d bytes, %v: not replaced", len(z), err)
	}
	w, err := CreateResults(a, resultColumns, nil, true)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Abort(); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("left in the folder: %v, %v", entries, err)
	}
}

func TestResultsErrors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "r.parquet")
	for _, cols := range [][]ResultColumn{
		nil, {{Name: ""}}, {{Name: "a"}, {Name: "a", Kind: ResultInt}}, {{Name: "a", Kind: 99}}, make([]ResultColumn, maxResultColumns+1),
	} {
		if _, err := CreateResults(path, cols, nil, false); err == nil {
			t.Errorf("columns %v: no error", cols)
		}
	}
	w, err := CreateResults(path, []ResultColumn{{Name: "n", Kind: ResultInt, Required: true}, {Name: "names", Kind: ResultTexts}}, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	for _, c := range []struct {
		row  []any
		want string
	}{
		{[]any{1}, "1 values for 2 columns"},
		{[]any{"1", nil}, "column n: a value of type string, expected int"},
		{[]any{1 << 40, nil}, "does not fit"},
		{[]any{1, []string{"\xff"}}, "not valid UTF-8"},
		{[]any{1, []float32{1}}, "expected []string"},
		{[]any{int64(1), nil}, "int64"},
		{[]any{nil, []string{"a"}}, "column n: a value of type <nil>, expected int"},
	} {
		wantErr(t, w.Write(c.row...), "row 0", c.want)
	}
	if err := w.Write(1, []string{"a"}); err != nil {
		t.Error(err)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	wantErr(t, w.Write(1, nil), "closed")
}

// wantErr checks that the error is there and holds all the words.
func wantErr(t *testing.T, err error, words ...string) {
	t.Helper()
	for _, w := range words {
		if err == nil || !strings.Contains(err.Error(), w) {
			t.Errorf("error %v, want one with %q", err, w)
		}
	}
}
