package f32

// Dense is a fully connected layer in training: weights w, [O,D], as they stand. Sums over D run in chunks of
// denseChunk from the first to the last, so results depend on neither workers nor the rows beside them.
type Dense struct{ D, O int }

const (
	denseChunk   = 512  // of the depth, whose panel of inputs stays in the first-level cache
	denseRows    = 96   // outputs a worker does at a time
	denseColumns = 1024 // inputs a worker does at a time, going back
	denseDeep    = 32   // outputs at a time, going back
)

// Forward writes y [N,O] = x wᵀ + bias for x [N,D], with ReLU if asked for.
func (l Dense) Forward(ws *Workspace, w, bias, x, y []float32, relu bool) {
	n := len(x) / l.D
	whole := l.D &^ 3 // the kernels go in steps of four
	for first := 0; first < n; first += 16 {
		rows := min(16, n-first)
		xs, ys := x[first*l.D:], y[first*l.O:]
		ws.rows = Grow(ws.rows, whole*16) // xᵀ, [D][16]
		ws.Team.Run((whole+denseChunk-1)/denseChunk, Pieces(func(_, i int) {
			for d := i * denseChunk; d < min(whole, (i+1)*denseChunk); d++ {
				to := ws.rows[16*d : 16*d+16]
				clear(to)
				for r := range rows {
					to[r] = xs[r*l.D+d]
				}
			}
		}))
		ws.Team.Run((l.O+denseRows-1)/denseRows, Pieces(func(worker, i int) {
			s := &ws.worker[worker]
			o0, o1 := i*denseRows, min(l.O, (i+1)*denseRows)
			s.m = Grow(s.m, denseRows*16) // yᵀ
			clear(s.m)
			for d := 0; d < whole; d += denseChunk {
				depth := min(denseChunk, whole-d)
				multiply(ws.set, o1-o0, w[o0*l.D+d:], l.D, ws.rows[16*d:], 16*depth, s.m, 16, depth, 1, true)
			}
			for o := o0; o < o1; o++ {
				for r := range rows {
					sum := s.m[(o-o0)*16+r]
					for d := whole; d < l.D; d++ {
						sum += float32(w[o*l.D+d] * xs[r*l.D+d])
					}
					sum += bias[o]
					if relu && sum < 0 {
						sum = 0
					}
					ys[r*l.O+o] = sum
				}
			}
		}))
	}
}

// InputGradient overwrites dx [N,D] with dy w, for the gradient of the output dy [N,O], after Mask where ReLU followed.
func (l Dense) InputGradient(ws *Workspace, w, dy, dx []float32) {
	n := len(dy) / l.O
	ws.rows = Grow(ws.rows, l.O*Pad(n)) // dyᵀ, [O][Pad(N)]
	clear(ws.rows)
	for r := range n {
		for o := range l.O {
			ws.rows[o*Pad(n)+r] = dy[r*l.O+o]
		}
	}
	set := ws.set
	ws.Team.Run((l.D+denseColumns-1)/denseColumns, Pieces(func(_, i int) {
		d0, d1 := i*denseColumns, min(l.D, (i+1)*denseColumns)
		whole := d0 + (d1-d0)&^15
		for o := 0; o < l.O; o += denseDeep {
			deep := min(denseDeep, l.O-o)
			for d := d0; d < whole; d += 16 * set.panels {
				panels := min(set.panels, (whole-d)/16)
				for r := 0; r < n; r += set.outerRows {
					set.outer(min(set.outerRows, n-r), panels, ws.rows[o*Pad(n)+r:], Pad(n), w[o*l.D+d:], l.D, 16, dx[r*l.D+d:], l.D, deep, o > 0)
				}
			}
		}
		for r := range n {
			for d := whole; d < d1; d++ {
				var sum float32
				for o := range l.O {
					sum += float32(ws.rows[o*Pad(n)+r] * w[o*l.D+d])
				}
				dx[r*l.D+d] = sum
			}
		}
	}))
}

// WeightGradient overwrites dw [O,D], or adds to it: dyᵀ x.
func (l Dense) WeightGradient(ws *Workspace, x, dy, dw []float32, add bool) {
	n, set := len(dy)/l.O, ws.set
	whole := l.D &^ 15
	ws.Team.Run((l.O+set.outerRows-1)/set.outerRows, Pieces(func(_, i int) {
		o := i * set.outerRows
		outs := min(set.outerRows, l.O-o)
		for d := 0; d < whole; d += 16 * set.panels {
			set.outer(outs, min(set.panels, (whole-d)/16), dy[o:], l.O, x[d:], l.D, 16, dw[o*l.D+d:], l.D, n, add)
		}
		for ; outs > 0; o, outs = o+1, outs-1 {
			for d := whole; d < l.D; d++ {
				var sum float32
				for r := range n {
					sum += float32(dy[r*l.O+o] * x[r*l.D+d])
				}
				if add {
					sum += dw[o*l.D+d]
				}
				dw[o*l.D+d] = sum
			}
		}
	}))
}
