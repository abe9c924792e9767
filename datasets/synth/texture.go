package synth

import "math"

// texture is a pattern of two colours.
type texture int

const (
	plain texture = iota
	stripes
	checks
	dots
	rings
	waves
	bricks
	speckle
	textures // how many there are
)

// weave is a texture as one object wears it.
type weave struct {
	texture texture
	pitch   float64 // periods in a unit, the object's radius
	phase   float64
	salt    uint32 // of the speckle
}

// at returns the share of the second colour, 0 to 1, at the place (u, v) of an object, whose radius is 1.
func (t weave) at(u, v float64) float64 {
	k := 2 * math.Pi * t.pitch
	switch t.texture {
	case stripes:
		return soft(math.Sin(k*v + t.phase))
	case checks:
		return soft(1.6 * math.Sin(k*u/1.3+t.phase) * math.Sin(k*v/1.3+t.phase))
	case dots:
		row := math.Floor(v * t.pitch * 1.2)
		x, y := frac(u*t.pitch*1.2+row/2+t.phase)-0.5, frac(v*t.pitch*1.2)-0.5
		return clamp((0.33 - math.Hypot(x, y)) * 8)
	case rings:
		return soft(math.Sin(k*math.Hypot(u, v) + t.phase))
	case waves:
		return soft(math.Sin(k*u + 1.6*math.Sin(k*v/2.5) + t.phase))
	case bricks:
		row := math.Floor(v * t.pitch * 1.5)
		x, y := frac(u*t.pitch*0.8+row/2), frac(v*t.pitch*1.5)
		return clamp(1 - 9*min(0.5*x, 0.5*(1-x), 0.3*y, 0.3*(1-y))*4)
	case speckle:
		x, y := math.Floor(u*t.pitch*4), math.Floor(v*t.pitch*4)
		if hash(uint32(int32(x)), uint32(int32(y)), t.salt)&3 == 0 {
			return 1
		}
		return 0
	}
	return 0
}

// soft turns a wave from -1 to 1 into bands with edges of some width.
func soft(s float64) float64 { return clamp(0.5 + 2.5*s) }

func clamp(v float64) float64 { return min(max(v, 0), 1) }

// frac is the distance from the next whole number below.
func frac(v float64) float64 { return v - math.Floor(v) }

// hash mixes three numbers into one whose bits look random.
func hash(a, b, c uint32) uint32 {
	h := a*0x9E3779B1 ^ b*0x85EBCA77 ^ c*0xC2B2AE3D
	h ^= h >> 15
	h *= 0x2C1B3C6D
	h ^= h >> 12
	h *= 0x297A2D39
	return h ^ h>>15
}
