package vgg

import (
	"slices"

	"fc7/internal/f32"
)

// Block 1 has the largest maps: at 1024 x 768 pixels conv1_1 alone would take 201 MB a view. It is therefore done in
// bands of rows: pixels to input values, conv1_1, and then conv1_2 and pool1 while the band is in cache; only the last
// map of the block is whole.

// bandRows is how many rows of conv1_2 a band has: a multiple of the 4 of a tile.
const bandRows = 8

type earlyJob struct {
	r      *Runner
	views  [][]byte
	h, w   int
	bands  int
	lrn    bool          // normalise conv1_1's rows
	second *f32.Winograd // conv1_2, nil if the job ends before it
	pool   bool
	dst    f32.Band
	rows   []earlyRows
}

// earlyRows is a worker's memory: input rows with padding, and rows of conv1_1.
type earlyRows struct {
	in, conv []float32
}

// blockOne runs the images up to the first map that is needed whole and returns it with the index of the layer that
// comes next; last is that of the last layer needed.
func (r *Runner) blockOne(h, w int, views [][]byte, layers []string, last int) (f32.Map, int) {
	j := &r.early
	rows := j.rows
	*j = earlyJob{r: r, views: views, h: h, w: w, rows: rows}
	k := r.m.first.K
	i := 1
	// takes tells whether layer i can be done in the bands: the one before it is not asked for.
	takes := func(kind Kind) bool {
		return i <= last && r.m.layers[i].Kind == kind && !slices.Contains(layers, r.m.layers[i-1].Name)
	}
	if takes(Normalisation) {
		j.lrn = true
		i++
	}
	if takes(Convolution) {
		c := r.m.convs[r.m.layers[i].Name]
		j.second, k = c.wino, c.wino.K
		i++
	}
	if takes(Pooling) {
		j.pool = true
		i++
	}
	oh, ow := h, w
	if j.pool {
		oh, ow = r.m.layers[i-1].Window().Out(h, w)
	}
	dst := r.buffer(len(views), oh, ow, k)
	j.dst = dst.Whole()
	j.bands = (h + bandRows - 1) / bandRows
	r.ws.Team.Run(len(views)*j.bands, j)
	*j = earlyJob{rows: rows}
	if r.Trace != nil {
		r.traceFirst(i, len(views), h, w)
	}
	return dst, i
}

// traceFirst tells of the first n layers, done together.
func (r *Runner) traceFirst(n, views, h, w int) {
	name, work := "", int64(0)
	for i, l := range r.m.layers[:n] {
		if i > 0 {
			name += "+"
		}
		name += l.Name
		work += int64(views) * l.MultiplyAdds(h, w)
	}
	r.trace(work, name, false)
}

// Do does one band of one view.
func (j *earlyJob) Do(worker, i int) {
	n, y0 := i/j.bands, i%j.bands*bandRows
	y1 := min(j.h, y0+bandRows)
	view := j.views[n]
	s := &j.rows[worker]
	if j.second == nil && !j.pool {
		j.firstRows(s, view, &j.dst, n, y0, y1)
		return
	}
	k := j.r.m.first.K
	top, bottom := y0, y1
	if j.second != nil {
		top, bottom = max(0, y0-1), min(j.h, y1+1)
	}
	s.conv = f32.Grow(s.conv, (bandRows+2)*j.w*k)
	first := f32.Band{N: 1, H: j.h, W: j.w, C: k, Top: top, Rows: bottom - top, Data: s.conv}
	j.firstRows(s, view, &first, 0, top, bottom)
	dst := j.image(n)
	if j.second != nil {
		j.second.RunBand(j.r.ws, worker, &first, &dst, j.pool, y0, y1)
		return
	}
	for y := y0 / 2; y < min((y1+1)/2, dst.H); y++ {
		f32.PoolRow(j.r.ws, &dst, &first, 0, y)
	}
}

// image is map n of the destination alone.
func (j *earlyJob) image(n int) f32.Band {
	d := j.dst
	size := d.H * d.W * d.C
	d.N, d.Data = 1, d.Data[n*size:(n+1)*size]
	return d
}

// firstRows computes rows y0 to y1-1 of conv1_1 and, if wanted, normalises them.
func (j *earlyJob) firstRows(s *earlyRows, view []byte, dst *f32.Band, n, y0, y1 int) {
	width := 3 * (j.w + 2)
	s.in = f32.Grow(s.in, (bandRows+4)*width)
	row := func(y int) []float32 { return s.in[(y-y0+1)*width : (y-y0+2)*width] }
	for y := y0 - 1; y <= y1; y++ {
		j.inputRow(row(y), view, y)
	}
	for y := y0; y < y1; y++ {
		out := dst.Row(n, y)
		j.r.m.first.Row(j.r.ws, out, j.w, row(y-1), row(y), row(y+1))
		if j.lrn {
			j.r.m.lrn.Row(out, j.w, j.r.m.first.K)
		}
	}
}

// inputRow writes the input values of image row y with a pixel of zeros at each end; a row outside the image is all
// zeros (the padding comes after the mean is subtracted). To the race detector it is as one of the kernels, into which
// it does not look either: it would take most of the time of what is tested under it.
//
//go:norace
func (j *earlyJob) inputRow(dst []float32, view []byte, y int) {
	if y < 0 || y >= j.h {
		clear(dst)
		return
	}
	clear(dst[:3])
	clear(dst[3*(j.w+1):])
	src := view[3*y*j.w : 3*(y+1)*j.w]
	inputValues(dst[3:], src, &j.r.m.levels)
}

// inputValues writes the input values of packed pixels. See inputRow about the race detector.
//
//go:norace
func inputValues(dst []float32, src []byte, t *[3][256]float32) {
	for x := 0; x+3 <= len(src); x += 3 {
		d, p := (*[3]float32)(dst[x:]), (*[3]byte)(src[x:])
		d[0], d[1], d[2] = t[0][p[0]], t[1][p[1]], t[2][p[2]]
	}
}
