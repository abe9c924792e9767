package train

import (
	"math"

	"fc7/internal/f32"
)

// lrn is local response normalisation across channels, y = x s^-β with s = k + α Σ x² over neighbouring channels
// (Krizhevsky et al. 2012, section 3.3): maps [N,H,W,C] to maps.
type lrn struct {
	*shared
	f32.LRN
	pixels, c int // pixels of an image
}

func (v *lrn) forward(out []float32, in [][]float32) {
	n := v.n * v.pixels
	copy(out, in[0][:n*v.c])
	v.rows(n, func(from, to int) { v.Row(out[from*v.c:to*v.c], to-from, v.c) })
}

func (v *lrn) backward(_ int, dx []float32, in [][]float32, _, dout []float32, _ bool) {
	v.rows(v.n*v.pixels, func(from, to int) {
		v.RowGradient(dx[from*v.c:to*v.c], in[0][from*v.c:to*v.c], dout[from*v.c:to*v.c], to-from, v.c)
	})
}

// rows shares out n pixels.
func (s *shared) rows(n int, f func(from, to int)) {
	const piece = 256
	s.ws.Team.Run((n+piece-1)/piece, job(func(_, i int) { f(i*piece, min(n, (i+1)*piece)) }))
}

// job makes a function a job of the team.
type job func(worker, i int)

func (f job) Do(worker, i int) { f(worker, i) }

// batchNorm is batch normalisation with ReLU after it (Ioffe and Szegedy 2015, arXiv 1502.03167): inputs x [N,H,W,C'],
// scale γ [C] and shift β [C], output max(0, γ (x-μ)/sqrt(σ²+ε) + β). In training μ and σ² are those of the images at
// hand, the part of a batch that the graph holds, and the running statistics move towards them by bnMomentum, with the
// unbiased variance, as in PyTorch; otherwise, and where they are frozen, they are the running statistics.
type batchNorm struct {
	*shared
	masked
	pixels, c, width int    // pixels of an image, channels, those of the map
	batch            bool   // the statistics are those of the images at hand
	mean, variance   *param // running statistics
	summed           int    // the pass that the sums are of

	// Of each channel of the map; 0 where it is padding.
	mu, scale         []float32 // μ and 1/sqrt(σ²+ε)
	sums, sumProducts []float64 // of the gradient, and of its products with x-μ
	a, b, k, zero     []float32
}

// The constants of PyTorch's batch normalisation.
const (
	bnEpsilon  = 1e-5
	bnMomentum = 0.1
)

func (v *batchNorm) forward(out []float32, in [][]float32) {
	x, gamma, beta := in[0], in[1], in[2]
	if v.mu == nil {
		for _, n := range []*[]float32{&v.mu, &v.scale, &v.a, &v.b, &v.k, &v.zero} {
			*n = f32.Make(v.width)
		}
	}
	v.statistics(x)
	for c := range v.c {
		v.a[c] = gamma[c] * v.scale[c]
		v.b[c] = beta[c] - v.mu[c]*v.a[c]
	}
	f32.Affine(v.ws, out, x, v.a, v.b, v.n*v.pixels, true)
}

// statistics sets mu and scale.
func (v *batchNorm) statistics(x []float32) {
	if !v.batch {
		for c := range v.c {
			v.mu[c] = v.mean.data[c]
			v.scale[c] = float32(1 / math.Sqrt(float64(v.variance.data[c])+bnEpsilon))
		}
		return
	}
	n := float64(v.n * v.pixels)
	sum, _ := f32.Moments(v.ws, x, x, v.zero, v.zero, v.n*v.pixels)
	for c := range v.c {
		v.mu[c] = float32(sum[c] / n)
	}
	rest, square := f32.Moments(v.ws, x, x, v.mu, v.mu, v.n*v.pixels)
	for c := range v.c {
		off := rest[c] / n // what rounding left of the mean
		variance := math.Max(0, square[c]-n*off*off)
		v.scale[c] = float32(1 / math.Sqrt(variance/n+bnEpsilon))
		move(&v.mean.data[c], sum[c]/n)
		move(&v.variance.data[c], variance/math.Max(1, n-1))
	}
}

func move(running *float32, to float64) {
	*running = float32((1-bnMomentum)*float64(*running) + bnMomentum*to)
}

func (v *batchNorm) backward(i int, dx []float32, in [][]float32, out, dout []float32, add bool) {
	x, gamma := in[0], in[1]
	n := v.n * v.pixels
	v.mask(v.shared, dout[:n*v.width], out)
	if v.summed != v.pass {
		v.summed = v.pass
		v.sums, v.sumProducts = f32.Moments(v.ws, dout, x, v.zero, v.mu, n)
	}
	switch i {
	case 1:
		put(dx, v.sumProducts, v.scale, add)
		return
	case 2:
		put(dx, v.sums, nil, add)
		return
	}
	// dx = γ s (d - Σd/n - (x-μ) s² Σd(x-μ)/n), s = 1/sqrt(σ²+ε); the sums fall away where μ and σ² do not depend on x.
	for c := range v.c {
		s := float64(v.scale[c])
		a := float64(gamma[c]) * s
		b, mean := -a*s*s*v.sumProducts[c]/float64(n), v.sums[c]/float64(n)
		if !v.batch {
			b, mean = 0, 0
		}
		v.a[c], v.b[c], v.k[c] = float32(a), float32(b), float32(-a*mean-b*float64(v.mu[c]))
	}
	f32.Affine2(v.ws, dx, dout, x, v.a, v.b, v.k, n)
}

// put writes the sums, times scale where there is one.
func put(dx []float32, sums []float64, scale []float32, add bool) {
	for c := range dx {
		s := sums[c]
		if scale != nil {
			s *= float64(scale[c])
		}
		if add {
			s += float64(dx[c])
		}
		dx[c] = float32(s)
	}
}
