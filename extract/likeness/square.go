package likeness

// square is a region of a picture, squashed to n x n.
type square struct {
	n       int
	colours [3][]float64 // [n][n], levels
}

// sampled is a region of a picture, or of its mirror image. Each value is the mean of points x points places of its
// cell, between the pixels.
func (p *Picture) sampled(r region, mirrored bool, n, points int) *square {
	s := &square{n: n}
	for k := range s.colours {
		s.colours[k] = make([]float64, n*n)
	}
	step := 1 / float64(n*points)
	for y := range n * points {
		v := r.y0 + float64((r.y1-r.y0)*float64((float64(y)+0.5)*step))
		for x := range n * points {
			u := r.x0 + float64((r.x1-r.x0)*float64((float64(x)+0.5)*step))
			if mirrored {
				u = 1 - u
			}
			at := y/points*n + x/points
			for k, level := range p.at(u, v) {
				s.colours[k][at] += level
			}
		}
	}
	for k := range s.colours {
		for i := range s.colours[k] {
			s.colours[k][i] /= float64(points * points)
		}
	}
	return s
}

// at is the colour at a place, in shares of the sides, between the four pixels around it.
func (p *Picture) at(u, v float64) (rgb [3]float64) {
	w, h := p.im.W, p.im.H
	x := min(max(float64(u*float64(w))-0.5, 0), float64(w-1))
	y := min(max(float64(v*float64(h))-0.5, 0), float64(h-1))
	left, top := int(x), int(y)
	fx, fy := x-float64(left), y-float64(top)
	upper := p.im.Pix[3*top*w:]
	lower := p.im.Pix[3*min(top+1, h-1)*w:]
	i, j := 3*left, 3*min(left+1, w-1)
	for k := range rgb {
		a := float64(upper[i+k]) + float64(fx*(float64(upper[j+k])-float64(upper[i+k])))
		b := float64(lower[i+k]) + float64(fx*(float64(lower[j+k])-float64(lower[i+k])))
		rgb[k] = a + float64(fy*(b-a))
	}
	return rgb
}

// luma is the luminance, [n][n].
func (s *square) luma() []float64 {
	out := make([]float64, s.n*s.n)
	for i := range out {
		out[i] = luminance(s.colours[0][i], s.colours[1][i], s.colours[2][i])
	}
	return out
}

// halved is the square at half its side.
func (s *square) halved() *square {
	h := &square{n: s.n / 2}
	for k, c := range s.colours {
		h.colours[k] = make([]float64, h.n*h.n)
		for i := range h.colours[k] {
			at := i/h.n*2*s.n + i%h.n*2
			h.colours[k][i] = (c[at] + c[at+1] + c[at+s.n] + c[at+s.n+1]) / 4
		}
	}
	return h
}
