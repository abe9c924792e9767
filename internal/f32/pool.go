package f32

import "math"

// halve halves the map by 2x2 maxima, stride 2. dst is [N,H/2,W/2,C], and an odd last row or column is dropped, or,
// rounded up, [N,(H+1)/2,(W+1)/2,C], and it is pooled by itself. Values must not be below 0 (they come after ReLU); a
// NaN stays.
func halve(ws *Workspace, src, dst Map) {
	j := &ws.pool
	*j = poolJob{ws, src.Whole(), dst.Whole()}
	ws.Team.Run(dst.N*dst.H, j)
	*j = poolJob{}
}

type poolJob struct {
	ws       *Workspace
	src, dst Band
}

func (j *poolJob) Do(_, i int) {
	PoolRow(j.ws, &j.dst, &j.src, i/j.dst.H, i%j.dst.H)
}

// PoolRow computes row y of map n of the pooled dst.
func PoolRow(ws *Workspace, dst, src *Band, n, y int) {
	out, r0 := dst.Row(n, y), src.Row(n, 2*y)
	r1 := r0
	if 2*y+1 < src.H {
		r1 = src.Row(n, 2*y+1)
	}
	whole, c := min(dst.W, src.W/2), src.C
	if whole > 0 {
		ws.set.maxPool(out, r0[:2*whole*c], r1[:2*whole*c], whole, c)
	}
	if dst.W > whole { // the last column, of one pixel a row
		last := out[whole*c:]
		for i, v := range r0[2*whole*c:] {
			last[i] = max(v, r1[2*whole*c+i])
		}
	}
}

// LRN is local response normalisation across channels (Krizhevsky et al. 2012, section 3.3): x / (K + Alpha * sum of
// squares over Size neighbouring channels)^Beta. Note that Caffe and PyTorch divide alpha by the size; here it is the
// paper's.
type LRN struct {
	Size           int
	K, Alpha, Beta float32
}

// Row normalises n pixels of c channels in place.
func (l LRN) Row(x []float32, n, c int) {
	half := l.Size / 2
	var in [1024]float32
	for ; n > 0; n-- {
		src := in[:copy(in[:c], x[:c])]
		for i := range c {
			var s float32
			for _, v := range src[max(0, i-half):min(c, i+half+1)] {
				s += float32(v * v)
			}
			d := float64(l.K + float32(l.Alpha*s))
			if l.Beta == 0.75 {
				d = math.Sqrt(d)
				x[i] = src[i] / float32(d*math.Sqrt(d)) // d^(1/2) * d^(1/4)
			} else {
				x[i] = src[i] / float32(math.Pow(d, float64(l.Beta)))
			}
		}
		x = x[c:]
	}
}

// RowGradient writes the gradient of the inputs x of Row to dx, given that of its outputs, for n pixels of c channels:
//
//	dx_i = dy_i s_i^-β - 2αβ x_i Σ_j dy_j x_j s_j^(-β-1),  s = K + Alpha Σ x², the sums over Size neighbouring channels
func (l LRN) RowGradient(dx, x, dy []float32, n, c int) {
	half := l.Size / 2
	power, share := make([]float64, c), make([]float64, c)
	for ; n > 0; n-- {
		for i := range c {
			var s float32
			for _, v := range x[max(0, i-half):min(c, i+half+1)] {
				s += float32(v * v)
			}
			d := float64(l.K + float32(l.Alpha*s))
			power[i] = math.Pow(d, -float64(l.Beta))
			share[i] = float64(dy[i]) * float64(x[i]) * power[i] / d
		}
		for i := range c {
			var sum float64
			for _, v := range share[max(0, i-half):min(c, i+half+1)] {
				sum += v
			}
			dx[i] = float32(float64(float64(dy[i])*power[i]) - float64(2*float64(l.Alpha)*float64(l.Beta)*float64(x[i])*sum))
		}
		dx, x, dy = dx[c:], x[c:], dy[c:]
	}
}
