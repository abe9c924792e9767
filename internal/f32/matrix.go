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

// RunWindow is Run for rows that are windows of a map: row (i,y,x) is the size x size window of src at y, x, in order
// rows, columns, channels; dst is [N,H-size+1,W-size+1,Cols]. The depth's chunk must divide a column's channels or be a
// multiple of them that divides a window row.
func (m *Matrix) RunWindow(ws *Workspace, src, dst Map, size int) {
	n := dst.N * dst.H * dst.W
	if src.H == size && src.W == size { // each map is its only window
		m.Run(ws, n, src.Data, dst.Data)
		return
	}
	if size == taps7 && m.chunk == src.C && dst.H*dst.W >= fewest7 {
		m.window7(ws, src, dst)
		m.finish(ws, n, dst.Data)
		return
	}
	ws.rows = Grow(ws.rows, n*m.chunk)
	for d := 0; d < m.Depth; d += m.chunk {
		ws.gather = gatherJob{
			src: src, dst: ws.rows, h: dst.H, w: dst.W, row: d / (size * src.C), col: d % (size * src.C), chunk: m.chunk,
			parts: gatherParts(dst.N*dst.H, dst.W, ws.Team.Size()),
		}
		ws.Team.Run(dst.N*dst.H*ws.gather.parts, &ws.gather)
		m.chunkOf(ws, n, ws.rows, m.chunk, dst.Data, d)
	}
	ws.gather = gatherJob{}
	m.finish(ws, n, dst.Data)
}

type gatherJob struct {
	src             Map
	dst             []float32
	h, w            int
	row, col, chunk int
	parts           int
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
	part, wide := i%j.parts, j.w/j.parts
	i /= j.parts
	n, y := i/j.h, i%j.h
	for x := part * wide; x < (part+1)*wide; x++ {
		from := ((n*j.src.H+y+j.row)*j.src.W+x)*j.src.C + j.col
		copy(j.dst[(i*j.w+x)*j.chunk:][:j.chunk], j.src.Data[from:])
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
