package picture

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestUpsampler holds every ratio and small size against the triangle in float64: within the three quarters of a level
// that alternating roundings leave; and exactly by repetition where libjpeg repeats.
func TestUpsampler(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, ratio := range [][2]int{{1, 1}, {2, 1}, {1, 2}, {2, 2}, {4, 1}, {4, 2}} {
		hr, vr := ratio[0], ratio[1]
		for w := 1; w < 14; w++ {
			for h := 1; h < 7; h++ {
				p := randomPlane(rng, (w+hr-1)/hr, (h+vr-1)/vr, hr, vr)
				u := newUpsampler(p, w)
				for y := range h {
					row := u.row(y)
					if len(row) != w {
						t.Fatalf("ratio %v, %dx%d: row of %d", ratio, w, h, len(row))
					}
					for x, got := range row {
						want := exactSample(p, x, y)
						if d := math.Abs(float64(got) - want); d > 0.75 {
							t.Fatalf("ratio %v, %dx%d: sample %d,%d is %d, exactly %.3f", ratio, w, h, x, y, got, want)
						}
					}
				}
			}
		}
	}
}

// exactSample is the value of an upsampled plane as its comment states it.
func exactSample(p plane, x, y int) float64 {
	wide := p.w > 2
	linearX := p.hr == 2 && p.vr <= 2 && wide
	linearY := p.vr == 2 && (p.hr == 1 || p.hr == 2 && wide)
	return blend(x, p.hr, p.w, linearX, func(i int) float64 {
		return blend(y, p.vr, p.h, linearY, func(j int) float64 { return float64(p.pix[j*p.stride+i]) })
	})
}

// blend interpolates between the two samples next to position x, or takes the one that covers it.
func blend(x, ratio, n int, linear bool, at func(int) float64) float64 {
	near := x / ratio
	if !linear {
		return at(near)
	}
	far := min(max(near-1+2*(x%2), 0), n-1)
	return 0.75*at(near) + 0.25*at(far)
}

// randomPlane has padding behind each row, as the decoders' planes do.
func randomPlane(rng *rand.Rand, w, h, hr, vr int) plane {
	p := plane{pix: make([]byte, (w+3)*h), stride: w + 3, w: w, h: h, hr: hr, vr: vr}
	for i := range p.pix {
		p.pix[i] = byte(rng.Uint32())
	}
	return p
}

// TestUpsamplerRoundings checks two values where libjpeg's roundings of halves show.
func TestUpsamplerRoundings(t *testing.T) {
	u := newUpsampler(plane{[]byte{0, 2, 0}, 3, 3, 1, 2, 1}, 6)
	// (3*0+2)/4 rounds half up to 1 after a sample, (3*0+2+1)/4 down to 0 before one.
	if got := u.row(0); [6]byte(got) != [6]byte{0, 1, 1, 2, 0, 0} {
		t.Errorf("got %v", got)
	}
}
