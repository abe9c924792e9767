package f32

// Mask clears d where y is not above 0: the gradient of ReLU, whose output is y.
func Mask(ws *Workspace, d, y []float32) {
	const piece = 1 << 15
	ws.Team.Run((len(d)+piece-1)/piece, Pieces(func(_, i int) {
		from, to := i*piece, min(len(d), (i+1)*piece)
		ws.set.mask(d[from:to], y[from:to])
	}))
}

// halveGradient overwrites dx [N,H,W,C] with the gradient of the input src of halve, given that of its output, dout: it
// goes to the first of the largest values of each window, as in PyTorch. C is a multiple of Lanes.
func halveGradient(ws *Workspace, src, dout, dx Map) {
	x, d, o := src.Whole(), dx.Whole(), dout.Whole()
	ws.Team.Run(dx.N*((dx.H+1)/2), Pieces(func(_, i int) {
		n, y := i/((dx.H+1)/2), i%((dx.H+1)/2)
		if y == o.H { // an odd last row has no window
			clear(d.Row(n, 2*y))
			return
		}
		r0, r1 := d.Row(n, 2*y), d.Row(n, 2*y+1)
		if c := 2 * o.W * o.C; c < len(r0) {
			clear(r0[c:])
			clear(r1[c:])
		}
		if o.W > 0 {
			ws.set.poolGrad(r0, r1, x.Row(n, 2*y), x.Row(n, 2*y+1), o.Row(n, y), o.W, o.C)
		}
	}))
}

// BiasGradient overwrites db, or adds to it: the sums of the channels of dout over images and positions. Each row of a
// map is summed in single precision, the rows in double precision.
func BiasGradient(ws *Workspace, dout Map, db []float32, add bool) {
	d, rows := dout.Whole(), dout.N*dout.H
	ws.rows = Grow(ws.rows, rows*dout.C)
	ws.Team.Run(rows, Pieces(func(_, i int) {
		sum, row := ws.rows[i*dout.C:(i+1)*dout.C], d.Row(i/dout.H, i%dout.H)
		clear(sum)
		for x := range dout.W {
			ws.set.biasReLU(sum, row[x*dout.C:(x+1)*dout.C], false)
		}
	}))
	for c := range db {
		var sum float64
		for i := range rows {
			sum += float64(ws.rows[i*dout.C+c])
		}
		if add {
			sum += float64(db[c])
		}
		db[c] = float32(sum)
	}
}
