package weights

import (
	"archive/zip"
	"bytes"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestKerasName(t *testing.T) {
	for _, c := range []struct{ layer, name, want string }{
		{"block1_conv1", "block1_conv1_W_1:0", "block1_conv1/kernel"},
		{"block1_conv1", "block1_conv1_b", "block1_conv1/bias"},
		{"block1_conv1", "block1_conv1/kernel:0", "block1_conv1/kernel"},
		{"vgg16", "block1_conv1/kernel:0", "block1_conv1/kernel"},
		{"vgg16", "vgg16/block1_conv1/kernel:0", "block1_conv1/kernel"},
		{"vgg16", "my/model/block1_conv1/kernel:0", "block1_conv1/kernel"},
		{"fire2/squeeze1x1", "fire2/squeeze1x1/kernel:0", "fire2/squeeze1x1/kernel"},
		{"fire2/squeeze1x1", "model/fire2/squeeze1x1/kernel:0", "fire2/squeeze1x1/kernel"},
		{"fire2/squeeze1x1", "fire2/squeeze1x1_b", "fire2/squeeze1x1/bias"},
		{"conv1", "uniform1", "conv1/uniform1"},
		{"bn", "bn_running_std_2", "bn/moving_variance"},
		{"bn", "bn/moving_variance:0", "bn/moving_variance"},
		{"x", "_W", "x/_W"},
	} {
		if got := kerasName(c.layer, c.name); got != c.want {
			t.Errorf("%q in %q: %q, expected %q", c.name, c.layer, got, c.want)
		}
	}
}

func TestKerasVar(t *testing.T) {
	for name, want := range map[[2]string]string{
		{"conv2d", "0"}: "kernel", {"conv2d_12", "1"}: "bias", {"dense_2", "0"}: "kernel",
		{"batch_normalization_1", "3"}: "moving_variance", {"conv2d_transpose", "0"}: "vars/0", {"conv2d", "2"}: "vars/2",
	} {
		if got := kerasVar(name[0], name[1]); got != want {
			t.Errorf("%v: %q, expected %q", name, got, want)
		}
	}
}

// TestKerasNamed: two layers of one short name keep their long ones.
func TestKerasNamed(t *testing.T) {
	k := &kerasReader{tensors: []kerasTensor{
		{&Tensor{}, "conv/kernel", "a/conv/kernel"}, {&Tensor{}, "conv/kernel", "b/conv/kernel"}, {&Tensor{}, "fc/kernel", "a/fc/kernel"},
	}}
	var names []string
	for _, x := range k.named() {
		names = append(names, x.Name)
	}
	if want := []string{"a/conv/kernel", "b/conv/kernel", "fc/kernel"}; !slices.Equal(names, want) {
		t.Errorf("%v, expected %v", names, want)
	}
}

// TestKerasFiles: the three layouts, written by h5py, have one set of tensors (vgg's tests hold the numbers).
func TestKerasFiles(t *testing.T) {
	sources := filepath.Join("..", "testdata", "keras_matconvnet")
	two := mustOpen(t, filepath.Join(sources, "keras2.h5"))
	if two.Metadata["keras.version"] != "2.0.0" || two.Metadata["keras.backend"] != "tensorflow" || len(two.Tensors) != 32 {
		t.Errorf("%v, %d tensors", two.Metadata, len(two.Tensors))
	}
	one := mustOpen(t, filepath.Join(sources, "keras1_notop.h5"))
	if len(one.Tensors) != 26 || one.Lookup("optimizer_weights/iterations") != nil {
		t.Errorf("%d tensors", len(one.Tensors))
	}
	for _, x := range one.Tensors {
		same, err := two.Expect(x.Name, x.Shape...)
		if err != nil {
			t.Fatal(err)
		}
		sameBits(t, readAll(t, x), readAll(t, same))
	}
	three := mustOpen(t, filepath.Join(sources, "keras3.weights.h5"))
	kernel, err := three.Expect("dense/kernel", 784, 20)
	if err != nil {
		t.Fatal(err)
	}
	sameBits(t, readAll(t, kernel), readAll(t, two.Lookup("fc1/kernel")))
}

// TestKerasNested: layers of a model within a model have its name before theirs; the optimizer's numbers are no
// weights.
func TestKerasNested(t *testing.T) {
	f := mustOpen(t, filepath.Join("..", "testdata", "keras_matconvnet", "keras3_nested.weights.h5"))
	var names []string
	for _, x := range f.Tensors {
		names = append(names, x.Name)
	}
	slices.Sort(names)
	if len(names) != 4+4+26 || names[0] != "batch_normalization/beta" || names[4] != "dense/bias" || names[8] != "functional/conv2d/bias" {
		t.Errorf("%v", names)
	}
}

// TestKerasArchiveRefuses: what is wrong with an archive is told.
func TestKerasArchiveRefuses(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "keras3_tiny.h5"))
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	w := zip.NewWriter(&packed)
	if f, err := w.Create(kerasWeights); err != nil {
		t.Fatal(err)
	} else if _, err := f.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for want, b := range map[string][]byte{
		"neither compressed nor encrypted, as Keras writes it; unzip it": packed.Bytes(),
		"once, found \"model.weights.h5\" twice":                         zipOf(t, entry{kerasWeights, data}, entry{kerasWeights, data}),
		"metadata.json: ":                                                zipOf(t, entry{kerasWeights, data}, entry{"metadata.json", []byte("[")}),
		"metadata.json: expected at most 65536 bytes":                    zipOf(t, entry{kerasWeights, data}, entry{"metadata.json", bytes.Repeat([]byte(" "), 1<<16+1)}),
		"model.weights.h5: ":                                             zipOf(t, entry{kerasWeights, []byte("nothing")}),
	} {
		_, err := openBytes(b)
		wantError(t, err, want)
	}
}

// TestRealKeras holds a file of Keras 1 that nobody here wrote against what h5py reads.
func TestRealKeras(t *testing.T) {
	f := mustOpen(t, realWeights(t, "squeezenet_weights_tf_dim_ordering_tf_kernels_notop.h5"))
	first := f.Lookup("conv1/uniform1")
	if f.Format != "hdf5" || len(f.Tensors) != 50 || first == nil || !slices.Equal(first.Shape, []int{3, 3, 3, 64}) {
		t.Fatalf("%s, %d tensors, %+v", f.Format, len(f.Tensors), first)
	}
	data := readAll(t, first)
	sameBits(t, append(data[:3:3], data[len(data)-1]), []float32{0.25723463, -0.004815441, 0.089278124, 0.18955915})
	last := readAll(t, f.Lookup("fire9/expand3x3/uniform25"))
	if got := last[((1*3+2)*64+3)*256+4]; got != -0.047908157 {
		t.Errorf("element [1 2 3 4] is %g", got)
	}
	if got := sum(last); math.Abs(got+855.1462849080947) > 1e-9 {
		t.Errorf("sum %g", got)
	}
	total := 0
	for _, x := range f.Tensors {
		total += x.Len()
	}
	if total != 722496 {
		t.Errorf("%d parameters", total)
	}
}

func sum(data []float32) float64 {
	var s float64
	for _, v := range data {
		s += float64(v)
	}
	return s
}
