package f32

// Conv is a 3x3 convolution in training, stride 1, zero padding 1: filters w, [K,C,3,3], which change from step to step
// and are therefore transformed where they are used. Maps have Pad(C) and Pad(K) channels, those beyond C and K zero.
//
// All three products are F(4x4,3x3) (see Winograd). With U = G w G^T, V = B^T d B and the output Y = A^T (U·V) A, the
// gradients are the adjoints (Lavin and Gray, arXiv 1509.09308, section 4.2, for the sizes of the products):
//
//	dw = G^T (sum over tiles of V · A dY A^T) G,   dd = the convolution of dY with w turned by 180 degrees
type Conv struct{ C, K int }

// Forward convolves src [N,H,W,Pad(C)] into dst [N,H,W,Pad(K)] and adds the bias [K]; relu says whether ReLU follows.
func (l Conv) Forward(ws *Workspace, w, bias []float32, src, dst Map, relu bool) {
	c, k := Pad(l.C), Pad(l.K)
	ws.u = Grow(ws.u, 36*c*k)
	ws.bias = Grow(ws.bias, k)
	clear(ws.bias[copy(ws.bias, bias[:l.K]):])
	ws.Team.Run(k/16, Pieces(func(worker, p int) {
		s := &ws.worker[worker]
		s.patch = Grow(s.patch, 36*max(c, k))
		taps := s.patch[:9*16]
		outs := min(16, l.K-16*p)
		for ch := range c {
			clear(taps)
			for i := range outs {
				if ch < l.C {
					f := w[((16*p+i)*l.C+ch)*9:][:9]
					for t, v := range f {
						taps[16*t+i] = v
					}
				}
			}
			ws.set.winogradFilter(ws.u[(p*c+ch)*16:], c*k, taps, s.tmp)
		}
	}))
	(&Winograd{C: c, K: k, u: ws.u, bias: ws.bias, linear: !relu}).Run(ws, src, dst, false)
}

// InputGradient overwrites dx [N,H,W,Pad(C)] with the gradient of the input, given that of the output, dout
// [N,H,W,Pad(K)], after Mask where ReLU followed.
func (l Conv) InputGradient(ws *Workspace, w []float32, dout, dx Map) {
	c, k := Pad(l.C), Pad(l.K)
	ws.u = Grow(ws.u, 36*c*k)
	ws.bias = Grow(ws.bias, c)
	clear(ws.bias)
	ws.Team.Run(c/16, Pieces(func(worker, p int) {
		s := &ws.worker[worker]
		s.patch = Grow(s.patch, 36*max(c, k))
		taps := s.patch[:9*16]
		ins := min(16, l.C-16*p)
		for o := range k {
			clear(taps)
			if o < l.K {
				f := w[(o*l.C+16*p)*9:][:9*ins]
				for i := range ins {
					for t := range 9 {
						taps[16*(8-t)+i] = f[9*i+t]
					}
				}
			}
			ws.set.winogradFilter(ws.u[(p*k+o)*16:], c*k, taps, s.tmp)
		}
	}))
	(&Winograd{C: k, K: c, u: ws.u, bias: ws.bias, linear: true}).Run(ws, dout, dx, false)
}

// gradientBytes bounds the transformed tiles that WeightGradient holds at once: what the third-level cache holds of
// them is read back from there.
const gradientBytes = 48 << 20

