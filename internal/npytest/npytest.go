// Package npytest reads the shared sample features for tests.
package npytest

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fc7/internal/half"
)

// Shared returns a file of the features in the folder of shared data beside the project, and skips the test where there
// is none.
func Shared(t testing.TB, name string) []byte {
	t.Helper()
	root := "." // tests run in their package's folder
	for range 8 {
		if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
			break
		}
		root = filepath.Join(root, "..")
	}
	b, err := os.ReadFile(filepath.Join(root, "..", "shared", "data", "features", name))
	if err != nil {
		t.Skipf("no shared data: %v", err)
	}
	return b
}

// Caltech101 returns the features of Caltech-101 as [N,512] row-major, and the class and the file of each row. They are
// half-precision numbers in an .npy file of version 1.
func Caltech101(t testing.TB) (x []float32, classes, files []string) {
	t.Helper()
	b := Shared(t, "caltech101_squeezenet11_gap512.npy")
	b = b[10+int(binary.LittleEndian.Uint16(b[8:])):]
	x = make([]float32, len(b)/2)
	for i := range x {
		x[i] = half.Float32(binary.LittleEndian.Uint16(b[2*i:]))
	}
	for line := range strings.Lines(string(Shared(t, "caltech101_index.tsv"))) {
		class, file, _ := strings.Cut(strings.TrimSpace(line), "\t")
		classes, files = append(classes, class), append(files, file)
	}
	return x, classes, files
}
