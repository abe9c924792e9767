package weights

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"testing"
)

var npySix = npyOf(twoByThree, littleFloats(counting(6)...)...)

func TestNpzThatNumpyWrote(t *testing.T) {
	checkCounting(t, "arrays.npz", map[string][]int{
		"c_f4": {2, 3, 4}, "fortran_f4": {2, 3, 4}, "fortran_big_f8": {3, 5}, "big_f4": {2, 5}, "f2": {7}, "big_i2": {2, 2},
		"i8": {3}, "u1": {2, 3}, "scalar": {}, "empty": {0, 3},
	})
	checkCounting(t, "deflated.npz", map[string][]int{"c_f4": {2, 3, 4}, "fortran_f4": {2, 3, 4}, "big_f8": {300}})
}

func TestNpz(t *testing.T) {
	object := npyOf("{'descr': '|O', 'fortran_order': False, 'shape': (), }", layersPickle(numpyArrayPickle("u1", "|", 0, "\x05", 1))...)
	for name, raw := range map[string][]byte{
		"array first":    zipOf(t, entry{"w.npy", npySix}, entry{"readme", []byte("x")}),
		"stranger first": zipOf(t, entry{"readme", []byte("x")}, entry{"w.npy", npySix}),
		"with objects":   zipOf(t, entry{"net.npy", object}, entry{"w.npy", npySix}),
	} {
		f := mustOpenBytes(t, raw)
		if f.Format != "numpy-npz" {
			t.Errorf("%s: got %s", name, f.Format)
		}
		tensor, err := f.Expect("w", 2, 3)
		if err != nil {
			t.Fatal(err)
		}
		sameBits(t, readAll(t, tensor), counting(6))
		if name == "with objects" {
			sameBits(t, readAll(t, f.Lookup("net.conv.biases")), []float32{5})
		}
	}
}

// deflatedZip deflates one member.
func deflatedZip(t testing.TB, name string, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// setDirectory overwrites a field of 16 or 32 bits of the first entry of an archive's directory.
func setDirectory(raw []byte, at int, value uint32, size int) []byte {
	out := bytes.Clone(raw)
	entry := out[bytes.LastIndex(out, []byte("PK\x01\x02")):]
	if size == 2 {
		binary.LittleEndian.PutUint16(entry[at:], uint16(value))
	} else {
		binary.LittleEndian.PutUint32(entry[at:], value)
	}
	return out
}

func TestBadNpz(t *testing.T) {
	const flags, method, packed, size = 8, 10, 20, 24
	stored, deflated := zipOf(t, entry{"w.npy", npySix}), deflatedZip(t, "w.npy", npySix)
	huge := npyOf("{'descr': '<f4', 'fortran_order': True, 'shape': (134217728, 2), }")
	hugeSize := uint32(len(huge) + maxInflated)
	noise := make([]byte, 1<<20) // enough that it could be so much inflated
	rand.NewChaCha8([32]byte{}).Read(noise)
	for text, raw := range map[string][]byte{
		"stored or deflated":                      setDirectory(stored, method, 12, 2),
		"an encrypted one":                        setDirectory(stored, flags, 1, 2),
		"truncated: 1000000 bytes":                setDirectory(stored, packed, 1000000, 4),
		"a stored member of one size":             setDirectory(stored, size, 5, 4),
		"header: truncated":                       zipOf(t, entry{"w.npy", nil}),
		"bytes out of":                            setDirectory(deflated, size, 1<<31, 4),
		"for shape [2 3] of float32, found 25":    setDirectory(deflated, size, uint32(len(npySix)+1), 4),
		"deflated Python objects":                 deflatedZip(t, "w.npy", npyOf("{'descr': '|O', 'fortran_order': False, 'shape': (), }", 'N', '.')),
		"at most 1073741824 bytes of a deflated ": setDirectory(deflatedZip(t, "w.npy", append(huge, noise...)), size, hugeSize, 4),
	} {
		_, err := openBytes(raw)
		wantError(t, err, "memory: numpy-npz: ", `"w.npy"`, text)
	}
	_, err := openBytes(stored[:len(stored)-10])
	wantError(t, err, "memory: numpy-npz: truncated", "fetch it again")
	_, err = openBytes(zipOf(t, entry{"w.npy", npySix}, entry{"w.npy", npySix}))
	wantError(t, err, `two tensors named "w"`)
}
