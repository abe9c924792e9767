package f32

// A product that is converted is rounded by itself. Go may otherwise fuse it with the sum around it, and on arm64 it
// does; plain-1 is one arithmetic on all processors.

// relu returns x where it is above 0 or not a number, else 0.
func relu(x float32) float32 {
	if x < 0 {
		return 0
	}
	return x
}

func gemmPlain(groups, m, n int, a []float32, aStride int, b []float32, bStride int, c []float32, cStride, k int, add bool) {
	m *= groups
	for p := range n {
		panel := b[p*bStride : p*bStride+16*k]
		i := 0
		for ; i+4 <= m; i += 4 {
			gemmPlain4(a[i*aStride:], aStride, panel, c[i*cStride+16*p:], cStride, k, add)
		}
		for ; i < m; i++ {
			gemmPlain1(a[i*aStride:i*aStride+k], panel, c[i*cStride+16*p:], add)
		}
	}
}

// gemmPlain4 does 4 rows and 4 columns at a time, as many sums as fit in registers.
func gemmPlain4(a []float32, aStride int, panel, c []float32, cStride, k int, add bool) {
	a0, a1, a2, a3 := a[:k], a[aStride:aStride+k], a[2*aStride:2*aStride+k], a[3*aStride:3*aStride+k]
	for j := 0; j < 16; j += 2 {
		var s00, s01, s10, s11, s20, s21, s30, s31 float32
		b := panel[j:]
		for x := range k {
			b0, b1 := b[16*x], b[16*x+1]
			s00 += float32(a0[x] * b0)
			s01 += float32(a0[x] * b1)
			s10 += float32(a1[x] * b0)
			s11 += float32(a1[x] * b1)
			s20 += float32(a2[x] * b0)
			s21 += float32(a2[x] * b1)
			s30 += float32(a3[x] * b0)
			s31 += float32(a3[x] * b1)
		}
		put2(c[j:], s00, s01, add)
		put2(c[cStride+j:], s10, s11, add)
		put2(c[2*cStride+j:], s20, s21, add)
		put2(c[3*cStride+j:], s30, s31, add)
	}
}

func put2(c []float32, x, y float32, add bool) {
	if add {
		x += c[0]
		y += c[1]
	}
	c[0], c[1] = x, y
}

func gemmPlain1(a, panel, c []float32, add bool) {
	var s [16]float32
	for x, v := range a {
		b := (*[16]float32)(panel[16*x:])
		for j := range s {
			s[j] += float32(v * b[j])
		}
	}
	for j := range s {
		if add {
			s[j] += c[j]
		}
		c[j] = s[j]
	}
}

// bt is B^T d of F(4,3) with the points 0, 1, -1, 2, -2 (Lavin and Gray, arXiv 1509.09308).
func bt(d0, d1, d2, d3, d4, d5 float32) (o0, o1, o2, o3, o4, o5 float32) {
	o0 = float32(4*d0) - float32(5*d2) + d4
	s, t := d4-float32(4*d2), d3-float32(4*d1)
	o1, o2 = s+t, s-t
	s, t = d4-d2, float32(2*(d3-d1))
	o3, o4 = s+t, s-t
	o5 = float32(4*d1) - float32(5*d3) + d5
	return
}

func winogradInPlain(dst []float32, dstStride int, src []float32, rowStride, colStride, c int, _ []float32) {
	var t [36]float32
	for i := range c {
		for x := range 6 {
			s := src[x*colStride+i:]
			t[x], t[6+x], t[12+x], t[18+x], t[24+x], t[30+x] = bt(s[0], s[rowStride], s[2*rowStride],
				s[3*rowStride], s[4*rowStride], s[5*rowStride])
		}
		for y := range 6 {
			r := t[6*y : 6*y+6]
			d := dst[6*y*dstStride+i:]
			d[0], d[dstStride], d[2*dstStride], d[3*dstStride], d[4*dstStride], d[5*dstStride] = bt(r[0], r[1], r[2], r[3], r[4], r[5])
		}
	}
}

// at is A^T m of F(4,3).
func at(m0, m1, m2, m3, m4, m5 float32) (o0, o1, o2, o3 float32) {
	p, q, r, t := m1+m2, m1-m2, m3+m4, m3-m4
	return m0 + p + r, q + float32(2*t), p + float32(4*r), q + float32(8*t) + m5
}

// outTile is A^T m A + bias.
func outTile(o *[16]float32, src []float32, stride int, bias float32) {
	var t [24]float32
	for x := range 6 {
		s := src[x*stride:]
		t[x], t[6+x], t[12+x], t[18+x] = at(s[0], s[6*stride], s[12*stride], s[18*stride], s[24*stride], s[30*stride])
	}
	for y := range 4 {
		r := t[6*y : 6*y+6]
		o[4*y], o[4*y+1], o[4*y+2], o[4*y+3] = at(r[0], r[1], r[2], r[3], r[4], r[5])
	}
	for i := range o {
		o[i] += bias
	}
}

