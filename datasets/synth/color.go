package synth

import (
	"math"
	"math/rand/v2"
)

// rgb is a colour, each channel from 0 to 1.
type rgb [3]float32

// hsv converts hue (in turns), saturation and value.
func hsv(h, s, v float64) rgb {
	var c rgb
	for i, offset := range [3]float64{0, 2.0 / 3, 1.0 / 3} {
		x := math.Abs(6*frac(h+offset) - 3)
		c[i] = float32(clamp(v * (1 - s + s*clamp(x-1))))
	}
	return c
}

// mix blends a and b; t = 0 gives a.
func mix(a, b rgb, t float32) rgb {
	return rgb{a[0] + (b[0]-a[0])*t, a[1] + (b[1]-a[1])*t, a[2] + (b[2]-a[2])*t}
}

// colours draws the two colours of an object; those of a class resemble each other.
func (l look) colours(r *rand.Rand) (first, second rgb) {
	hue := l.hue + 0.03*r.NormFloat64()
	first = hsv(hue, between(r, 0.5, 0.9), between(r, 0.55, 0.95))
	if l.light {
		return first, hsv(hue+0.1, between(r, 0.05, 0.3), between(r, 0.8, 1))
	}
	return first, hsv(hue-0.08, between(r, 0.5, 0.9), between(r, 0.12, 0.35))
}

// groundColour draws a colour of the ground: any hue, seldom a strong one.
func groundColour(r *rand.Rand) rgb {
	return hsv(r.Float64(), between(r, 0.05, 0.4), between(r, 0.25, 0.9))
}
