package f32

// Sums in double precision of values in single precision. All sets round alike here, the plain one too: lane i of four
// sums what is at i, i+4 … of every four values, each product and each difference rounded by itself.

// Squares returns Σ x_i².
func Squares(x []float32) float64 {
	var sum [4]float64
	active.Load().squares(&sum, x)
	return fold(&sum)
}

// SquaredDistance returns Σ (a_i - f·x_i)²; len(a) >= len(x).
func SquaredDistance(a []float64, x []float32, f float64) float64 {
	var sum [4]float64
	active.Load().apart(&sum, a[:len(x)], x, f)
	return fold(&sum)
}

func fold(sum *[4]float64) float64 { return (sum[0] + sum[1]) + (sum[2] + sum[3]) }

func squaresPlain(sum *[4]float64, x []float32) {
	a, b, c, d := sum[0], sum[1], sum[2], sum[3]
	n := len(x) &^ 3
	for i := 0; i < n; i += 4 {
		p := (*[4]float32)(x[i:])
		a += float64(float64(p[0]) * float64(p[0]))
		b += float64(float64(p[1]) * float64(p[1]))
		c += float64(float64(p[2]) * float64(p[2]))
		d += float64(float64(p[3]) * float64(p[3]))
	}
	for _, v := range x[n:] {
		a += float64(float64(v) * float64(v))
	}
	*sum = [4]float64{a, b, c, d}
}

func apartPlain(sum *[4]float64, a []float64, x []float32, f float64) {
	s, t, u, v := sum[0], sum[1], sum[2], sum[3]
	n := len(x) &^ 7 // of the last ones that are fewer all go to the first lane
	for i := 0; i < n; i += 4 {
		p, q := (*[4]float64)(a[i:]), (*[4]float32)(x[i:])
		d0, d1 := p[0]-float64(f*float64(q[0])), p[1]-float64(f*float64(q[1]))
		d2, d3 := p[2]-float64(f*float64(q[2])), p[3]-float64(f*float64(q[3]))
		s += float64(d0 * d0)
		t += float64(d1 * d1)
		u += float64(d2 * d2)
		v += float64(d3 * d3)
	}
	for i := n; i < len(x); i++ {
		d := a[i] - float64(f*float64(x[i]))
		s += float64(d * d)
	}
	*sum = [4]float64{s, t, u, v}
}
