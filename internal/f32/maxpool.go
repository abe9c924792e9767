package f32

// MaxPool pools the map by the maxima of windows, which may overlap or reach over its ends; padding is never the
// maximum. dst is of the size that v.Out tells. Values must not be below 0 (they come after ReLU); a NaN stays.
func MaxPool(ws *Workspace, src, dst Map, v Window) {
	if v.Halves() {
		halve(ws, src, dst)
		return
	}
	j := &ws.windowPool
	*j = windowPoolJob{ws, src, dst, v}
	ws.Team.Run(dst.N*dst.H, j)
	*j = windowPoolJob{}
}

type windowPoolJob struct {
	ws       *Workspace
	src, dst Map
	v        Window
}

// Do does a row: the maxima of its windows' rows, of the whole width, and then of their columns.
func (j *windowPoolJob) Do(worker, i int) {
	n, y := i/j.dst.H, i%j.dst.H
	width := j.src.W * j.src.C
	from, to, at := j.v.span(y, j.v.Top, j.src.H)
	s := &j.ws.worker[worker]
	s.v = Grow(s.v, width)
	maxima(j.ws.set, s.v, j.src.Data[(n*j.src.H+at)*width:][:max(0, to-from)*width], width)
	out := j.dst.Data[i*j.dst.W*j.dst.C:]
	for x := range j.dst.W {
		from, to, at := j.v.span(x, j.v.Left, j.src.W)
		maxima(j.ws.set, out[x*j.dst.C:], s.v[at*j.src.C:][:max(0, to-from)*j.src.C], j.src.C)
	}
}

// maxima writes the maxima of what lies one behind the other, c values each, to dst.
func maxima(set *kernels, dst, x []float32, c int) {
	switch len(x) / c {
	case 0:
		clear(dst[:c])
	case 1:
		copy(dst, x)
	case 2:
		set.maxPool(dst[:c], x, x, 1, c)
	default: // the kernel takes two pairs, which may overlap
		set.maxPool(dst[:c], x[:2*c], x[c:3*c], 1, c)
		for x = x[3*c:]; len(x) > 0; x = x[c:] {
			for i, v := range x[:c] {
				dst[i] = max(dst[i], v)
			}
		}
	}
}

// PoolSteps are those of MaxPool on maps [n,h,w,c].
func PoolSteps(c, n, h, w int, v Window) []Step {
	if v.Halves() {
		return halveSteps(c, n, h, w)
	}
	oh, ow := v.Out(h, w)
	return []Step{{n * oh, 0, float64(4 * Pad(c) * (v.Size*w + ow)), 0}}
}

// PoolNeed is their memory.
func PoolNeed(c, w int, v Window) Need {
	if v.Halves() {
		return Need{}
	}
	return Need{workerV: w * Pad(c)}
}
