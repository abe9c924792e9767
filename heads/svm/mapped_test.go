//go:build unix

package svm

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"fc7/internal/fault"
)

// Rows in a mapped file that another program cuts short end training and scoring with an error.
func TestRowsOfACutFile(t *testing.T) {
	const n, d = 64, 1024
	path := filepath.Join(t.TempDir(), "rows")
	if err := os.WriteFile(path, make([]byte, 4*n*d), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := unix.Mmap(int(f.Fd()), 0, 4*n*d, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		t.Skip("files cannot be mapped here:", err)
	}
	defer unix.Munmap(b)
	p := Problem{X: Dense(unsafe.Slice((*float32)(unsafe.Pointer(&b[0])), n*d), d), Y: [][]int8{make([]int8, n), make([]int8, n)}}
	for i := range n {
		p.Y[0][i], p.Y[1][i] = int8(1-2*(i&1)), 1
	}
	m, _, err := Train(t.Context(), p, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 2*n*d); err != nil {
		t.Fatal(err)
	}
	for name, use := range map[string]func() error{
		"norms": func() error {
			_, _, err := Train(t.Context(), p, Options{})
			return err
		},
		"training": func() error {
			p := p
			p.X.Blocks = []Block{{Width: d, Rows: p.X.Blocks[0].Rows, Squares: make([]float64, n)}}
			_, _, err := Train(t.Context(), p, Options{})
			return err
		},
		"logistic": func() error {
			p := p
			p.X.Blocks = []Block{{Width: d, Rows: p.X.Blocks[0].Rows, Squares: make([]float64, n)}}
			_, _, err := Train(t.Context(), p, Options{Loss: Logistic})
			return err
		},
		"scoring": func() error {
			_, err := m.DecisionBatch(p.X, nil)
			return err
		},
	} {
		var cut *fault.Error
		if err := use(); !errors.As(err, &cut) {
			t.Errorf("%s: error %v, expected a memory fault", name, err)
		}
	}
	if _, err := m.DecisionBatch(p.X, []int{0, 1}); err != nil { // what is left can be read
		t.Error(err)
	}
}
