package hdf5

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"fc7/internal/hostile"
)

func FuzzOpen(f *testing.F) { openTarget(f).Fuzz(f) }

func TestDamaged(t *testing.T) { openTarget(t).Test(t, "FuzzOpen") }

// openTarget reads everything that a file has.
func openTarget(t testing.TB) *hostile.Target {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "small_*.h5"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	x := &hostile.Target{
		Words: []string{
			"\x89HDF\r\n\x1a\n", "OHDR", "OCHK", "TREE", "SNOD", "HEAP", "GCOL", "BTHD", "BTIN", "BTLF", "FRHP", "FHDB", "FHIB", "FAHD", "FADB",
			"EAHD", "EAIB", "EADB", "EASB", "\xff\xff\xff\xff\xff\xff\xff\xff", "\x10\x00", "\x0b\x00", "\x08\x00", "names", "x",
		},
		MendBy: hostile.MendSums,
		Read: func(file []byte, r *hostile.Result) error {
			f, err := Open(bytes.NewReader(file), int64(len(file)))
			if err != nil {
				return err
			}
			root, err := f.Root()
			if err != nil {
				return err
			}
			return readEverything(f, root, map[uint64]bool{}, r)
		},
	}
	for _, name := range append(files, filepath.Join("testdata", "tiny_earliest.h5"), filepath.Join("testdata", "tiny_latest.h5")) {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		x.Seeds = append(x.Seeds, data)
	}
	return x
}

// readEverything returns the first error that a checksum could be behind; objects that are no data set, and attributes
// that are not there, are none.
func readEverything(f *File, o *Object, seen map[uint64]bool, r *hostile.Result) error {
	if seen[o.Address()] || len(seen) > 100 {
		return nil
	}
	seen[o.Address()] = true
	var first error
	note := func(err error) {
		if first == nil {
			first = err
		}
	}
	for _, name := range []string{"names", "fixed", "letters", "a7"} {
		texts, err := o.Strings(name)
		if errors.Is(err, errBudget) {
			return err
		}
		note(err)
		r.Text(texts...)
	}
	if !o.IsDataset() {
		links, err := o.Links()
		note(err)
		for _, l := range links {
			r.Text(l.Name)
			child, err := f.Object(l.Address)
			if err == nil {
				err = readEverything(f, child, seen, r)
			}
			note(err)
		}
		return first
	}
	d, err := o.Dataset()
	if err != nil {
		note(err)
		return first
	}
	raw := make([]byte, min(d.Bytes, 1<<16))
	for _, at := range []int64{0, d.Bytes - int64(len(raw))} {
		n, err := d.ReadAt(raw, at)
		note(err)
		if err == nil {
			r.Bytes(raw[:n])
		}
	}
	refs, _ := d.References()
	r.Int(len(refs))
	return first
}
