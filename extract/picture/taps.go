package picture

import "math"

// The fixed point of resizing: pixels have 8 bits, and 2 are kept free for sums of rounded weights, which leaves 22
// bits of weight (Pillow's choice, which the results must equal).
const (
	weightBits = 32 - 8 - 2
	weightHalf = 1 << (weightBits - 1)
)

// taps are the weights by which one row of out samples is made from one of in samples: sample i of the output is the
// sum of weights(i)[j] times sample first[i]+j of the input.
//
// With scale = in/out and s = max(scale, 1), output sample i lies at c = (i + 1/2) scale; an input sample k, whose
// middle is k + 1/2, has the weight max(0, 1 - |k + 1/2 - c| / s), normalised to a sum of 1: the triangle (bilinear)
// filter, widened by the factor of a reduction so that it averages (antialiasing).
type taps struct {
	in, out int
	first   []int
	count   []int
	stride  int      // of all; weights of one sample lie together
	all     []uint32 // weights times 2^weightBits, rounded
	exact   []float64
}

// weights returns the weights of output sample i.
func (t *taps) weights(i int) []uint32 {
	o := i * t.stride
	return t.all[o : o+t.count[i] : o+t.count[i]]
}

// build computes the weights for a change from in to out samples; nothing if they are the ones t holds.
//
// The conversions float64(…) around products forbid the compiler to fuse multiplication and addition, which would give
// other weights on some processors.
func (t *taps) build(in, out int) {
	if t.in == in && t.out == out {
		return
	}
	scale := float64(in) / float64(out)
	support := max(scale, 1)
	t.in, t.out = in, out
	t.stride = 2*int(math.Ceil(support)) + 1
	t.first, t.count = grow(t.first, out), grow(t.count, out)
	t.all, t.exact = grow(t.all, out*t.stride), grow(t.exact, t.stride)
	inverse := 1 / support
	for i := range out {
		center := float64((float64(i) + 0.5) * scale)
		lo := max(int(center-support+0.5), 0)
		hi := min(int(center+support+0.5), in)
		sum := 0.0
		exact := t.exact[:hi-lo]
		for j := range exact {
			exact[j] = max(1-math.Abs(float64((float64(lo+j)-center+0.5)*inverse)), 0)
			sum += exact[j]
		}
		t.first[i], t.count[i] = lo, len(exact)
		for j, w := range exact {
			if sum != 0 {
				w /= sum
			}
			t.all[i*t.stride+j] = uint32(0.5 + float64(w*(1<<weightBits)))
		}
	}
}

// grow returns s with n elements of undefined value, in its own memory where that is large enough.
func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
