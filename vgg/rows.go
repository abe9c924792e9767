package vgg

import "fc7/internal/f32"

// What is done with whole maps beside the layers themselves, row by row, so that the threads share it out.

// copyJob copies the first channels of each position of a map.
type copyJob struct {
	dst      []float32 // [N,H,W,channels]
	src      f32.Map
	channels int
}

// copy copies the first channels of src to dst.
func (r *Runner) copy(dst []float32, src f32.Map, channels int) {
	r.copying = copyJob{dst, src, channels}
	r.ws.Team.Run(src.N*src.H, &r.copying)
	r.copying = copyJob{}
}

// Do implements f32.Job: row i of all maps.
func (j *copyJob) Do(_, i int) {
	n, w, c := j.channels, j.src.W, j.src.C
	dst, src := j.dst[i*w*n:][:w*n], j.src.Data[i*w*c:][:w*c]
	if n == c {
		copy(dst, src)
		return
	}
	for x := range w {
		copy(dst[x*n:][:n], src[x*c:])
	}
}

// lrnJob normalises a map that was asked for before it.
type lrnJob struct {
	lrn f32.LRN
	m   f32.Map
}

// Do implements f32.Job: row i of all maps.
func (j *lrnJob) Do(_, i int) {
	j.lrn.Row(j.m.Data[i*j.m.W*j.m.C:], j.m.W, j.m.C)
}

// inputJob writes the input values of views, [N,H,W,3], row by row.
type inputJob struct {
	levels *[3][256]float32
	views  [][]byte
	dst    f32.Map
}

// inputs is the map of the pixels of views, as the net takes them.
func (r *Runner) inputs(h, w int, views [][]byte) f32.Map {
	dst := r.buffer(len(views), h, w, 3)
	r.input = inputJob{&r.m.levels, views, dst}
	r.ws.Team.Run(len(views)*h, &r.input)
	r.input = inputJob{}
	return dst
}

// Do implements f32.Job: row i of all views.
func (j *inputJob) Do(_, i int) {
	width := 3 * j.dst.W
	inputValues(j.dst.Data[i*width:][:width], j.views[i/j.dst.H][i%j.dst.H*width:][:width], j.levels)
}
