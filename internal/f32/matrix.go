package f32

// Matrix is the weights of a fully connected layer or of a 1x1 convolution, packed for the product rows x weights. Sums
// run through the depth in chunks of one length, so that a result depends on neither the number of rows nor of workers.
type Matrix struct {
	Depth, Cols int       // multiples of the chunk and of Lanes
	chunk       int       // a multiple of 4
	stride      int       // between chunks in b
	b           []float32 // [Depth/chunk], each [Cols/16][chunk][16]
	bias        []float32 // [Cols]
	relu        bool
}

// NewMatrix returns a matrix of zeros; Set fills it. cols is padded to a multiple of Lanes, depth must be a multiple of
// chunk, and chunk of 4. bias may be shorter than cols.
func NewMatrix(depth, chunk, cols int, bias []float32, relu bool) *Matrix {
	if depth%chunk != 0 || chunk%4 != 0 {
		panic("f32: NewMatrix: the depth is not a multiple of the chunk, or the chunk not of 4")
	}
	m := &Matrix{Depth: depth, Cols: Pad(cols), chunk: chunk, bias: Make(Pad(cols)), relu: relu}
	m.stride = spread(chunk * m.Cols)
	m.b = Make(depth / chunk * m.stride)
	copy(m.bias, bias)
	return m
}

// Bytes is the memory of the weights.
func (m *Matrix) Bytes() int { return 4 * (len(m.b) + len(m.bias)) }

// Set puts the weights of 16 columns from 16*panel on: w has a row for each of up to 16 columns, of which value at[d]
// goes to depth d; at[d] < 0 leaves the zero (padding).
func (m *Matrix) Set(panel int, w [][]float32, at []int32) {
	for d0 := 0; d0 < m.Depth; d0 += m.chunk {
		dst := m.b[d0/m.chunk*m.stride+panel*m.chunk*16:][:m.chunk*16]
		for d, from := range at[d0 : d0+m.chunk] {
			if from < 0 {
				continue
			}
			o := dst[16*d : 16*d+16]
			for i, row := range w {
				o[i] = row[from]
			}
		}
	}
}

// SetDepth puts the weights of one input: w has a value for each column. It suits weights that are stored input by
// input; inputs that are not set stay zero.
func (m *Matrix) SetDepth(d int, w []float32) {
	dst := m.b[d/m.chunk*m.stride+d%m.chunk*16:]
	for len(w) > 0 {
		n := copy(dst[:16], w)
		if w = w[n:]; len(w) > 0 {
			dst = dst[m.chunk*16:]
		}
	}
}

// Run multiplies n rows of x, [n][Depth], into y, [n][Cols], adds the bias and, where the matrix has it, applies ReLU.
func (m *Matrix) Run(ws *Workspace, n int, x, y []float32) {
	for d := 0; d < m.Depth; d += m.chunk {
		m.chunkOf(ws, n, x[d:], m.Depth, y, d)
	}
	m.finish(ws, n, y)
}

// RunSome is Run of n rows of x that lie stride apart, by the worker that calls it: columns from from on, a multiple of
// Lanes, of y, [n][Cols]. It goes through the whole depth, so that what it adds to stays in the cache, and suits
// weights of a few MB, which are read once for each call.
func (m *Matrix) RunSome(ws *Workspace, n int, x []float32, stride int, y []float32, from int) {
	panel, panels := from/16, (m.Cols-from)/16
	for d := 0; d < m.Depth; d += m.chunk {
		b := m.b[d/m.chunk*m.stride+panel*m.chunk*16:]
		multiply(ws.set, n, x[d:], stride, b, m.chunk*16, y[from:], m.Cols, m.chunk, panels, d > 0)
	}
	for i := range n {
		ws.set.biasReLU(y[i*m.Cols+from:(i+1)*m.Cols], m.bias[from:], m.relu)
	}
}

// RunWindows is Run for rows that are windows of maps, of any sizes: row (i,y,x) of a map is its size x size window at
// y, x, in order rows, columns, channels. The rows of the first map, [N,H-size+1,W-size+1,Cols], come first in y, then
// those of the next. The depth's chunk must divide a column's channels or be a multiple of them that divides a window
// row. Results depend on the map alone, not on the others; maps of few windows are best next to each other.
func (m *Matrix) RunWindows(ws *Workspace, src []Map, y []float32, size int) {
	for len(src) > 0 {
		n, rows := m.windowsOf(ws, src, size)
		switch {
		case m.transformed(src[0], size):
			m.window7(ws, rows, y)
		case n == 1 && src[0].H == size && src[0].W == size: // each map is its only window
			m.Run(ws, rows, src[0].Data, y)
		default:
			m.gathered(ws, rows, y, size)
		}
		src, y = src[n:], y[rows*m.Cols:]
	}
}

// transformed tells whether a map's windows go by F(2x2,7x7).
func (m *Matrix) transformed(src Map, size int) bool {
	return by7(size, src.C, m.chunk, (src.H-size+1)*(src.W-size+1))
}

// windows are those of a map.
type windows struct {
	src        Map
	h, w       int // windows down and across
	first      int // its first row
	parts      int // of a row of them, which are gathered by themselves
	down, over int // tiles of F(2x2,7x7)
	tile       int // its first one
}

