package f32

import "math"

// The loops of batch normalisation. Numbers of each channel are slices of the maps' width, a multiple of Lanes.

// normPixels is how many pixels a worker does at a time; their sums are of single precision.
const normPixels = 256

func (ws *Workspace) pixels(n int, f func(piece, from, count int)) {
	ws.Team.Run((n+normPixels-1)/normPixels, Pieces(func(_, i int) { f(i, i*normPixels, min(normPixels, n-i*normPixels)) }))
}

// Affine writes a x + b, with ReLU if asked for, to dst; x and dst are n pixels of len(a) channels.
func Affine(ws *Workspace, dst, x, a, b []float32, n int, relu bool) {
	c, low := len(a), float32(math.Inf(-1))
	if relu {
		low = 0
	}
	ws.pixels(n, func(_, from, count int) { ws.set.affine(dst[from*c:], x[from*c:], a, b, low, count, c) })
}

// Affine2 writes a d + b x + k to dst; d, x and dst are n pixels of len(a) channels.
func Affine2(ws *Workspace, dst, d, x, a, b, k []float32, n int) {
	c := len(a)
	ws.pixels(n, func(_, from, count int) { ws.set.affine2(dst[from*c:], d[from*c:], x[from*c:], a, b, k, count, c) })
}

// Moments returns the sums over n pixels of d-md and of (d-md)(x-mx), for each of len(md) channels. What a worker sums
// at once is of single precision, the rest of double; the order does not depend on the workers.
func Moments(ws *Workspace, d, x, md, mx []float32, n int) (sum, product []float64) {
	c := len(md)
	pieces := (n + normPixels - 1) / normPixels
	ws.rows = Grow(ws.rows, 2*pieces*c)
	ws.pixels(n, func(i, from, count int) {
		s := ws.rows[2*i*c : 2*(i+1)*c]
		ws.set.moments(s[:c], s[c:], d[from*c:], x[from*c:], md, mx, count, c)
	})
	sum, product = make([]float64, c), make([]float64, c)
	for i := range pieces {
		s := ws.rows[2*i*c : 2*(i+1)*c]
		for k := range c {
			sum[k] += float64(s[k])
			product[k] += float64(s[c+k])
		}
	}
	return sum, product
}
