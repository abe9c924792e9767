package weights

import (
	"fmt"
	"math"

	"fc7/internal/escape"
)

// infinityBits are the magnitude bits of infinity in a float32; NaNs lie above, finite numbers below.
const infinityBits = 0x7f800000

// checkFinite fails when data, the whole of t in row-major order, has a NaN or an infinity: the error names the tensor,
// the first such element and how many there are.
func checkFinite(t *Tensor, data []float32) error { return CheckFiniteAt(t, data, 0) }

// CheckFiniteAt is checkFinite for a part of t, whose elements from off on data has.
func CheckFiniteAt(t *Tensor, data []float32, off int) error {
	first, count := nonFinite(data)
	if count == 0 {
		return nil
	}
	return fmt.Errorf("%s: tensor %q: expected finite numbers, found %g at %v and %d of %d elements NaN or infinite",
		t.path, escape.Short(t.Name), data[first], position(t.Shape, off+first), count, len(data))
}

// nonFinite finds the NaNs and infinities of data. It looks at whole blocks first, as nearly all are clean.
func nonFinite(data []float32) (first, count int) {
	const block = 1024
	for start := 0; start < len(data); start += block {
		part := data[start:min(start+block, len(data))]
		if maxMagnitude(part) < infinityBits {
			continue
		}
		for i, v := range part {
			if math.Float32bits(v)&^(1<<31) < infinityBits {
				continue
			}
			if count == 0 {
				first = start + i
			}
			count++
		}
	}
	return first, count
}

// maxMagnitude returns the largest of the elements' bits without the sign, which order as the magnitudes do.
func maxMagnitude(data []float32) uint32 {
	var most uint32
	for _, v := range data {
		most = max(most, math.Float32bits(v)&^(1<<31))
	}
	return most
}

// ReadFinite returns the whole tensor, row-major, in a new slice; a number that is not finite is an error.
func (t *Tensor) ReadFinite() ([]float32, error) {
	x := make([]float32, t.Len())
	if err := t.ReadFloat32(x); err != nil {
		return nil, err
	}
	return x, checkFinite(t, x)
}
