package weights

import (
	"encoding/binary"
	"math"
	"path/filepath"
	"testing"
)

const twoByThree = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"

func TestPlainNumpyFile(t *testing.T) {
	f := mustOpenBytes(t, npyOf(twoByThree, littleFloats(counting(6)...)...))
	tensor, err := f.Expect("array", 2, 3)
	if err != nil {
		t.Fatal(err)
	}
	sameBits(t, readAll(t, tensor), counting(6))
	if f.Format != "numpy" || len(f.Tensors) != 1 {
		t.Errorf("got %s, %d tensors", f.Format, len(f.Tensors))
	}
}

// Pieces of a big-endian array in column-major order are those of the row-major whole.
func TestBigFortranPieces(t *testing.T) {
	var raw []byte
	for _, v := range []float64{0, 3, 1, 4, 2, 5} {
		raw = binary.BigEndian.AppendUint64(raw, math.Float64bits(v))
	}
	tensor := mustOpenBytes(t, npyOf("{'descr': '>f8', 'fortran_order': True, 'shape': (2, 3), }", raw...)).Lookup("array")
	for off := range 6 {
		for n := range 7 - off {
			piece := make([]float32, n)
			if err := tensor.ReadFloat32At(piece, off); err != nil {
				t.Fatal(err)
			}
			sameBits(t, piece, counting(6)[off:off+n])
		}
	}
}

func TestBadNumpyFiles(t *testing.T) {
	object := "{'descr': '|O', 'fortran_order': False, 'shape': (), }"
	for text, raw := range map[string][]byte{
		"expected 24 bytes for shape [2 3] of float32, found 23": npyOf(twoByThree, make([]byte, 23)...),
		"found 25": npyOf(twoByThree, make([]byte, 25)...),
		"expected numbers (f2, f4, f8, ints or bool, wit": npyOf("{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }", make([]byte, 8)...),
		"more elements than":                              npyOf("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }"),
		"pickle, byte":                                    npyOf(object, '?'),
		"no array of number":                              npyOf(object, '}', '.'),
	} {
		_, err := openBytes(raw)
		wantError(t, err, "memory: numpy: ", text)
	}
}

// checkCounting fails unless every tensor of a file that make_numpy.py wrote counts in row-major order.
func checkCounting(t *testing.T, name string, shapes map[string][]int) {
	t.Helper()
	f := mustOpen(t, filepath.Join("testdata", name))
	if len(f.Tensors) != len(shapes) {
		t.Errorf("%s: %d tensors, expected %d", name, len(f.Tensors), len(shapes))
	}
	for key, shape := range shapes {
		tensor, err := f.Expect(key, shape...)
		if err != nil {
			t.Error(err)
			continue
		}
		sameBits(t, readAll(t, tensor), counting(tensor.Len()))
	}
}

func TestDictionariesThatNumpyWrote(t *testing.T) {
	for _, name := range []string{"layers.npy", "layers_protocol2.npy"} {
		checkCounting(t, name, map[string][]int{
			"conv1_1.weights": {3, 3, 3, 64}, "conv1_1.biases": {64}, "fc6.weights": {4, 6}, "fc6.biases": {6}, "mean": {3},
		})
	}
}

// Files of Python 2 in the layout of vgg16.npy. The sums, of each element times 1 + its index modulo 7, are NumPy's.
func TestNumpyRealFiles(t *testing.T) {
	for file, tensors := range map[string]map[string]struct {
		shape []int
		sum   float64
	}{
		"det2.npy": {
			"conv5-2.weights": {[]int{128, 4}, -4.86636603}, // column-major
			"conv3.weights":   {[]int{2, 2, 48, 64}, -128.409904},
			"conv4.weights":   {[]int{576, 128}, -287.019822},
			"conv4.biases":    {[]int{128}, 45.8149439},
			"prelu4.alpha":    {[]int{128}, -65.0593872},
		},
		"det3.npy": {
			"conv6-3.weights": {[]int{256, 10}, -5.09892412},
			"conv5.weights":   {[]int{1152, 256}, -578.0723},
			"prelu5.alpha":    {[]int{256}, -40.8230787},
		},
	} {
		f := mustOpen(t, realWeights(t, file))
		for name, want := range tensors {
			tensor, err := f.Expect(name, want.shape...)
			if err != nil {
				t.Fatal(err)
			}
			var sum float64
			for i, v := range readAll(t, tensor) {
				sum += float64(v) * float64(1+i%7)
			}
			if math.Abs(sum-want.sum) > 1e-8*math.Abs(want.sum) {
				t.Errorf("%s, %s: got %.9g, expected %.9g", file, name, sum, want.sum)
			}
		}
	}
}
