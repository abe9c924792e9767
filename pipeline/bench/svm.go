package bench

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"fc7/heads/svm"
	"fc7/internal/atomicfile"
	"fc7/internal/escape"
	"fc7/pipeline/extraction"
	"fc7/vgg/weights"
)

// SVM is the solver's time on a given problem, all labels together.
type SVM struct {
	Rows    int              `json:"rows"`
	Columns int              `json:"columns"`
	Labels  []svm.ClassStats `json:"labels"`
	Mapped  bool             `json:"mapped"`  // the rows stayed in their file
	Seconds float64          `json:"seconds"` // without reading, but of rows that stayed in their file
}

// RunSVM trains on x, [N,D], and y, [N,K] of 1 and -1 (0: left out), two .npy files, or a text with the class of each
// row in the first field of its line, one class against the rest, and writes the weights, float32, to out if it is
// named: [K,D] or, with a bias, [K,D+1] with what is added to each score last. replace lets them take the place of a
// file that is there. tell is called with a line about the work, where rows stay in their file.
func RunSVM(ctx context.Context, x, y, out string, replace bool, o svm.Options, tell func(string)) (b *SVM, err error) {
	rows, err := openRows(x)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.close()) }()
	if o.Memory == 0 {
		o.Memory = rows.memory
	}
	if o.Loss == svm.Softmax {
		return runSoftmax(ctx, rows.x, y, out, replace, o)
	}
	p := svm.Problem{X: rows.x, Tell: tell}
	if p.Y, err = readLabels(x, y, rows.x.N); err != nil {
		return nil, err
	}
	began := time.Now()
	m, stats, err := svm.Train(ctx, p, o)
	if err != nil {
		return nil, err
	}
	b = &SVM{Rows: p.X.N, Columns: p.X.D, Labels: stats.Classes, Mapped: p.X.Mapped, Seconds: time.Since(began).Seconds()}
	if out != "" {
		w := m.Weights
		if o.Bias != 0 {
			w = make([][]float64, len(w))
			for k := range w {
				w[k] = append(slices.Clone(m.Weights[k]), m.Bias[k])
			}
		}
		err = writeMatrix(out, w, replace)
	}
	return b, err
}

// readLabels reads y of RunSVM, of n rows.
func readLabels(x, y string, n int) ([][]int8, error) {
	if isNumPy(y) != nil {
		class, k, err := readClassNumbers(y, n)
		return svm.OneVsRest(class, k), err
	}
	labels, rows, k, err := readMatrix(y)
	if err != nil {
		return nil, err
	}
	if rows != n {
		return nil, fmt.Errorf("%s has %d rows, %s has %d: want a row of labels for each row of features", x, n, y, rows)
	}
	all := make([][]int8, k)
	for c := range all {
		all[c] = make([]int8, n)
		for i := range n {
			v := labels[i*k+c]
			if v != 1 && v != -1 && v != 0 {
				return nil, fmt.Errorf("%s: row %d, label %d is %g: want 1, -1 or 0", y, i, c, v)
			}
			all[c][i] = int8(v)
		}
	}
	return all, nil
}

// runSoftmax is RunSVM of all classes together: y is one column of class numbers from 0 on, or a text with the class of
// each row in the first field of its line; out is [D+1,K] with the intercepts last, of two classes [D+1,1] of the
// second.
func runSoftmax(ctx context.Context, x svm.Matrix, y, out string, replace bool, o svm.Options) (*SVM, error) {
	class, k, err := readClassNumbers(y, x.N)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	m, stats, err := svm.Train(ctx, svm.Problem{X: x, Y: svm.OneVsRest(class, k)}, o)
	if err != nil {
		return nil, err
	}
	b := &SVM{Rows: x.N, Columns: x.D, Labels: stats.Classes, Mapped: x.Mapped, Seconds: time.Since(began).Seconds()}
	if out == "" {
		return b, nil
	}
	w, bias := m.Weights, m.Bias
	if k == 2 { // the difference of both is what tells them apart
		w, bias = [][]float64{slices.Clone(w[1])}, []float64{2 * bias[1]}
		for d := range w[0] {
			w[0][d] *= 2
		}
	}
	rows := make([][]float64, x.D+1)
	for d := range x.D {
		for c := range w {
			rows[d] = append(rows[d], w[c][d])
		}
	}
	rows[x.D] = bias
	return b, writeMatrix(out, rows, replace)
}

// readClassNumbers reads the class of each of n rows, from 0 to k-1.
func readClassNumbers(path string, n int) (class []int, k int, err error) {
	class = make([]int, n)
	if isNumPy(path) != nil {
		names, err := readClasses(path, n)
		if err != nil {
			return nil, 0, err
		}
		all := slices.Compact(slices.Sorted(slices.Values(names)))
		for i, name := range names {
			class[i], _ = slices.BinarySearch(all, name)
		}
		return class, len(all), nil
	}
	values, rows, cols, err := readMatrix(path)
	if err != nil {
		return nil, 0, err
	}
	if rows != n || cols != 1 {
		return nil, 0, fmt.Errorf("%s has %d rows of %d values: want one column of class numbers, one for each of %d rows", path, rows, cols, n)
	}
	const most = 1 << 20
	for i, v := range values {
		if v < 0 || v >= most || v != float32(int(v)) {
			return nil, 0, fmt.Errorf("%s: row %d is %g: want the number of a class, from 0 on", path, i, v)
		}
		class[i], k = int(v), max(k, int(v)+1)
	}
	return class, k, nil
}

// numPy is what a file of a NumPy array begins with.
const numPy = "\x93NUMPY"

// isNumPy refuses what is no file of a NumPy array.
func isNumPy(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	head := make([]byte, len(numPy))
	if _, err := io.ReadFull(f, head); err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return err
	}
	if string(head) != numPy {
		return fmt.Errorf("%s: want a NumPy array of one or two dimensions, as numpy.save writes it to a .npy file, found another file", escape.Name(path))
	}
	return nil
}

// readMatrix reads a .npy file of one or two dimensions.
func readMatrix(path string) (x []float32, rows, cols int, err error) {
	if err := isNumPy(path); err != nil {
		return nil, 0, 0, err
	}
	f, err := weights.Open(path)
	if err != nil {
		return nil, 0, 0, err
	}
	defer f.Close()
	if len(f.Tensors) != 1 || len(f.Tensors[0].Shape) < 1 || len(f.Tensors[0].Shape) > 2 {
		return nil, 0, 0, fmt.Errorf("%s (%s): want one array of one or two dimensions", path, f.Format)
	}
	t := f.Tensors[0]
	rows, cols = t.Shape[0], 1
	if len(t.Shape) == 2 {
		cols = t.Shape[1]
	}
	x, err = t.ReadFinite()
	return x, rows, cols, err
}

// writeMatrix writes rows as a float32 .npy file.
func writeMatrix(path string, rows [][]float64, replace bool) error {
	single := make([][]float32, len(rows))
	for i, row := range rows {
		for _, v := range row {
			single[i] = append(single[i], float32(v))
		}
	}
	return writeRows(path, single, replace)
}

// writeRows writes rows of one length as a .npy file.
func writeRows[T float32 | int64](path string, rows [][]T, replace bool) error {
	kind := "f4"
	if _, whole := any(T(0)).(int64); whole {
		kind = "i8"
	}
	b := []byte(extraction.NumPyHeader(kind, len(rows), len(rows[0])))
	var err error
	for _, row := range rows {
		if b, err = binary.Append(b, binary.LittleEndian, row); err != nil {
			return err
		}
	}
	return atomicfile.WriteBytes(path, b, replace)
}
