package f32

// Im2col is a convolution of any window, step, padding and number of groups, with bias and ReLU: the windows are
// gathered as rows and multiplied with the filters, a chunk of the depth at a time, so that what is gathered stays in
// the cache. A result depends on neither the other maps nor the workers.
type Im2col struct {
	k      int // channels out, a multiple of Lanes
	v      Window
	in     int // channels of the map, as it lies in memory
	groups int
	width  int // channels of a group in a window
	high   int // rows of a window in a chunk
	chunk  int // values of one, padded to a multiple of 4
	b      []float32
	bias   []float32 // [K]
	relu   bool
}

// mostGathered is up to how many values a whole window is one chunk; else each of its rows is.
const mostGathered = 768

// NewIm2col packs the filters w, [k,c/groups,size,size] in order outputs, inputs, rows, columns, for maps that have in
// channels in memory, of which the first c count. Groups that are no multiple of Lanes become one, with zeros.
func NewIm2col(w, bias []float32, k, c, in, groups int, v Window, relu bool) *Im2col {
	l := shapeOf(k, c, in, groups, v)
	l.bias, l.relu = Make(l.k), relu
	l.b = Make(v.Size / l.high * l.chunk * l.k)
	copy(l.bias, bias[:k])
	for o := range k {
		for i := range c / groups {
			from := o / (k / groups) * (c / groups) // the first channel of its group
			for tap := range v.Size * v.Size {
				l.set(o, from+i, tap/v.Size, tap%v.Size, w[(o*(c/groups)+i)*v.Size*v.Size+tap])
			}
		}
	}
	return l
}

// shapeOf is an Im2col without filters.
func shapeOf(k, c, in, groups int, v Window) *Im2col {
	l := &Im2col{k: Pad(k), v: v, in: in, groups: 1, width: in}
	if groups > 1 && c/groups%Lanes == 0 && k/groups%Lanes == 0 {
		l.groups, l.width = groups, c/groups
	}
	l.high, l.chunk = chunkOf(v, l.width)
	return l
}

// chunkOf is how many rows of a window with so many channels are gathered at a time, and how many values that are.
func chunkOf(v Window, width int) (high, chunk int) {
	high = 1
	if v.Size*v.Size*width <= mostGathered {
		high = v.Size
	}
	return high, (high*v.Size*width + 3) &^ 3
}

// set puts a weight to its place: [groups][chunks][K/groups/16][chunk][16].
func (l *Im2col) set(o, i, y, x int, w float32) {
	group, cols := i/l.width, l.k/l.groups
	o -= group * cols
	depth := (y%l.high*l.v.Size+x)*l.width + i%l.width
	l.b[(group*(l.v.Size/l.high)+y/l.high)*l.chunk*cols+o/16*l.chunk*16+depth*16+o%16] = w
}

// Bytes is the memory of the filters.
func (l *Im2col) Bytes() int { return 4 * (len(l.b) + len(l.bias)) }

// Run convolves src [N,H,W,C] into dst [N,H',W',K], whose size is that which Window.Out tells.
func (l *Im2col) Run(ws *Workspace, src, dst Map) {
	j := &ws.im2col
	*j = im2colJob{l: l, ws: ws, src: src, dst: dst, positions: dst.N * dst.H * dst.W}
	j.rows = rowsOfPiece(j.positions, ws.Team.Size())
	j.pieces = (j.positions + j.rows - 1) / j.rows
	ws.Team.Run(j.pieces*l.groups, j)
	*j = im2colJob{}
}

type im2colJob struct {
	l                       *Im2col
	ws                      *Workspace
	src, dst                Map
	positions, rows, pieces int // rows are the positions of a piece
}

// Do does the positions of a piece for one group.
func (j *im2colJob) Do(worker, i int) {
	l, set, s := j.l, j.ws.set, &j.ws.worker[worker]
	group, first := i/j.pieces, i%j.pieces*j.rows
	n := min(j.rows, j.positions-first)
	cols, chunks := l.k/l.groups, l.v.Size/l.high
	s.v = Grow(s.v, n*l.chunk)
	out := j.dst.Data[first*l.k+group*cols:]
	for c := range chunks {
		j.gather(s.v, first, n, group, c*l.high)
		b := l.b[(group*chunks+c)*l.chunk*cols:]
		multiply(set, n, s.v, l.chunk, b, l.chunk*16, out, l.k, l.chunk, cols/16, c > 0)
	}
	for r := range n {
		set.biasReLU(out[r*l.k:r*l.k+cols], l.bias[group*cols:], l.relu)
	}
}

// gather writes rows y0 to y0+high-1 of the windows of n positions, one behind the other.
func (j *im2colJob) gather(dst []float32, first, n, group, y0 int) {
	l := j.l
	run := l.v.Size * l.width
	for p := first; p < first+n; p++ {
		row := dst[(p-first)*l.chunk:][:l.chunk]
		clear(row[l.high*run:])
		image, at := p/(j.dst.H*j.dst.W), p%(j.dst.H*j.dst.W)
		y := at/j.dst.W*l.v.Step - l.v.Top + y0
		from, to, x := l.v.span(at%j.dst.W, l.v.Left, j.src.W)
		for k := range l.high {
			one := row[k*run : (k+1)*run]
			if y+k < 0 || y+k >= j.src.H || to <= from {
				clear(one)
				continue
			}
			clear(one[:from*l.width])
			clear(one[to*l.width:])
			src := j.src.Data[((image*j.src.H+y+k)*j.src.W+x)*l.in+group*l.width:]
			if l.groups == 1 {
				copy(one[from*l.width:to*l.width], src)
				continue
			}
			for i := from; i < to; i++ {
				copy(one[i*l.width:(i+1)*l.width], src[(i-from)*l.in:])
			}
		}
	}
}

// Im2colSteps are those of an Im2col of maps [n,h,w,c], which have in channels in memory, to k on a team.
func Im2colSteps(team, c, in, k, groups, n, h, w int, v Window) []Step {
	oh, ow := v.Out(h, w)
	positions := n * oh * ow
	rows := rowsOfPiece(positions, team)
	pieces := (positions + rows - 1) / rows
	l := shapeOf(k, c, in, groups, v)
	depth, cols := float64(v.Size/l.high*l.chunk), float64(l.k/l.groups)
	r := float64(positions) / float64(pieces)
	filters := 4 * depth * cols
	return []Step{{pieces * l.groups, r * depth * cols, filters + 4*r*(2*depth+2*cols), filters}}
}

// Im2colNeed is their memory.
func Im2colNeed(c, in, k, groups, n, h, w int, v Window) Need {
	oh, ow := v.Out(h, w)
	return Need{workerV: min(rowsAPiece, n*oh*ow) * shapeOf(k, c, in, groups, v).chunk}
}
