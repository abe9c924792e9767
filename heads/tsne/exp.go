package tsne

import "math"

// exp is e^x for x <= 0. Unlike math.Exp, which is assembly on some processors and is fused on others, it gives the
// same bits on all of them: every product is rounded. It is within 2 units in the last place, and 0 below -700.
//
// x = k ln 2 + r with |r| <= ln 2 / 2; e^r is its Taylor polynomial, whose remainder is below 2^-54.
func exp(x float64) float64 {
	if !(x > -700) {
		return 0
	}
	const (
		log2e = 1.44269504088896338700e+00
		high  = 6.93147180369123816490e-01 // of ln 2; its last 32 bits are 0, so that k times it is exact
		low   = 1.90821492927058770002e-10
	)
	k := math.Floor(float64(x*log2e) + 0.5)
	r := (x - float64(k*high)) - float64(k*low)
	p := 1.0
	for _, c := range inverseFactorials {
		p = float64(float64(p*r)*c) + 1
	}
	return p * math.Float64frombits(uint64(int64(k)+1023)<<52)
}

// inverseFactorials are 1/14 to 1/1: Horner's rule of e^r is 1 + r/1 (1 + r/2 (1 + r/3 ...)).
var inverseFactorials = [...]float64{
	1. / 14, 1. / 13, 1. / 12, 1. / 11, 1. / 10, 1. / 9, 1. / 8, 1. / 7, 1. / 6, 1. / 5, 1. / 4, 1. / 3, 1. / 2, 1,
}
