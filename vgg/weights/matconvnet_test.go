package weights

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"fc7/internal/matfile"
)

// TestMatConvNetFiles: SimpleNN and DagNN, old and new, written by scipy and h5py, have one set of tensors (vgg's tests
// hold the numbers).
func TestMatConvNetFiles(t *testing.T) {
	sources := filepath.Join("..", "testdata", "keras_matconvnet")
	whole := mustOpen(t, filepath.Join(sources, "simplenn_v5.mat"))
	if len(whole.Tensors) != 32 || whole.Format != "matlab-v5" {
		t.Errorf("%s, %d tensors", whole.Format, len(whole.Tensors))
	}
	for file, size := range map[string]string{"simplenn_v73.mat": "1x1x3", "old_v5_notop.mat": "4x4x3", "dagnn_v73_notop.mat": "1x1x3"} {
		f := mustOpen(t, filepath.Join(sources, file))
		if len(f.Tensors) < 26 {
			t.Errorf("%s: %d tensors", file, len(f.Tensors))
		}
		for _, x := range f.Tensors {
			same, err := whole.Expect(x.Name, x.Shape...)
			if err != nil {
				t.Fatal(err)
			}
			sameBits(t, readAll(t, x), readAll(t, same))
		}
		if m := f.Metadata; m[metaAverageImage] != "123.68 116.779 103.939" || m[metaAverageSize] != size || m[metaImageSize] != "224x224x3" {
			t.Errorf("%s: %v", file, m)
		}
	}
}

// TestStreamed: compressed variables are said to be read in order, others not.
func TestStreamed(t *testing.T) {
	big := matlabBig(t)
	for name, want := range map[string]bool{"compressed": true, "plain": false} {
		f := mustOpenBytes(t, big[name])
		if got := f.Tensors[0].Streamed(); got != want {
			t.Errorf("%s: streamed %v", name, got)
		}
		sameBits(t, readAll(t, f.Tensors[0]), readAll(t, mustOpenBytes(t, big["plain"]).Tensors[0]))
	}
}

// matlabBig makes a SimpleNN of one layer whose filters are too large to be kept from the first inflation.
func matlabBig(t *testing.T) map[string][]byte {
	t.Helper()
	data := littleFloats(counting(3 * 3 * 300 * 200)...)
	values := element5(14, matrix5(7, "", []int32{3, 3, 300, 200}, element5(7, data)))
	text := func(s string) []byte {
		return element5(14, matrix5(4, "", []int32{1, int32(len(s))}, element5(16, []byte(s))))
	}
	fields := slices.Concat(element5(5, []byte{8, 0, 0, 0}), element5(1, []byte("name\x00\x00\x00\x00type\x00\x00\x00\x00weights\x00")),
		text("conv1"), text("conv"), element5(14, matrix5(1, "", []int32{1, 1}, values)))
	layer := element5(14, matrix5(2, "", []int32{1, 1}, fields))
	net := element5(14, matrix5(1, "layers", []int32{1, 1}, layer))
	head := append(bytes.Repeat([]byte{' '}, 124), 0, 1, 'I', 'M')
	return map[string][]byte{"plain": slices.Concat(head, net), "compressed": slices.Concat(head, element5(15, zlibOf(t, net)))}
}

// TestMatConvNetRefuses: MATLAB files without a net say what they have.
func TestMatConvNetRefuses(t *testing.T) {
	_, err := Open(filepath.Join("..", "..", "internal", "matfile", "testdata", "plain.mat"))
	wantError(t, err, "plain.mat", "matlab-v5", "expected a MatConvNet net", `"single"`)
	_, err = openMatConvNet(nil)
	wantError(t, err, "no variables")
	_, err = openMatConvNet([]matfile.Variable{{Name: "layers", Value: fakeValue{class: "double", dims: []int{1, 1}}}})
	wantError(t, err, "cell array (SimpleNN)", "found a double array")
	_, err = openMatConvNet([]matfile.Variable{{Name: "layers", Value: fakeValue{class: "cell", dims: []int{0, 0}}}})
	wantError(t, err, "no weights")
}

// fakeValue is an array without elements.
type fakeValue struct {
	class string
	dims  []int
}

func (v fakeValue) Class() string { return v.class }

func (v fakeValue) Dims() []int { return v.dims }

func (v fakeValue) Field(int, string) (matfile.Value, error) { return nil, nil }

func (v fakeValue) Cell(int) (matfile.Value, error) { return nil, os.ErrNotExist }

func (v fakeValue) Array() (*matfile.Array, error) { return nil, os.ErrNotExist }

// TestRealMatConvNet holds files that nobody here wrote, in version 7.3, against what h5py reads.
func TestRealMatConvNet(t *testing.T) {
	simple := mustOpen(t, realWeights(t, "DnCNN3.mat"))
	filters, err := simple.Expect("layer3.filters", 3, 3, 64, 64)
	if err != nil || len(simple.Tensors) != 40 || simple.Format != "matlab-v7.3" {
		t.Fatalf("%s, %d tensors, %v", simple.Format, len(simple.Tensors), err)
	}
	data := readAll(t, filters)
	if got := data[((2*3+1)*64+6)*64+5]; got != 0.028080698 {
		t.Errorf("element [2 1 6 5] is %g", got)
	}
	if got := sum(data); math.Abs(got+53.25205576480328) > 1e-9 {
		t.Errorf("sum %g", got)
	}
	sameBits(t, readAll(t, simple.Lookup("layer3.biases"))[:2], []float32{0.8360275, 0.03392441})

	dag := mustOpen(t, realWeights(t, "DnCNN_dag.mat"))
	moments, err := dag.Expect("bnorm4.moments", 64, 2)
	if err != nil || len(dag.Tensors) != 79 {
		t.Fatalf("%d tensors, %v", len(dag.Tensors), err)
	}
	if got := readAll(t, moments); got[0] != -0.17175859 || got[2] != 0.1930944 || math.Abs(sum(got)-22.504635117948055) > 1e-9 {
		t.Errorf("moments %g, sum %g", got[:3], sum(got))
	}
	sameBits(t, readAll(t, dag.Lookup("conv1.filters"))[:1], []float32{0.07634346})
	if got := sum(readAll(t, dag.Lookup("conv6.filters"))); math.Abs(got-14.429842179066327) > 1e-9 {
		t.Errorf("sum %g", got)
	}
}
