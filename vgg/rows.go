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
