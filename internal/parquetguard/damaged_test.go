package parquetguard

import (
	"bytes"
	"testing"

	"fc7/internal/hostile"
)

func FuzzFooter(f *testing.F) { footerTarget().Fuzz(f) }

func TestDamaged(t *testing.T) { footerTarget().Test(t, "FuzzFooter") }

// footerTarget reads footers, in a file that ends as one does.
func footerTarget() *hostile.Target {
	return &hostile.Target{
		Seeds: [][]byte{
			footer([][]byte{groupOf(2), leafElement, groupOf(1), leafElement}, 2), footer([][]byte{groupOf(2), leafElement, groupOf(1), groupOf(1), leafElement}, 3),
			{0},
			footer(nil, 0), footer([][]byte{groupOf(1), leafElement}, 1), footer(repeat(100, groupOf(1)), 0), append(list(fieldSchema, 2_000_000_000), 0),
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
