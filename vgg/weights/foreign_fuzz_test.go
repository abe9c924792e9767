package weights

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzKerasMatConvNet opens what may be Keras's or MatConvNet's, and reads the start of every tensor. The readers of
// the containers have fuzz tests of their own.
func FuzzKerasMatConvNet(f *testing.F) {
	for _, name := range []string{
		filepath.Join("..", "..", "internal", "hdf5", "testdata", "tiny_earliest.h5"),
		filepath.Join("..", "..", "internal", "hdf5", "testdata", "tiny_latest.h5"),
		filepath.Join("..", "..", "internal", "matfile", "testdata", "plain.mat"),
		filepath.Join("..", "..", "internal", "matfile", "testdata", "net.mat"),
		filepath.Join("testdata", "keras3_tiny.h5"),
		filepath.Join("testdata", "keras2_tiny.h5"),
		filepath.Join("..", "testdata", "keras_matconvnet", "keras3_nested.weights.h5"),
	} {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
		f.Add(zipOf(f, entry{"metadata.json", []byte(`{"keras_version": "3"}`)}, entry{kerasWeights, data}))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := openBytes(data)
		if err != nil {
			return
		}
		for _, x := range file.Tensors {
			part := make([]float32, min(x.Len(), 1000))
			_ = x.ReadFloat32At(part, 0)
		}
	})
}
