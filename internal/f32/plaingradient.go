package f32

func outerPlain(m, n int, a []float32, aStride int, b []float32, bStride, bPanel int, c []float32, cStride, k int, add bool) {
	for p := range n {
		for i := range m {
			var s [16]float32
			for x := range k {
				v := a[x*aStride+i]
				r := (*[16]float32)(b[x*bStride+p*bPanel:])
				for j := range s {
					s[j] += float32(v * r[j])
				}
			}
			d := c[i*cStride+16*p:]
			for j := range s {
				if add {
					s[j] += d[j]
				}
				d[j] = s[j]
			}
		}
	}
}

// a4 is A y of F(4,3), the transpose of at.
func a4(y0, y1, y2, y3 float32) (o0, o1, o2, o3, o4, o5 float32) {
	even, odd := y0+y2, y1+y3
	o1, o2 = even+odd, even-odd
	even, odd = y0+float32(4*y2), float32(2*y1)+float32(8*y3)
	return y0, o1, o2, even + odd, even - odd, y3
}

func winogradGradPlain(dst []float32, dstStride int, src []float32, rowStride, colStride, c int, _ []float32) {
	var t [24]float32 // A y, [6][4]
	for i := range c {
		for x := range 4 {
			s := src[x*colStride+i:]
			t[x], t[4+x], t[8+x], t[12+x], t[16+x], t[20+x] = a4(s[0], s[rowStride], s[2*rowStride], s[3*rowStride])
		}
		for y := range 6 {
			d := dst[6*y*dstStride+i:]
			d[0], d[dstStride], d[2*dstStride], d[3*dstStride], d[4*dstStride], d[5*dstStride] = a4(t[4*y], t[4*y+1], t[4*y+2], t[4*y+3])
		}
	}
}

// g3 is G g of F(4,3).
func g3(g0, g1, g2 float32) (o0, o1, o2, o3, o4, o5 float32) {
	s, t := float32((g0+g2)*(1./6)), float32(g1*(1./6))
	u, w := float32(g0*(1./24))+float32(g2*(1./6)), float32(g1*(1./12))
	return g0 * 0.25, -(s + t), t - s, u + w, u - w, g2
}

func winogradFilterPlain(dst []float32, dstStride int, src, _ []float32) {
	var t [18]float32 // G g, [6][3]
	for i := range 16 {
		for x := range 3 {
			t[x], t[3+x], t[6+x], t[9+x], t[12+x], t[15+x] = g3(src[16*x+i], src[16*(3+x)+i], src[16*(6+x)+i])
		}
		for y := range 6 {
			d := dst[6*y*dstStride+i:]
			d[0], d[dstStride], d[2*dstStride], d[3*dstStride], d[4*dstStride], d[5*dstStride] = g3(t[3*y], t[3*y+1], t[3*y+2])
		}
	}
}

// gt is G^T u of F(4,3).
func gt(u0, u1, u2, u3, u4, u5 float32) (o0, o1, o2 float32) {
	s, t := float32((u1+u2)*(1./6)), u3+u4
	o1 = float32((u2-u1)*(1./6)) + float32((u3-u4)*(1./12))
	return float32(u0*0.25) - s + float32(t*(1./24)), o1, u5 - s + float32(t*(1./6))
}

func winogradFilterGradPlain(dst, src []float32, srcStride int, _ []float32) {
	var t [18]float32 // G^T u, [3][6]
	for i := range 16 {
		for x := range 6 {
			s := src[x*srcStride+i:]
			t[x], t[6+x], t[12+x] = gt(s[0], s[6*srcStride], s[12*srcStride], s[18*srcStride], s[24*srcStride], s[30*srcStride])
		}
		for y := range 3 {
			r := t[6*y : 6*y+6]
			dst[16*3*y+i], dst[16*(3*y+1)+i], dst[16*(3*y+2)+i] = gt(r[0], r[1], r[2], r[3], r[4], r[5])
		}
	}
}

func maskPlain(d, y []float32) {
	for i, v := range y[:len(d)] {
		if !(v > 0) {
			d[i] = 0
		}
	}
}

func poolGradPlain(d0, d1, x0, x1, dout []float32, n, c int) {
	for x := range n {
		for i := range c {
			at := 2*x*c + i
			places := [4]*float32{&d0[at], &d0[at+c], &d1[at], &d1[at+c]}
			values := [4]float32{x0[at], x0[at+c], x1[at], x1[at+c]}
			top := max4(values[0], values[1], values[2], values[3])
			g := dout[x*c+i]
			for j, v := range values {
				*places[j] = 0
				if v == top {
					*places[j], g = g, 0
				}
			}
		}
	}
}

func affinePlain(dst, x, a, b []float32, low float32, n, c int) {
	for p := range n {
		d, v := dst[p*c:(p+1)*c], x[p*c:(p+1)*c]
		for i := range d {
			y := float32(a[i]*v[i]) + b[i]
			if y < low {
				y = low
			}
			d[i] = y
		}
	}
}

func affine2Plain(dst, d, x, a, b, k []float32, n, c int) {
	for p := range n {
		for i := range c {
			dst[p*c+i] = float32(a[i]*d[p*c+i]) + float32(b[i]*x[p*c+i]) + k[i]
		}
	}
}

func momentsPlain(sum, product, d, x, md, mx []float32, n, c int) {
	clear(sum[:c])
	clear(product[:c])
	for p := range n {
		for i := range c {
			v := d[p*c+i] - md[i]
			sum[i] += v
			product[i] += float32(v * (x[p*c+i] - mx[i]))
		}
	}
}
