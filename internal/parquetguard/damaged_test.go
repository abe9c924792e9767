package parquetguard

import (
	"bytes"
	"testing"

	"fc7/internal/hostile"
)

func FuzzFooter(f *testing.F) { footerTarget().Fuzz(f) }

func FuzzValues(f *testing.F) { valuesTarget().Fuzz(f) }

func TestDamaged(t *testing.T) {
	hostile.Tests(t, map[string]*hostile.Target{"FuzzFooter": footerTarget(), "FuzzValues": valuesTarget()})
}

// valuesTarget counts values without room for them: after two bytes for how many there should be and one for their bits
// come the values, which are walked over in every encoding.
func valuesTarget() *hostile.Target {
	return &hostile.Target{
		Seeds: [][]byte{
			{8, 0, 1, 16, 1},
			{8, 0, 3, 3, 0x88, 0xc6, 0xfa},
			{20, 0, 2, 16, 1, 3, 0x55, 0xaa, 8, 2},
			{2, 0, 0, 1, 0, 0, 0, 'a', 2, 0, 0, 0, 'b', 'c'},
			{3, 0, 0, 128, 1, 4, 3, 2, 0, 0, 0, 0, 0},
			{5, 0, 0, 128, 1, 4, 5, 14, 1, 2, 0, 0, 0, 0x5f, 1, 0, 0, 0, 0, 0, 0},
			// two texts, "ab" and "ac": prefixes 0 and 1, lengths 2 and 1
			{2, 0, 0, 128, 1, 4, 2, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 128, 1, 4, 2, 4, 1, 0, 0, 0, 0, 'a', 'b', 'c'},
			{0, 0, 1},
			{9, 0, 1, 2, 1, 3, 0x55},
			{4, 0, 8, 5, 1, 2, 3, 4, 5, 6, 7, 8},
			{1, 0, 32, 2, 1, 2, 3, 4},
		},
		Words: []string{"\x80\x01\x04", "\xff\xff\xff\xff\x0f", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "\x00", "\x10\x01", "\x03\xff", "\x80\x80\x04\x01"},
		Alloc: func(n int) uint64 { return 1<<20 + 100*uint64(n) },
		Read: func(file []byte, r *hostile.Result) error {
			if len(file) < 3 {
				return errValues
			}
			n, bits, b := int(file[0])|int(file[1])<<8, int(file[2])%33, file[3:]
			equal, err := Runs(b, bits, n, 1)
			if equal < 0 || equal > n {
				r.Errorf("%d of %d values", equal, n)
			}
			r.Int(equal)
			for _, e := range []error{Strings(b, n), Deltas(b, n), FrontCoded(b, n, 1<<20)} {
				if e == nil {
					err = nil
				}
			}
			return err
		},
	}
}

// footerTarget reads footers, in a file that ends as one does.
func footerTarget() *hostile.Target {
	return &hostile.Target{
		Seeds: [][]byte{
			footer([][]byte{groupOf(2), leafElement, groupOf(1), leafElement}, 2), footer([][]byte{groupOf(2), leafElement, groupOf(1), groupOf(1), leafElement}, 3),
			{0},
			footer(nil, 0), footer([][]byte{groupOf(1), leafElement}, 1), footer(repeat(100, groupOf(1)), 0), append(list(fieldSchema, 2_000_000_000), 0),
			footer(append([][]byte{groupOf(3)}, repeat(3, leafElement)...), 2), footer([][]byte{groupOf(1), groupOf(1), groupOf(1), leafElement}, 1),
			footer([][]byte{groupOf(2), emptyGroup, leafElement}, 0), append([]byte{0x15, 4}, footer([][]byte{groupOf(1), leafElement}, 4)...),
		},
		Words: []string{"\x15\x02", "\x15\x00", "\x18\x04name", "\x19\x1c", "\x19\xfc\xff\xff\xff\xff\x07", "\x1c", "\x2c", "\x00", "\x11", "\x12", "\x1b\x88", "\x55\x02", "\x55\xfe\xff\xff\xff\x0f"},
		Alloc: func(n int) uint64 { return 1<<20 + 20*uint64(n) },
		Read: func(footer []byte, r *hostile.Result) error {
			got, err := read(file(footer))
			if err == nil && !bytes.Equal(got, footer) {
				r.Errorf("%x of %x", got, footer)
			}
			return err
		},
	}
}
