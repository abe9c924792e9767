package bench

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fc7/heads/neighbours"
	"fc7/heads/protocol"
)

// foreign writes two clusters of six rows each, and their classes, of which that of row 4 is wrong.
func foreign(t *testing.T) (x, classes string) {
	t.Helper()
	dir := t.TempDir()
	x, classes = filepath.Join(dir, "x.npy"), filepath.Join(dir, "c.tsv")
	var rows [][]float64
	text := ""
	for i := range 12 {
		rows = append(rows, []float64{float64(1 + 9*(i%2)), 5, 0.1 * float64(i)})
		class := "ab"[i%2 : i%2+1]
		if i == 4 {
			class = "b"
		}
		text += class + "\tfile\r\n"
	}
	if err := writeMatrix(x, rows, false); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(classes, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return x, classes
}

func TestRunNeighbours(t *testing.T) {
	x, classes := foreign(t)
	out := filepath.Join(filepath.Dir(x), "n.npy")
	b, err := RunNeighbours(t.Context(), x, classes, out, false, neighbours.Options{K: 3})
	if err != nil {
		t.Fatal(err)
	}
	if b.Rows != 12 || b.Columns != 3 || b.K != 3 || *b.Accuracy != 11./12 || !(b.PeakShare > 0) {
		t.Errorf("%+v, accuracy %v", b, *b.Accuracy)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if head := string(text[:len(text)-12*3*8]); !strings.Contains(head, "'<i8', 'fortran_order': False, 'shape': (12, 3)") {
		t.Errorf("header %q", head)
	}
	var first []int
	for k := range 3 {
		first = append(first, int(binary.LittleEndian.Uint64(text[len(text)-12*3*8+8*k:])))
	}
	if want := []int{2, 4, 6}; !slices.Equal(first, want) {
		t.Errorf("the neighbours of row 0 are %v, want %v", first, want)
	}
	if _, err := RunNeighbours(t.Context(), x, classes, out, false, neighbours.Options{K: 3}); err == nil {
		t.Error("a file was replaced")
	}
	if err := os.WriteFile(classes, []byte("a\nb\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := RunNeighbours(t.Context(), x, classes, "", false, neighbours.Options{K: 3}); err == nil || !strings.Contains(err.Error(), "has 2 lines, expected one for each") {
		t.Errorf("classes of two rows: %v", err)
	}
}

func TestRunSuspects(t *testing.T) {
	x, classes := foreign(t)
	out := filepath.Join(filepath.Dir(x), "s.npy")
	b, err := RunSuspects(t.Context(), x, classes, out, false, protocol.DoubtOptions{C: 10, Folds: 3, K: 2})
	if err != nil {
		t.Fatal(err)
	}
	s, rows, cols, err := readMatrix(out)
	if err != nil || rows != 12 || cols != 1 || b.Classes != 2 {
		t.Fatalf("%dx%d, %v, %+v", rows, cols, err, b)
	}
	for i, v := range s {
		if (v > 0) != (i == 4) {
			t.Errorf("row %d is doubtful by %v", i, v)
		}
	}
	if b.Doubtful != 1 {
		t.Errorf("%+v", b)
	}
}
