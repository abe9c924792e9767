package picture

import (
	"fmt"
	"math"
)

// ResizeFilter names the resampling of [Resizer], for the identity of descriptors.
const ResizeFilter = "pillow-bilinear antialias, 8 bit"

// Resizer scales images by a triangle filter that is widened by the factor of a reduction (antialiasing): first across,
// then down, with 8-bit pixels between the passes. The result equals that of Pillow's Image.resize(size, BILINEAR) in
// every level.
//
// It owns its scratch memory, and computes weights only where sizes change: used again with the same sizes it allocates
// nothing. The zero value is ready. One Resizer must not be used by two goroutines at once.
type Resizer struct {
	across, down taps
	between      Image    // new columns, old rows
	pairs        []uint64 // two rows of the source
	sums         []uint32 // one row of the result
}

// Resize writes src scaled to w x h pixels into dst, whose memory is used again where it is large enough. src and dst
// must not share memory.
func (r *Resizer) Resize(src *Image, w, h int, dst *Image) error {
	if err := src.Check(); err != nil {
		return fmt.Errorf("resize: %w", err)
	}
	if w <= 0 || h <= 0 {
		return fmt.Errorf("resize to %dx%d pixels: both sides must be positive", w, h)
	}
	if src.H != h {
		from := src
		if src.W != w {
			from = &r.between
			r.resizeAcross(src, w, from)
		}
		r.resizeDown(from, h, dst)
		return nil
	}
	if src.W != w {
		r.resizeAcross(src, w, dst)
		return nil
	}
	dst.reshape(w, h)
	copy(dst.Pix, src.Pix)
	return nil
}

// resizeAcross scales every row to w pixels, two rows at a time.
func (r *Resizer) resizeAcross(src *Image, w int, dst *Image) {
	r.across.build(src.W, w)
	dst.reshape(w, src.H)
	r.pairs = grow(r.pairs, 3*src.W)
	for y := 0; y < src.H; y += 2 {
		z := min(y+1, src.H-1) // the last of an odd number is paired with itself
		pairRows(r.pairs, src.row(y), src.row(z))
		acrossRows(dst.row(y), dst.row(z), r.pairs, &r.across)
	}
}

// The race detector does not look into the loops over the samples of a row, in which it would take most of the time of
// what is tested under it.

// pairRows puts samples of two rows into the halves of one word each, so that one multiplication serves both.
//
//go:norace
func pairRows(dst []uint64, a, b []byte) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = uint64(a[i]) | uint64(b[i])<<32
	}
}

// acrossRows scales two rows, whose samples stand in the low and the high halves of src. A weighted sum stays below 32
// bits, so the halves do not touch.
//
//go:norace
func acrossRows(low, high []byte, src []uint64, t *taps) {
	const half = weightHalf | weightHalf<<32
	for i, first := range t.first {
		ks := t.weights(i)
		s := src[3*first : 3*(first+len(ks))]
		var a, b, c uint64 = half, half, half
		for len(ks) >= 2 && len(s) >= 6 {
			k, l := uint64(ks[0]), uint64(ks[1])
			a += k*s[0] + l*s[3]
			b += k*s[1] + l*s[4]
			c += k*s[2] + l*s[5]
			ks, s = ks[2:], s[6:]
		}
		if len(ks) > 0 && len(s) >= 3 {
			k := uint64(ks[0])
			a += k * s[0]
			b += k * s[1]
			c += k * s[2]
		}
		d := low[3*i : 3*i+3 : 3*i+3]
		d[0], d[1], d[2] = level(uint32(a)), level(uint32(b)), level(uint32(c))
		d = high[3*i : 3*i+3 : 3*i+3]
		d[0], d[1], d[2] = level(uint32(a>>32)), level(uint32(b>>32)), level(uint32(c>>32))
	}
}

// level takes the integer part of a weighted sum. Rounded weights may sum to a little more than 1.
func level(sum uint32) byte {
	return byte(min(sum>>weightBits, 255))
}

// resizeDown scales every column to h pixels.
func (r *Resizer) resizeDown(src *Image, h int, dst *Image) {
	r.down.build(src.H, h)
	dst.reshape(src.W, h)
	r.sums = grow(r.sums, 3*src.W)
	for y := range h {
		ks, first := r.down.weights(y), r.down.first[y]
		switch len(ks) {
		case 1:
			down1(dst.row(y), src.row(first), ks)
		case 2:
			down2(dst.row(y), src.row(first), src.row(first+1), ks)
		case 3:
			down3(dst.row(y), src.row(first), src.row(first+1), src.row(first+2), ks)
		default:
			r.downMany(dst.row(y), src, first, ks)
		}
	}
}

// down1, down2 and down3 write the weighted sum of that many rows.
//
//go:norace
func down1(dst, a []byte, ks []uint32) {
	k := ks[0]
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = level(weightHalf + k*uint32(a[i]))
	}
}

//go:norace
func down2(dst, a, b []byte, ks []uint32) {
	k, l := ks[0], ks[1]
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = level(weightHalf + k*uint32(a[i]) + l*uint32(b[i]))
	}
}

//go:norace
func down3(dst, a, b, c []byte, ks []uint32) {
	k, l, m := ks[0], ks[1], ks[2]
	a, b, c = a[:len(dst)], b[:len(dst)], c[:len(dst)]
	for i := range dst {
		dst[i] = level(weightHalf + k*uint32(a[i]) + l*uint32(b[i]) + m*uint32(c[i]))
	}
}

// downMany is the same for any number of rows, which it takes two at a time.
//
//go:norace
func (r *Resizer) downMany(dst []byte, src *Image, first int, ks []uint32) {
	sums := r.sums[:len(dst)]
	for i := range sums {
		sums[i] = weightHalf
	}
	for ; len(ks) >= 2; ks, first = ks[2:], first+2 {
		k, l := ks[0], ks[1]
		a, b := src.row(first)[:len(sums)], src.row(first + 1)[:len(sums)]
		for i := range sums {
			sums[i] += k*uint32(a[i]) + l*uint32(b[i])
		}
	}
	if len(ks) == 1 {
		k, a := ks[0], src.row(first)[:len(sums)]
		for i := range sums {
			sums[i] += k * uint32(a[i])
		}
	}
	for i, s := range sums {
		dst[i] = level(s)
	}
}

// ScaledSize is the size of a w x h image when its smallest side is brought to q pixels and its aspect kept: each side
// times q/min(w,h), rounded half to even, and at least q.
func ScaledSize(w, h, q int) (int, int) {
	s := float64(q) / float64(min(w, h))
	side := func(n int) int { return max(q, int(math.RoundToEven(float64(n)*s))) }
	return side(w), side(h)
}

// FittedSize is the size of a w x h image when its longer side is brought to so many pixels and its aspect kept:
// rounded down, and at least 1.
func FittedSize(w, h, side int) (int, int) {
	long := max(w, h)
	return max(1, w*side/long), max(1, h*side/long)
}
