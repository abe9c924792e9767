package extract

import "math"

// Softmax turns class scores into probabilities, in place.
func Softmax(x []float64) {
	top := math.Inf(-1)
	for _, v := range x {
		top = max(top, v) // NaN, if there is one
	}
	sum := 0.0
	for i, v := range x {
		x[i] = exp(v - top)
		sum += x[i]
	}
	for i := range x {
		x[i] /= sum
	}
}

// ln2High has its low bits clear, so that k*ln2High is exact; ln2High + ln2Low is ln 2.
const (
	ln2High = 6.93147180369123816490e-01
	ln2Low  = 1.90821492927058770002e-10
)

// exp is e to the power of x for x not above 0, to about one unit in the last place. Unlike math.Exp, which differs
// between processors, it has the same bits everywhere: x = k ln 2 + r, and Taylor's polynomial of r; no product is
// fused with a sum.
func exp(x float64) float64 {
	switch {
	case math.IsNaN(x):
		return x
	case x < -746:
		return 0
	}
	k := math.Floor(float64(x*math.Log2E) + 0.5)
	r := (x - float64(k*ln2High)) - float64(k*ln2Low)
	p := 1.0
	for n := 14; n > 0; n-- {
		p = 1 + float64(float64(p*r)/float64(n))
	}
	return math.Ldexp(p, int(k))
}
