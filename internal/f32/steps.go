package f32

// What layers are made of, for those who plan how cores are shared out. The numbers of pieces are those that the layers
// give a Team, by the same functions; what a piece costs is counted, in multiply-adds or what takes as long.

// Step is work in equal, independent pieces, as a Team shares them out; the next step begins when all are done.
type Step struct {
	Pieces int
	Work   float64 // of a piece, in multiply-adds
	Bytes  float64 // that a piece moves between its core and what all cores share
	Shared float64 // of them, weights, which all teams read
}

// What else takes as long as so many multiply-adds, on the machine of README.md: 64 ns of a Winograd transform of a
// tile and 16 channels.
const (
	workTransform = 3800
	workSmall7    = points7 * points7 * Lanes // a product with a matrix of small7, at half speed
)

// WinogradSteps are those of a 3x3 convolution of maps [n,h,w,c] to k channels on a team, pooled or not.
func WinogradSteps(team, c, k, n, h, w int, pool bool) []Step {
	c, k = Pad(c), Pad(k)
	tiles := n * ((h + 3) / 4) * ((w + 3) / 4)
	block, shared := divide(c, k, tiles, team)
	out := 16.0
	if pool {
		out = 4
	}
	in, products, back := float64(c/16*workTransform), float64(36*c*k), float64(k/16*workTransform)
	filters, read, written := float64(4*36*c*k), float64(4*16*c), 4*out*float64(k)
	pieces := (tiles + block - 1) / block
	b := float64(tiles) / float64(pieces)
	if !shared {
		return []Step{{pieces, b * (in + products + back), filters + b*(read+written), filters}}
	}
	v, m := float64(4*36*c), float64(4*36*k) // of a tile
	rows, columns := productParts(k, tiles, team)
	parts, r, q := rows*columns, float64(rows), float64(columns)
	return []Step{
		{pieces, b * in, b * (read + v), 0},
		{36 * parts, float64(tiles) * products / 36 / r / q, (filters/q + float64(tiles)/r*(v+m/q)) / 36, filters / q / 36},
		{pieces, b * back, b * (m + written), 0},
	}
}

// MatrixSteps are those of Matrix.Run, or of RunWindows for windows of size x size over maps [n,h,w,c].
func MatrixSteps(team, c, chunk, cols, n, h, w, size int) (out []Step) {
	cols = Pad(cols)
	oh, ow := h-size+1, w-size+1
	rows := n * oh * ow
	if by7(size, c, chunk, oh*ow) {
		return append(window7Steps(c, cols, n, oh, ow), finishStep(rows, cols))
	}
	panels, piece := cols/16, panelsAPiece(cols, team)
	high := rows
	if chunk*cols <= fewWeights && rows > rowsAPiece {
		high, piece = rowsOfPiece(rows, team), panels
	}
	across, down := (panels+piece-1)/piece, (rows+high-1)/high
	pieces := across * down
	r, p := float64(rows)/float64(down), float64(panels)/float64(across)*16
	for range size * size * c / chunk {
		if size > 1 && rows > n {
			parts := gatherParts(n*oh, ow, team)
			out = append(out, Step{n * oh * parts, 0, float64(8 * ow / parts * chunk), 0})
		}
		out = append(out, Step{pieces, r * p * float64(chunk), 4 * (p*float64(chunk) + r*float64(chunk) + 2*r*p), 4 * p * float64(chunk)})
	}
	return append(out, finishStep(rows, cols))
}

// finishStep is bias and ReLU.
func finishStep(rows, cols int) Step { return Step{rows, 0, float64(8 * cols), 0} }

