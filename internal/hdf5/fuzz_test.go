package hdf5

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// FuzzOpen reads everything that a file has: it ends with data or an error, soon and without much memory.
func FuzzOpen(f *testing.F) {
	for _, name := range []string{"tiny_earliest.h5", "tiny_latest.h5"} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
		f.Add(data[:len(data)/2])
	}
	f.Fuzz(func(_ *testing.T, data []byte) {
		file, err := Open(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		root, err := file.Root()
		if err != nil {
			return
		}
		readEverything(file, root, map[uint64]bool{})
	})
}

func readEverything(f *File, o *Object, seen map[uint64]bool) {
	if seen[o.Address()] || len(seen) > 100 {
		return
	}
	seen[o.Address()] = true
	for _, name := range []string{"names", "fixed", "variable", "letters"} {
		if _, err := o.Strings(name); errors.Is(err, errBudget) {
			return
		}
	}
	if d, err := o.Dataset(); err == nil {
		raw := make([]byte, min(d.Bytes, 1<<16))
		_, _ = d.ReadAt(raw, 0)
		_, _ = d.ReadAt(raw, d.Bytes-int64(len(raw)))
		_, _ = d.References()
	}
	links, err := o.Links()
	if err != nil {
		return
	}
	for _, l := range links {
		if child, err := f.Object(l.Address); err == nil {
			readEverything(f, child, seen)
		}
	}
}

// TestDamage cuts and changes the fixtures everywhere: all that may happen is an error.
func TestDamage(t *testing.T) {
	for _, name := range []string{"tiny_earliest.h5", "tiny_latest.h5"} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		for i := range data {
			damaged := bytes.Clone(data)
			damaged[i] = [4]byte{0xff, 0, data[i] ^ 1, data[i] + 1}[i/3%4]
			openAll(damaged)
			if i%17 == 0 {
				openAll(data[:i])
			}
		}
	}
}

func openAll(data []byte) {
	f, err := Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return
	}
	if root, err := f.Root(); err == nil {
		readEverything(f, root, map[uint64]bool{})
	}
}