func winogradOutPlain(dst []float32, rowStride, colStride int, src []float32, srcStride int, bias []float32, c int, tmp []float32) {
	winogradLinearPlain(dst, rowStride, colStride, src, srcStride, bias, c, tmp)
	for i := range 16 {
		d := dst[i/4*rowStride+i%4*colStride:][:c]
		for j, v := range d {
			d[j] = relu(v)
		}
	}
}

func winogradLinearPlain(dst []float32, rowStride, colStride int, src []float32, srcStride int, bias []float32, c int, _ []float32) {
	var o [16]float32
	for i := range c {
		outTile(&o, src[i:], srcStride, bias[i])
		for y := range 4 {
			d := dst[y*rowStride+i:]
			d[0], d[colStride], d[2*colStride], d[3*colStride] = o[4*y], o[4*y+1], o[4*y+2], o[4*y+3]
		}
	}
}

func winogradPoolPlain(dst []float32, rowStride, colStride int, src []float32, srcStride int, bias []float32, c int, _ []float32) {
	var o [16]float32
	for i := range c {
		outTile(&o, src[i:], srcStride, bias[i])
		for y := range 2 {
			for x := range 2 {
				q := o[8*y+2*x:]
				dst[y*rowStride+x*colStride+i] = relu(max4(q[0], q[1], q[4], q[5]))
			}
		}
	}
}

// max4 returns NaN if any of the four is (Go's max does).
func max4(a, b, c, d float32) float32 { return max(max(a, b), max(c, d)) }

func maxPoolPlain(dst, r0, r1 []float32, n, c int) {
	for x := range n {
		d := dst[x*c : (x+1)*c]
		a, b := r0[2*x*c:2*(x+1)*c], r1[2*x*c:2*(x+1)*c]
		for i := range d {
			d[i] = max4(a[i], a[c+i], b[i], b[c+i])
		}
	}
}

func biasReLUPlain(x, bias []float32, clip bool) {
	bias = bias[:len(x)]
	for i := range x {
		x[i] += bias[i]
	}
	if clip {
		for i := range x {
			x[i] = relu(x[i])
		}
	}
}

func conv3Plain(dst []float32, n, k int, r0, r1, r2, w, bias []float32) {
	rows := [3][]float32{r0, r1, r2}
	for x := range n {
		for p := 0; p < k; p += 16 {
			var s [16]float32
			for y, r := range rows {
				for j, v := range r[3*x : 3*x+9] {
					u := (*[16]float32)(w[p*27+(9*y+j)*16:])
					for i := range s {
						s[i] += float32(v * u[i])
					}
				}
			}
			for i := range s {
				dst[x*k+p+i] = relu(s[i] + bias[p+i])
			}
		}
	}
}

func dotPlain(x, y []float32) float32 {
	var s [8]float32
	n := len(x) &^ 7
	for i := 0; i < n; i += 8 {
		a, b := (*[8]float32)(x[i:]), (*[8]float32)(y[i:])
		for j := range s {
			s[j] += float32(a[j] * b[j])
		}
	}
	for i := n; i < len(x); i++ {
		s[0] += float32(x[i] * y[i])
	}
	return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]))
}

func axpyPlain(a float32, x, y []float32) {
	y = y[:len(x)]
	for i, v := range x {
		y[i] += float32(a * v)
	}
}

func filter7Plain(dst []float32, dstStride int, src []float32, tapStride, n int, g, _ []float32) {
	for i := range 16 * n {
		var half [8][7]float32
		for x := range 7 {
			var d [7]float32
			for y := range d {
				d[y] = src[(7*y+x)*tapStride+i]
			}
			for y := range half {
				half[y][x] = dot7(g[8*y:], &d)
			}
		}
		for y := range half {
			for x := range 8 {
				dst[(8*y+x)*dstStride+i] = dot7(g[8*x:], &half[y])
			}
		}
	}
}

func output7Plain(dst []float32, dstStride int, src []float32, srcStride, n int, a, _ []float32) {
	for i := range 16 * n {
		var half [8][2]float32
		for x := range half {
			for y := range 8 {
				v := src[(8*y+x)*srcStride+i]
				half[x][0] += float32(a[y] * v)
				half[x][1] += float32(a[8+y] * v)
			}
		}
		for y := range 2 {
			var s [2]float32
			for x := range half {
				s[0] += float32(a[x] * half[x][y])
				s[1] += float32(a[8+x] * half[x][y])
			}
			dst[2*y*dstStride+i], dst[(2*y+1)*dstStride+i] = s[0], s[1]
		}
	}
}

// dot7 sums the even places, then the odd ones.
func dot7(g []float32, d *[7]float32) float32 {
	even := float32(g[0]*d[0]) + float32(g[2]*d[2]) + float32(g[4]*d[4]) + float32(g[6]*d[6])
	return even + (float32(g[1]*d[1]) + float32(g[3]*d[3]) + float32(g[5]*d[5]))
}