// WeightGradient overwrites dw [K,C,3,3], or adds to it, given the input src [N,H,W,Pad(C)] and the gradient of the
// output dout [N,H,W,Pad(K)], after Mask where ReLU followed. Sums run over the tiles in one order, whatever the
// workers.
func (l Conv) WeightGradient(ws *Workspace, src, dout Map, dw []float32, add bool) {
	j := &gradientJob{l: l, ws: ws, c: Pad(l.C), k: Pad(l.K), src: src.Whole(), dout: dout.Whole(), dw: dw, add: add}
	j.t = tilesOf(&j.src)
	tiles := src.N * j.t.rows * j.t.cols
	blocks := max(1, tiles*4*36*(j.c+j.k)/gradientBytes)
	j.most = (tiles + blocks - 1) / blocks
	j.vStride, j.mStride, j.uStride = spread(j.most*j.c), spread(j.most*j.k), spread(j.c*j.k)
	ws.v, ws.m, ws.u = Grow(ws.v, 36*j.vStride), Grow(ws.m, 36*j.mStride), Grow(ws.u, 36*j.uStride)
	for first := 0; first < tiles; first += j.most {
		j.first, j.n = first, min(j.most, tiles-first)
		ws.Team.Run((j.n+gradientTiles-1)/gradientTiles, Pieces(j.transform))
		ws.Team.Run(36, Pieces(j.product))
	}
	ws.Team.Run(j.k/16, Pieces(j.finish))
}

// gradientTiles is how many tiles a worker transforms at a time.
const gradientTiles = 16

type gradientJob struct {
	l                         Conv
	ws                        *Workspace
	c, k                      int
	src, dout                 Band
	t                         tiling
	most, first, n            int // tiles of a block
	vStride, mStride, uStride int
	dw                        []float32
	add                       bool
}

// transform writes B^T d B and A dY A^T of some tiles in panels of 16 channels, [36][C/16][tiles][16].
func (j *gradientJob) transform(w, piece int) {
	s, set := &j.ws.worker[w], j.ws.set
	s.patch = Grow(s.patch, 36*max(j.c, j.k))
	for p := piece * gradientTiles; p < min(j.n, (piece+1)*gradientTiles); p++ {
		n, y, x := j.t.of(j.first + p)
		in, row, col := s.patch[:36*j.c], 6*j.c, j.c
		if y > 0 && x > 0 && y+5 <= j.src.H && x+5 <= j.src.W {
			in, row = j.src.Data[j.src.index(n, y-1, x-1):], j.src.W*j.c
		} else {
			border(in, &j.src, n, y-1, x-1)
		}
		for ch := 0; ch < j.c; ch += 16 {
			set.winogradIn(j.ws.v[ch*j.most+16*p:], j.vStride, in[ch:], row, col, 16, s.tmp)
		}
		out, row := s.patch[:36*j.k], 6*j.k
		if y+4 <= j.dout.H && x+4 <= j.dout.W {
			out, row = j.dout.Data[j.dout.index(n, y, x):], j.dout.W*j.k
		} else {
			border(out, &j.dout, n, y, x)
		}
		for ch := 0; ch < j.k; ch += 16 {
			set.winogradGrad(j.ws.m[ch*j.most+16*p:], j.mStride, out[ch:], row, j.k, 16, s.tmp)
		}
	}
}

// product adds the block's tiles to value x of the 36: u[C,K] += V^T M.
func (j *gradientJob) product(_, x int) {
	set := j.ws.set
	v, m, u := j.ws.v[x*j.vStride:], j.ws.m[x*j.mStride:], j.ws.u[x*j.uStride:]
	for q := 0; q < j.k; q += 16 * set.panels {
		panels := min(set.panels, (j.k-q)/16)
		for i := 0; i < j.c; i += set.outerRows {
			set.outer(set.outerRows, panels, v[i/16*16*j.most+i%16:], 16, m[q*j.most:], 16, 16*j.most, u[i*j.k+q:], j.k, j.n, j.first > 0)
		}
	}
}

// finish transforms the sums of 16 output channels back.
func (j *gradientJob) finish(w, p int) {
	s := &j.ws.worker[w]
	s.patch = Grow(s.patch, 36*max(j.c, j.k))
	taps := s.patch[:9*16]
	for ch := range j.l.C {
		j.ws.set.winogradFilterGrad(taps, j.ws.u[ch*j.k+16*p:], j.uStride, s.tmp)
		for i := range min(16, j.l.K-16*p) {
			d := j.dw[((16*p+i)*j.l.C+ch)*9:][:9]
			for t := range d {
				if j.add {
					d[t] += taps[16*t+i]
				} else {
					d[t] = taps[16*t+i]
				}
			}
		}
	}
}
