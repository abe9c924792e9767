package weights

import (
	"path/filepath"
	"slices"
	"testing"
)

// TestHDF5 reads a file that is not Keras's: every array of numbers, named by its path.
func TestHDF5(t *testing.T) {
	f := mustOpen(t, filepath.Join("..", "..", "internal", "hdf5", "testdata", "tiny_latest.h5"))
	if f.Format != "hdf5" || len(f.Tensors) != 1 || f.Tensors[0].Name != "g/x" || !slices.Equal(f.Tensors[0].Shape, []int{4, 3}) {
		t.Fatalf("%s: %d tensors, %+v", f.Format, len(f.Tensors), f.Tensors[0])
	}
	sameBits(t, readAll(t, f.Tensors[0]), counting(12))
}

// TestHDF5Types: numbers of every type and byte order; what are none are left out.
func TestHDF5Types(t *testing.T) {
	f := mustOpen(t, filepath.Join("..", "testdata", "keras_matconvnet", "keras2.h5"))
	if x := f.Lookup("block1_conv1/kernel"); x == nil || x.Dtype != F32 {
		t.Fatalf("%+v", x)
	}
	_, err := Open(filepath.Join("..", "..", "internal", "hdf5", "testdata", "latest.h5"))
	wantError(t, err, "latest.h5", "hdf5", `"chunks/`, "write")
}

func TestHDF5Damaged(t *testing.T) {
	_, err := openBytes([]byte("\x89HDF\r\n\x1a\n\x00"))
	wantError(t, err, "memory: hdf5: superblock", "expected")
}
