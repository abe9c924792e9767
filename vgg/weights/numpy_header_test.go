package weights

import (
	"encoding/binary"
	"slices"
	"strings"
	"testing"
)

// npyOf is a .npy file of version 1.
func npyOf(header string, data ...byte) []byte {
	out := binary.LittleEndian.AppendUint16([]byte("\x93NUMPY\x01\x00"), uint16(len(header)))
	return append(append(out, header...), data...)
}

func TestNumpyHeader(t *testing.T) {
	for text, want := range map[string]numpyHeader{
		"{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }   \n": {descr: "<f4", shape: []int{3, 4}},
		"{'descr': '|O', 'fortran_order': False, 'shape': (), }\n":         {descr: "|O", shape: []int{}},
		"{'shape': (5,), 'fortran_order': True, 'descr': '>f8'}":           {descr: ">f8", fortran: true, shape: []int{5}},
		"{'descr':'|u1','fortran_order':True,'shape':(3L, 4L)}":            {descr: "|u1", fortran: true, shape: []int{3, 4}},
	} {
		raw := npyOf(text, 1, 2, 3)
		got, err := readNumpyHeader(newMemory(raw), 0, int64(len(raw)))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got.descr != want.descr || got.fortran != want.fortran || !slices.Equal(got.shape, want.shape) || got.bytes != int64(len(raw)-3) {
			t.Errorf("%s: got %+v", text, got)
		}
	}
}

// Versions 2 and 3 have four bytes of length.
func TestNumpyHeaderOfLaterVersions(t *testing.T) {
	const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }"
	for _, version := range []byte{2, 3} {
		raw := append([]byte(numpySignature), version, 0)
		raw = append(binary.LittleEndian.AppendUint32(raw, uint32(len(header))), header...)
		f := mustOpenBytes(t, append(raw, littleFloats(1, 2)...))
		sameBits(t, readAll(t, f.Lookup("array")), []float32{1, 2})
	}
}

func TestBadNumpyHeaders(t *testing.T) {
	const good = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }"
	for text, raw := range map[string][]byte{
		"expected version 1, 2 or 3":              []byte("\x93NUMPY\x04\x00\x00\x00\x00\x00"),
		"truncated: expected the header of an":    []byte("\x93NUMPY\x01\x00"),
		"expected a header of 57 bytes, found 30": npyOf(good)[:40:40],
		"at most 65536 bytes, found 16777216":     []byte("\x93NUMPY\x02\x00\x00\x00\x00\x01{}"),
		"expected a dictionary":                   npyOf("__import__('os')"),
		"array of numbers, found one of records":  npyOf("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }"),
		"expected a comma":                        npyOf("{'descr': '<f4' 'fortran_order': False}"),
		`found "'more': 1"`:                       npyOf("{'more': 1}"),
		"descr, fortran_order and shape, found ":  npyOf("{'descr': '<f4'}"),
		"expected a size":                         npyOf(strings.Replace(good, "2,", "2 3", 1)),
		"found \"99999999999999999999\"":          npyOf(strings.Replace(good, "2,", "99999999999999999999", 1)),
		"at most 64 axes":                         npyOf(strings.Replace(good, "2,", strings.Repeat("1,", 65), 1)),
	} {
		_, err := openBytes(raw)
		wantError(t, err, "memory: numpy: header: ", text)
	}
}