func window7Steps(c, cols, n, oh, ow int) []Step {
	tiles := n * ((oh + 1) / out7) * ((ow + 1) / out7)
	panels := float64(min(cols7, cols) / 16)
	in := Step{tiles, float64(c / 16 * 2 * points7 * workSmall7 * 2), float64(4 * 2 * 64 * c), 0}
	filters := panels * float64(c) * (points7*taps7*taps7 + points7*points7*taps7) * 16
	products := 64 * float64(tiles) * float64(c) * 16 * panels
	back := float64(tiles) * panels * (points7 + out7) * out7 * points7 * 16 * 2
	weights, v := 4*taps7*taps7*float64(c)*16*panels, 4*64*float64(tiles)*float64(c)
	return []Step{in, {(cols + cols7 - 1) / cols7, filters + products + back, weights + v + 4*4*float64(tiles)*16*panels, weights}}
}

// halveSteps are those of halve on maps [n,h,w,c].
func halveSteps(c, n, h, w int) []Step {
	return []Step{{n * (h / 2), 0, float64(5 * 2 * w * Pad(c)), 0}}
}

// Need is memory of a Workspace in floats: what all workers share, and what each has.
type Need struct {
	v, m, rows                int
	workerV, workerM, workerP int
}

// Max is what is needed for both of two layers, one after the other.
func (a Need) Max(b Need) Need {
	return Need{
		max(a.v, b.v), max(a.m, b.m), max(a.rows, b.rows),
		max(a.workerV, b.workerV), max(a.workerM, b.workerM), max(a.workerP, b.workerP),
	}
}

// Bytes is that of a team's workspace.
func (a Need) Bytes(team int) int64 {
	own := held(a.workerV) + held(a.workerM) + held(a.workerP) + held(36*Lanes)
	return held(a.v) + held(a.m) + held(a.rows) + int64(team)*own
}

// held is the memory of room(n): what is not small takes whole pages.
func held(n int) int64 {
	if 4*n < smallRoom {
		return 4 * int64(n)
	}
	return (4*int64(n) + largePage - 1) / largePage * largePage
}

// WinogradNeed is the memory of a 3x3 convolution (see WinogradSteps) of such maps, and of fewer or smaller ones: few
// tiles are shared out step by step, and take memory of another kind.
func WinogradNeed(team, c, k, n, h, w int) Need {
	c, k = Pad(c), Pad(k)
	tiles := n * ((h + 3) / 4) * ((w + 3) / 4)
	few := min(tiles, mostShared(c, k, team))
	need := Need{v: 36 * spread(few*c), m: 36 * spread(few*k), workerP: 36 * max(c, k)}
	if few < tiles {
		need = need.Max(blockNeed(c, k, tiles))
	}
	return need
}

// BandNeed is what each worker needs for RunBand, whatever the band's width.
func BandNeed(c, k int) Need {
	c, k = Pad(c), Pad(k)
	return blockNeed(c, k, blockTiles(c, k))
}

// blockNeed is that of blocks of up to so many tiles.
func blockNeed(c, k, tiles int) Need {
	block := min(tiles, blockTiles(c, k))
	return Need{workerV: 36 * spread(block*c), workerM: 36 * spread(block*k), workerP: 36 * max(c, k)}
}

// MatrixNeed is the memory of a fully connected layer; see MatrixSteps.
func MatrixNeed(c, chunk, n, h, w, size int) Need {
	oh, ow := h-size+1, w-size+1
	switch {
	case size == 1, oh == 1 && ow == 1:
		return Need{}
	case by7(size, c, chunk, oh*ow):
		tiles := n * ((oh + 1) / out7) * ((ow + 1) / out7)
		return Need{
			v: points7 * points7 * spread(tiles*c), workerV: points7 * points7 * spread(c*cols7),
			workerM: points7 * points7 * tiles * cols7, workerP: 2 * points7 * points7 * Lanes,
		}
	}
	return Need{rows: n * oh * ow * chunk}
}

// Bytes is the memory that the workspace has grown to.
func (ws *Workspace) Bytes() (n int64) {
	for _, s := range [][]float32{ws.v, ws.m, ws.rows, ws.u, ws.bias} {
		n += held(cap(s))
	}
	for i := range ws.worker {
		s := &ws.worker[i]
		n += held(cap(s.v)) + held(cap(s.m)) + held(cap(s.patch)) + held(cap(s.tmp))
	}
	return n
}