// windowsOf notes the windows of the first maps, all that go the way of the first; there are so many maps, and rows.
func (m *Matrix) windowsOf(ws *Workspace, src []Map, size int) (n, rows int) {
	tiles := 0
	ws.windows = ws.windows[:0]
	for _, s := range src {
		if m.transformed(s, size) != m.transformed(src[0], size) {
			break
		}
		v := windows{src: s, h: s.H - size + 1, w: s.W - size + 1, first: rows, tile: tiles}
		v.down, v.over = (v.h+1)/out7, (v.w+1)/out7
		rows, tiles = rows+s.N*v.h*v.w, tiles+s.N*v.down*v.over
		ws.windows = append(ws.windows, v)
	}
	return len(ws.windows), rows
}

// gathered puts the windows together, chunk by chunk of the depth.
func (m *Matrix) gathered(ws *Workspace, rows int, y []float32, size int) {
	ws.rows = Grow(ws.rows, rows*m.chunk)
	high, pieces := 0, 0
	for i := range ws.windows {
		high += ws.windows[i].src.N * ws.windows[i].h
	}
	for i := range ws.windows {
		v := &ws.windows[i]
		v.parts = gatherParts(high, v.w, ws.Team.Size())
		pieces += v.pieces()
	}
	across := size * ws.windows[0].src.C
	for d := 0; d < m.Depth; d += m.chunk {
		ws.gather = gatherJob{of: ws.windows, dst: ws.rows, row: d / across, col: d % across, chunk: m.chunk}
		ws.Team.Run(pieces, &ws.gather)
		m.chunkOf(ws, rows, ws.rows, m.chunk, y, d)
	}
	ws.gather = gatherJob{}
	m.finish(ws, rows, y)
}

// pieces is in how many parts a map's windows are gathered.
func (v *windows) pieces() int { return v.src.N * v.h * v.parts }

type gatherJob struct {
	of              []windows
	dst             []float32
	row, col, chunk int
}

// gatherParts is in how many parts each of so many rows of w windows is gathered: each window by itself, where a team
// has more workers than there are rows.
func gatherParts(rows, w, team int) int {
	if rows < team {
		return w
	}
	return 1
}

// Do copies the chunk of the windows of a part of an output row.
func (j *gatherJob) Do(_, i int) {
	of := &j.of[0]
	for k := 1; i >= of.pieces(); k++ {
		i -= of.pieces()
		of = &j.of[k]
	}
	part, wide := i%of.parts, of.w/of.parts
	i /= of.parts
	n, y := i/of.h, i%of.h
	for x := part * wide; x < (part+1)*wide; x++ {
		from := ((n*of.src.H+y+j.row)*of.src.W+x)*of.src.C + j.col
		copy(j.dst[(of.first+i*of.w+x)*j.chunk:][:j.chunk], of.src.Data[from:])
	}
}

// panelsAPiece is how many panels of 16 columns a worker takes at a time: fewer in a large team, so that each has two
// pieces.
func panelsAPiece(cols, team int) int { return max(1, min(8, cols/16/(2*team))) }

// rowsAPiece is how many rows a worker takes at a time at most, where the weights are few enough to be read again for
// each piece.
const (
	rowsAPiece = 96
	fewWeights = 512 * 512
)

// rowsOfPiece makes n rows as many pieces of at most rowsAPiece for each worker.
func rowsOfPiece(n, team int) int {
	waves := (n + rowsAPiece*team - 1) / (rowsAPiece * team)
	return (n + waves*team - 1) / (waves * team)
}

func (m *Matrix) chunkOf(ws *Workspace, n int, x []float32, xStride int, y []float32, d int) {
	panels := m.Cols / 16
	j := &ws.product
	*j = productJob{
		set: ws.set, n: n, x: x, xStride: xStride, b: m.b[d/m.chunk*m.stride:][:m.chunk*m.Cols],
		y: y, cols: m.Cols, k: m.chunk, add: d > 0, rows: n, panels: panelsAPiece(m.Cols, ws.Team.Size()),
	}
	if m.chunk*m.Cols <= fewWeights && n > rowsAPiece {
		j.rows, j.panels = rowsOfPiece(n, ws.Team.Size()), panels
	}
	ws.Team.Run((panels+j.panels-1)/j.panels*((n+j.rows-1)/j.rows), j)
	*j = productJob{}
}

type productJob struct {
	set     *kernels
	n       int
	x       []float32
	xStride int
	b, y    []float32
	cols, k int
	add     bool

	rows, panels int // in a piece
}

func (j *productJob) Do(_, i int) {
	down := (j.n + j.rows - 1) / j.rows
	p, r := i/down*j.panels, i%down*j.rows
	n, rows := min(j.panels, j.cols/16-p), min(j.rows, j.n-r)
	multiply(j.set, rows, j.x[r*j.xStride:], j.xStride, j.b[p*j.k*16:], j.k*16, j.y[r*j.cols+16*p:], j.cols, j.k, n, j.add)
}

// finish adds the bias and applies ReLU.
func (m *Matrix) finish(ws *Workspace, n int, y []float32) {
	ws.finish = finishJob{ws.set, m, y}
	ws.Team.Run(n, &ws.finish)
	ws.finish = finishJob{}
}

type finishJob struct {
	set *kernels
	m   *Matrix
	y   []float32
}

// Do finishes row i.
func (j *finishJob) Do(_, i int) {
	j.set.biasReLU(j.y[i*j.m.Cols:(i+1)*j.m.Cols], j.m.bias, j.m.relu)
}
