package parquetguard

import (
	"bytes"
	"encoding/binary"
	"runtime"
	"strings"
	"testing"
)

// file puts a footer into a file without pages.
func file(footer []byte) []byte {
	b := append([]byte(Magic), footer...)
	return append(binary.LittleEndian.AppendUint32(b, uint32(len(footer))), Magic...)
}

// list is the header of a list of n structs, of field delta places after the one before.
func list(delta byte, n uint64) []byte {
	return binary.AppendUvarint([]byte{delta<<4 | List, 0xf0 | Struct}, n)
}

var (
	leafElement = []byte{0x15, 2, 0}                                                                  // type: INT32
	groupOf     = func(n uint64) []byte { return append(binary.AppendUvarint([]byte{0x55}, 2*n), 0) } // num_children
	emptyGroup  = []byte{0}
)

// footer of these elements of a schema and row groups.
func footer(elements [][]byte, groups int) []byte {
	b := append(list(fieldSchema, uint64(len(elements))), bytes.Join(elements, nil)...)
	b = append(b, list(fieldRowGroups-fieldSchema, uint64(groups))...)
	return append(append(b, make([]byte, groups)...), 0)
}

func repeat(n int, e ...[]byte) (all [][]byte) {
	for range n {
		all = append(all, e...)
	}
	return all
}

func read(b []byte) ([]byte, error) { return Footer(bytes.NewReader(b), int64(len(b))) }

func TestFooter(t *testing.T) {
	tree := [][]byte{groupOf(2), leafElement, groupOf(1), groupOf(1), leafElement}
	for name, want := range map[string][]byte{
		"columns": footer(tree, 3), "nothing": {0}, "a signature behind would not do": footer(tree, 0),
	} {
		if got, err := read(file(want)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %x, %v", name, got, err)
		}
	}
}

// TestFooterRefuses: what the library would allocate too much for, or what is no footer; the error tells what was
// expected and found, and little memory is taken to find it out.
func TestFooterRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"empty":                   {nil, "0 bytes are too few for a Parquet file"},
		"text":                    {[]byte("image,label\n1.jpg,cat\n"), `it begins with "imag", expected "PAR1"`},
		"cut":                     {[]byte("PAR1" + strings.Repeat("x", 100)), `it ends with "xxxx", expected "PAR1": the file is cut short or damaged`},
		"encrypted":               {[]byte("PARE" + strings.Repeat("x", 100) + "PARE"), "it is encrypted"},
		"encrypted footer":        {[]byte("PAR1" + strings.Repeat("x", 100) + "PARE"), "it is encrypted"},
		"longer footer":           {[]byte("PAR1\x01\x00\x00\x00PAR1"), "footer of 1 bytes in a file of 12, expected at most 0"},
		"2*10^9 elements":         {file(append(list(fieldSchema, 2_000_000_000), 0)), "a list of 2000000000 at byte 7, 1 bytes left"},
		"elements":                {file(footer(repeat(maxStructs+1, emptyGroup), 0)), "a list of 1048577"},
		"row groups":              {file(footer(nil, maxStructs+1)), "a list of 1048577"},
		"parts":                   {file(footer(repeat(1025, leafElement), 1024)), "1025 columns in 1024 row groups, expected at most 1048576 parts"},
		"deep":                    {file(footer(repeat(3000, groupOf(1)), 0)), "nested too deep"},
		"two schemas":             {file(append(append(list(fieldSchema, 1), leafElement...), List, 2*fieldSchema, 0x1c, 0, 0)), "field 2 is there twice"},
		"two schemas behind":      {file([]byte{fieldRowGroups<<4 | List, 0x0c, List, 2 * fieldSchema, 0x1c, 0, List, 2 * fieldSchema, 0x1c, 0, 0}), "field 2 is there twice"},
		"two lists of row groups": {file([]byte{0x49, 0x0c, List, 2 * fieldRowGroups, 0x0c, 0}), "field 4 is there twice"},
		"behind":                  {file(append(footer(nil, 0), 7, 7)), "2 bytes behind its end"},
		"no end":                  {file([]byte{0x15}), "malformed Thrift"},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := read(c.file)
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > uint64(2*len(c.file)+1<<20) {
			t.Errorf("%s: %d bytes allocated", name, n)
		}
	}
}

// The last ones that are let pass.
func TestFooterAtItsBounds(t *testing.T) {
	for name, b := range map[string][]byte{
		"elements": footer(repeat(maxStructs, emptyGroup), 0), "row groups": footer(nil, maxStructs),
		"parts": footer(repeat(1024, leafElement), 1024), "deep": footer(repeat(2800, groupOf(1)), 0),
		"not deep": footer(append([][]byte{groupOf(3000)}, repeat(3000, groupOf(1), leafElement)...), 1), // beside one another
	} {
		if _, err := read(file(b)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
