package outputs

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/parquet-go/parquet-go/encoding/rle"
)

// prefixed puts the length in front, as data pages of version 1 do.
func prefixed(b []byte) []byte {
	return append(binary.LittleEndian.AppendUint32(nil, uint32(len(b))), b...)
}

// Levels are checked against the library's encoder, over every small length and many patterns of runs.
func TestLevelsAgainstTheLibrary(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, top := range []int{1, 2} {
		e := &rle.Encoding{BitWidth: top}
		for n := 0; n < 300; n++ {
			for _, run := range []int{1, 3, 50} {
				want := make([]byte, n)
				for i := range want {
					if i > 0 && rng.IntN(run) > 0 {
						want[i] = want[i-1]
					} else {
						want[i] = byte(rng.IntN(top + 1))
					}
				}
				encoded, err := e.EncodeLevels(nil, want)
				if err != nil {
					t.Fatal(err)
				}
				got, rest, err := levels(nil, append(prefixed(encoded), 7, 8), n, top)
				if err != nil || !bytes.Equal(got, want) || !bytes.Equal(rest, []byte{7, 8}) {
					t.Fatalf("%d levels up to %d: %v, %v, %v, want %v", n, top, got, rest, err, want)
				}
			}
		}
	}
}

func TestLevelsRefuses(t *testing.T) {
	for name, src := range map[string][]byte{
		"no length":               {1, 0},
		"length beyond the page":  {9, 0, 0, 0, 8},
		"ends early":              prefixed([]byte{4 << 1, 1}),
		"nothing":                 prefixed(nil),
		"run of none":             prefixed([]byte{0, 1}),
		"run too long":            prefixed([]byte{200, 1, 1}),
		"huge run":                prefixed([]byte{0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 1}),
		"run without value":       prefixed([]byte{8 << 1}),
		"level too high":          prefixed([]byte{8 << 1, 3}),
		"packed level too high":   prefixed([]byte{3, 0xff, 0xff}),
		"packed groups not there": prefixed([]byte{5, 0x55, 0x55}),
		"bad integer":             prefixed(bytes.Repeat([]byte{0xff}, 12)),
	} {
		if got, _, err := levels(nil, src, 8, 2); err == nil {
			t.Errorf("%s: %v, no error", name, got)
		}
	}
}

func TestChunkEndsInOrder(t *testing.T) {
	c := &chunk{r: bytes.NewReader(nil)}
	if _, err := c.next(); !errors.Is(err, io.EOF) {
		t.Errorf("an empty column: %v", err)
	}
	c = &chunk{r: bytes.NewReader(make([]byte, 10)), end: 20}
	if _, err := c.next(); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a column beyond the file: %v", err)
	}
	c = &chunk{r: bytes.NewReader(make([]byte, 10)), end: 10, elem: 4}
	if _, err := c.next(); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("an empty page header: %v", err)
	}
}

func FuzzLevels(f *testing.F) {
	f.Add(prefixed([]byte{16, 1, 3, 0x55, 0xaa}), uint16(20), true)
	f.Add(prefixed([]byte{3, 0x55}), uint16(5), false)
	f.Fuzz(func(t *testing.T, src []byte, n uint16, two bool) {
		top := 1
		if two {
			top = 2
		}
		got, rest, err := levels(nil, src, int(n), top)
		if err != nil {
			return
		}
		if len(got) != int(n) || len(rest) > len(src)-4 {
			t.Fatalf("%d levels, want %d", len(got), n)
		}
		for _, v := range got {
			if int(v) > top {
				t.Fatalf("level %d", v)
			}
		}
	})
}
