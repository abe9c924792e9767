package bench

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fc7/heads/svm"
	"fc7/internal/half"
	"fc7/pipeline/extraction"
)

// TestSVMBench reads what it wrote: features and labels in, weights out, whose objective is the one it tells.
func TestSVMBench(t *testing.T) {
	dir := t.TempDir()
	r := rand.New(rand.NewPCG(1, 1))
	const n, d, k = 60, 7, 2
	x, y := make([][]float64, n), make([][]float64, n)
	for i := range x {
		for range d {
			x[i] = append(x[i], r.NormFloat64())
		}
		y[i] = []float64{math.Copysign(1, x[i][0]+r.NormFloat64()), math.Copysign(1, x[i][1])}
	}
	xs, ys, ws := filepath.Join(dir, "x.npy"), filepath.Join(dir, "y.npy"), filepath.Join(dir, "w.npy")
	for path, m := range map[string][][]float64{xs: x, ys: y} {
		if err := writeMatrix(path, m, false); err != nil {
			t.Fatal(err)
		}
	}
	b, err := RunSVM(context.Background(), xs, ys, ws, false, svm.Options{Epsilon: 1e-4}, nil)
	if err != nil {
		t.Fatal(err)
	}
	w, rows, cols, err := readMatrix(ws)
	if err != nil || rows != k || cols != d || len(b.Labels) != k {
		t.Fatalf("weights %dx%d, %d labels, %v", rows, cols, len(b.Labels), err)
	}
	for c := range k {
		f := 0.0
		for j := range d {
			f += float64(w[c*d+j]) * float64(w[c*d+j]) / 2
		}
		for i := range n {
			s := 0.0
			for j := range d {
				s += x[i][j] * float64(w[c*d+j])
			}
			v := max(0, 1-y[i][c]*s)
			f += v * v
		}
		if got := b.Labels[c].Primal; math.Abs(got-f) > 1e-4*f {
			t.Errorf("label %d: objective %g, want %g", c, got, f)
		}
	}
	if _, err := RunSVM(context.Background(), xs, ws, "", false, svm.Options{}, nil); err == nil || !strings.Contains(err.Error(), "2 rows") && !strings.Contains(err.Error(), "has 60 rows") {
		t.Errorf("labels of another length: %v", err)
	}
	if _, err := RunSVM(context.Background(), xs, ys, ws, false, svm.Options{}, nil); err == nil {
		t.Error("weights that stand there were replaced")
	}
	if _, err := RunSVM(context.Background(), xs, ys, ws, true, svm.Options{}, nil); err != nil {
		t.Error(err)
	}
}

// TestSVMBenchBias: with a bias the file holds all that the scores need, whose objective is the one that is told.
func TestSVMBenchBias(t *testing.T) {
	dir := t.TempDir()
	r := rand.New(rand.NewPCG(2, 1))
	x, y := make([][]float64, 40), make([][]float64, 40)
	for i := range x {
		x[i] = []float64{r.NormFloat64() + 2, r.NormFloat64() + 2}
		y[i] = []float64{math.Copysign(1, x[i][0]-2)}
	}
	xs, ys, ws := filepath.Join(dir, "x.npy"), filepath.Join(dir, "y.npy"), filepath.Join(dir, "w.npy")
	for path, m := range map[string][][]float64{xs: x, ys: y} {
		if err := writeMatrix(path, m, false); err != nil {
			t.Fatal(err)
		}
	}
	const constant = 3
	b, err := RunSVM(t.Context(), xs, ys, ws, false, svm.Options{Epsilon: 1e-5, Bias: constant}, nil)
	if err != nil {
		t.Fatal(err)
	}
	w, rows, cols, err := readMatrix(ws)
	if err != nil || rows != 1 || cols != 3 || w[2] == 0 {
		t.Fatalf("weights %v, %dx%d, %v", w, rows, cols, err)
	}
	f := (float64(w[0])*float64(w[0]) + float64(w[1])*float64(w[1]) + float64(w[2])*float64(w[2])/constant/constant) / 2
	for i := range x {
		v := max(0, 1-y[i][0]*(x[i][0]*float64(w[0])+x[i][1]*float64(w[1])+float64(w[2])))
		f += v * v
	}
	if got := b.Labels[0].Primal; math.Abs(got-f) > 1e-4*f {
		t.Errorf("objective %g, want %g", got, f)
	}
}

