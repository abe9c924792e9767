package train

import (
	"math"

	"fc7/internal/f32"
)

// lrn is local response normalisation across channels, y = x s^-β with s = k + α Σ x² over neighbouring channels (Krizhevsky
// et al. 2012, section 3.3): maps [N,H,W,C] to maps.
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

// batchNorm is batch normalisation with ReLU after it (Ioffe and Szegedy 2015, arXiv 1502.03167): inputs x [N,H,W,C'], scale
// γ [C] and shift β [C], output max(0, γ (x-μ)/sqrt(σ²+ε) + β). In training μ and σ² are those of the images at hand, the
// part of a batch that the graph holds, and the running statistics move towards them by bnMomentum, with the unbiased
// variance, as in PyTorch; otherwise, and where they are frozen, they are the running statistics.
type batchNorm struct {
	*shared
	masked
	pixels, c, width  int       // pixels of an image, channels, those of the map
	batch             bool      // the statistics are those of the images at hand
	mean, variance    *param    // running statistics
	mu, scale         []float32 // μ and 1/sqrt(σ²+ε) of this run
	sums, sumProducts []float64 // of the gradient, and of its products with (x-μ)/sqrt(σ²+ε)
	summed            int       // the pass they are of
}

// The constants of PyTorch's batch normalisation.
const (
	bnEpsilon  = 1e-5
	bnMomentum = 0.1
)

func (v *batchNorm) forward(out []float32, in [][]float32) {
	x, gamma, beta := in[0], in[1], in[2]
	v.statistics(x)
	v.rows(v.n*v.pixels, func(from, to int) {
		for p := from; p < to; p++ {
			a, b := x[p*v.width:(p+1)*v.width], out[p*v.width:(p+1)*v.width]
			clear(b[v.c:])
			for c := range v.c {
				y := gamma[c]*((a[c]-v.mu[c])*v.scale[c]) + beta[c]
				if y < 0 {
					y = 0
				}
				b[c] = y
			}
		}
	})
}

// statistics sets mu and scale.
func (v *batchNorm) statistics(x []float32) {
	if v.mu == nil {
		v.mu, v.scale = make([]float32, v.c), make([]float32, v.c)
	}
	if !v.batch {
		for c := range v.c {
			v.mu[c] = v.mean.data[c]
			v.scale[c] = float32(1 / math.Sqrt(float64(v.variance.data[c])+bnEpsilon))
		}
		return
	}
	n := float64(v.n * v.pixels)
	mean := v.sum(func(sum []float64, p int) {
		for c, a := range x[p*v.width : p*v.width+v.c] {
			sum[c] += float64(a)
		}
	})
	for c := range mean {
		mean[c] /= n
	}
	variance := v.sum(func(sum []float64, p int) {
		for c, a := range x[p*v.width : p*v.width+v.c] {
			d := float64(a) - mean[c]
			sum[c] += d * d
		}
	})
	for c := range mean {
		v.mu[c], v.scale[c] = float32(mean[c]), float32(1/math.Sqrt(variance[c]/n+bnEpsilon))
		move(&v.mean.data[c], mean[c])
		move(&v.variance.data[c], variance[c]/math.Max(1, n-1))
	}
}

func move(running *float32, to float64) {
	*running = float32((1-bnMomentum)*float64(*running) + bnMomentum*to)
}

// sum adds up f over all pixels; the order of the sums does not depend on the workers.
func (v *batchNorm) sum(f func(sum []float64, pixel int)) []float64 {
	const parts = 64
	n := v.n * v.pixels
	sums := make([][]float64, parts)
	v.ws.Team.Run(parts, job(func(_, i int) {
		sums[i] = make([]float64, v.c)
		for p := i * n / parts; p < (i+1)*n/parts; p++ {
			f(sums[i], p)
		}
	}))
	for _, s := range sums[1:] {
		for c, a := range s {
			sums[0][c] += a
		}
	}
	return sums[0]
}

func (v *batchNorm) backward(i int, dx []float32, in [][]float32, out, dout []float32, add bool) {
	x, gamma := in[0], in[1]
	v.mask(v.shared, dout[:v.n*v.pixels*v.width], out)
	v.gradientSums(x, dout)
	switch i {
	case 1:
		put(dx, v.sumProducts, add)
		return
	case 2:
		put(dx, v.sums, add)
		return
	}
	n, sums, products := float64(v.n*v.pixels), v.sums, v.sumProducts
	if !v.batch { // μ and σ² do not depend on x
		sums, products = make([]float64, v.c), make([]float64, v.c)
	}
	v.rows(v.n*v.pixels, func(from, to int) {
		for p := from; p < to; p++ {
			a, d, g := x[p*v.width:(p+1)*v.width], dout[p*v.width:(p+1)*v.width], dx[p*v.width:(p+1)*v.width]
			clear(g[v.c:])
			for c := range v.c {
				normal := (a[c] - v.mu[c]) * v.scale[c]
				g[c] = gamma[c] * v.scale[c] * (d[c] - float32(sums[c]/n) - normal*float32(products[c]/n))
			}
		}
	})
}

// gradientSums makes the sums that all three gradients need, once a run.
func (v *batchNorm) gradientSums(x, dout []float32) {
	if v.summed == v.pass {
		return
	}
	v.summed = v.pass
	v.sums = v.sum(func(sum []float64, p int) {
		for c, d := range dout[p*v.width : p*v.width+v.c] {
			sum[c] += float64(d)
		}
	})
	v.sumProducts = v.sum(func(sum []float64, p int) {
		a := x[p*v.width : p*v.width+v.c]
		for c, d := range dout[p*v.width : p*v.width+v.c] {
			sum[c] += float64(d * ((a[c] - v.mu[c]) * v.scale[c]))
		}
	})
}

func put(dx []float32, sums []float64, add bool) {
	for c, s := range sums {
		if add {
			s += float64(dx[c])
		}
		dx[c] = float32(s)
	}
}
