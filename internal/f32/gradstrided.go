package f32

// Strided is a convolution of any window, step, padding and number of groups in training: filters w
// [K,C/Groups,Size,Size], maps of In channels in memory, of which the first C count, to maps of Pad(K).
type Strided struct {
	C, In, K, Groups int
	Window           Window
}

// Forward convolves src into dst and adds the bias [K]; relu says whether ReLU follows.
func (l Strided) Forward(ws *Workspace, w, bias []float32, src, dst Map, relu bool) {
	NewIm2col(w, bias, l.K, l.C, l.In, l.Groups, l.Window, relu).Run(ws, src, dst)
}

// InputGradient writes the gradient of the input, given that of the output: each output's share goes to all that its
// window saw, in the order of the outputs. A map is one piece of work, so that sums do not depend on the workers.
func (l Strided) InputGradient(ws *Workspace, w []float32, dout, dx Map) {
	area, c := l.Window.Size*l.Window.Size, l.C/l.Groups
	byTap := Grow(ws.u, l.K*area*c) // [K][area][c]
	ws.u = byTap
	for o := range l.K {
		for i := range c {
			for t := range area {
				byTap[(o*area+t)*c+i] = w[(o*c+i)*area+t]
			}
		}
	}
	ws.Team.Run(dx.N, Pieces(func(_, n int) {
		clear(dx.Image(n))
		for y := range dout.H {
			fromY, toY, atY := l.Window.span(y, l.Window.Top, dx.H)
			for x := range dout.W {
				fromX, toX, atX := l.Window.span(x, l.Window.Left, dx.W)
				for o, d := range dout.At(n, y, x)[:l.K] {
					if d == 0 {
						continue
					}
					first := o / (l.K / l.Groups) * c
					for i := fromY; i < toY; i++ {
						for k := fromX; k < toX; k++ {
							to := dx.At(n, atY+i-fromY, atX+k-fromX)[first : first+c]
							ws.set.axpy(d, byTap[(o*area+i*l.Window.Size+k)*c:][:c], to)
						}
					}
				}
			}
		}
	}))
}

// positionsAtOnce is how many windows of WeightGradient are gathered at a time.
const positionsAtOnce = 512

// WeightGradient writes the gradient of the filters to dw, or adds it; sums run from the first output to the last.
func (l Strided) WeightGradient(ws *Workspace, src, dout Map, dw []float32, add bool) {
	g := shapeOf(l.K, l.C, l.In, l.Groups, l.Window)
	if !add {
		clear(dw)
	}
	d, positions, k := Pad(g.chunk), dout.N*dout.H*dout.W, l.K/g.groups
	sums := Make(k * d)
	ws.rows = Grow(ws.rows, min(positions, positionsAtOnce)*g.chunk+Lanes)
	clear(ws.rows)
	j := &im2colJob{l: g, ws: ws, src: src, dst: dout, positions: positions}
	for group := range g.groups {
		for y0 := 0; y0 < l.Window.Size; y0 += g.high {
			clear(sums)
			for p := 0; p < positions; p += positionsAtOnce {
				n := min(positionsAtOnce, positions-p)
				const piece = 32
				ws.Team.Run((n+piece-1)/piece, Pieces(func(_, i int) {
					j.gather(ws.rows[i*piece*g.chunk:], p+i*piece, min(piece, n-i*piece), group, y0)
				}))
				Outer(ws, n, k, d, dout.Data[p*dout.C+group*k:], dout.C, ws.rows, g.chunk, sums, d, false)
			}
			l.put(dw, sums, g, d, group, y0)
		}
	}
}

// put adds the sums of a group and of the windows' rows from y0 on to the gradient.
func (l Strided) put(dw, sums []float32, g *Im2col, d, group, y0 int) {
	k, c, size := l.K/g.groups, l.C/l.Groups, l.Window.Size
	for o := range k {
		whole := group*k + o
		first := whole/(l.K/l.Groups)*c - group*g.width // its first channel in the windows of the product's group
		for i := range c {
			for y := range g.high {
				for x := range size {
					dw[((whole*c+i)*size+y0+y)*size+x] += sums[o*d+(y*size+x)*g.width+first+i]
				}
			}
		}
	}
}

// MaxPoolGradient is the gradient of MaxPool: each of dout goes to the first of the largest values of its window, in
// whose place those of windows that overlap add up.
func MaxPoolGradient(ws *Workspace, src, dout, dx Map, v Window) {
	if v.Halves() && !v.Ceil {
		halveGradient(ws, src, dout, dx)
		return
	}
	ws.Team.Run(src.N, Pieces(func(_, n int) {
		clear(dx.Image(n))
		for y := range dout.H {
			fromY, toY, atY := v.span(y, v.Top, src.H)
			for x := range dout.W {
				fromX, toX, atX := v.span(x, v.Left, src.W)
				for c, d := range dout.At(n, y, x) {
					best, at := float32(0), -1
					for i := range toY - fromY {
						for k := range toX - fromX {
							place := ((n*src.H+atY+i)*src.W+atX+k)*src.C + c
							if is := src.Data[place]; at < 0 || is > best || is != is && best == best {
								best, at = is, place
							}
						}
					}
					dx.Data[at] += d
				}
			}
		}
	}))
}