// TestSVMBenchLabels: labels of one class may be a vector, 0 leaves a row out, and any other number is refused.
func TestSVMBenchLabels(t *testing.T) {
	dir := t.TempDir()
	xs, ys := filepath.Join(dir, "x.npy"), filepath.Join(dir, "y.npy")
	if err := writeMatrix(xs, [][]float64{{1, 0}, {0, 1}, {2, 1}, {1, 2}}, false); err != nil {
		t.Fatal(err)
	}
	labels := func(l ...float64) {
		t.Helper()
		var rows [][]float64
		for _, v := range l {
			rows = append(rows, []float64{v})
		}
		path := filepath.Join(t.TempDir(), "y.npy")
		if err := writeMatrix(path, rows, false); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(ys, bytes.Replace(b, []byte("(4, 1)"), []byte("(4,)  "), 1), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	labels(1, -1, 1, 0)
	b, err := RunSVM(context.Background(), xs, ys, "", false, svm.Options{}, nil)
	if err != nil || len(b.Labels) != 1 || b.Rows != 4 || b.Columns != 2 || b.Labels[0].Positives != 2 {
		t.Errorf("%+v, %v", b, err)
	}
	labels(1, -1, 2, 0)
	if _, err := RunSVM(context.Background(), xs, ys, "", false, svm.Options{}, nil); err == nil || !strings.Contains(err.Error(), ys+": row 2, label 0 is 2: want 1, -1 or 0") {
		t.Errorf("a label of 2: %v", err)
	}
}

// What is no .npy file is told what is wanted, not which formats weights may have.
func TestSVMBenchOtherFile(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"README.txt": "# a text", "empty": "", "short": numPy[:3]} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := RunSVM(context.Background(), path, path, "", false, svm.Options{}, nil)
		if err == nil || !strings.HasPrefix(err.Error(), path+": want a NumPy array") || strings.Contains(err.Error(), "weights") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSVMBenchSoftmax: all classes together, from numbers or names; the file holds weights and intercepts.
func TestSVMBenchSoftmax(t *testing.T) {
	dir := t.TempDir()
	r := rand.New(rand.NewPCG(3, 1))
	for _, k := range []int{2, 3} {
		var x, y [][]float64
		var names strings.Builder
		for i := range 60 {
			c := i % k
			x = append(x, []float64{float64(c) + r.NormFloat64(), r.NormFloat64() - float64(c), 1 + r.NormFloat64()})
			y = append(y, []float64{float64(c)})
			fmt.Fprintf(&names, "class %d\t%d.jpg\n", c, i)
		}
		xs, ys, text, ws := filepath.Join(dir, "x.npy"), filepath.Join(dir, "y.npy"), filepath.Join(dir, "y.tsv"), filepath.Join(dir, "w.npy")
		for path, m := range map[string][][]float64{xs: x, ys: y} {
			if err := writeMatrix(path, m, true); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(text, []byte(names.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		o := svm.Options{C: 2, Loss: svm.Softmax, Epsilon: 1e-4}
		b, err := RunSVM(t.Context(), xs, ys, ws, true, o, nil)
		if err != nil {
			t.Fatal(err)
		}
		w, rows, cols, err := readMatrix(ws)
		if want := map[int]int{2: 1, 3: 3}[k]; err != nil || rows != 4 || cols != want {
			t.Fatalf("%v: %d x %d", err, rows, cols)
		}
		f := 0.0
		for d := range 3 {
			for c := range cols {
				f += float64(w[d*cols+c]) * float64(w[d*cols+c]) / 2
			}
		}
		for i, row := range x {
			z := make([]float64, k)
			for c := range cols {
				at := c + k - cols // of two classes, that of the second
				z[at] = float64(w[3*cols+c])
				for d, v := range row {
					z[at] += float64(w[d*cols+c]) * v
				}
			}
			sum := 0.0
			for _, v := range z {
				sum += math.Exp(v)
			}
			f += o.C * (math.Log(sum) - z[i%k])
		}
		if got := b.Labels[0].Primal; math.Abs(got-f) > 1e-5*f {
			t.Errorf("%d classes: objective %g, want %g", k, got, f)
		}
		named, err := RunSVM(t.Context(), xs, text, "", false, o, nil)
		if err != nil || named.Labels[0] != b.Labels[0] {
			t.Errorf("by names: %+v, want %+v, %v", named, b, err)
		}
		for bad, says := range map[float64]string{-1: "is -1: want the number of a class", 0.5: "is 0.5: want the number of a class"} {
			y[7][0] = bad
			if err := writeMatrix(ys, y, true); err != nil {
				t.Fatal(err)
			}
			if _, err := RunSVM(t.Context(), xs, ys, "", false, o, nil); err == nil || !strings.Contains(err.Error(), says) {
				t.Error(err)
			}
		}
	}
}

// Rows that memory has no room for stay in their file, of single and of half precision.
func TestRowsOfFiles(t *testing.T) {
	for _, size := range []int{2, 4} {
		path := filepath.Join(t.TempDir(), "x.npy")
		b := []byte(extraction.NumPyHeader(fmt.Sprintf("f%d", size), 3, 2))
		at := int64(len(b))
		for _, v := range []float32{1, 2, 3, 4, 5, 6.5} {
			if size == 2 {
				b = binary.LittleEndian.AppendUint16(b, half.FromFloat32(v))
			} else {
				b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
			}
		}
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
		read, err := openRows(path)
		if err != nil || read.x.Mapped {
			t.Fatal(err, "a small file was mapped")
		}
		var r rowsOfFile
		if err := r.mapped(path, at, size, []int{3, 2}); err != nil {
			t.Skip("files are not mapped on this machine:", err)
		}
		for i := range 3 {
			if got, want := r.x.Blocks[0].Row(i, nil), read.x.Blocks[0].Row(i, nil); !slices.Equal(got, want) {
				t.Errorf("float%d: row %d is %v, want %v", 8*size, i, got, want)
			}
		}
		if err := r.close(); err != nil {
			t.Error(err)
		}
		if err := r.mapped(path, at, size, []int{4, 2}); err == nil {
			t.Error("a file of 3 rows was mapped as one of 4")
		}
	}
}
