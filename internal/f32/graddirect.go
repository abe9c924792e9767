package f32

// Direct is a convolution in training whose few products per value make the transforms of Conv a loss: 1x1, or 3x3 over
// few channels (the first layer), stride 1, zero padding (Size-1)/2, filters w [K,C,Size,Size]. The input has C
// channels as they are for Size 3, Pad(C) for Size 1; the output has Pad(K).
type Direct struct{ C, K, Size int }

// depth is the length of a window, padded for the kernels.
func (l Direct) depth() int {
	if l.Size == 1 {
		return Pad(l.C)
	}
	return (l.C*l.Size*l.Size + 3) &^ 3
}

// Forward convolves src into dst and adds the bias [K]; relu says whether ReLU follows.
func (l Direct) Forward(ws *Workspace, w, bias []float32, src, dst Map, relu bool) {
	d, k := l.depth(), Pad(l.K)
	ws.u, ws.bias = Grow(ws.u, d*k), Grow(ws.bias, k)
	clear(ws.bias[copy(ws.bias, bias[:l.K]):])
	clear(ws.u)
	for o := range l.K { // panels of 16 outputs, [K/16][depth][16]
		l.taps(func(tap, at int) { ws.u[(o/16*d+at)*16+o%16] = w[o*l.C*l.Size*l.Size+tap] })
	}
	in, out := src.Whole(), dst.Whole()
	ws.Team.Run(src.N*src.H, Pieces(func(worker, i int) {
		n, y := i/src.H, i%src.H
		row := out.Row(n, y)
		multiply(ws.set, src.W, l.windows(&ws.worker[worker], &in, n, y), d, ws.u, 16*d, row, k, d, k/16, false)
		for x := range src.W {
			ws.set.biasReLU(row[x*k:(x+1)*k], ws.bias, relu)
		}
	}))
}

// taps calls f with each place in a filter and its place in a window, whose order is rows, columns, channels.
func (l Direct) taps(f func(tap, at int)) {
	area := l.Size * l.Size
	for c := range l.C {
		for t := range area {
			f(c*area+t, t*l.C+c)
		}
	}
}

// windows returns the windows of row y, [W][depth].
func (l Direct) windows(s *scratch, src *Band, n, y int) []float32 {
	if l.Size == 1 {
		return src.Row(n, y)
	}
	d, pad := l.depth(), (l.Size-1)/2
	s.v = Grow(s.v, src.W*d)
	clear(s.v)
	for dy := range l.Size {
		if y+dy-pad < 0 || y+dy-pad >= src.H {
			continue
		}
		row := src.Row(n, y+dy-pad)
		for x := range src.W {
			from, to := max(0, x-pad), min(src.W, x+pad+1)
			copy(s.v[x*d+(dy*l.Size+from-x+pad)*l.C:], row[from*l.C:to*l.C])
		}
	}
	return s.v
}

// InputGradient overwrites dx with the gradient of the input, given that of the output, after Mask where ReLU followed.
// Only a Size of 1 has it: the first layer's input needs none.
func (l Direct) InputGradient(ws *Workspace, w []float32, dout, dx Map) {
	if l.Size != 1 {
		panic("f32: Direct.InputGradient: the size is not 1")
	}
	c, k := Pad(l.C), Pad(l.K)
	ws.u = Grow(ws.u, c*k)
	clear(ws.u)
	for o := range l.K { // panels of 16 inputs, [C/16][K][16]
		for i, v := range w[o*l.C : (o+1)*l.C] {
			ws.u[(i/16*k+o)*16+i%16] = v
		}
	}
	in, out := dx.Whole(), dout.Whole()
	ws.Team.Run(dx.N*dx.H, Pieces(func(_, i int) {
		n, y := i/dx.H, i%dx.H
		multiply(ws.set, dx.W, out.Row(n, y), k, ws.u, 16*k, in.Row(n, y), c, k, c/16, false)
	}))
}

// directRows is how many rows of a map are summed before their sum is added to those of the others.
const directRows = 8

// WeightGradient overwrites dw [K,C,Size,Size], or adds to it.
func (l Direct) WeightGradient(ws *Workspace, src, dout Map, dw []float32, add bool) {
	d, k, set := l.depth(), Pad(l.K), ws.set
	in, out := src.Whole(), dout.Whole()
	bands := (src.H + directRows - 1) / directRows
	pieces, size := src.N*bands, d*k
	ws.v = Grow(ws.v, min(pieces, directPieces)*size)
	ws.u = Grow(ws.u, size)
	clear(ws.u)
	for first := 0; first < pieces; first += directPieces {
		n := min(directPieces, pieces-first)
		ws.Team.Run(n, Pieces(func(worker, i int) {
			image, band := (first+i)/bands, (first+i)%bands
			sum := ws.v[i*size : (i+1)*size]
			for y := band * directRows; y < min(src.H, (band+1)*directRows); y++ {
				windows, row := l.windows(&ws.worker[worker], &in, image, y), out.Row(image, y)
				for q := 0; q < k; q += 16 * set.panels {
					panels := min(set.panels, (k-q)/16)
					for r := 0; r < d; r += set.outerRows {
						set.outer(min(set.outerRows, d-r), panels, windows[r:], d, row[q:], k, 16, sum[r*k+q:], k, src.W, y%directRows > 0)
					}
				}
			}
		}))
		for i := range n {
			set.axpy(1, ws.v[i*size:(i+1)*size], ws.u)
		}
	}
	for o := range l.K {
		l.taps(func(tap, at int) {
			v := ws.u[at*k+o]
			if i := o*l.C*l.Size*l.Size + tap; add {
				dw[i] += v
			} else {
				dw[i] = v
			}
		})
	}
}

// directPieces bounds the sums held at once.
const directPieces = 64
