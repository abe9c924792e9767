package weights

import (
	"math"
	"strings"
	"sync"
	"testing"

	"fc7/internal/half"
)

func denseTensor(values []float32, shape ...int) *Tensor {
	return &Tensor{Name: "w", Shape: shape, path: "memory", data: newMemory(littleFloats(values...))}
}

func TestReadRanges(t *testing.T) {
	values := counting(24)
	tensor := denseTensor(values, 2, 3, 4)
	for off := 0; off <= 24; off++ {
		for n := 0; n <= 24-off; n++ {
			got := make([]float32, n)
			if err := tensor.ReadFloat32At(got, off); err != nil {
				t.Fatal(err)
			}
			sameBits(t, got, values[off:off+n])
		}
	}
}

func TestReadOutsideTheTensor(t *testing.T) {
	tensor := denseTensor(counting(6), 2, 3)
	for _, c := range []struct{ off, n int }{{-1, 1}, {0, 7}, {6, 1}, {7, 0}, {math.MaxInt, 1}} {
		wantError(t, tensor.ReadFloat32At(make([]float32, c.n), c.off), "memory", `"w"`, "within its 6 elements")
	}
	wantError(t, tensor.ReadFloat32(make([]float32, 5)), "all 6 elements", "found 5")
}

func TestScalarAndEmptyTensors(t *testing.T) {
	scalar := denseTensor([]float32{7})
	if got := readAll(t, scalar); len(got) != 1 || got[0] != 7 {
		t.Errorf("scalar is %v", got)
	}
	if got := readAll(t, denseTensor(nil, 3, 0)); len(got) != 0 {
		t.Errorf("empty tensor is %v", got)
	}
}

// A tensor of several chunks, converted, read by many at once.
func TestConcurrentReads(t *testing.T) {
	const n = 3*chunkElements + 5
	raw := make([]byte, 2*n)
	for i := range n {
		h := half.FromFloat32(float32(i % 2048))
		raw[2*i], raw[2*i+1] = byte(h), byte(h>>8)
	}
	tensor := &Tensor{Name: "w", Shape: []int{n}, Dtype: F16, data: newMemory(raw)}
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			got := make([]float32, n-worker)
			if err := tensor.ReadFloat32At(got, worker); err != nil {
				t.Error(err)
			}
			for i, v := range got {
				if want := float32((i + worker) % 2048); v != want {
					t.Errorf("element %d is %g, expected %g", i+worker, v, want)
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestElements(t *testing.T) {
	for _, c := range []struct {
		shape []int
		size  int
		want  int
	}{
		{nil, 4, 1}, {[]int{2, 3}, 4, 6}, {[]int{0, math.MaxInt}, 4, 0}, {[]int{math.MaxInt, 0}, 4, 0}, {[]int{math.MaxInt}, 1, math.MaxInt},
	} {
		if got, err := elements(c.shape, c.size); got != c.want || err != nil {
			t.Errorf("%v: %d, %v; expected %d", c.shape, got, err, c.want)
		}
	}
	for text, shape := range map[string][]int{
		"more elements": {math.MaxInt, 2}, "more bytes": {math.MaxInt/4 + 1}, "at least 0": {2, -1}, "at most 64 axes": make([]int, 65),
	} {
		_, err := elements(shape, 4)
		wantError(t, err, text)
	}
}

func TestReadErrorsNameTheTensor(t *testing.T) {
	tensor := denseTensor(counting(4), 8)
	err := tensor.ReadFloat32(make([]float32, 8))
	wantError(t, err, `"w"`, "memory", "truncated")
	if strings.Count(err.Error(), "memory") != 1 {
		t.Errorf("%q names the file more than once", err)
	}
}
