package bench

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fc7/heads/tsne"
)

// TestMapBench: features and classes in, a map out, in which the classes lie apart; what does not fit is told by name.
func TestMapBench(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	const n = 80
	x, index := make([][]float64, n), ""
	for i := range x {
		a := float64(i%2)*1.5 + 0.01*float64(i)
		x[i] = []float64{math.Cos(a), math.Sin(a), 0}
		index += []string{"left", "right"}[i%2] + "\tfile\n"
	}
	if err := writeMatrix(at("x.npy"), x, false); err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) {
		if err := os.WriteFile(at(name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("y.tsv", index)
	write("short.tsv", "left\n")
	o := tsne.Defaults()
	o.Steps = 200
	b, err := RunMap(context.Background(), at("x.npy"), at("y.tsv"), at("map.npy"), false, o)
	if err != nil {
		t.Fatal(err)
	}
	if b.Accuracy < 0.95 || b.Labelled != n || b.Rows != n || b.Seconds <= 0 {
		t.Errorf("%+v", *b)
	}
	if _, rows, cols, err := readMatrix(at("map.npy")); err != nil || rows != n || cols != 2 {
		t.Errorf("a map of %d x %d: %v", rows, cols, err)
	}
	if _, err := RunMap(context.Background(), at("x.npy"), at("short.tsv"), at("map2.npy"), false, o); err == nil || !strings.Contains(err.Error(), "short.tsv has 1 lines, expected one for each of 80") {
		t.Errorf("classes of other rows: %v", err)
	}
	x[3][1] = math.NaN()
	if err := writeMatrix(at("nan.npy"), x, false); err != nil {
		t.Fatal(err)
	}
	if _, err := RunMap(context.Background(), at("nan.npy"), "", at("map2.npy"), false, o); err == nil || !strings.Contains(err.Error(), "nan.npy") {
		t.Errorf("a value that is no number: %v", err)
	}
	if _, err := os.Stat(at("map2.npy")); err == nil {
		t.Error("a map was written after an error")
	}
}
