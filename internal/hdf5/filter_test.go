package hdf5

import (
	"bytes"
	"compress/zlib"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
)

// deflated is data as a chunk of HDF5 has them.
func deflated(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	if _, err := z.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Elements of any size, also such that do not fill the chunk, come out as of two steps, and shorter and longer chunks
// are errors.
func TestInflateShuffled(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 2, 7, 64, 1000, 70_001} {
		data := make([]byte, n)
		for i := range data {
			data[i] = byte(random.IntN(7))
		}
		packed := deflated(t, data)
		for _, size := range []uint32{1, 2, 3, 4, 8, 63, 64, 999, 1 << 31} {
			want, err := unshuffle(data, []uint32{size})
			if err != nil {
				t.Fatal(err)
			}
			chain := []filter{{id: filterShuffle, values: []uint32{size}}, {id: filterDeflate}}
			if got, err := unfilter(packed, chain, 0, n); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%d bytes, elements of %d: %v", n, size, err)
			}
			if got, err := unfilter(packed, chain, 1, n); err != nil || !bytes.Equal(got, data) {
				t.Errorf("%d bytes that were not shuffled: %v", n, err)
			}
			if _, err := unfilter(packed, chain, 0, n+1); err == nil || !strings.Contains(err.Error(), "expected") {
				t.Errorf("%d bytes, one is missing: %v", n, err)
			}
			if _, err := unfilter(packed, chain, 0, n-1); n > 1 && err == nil {
				t.Errorf("%d bytes, one too many", n)
			}
		}
	}
}

// A shuffled chunk takes its own memory once.
func TestMemoryOfShuffledChunk(t *testing.T) {
	const size = 16 << 20
	packed := deflated(t, make([]byte, size))
	chain := []filter{{id: filterShuffle, values: []uint32{4}}, {id: filterDeflate}}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := unfilter(packed, chain, 0, size); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > size+size/4 {
		t.Errorf("a chunk of %d bytes takes %d", size, got)
	}
}
