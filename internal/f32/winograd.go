package f32

// Winograd is a 3x3 convolution, stride 1, zero padding 1, with bias and ReLU, by F(4x4,3x3) of Lavin and Gray, arXiv
// 1509.09308: tiles of 4x4 outputs from 6x6 inputs, 36 products a tile and channel pair instead of 144.
type Winograd struct {
	C, K int       // channels in and out, multiples of Lanes
	u    []float32 // transformed filters, [36][K/16][C][16]
	bias []float32 // [K]

	linear bool // no ReLU
}

// NewWinograd transforms the filters w, [k,c,3,3], on the team. Channels are padded with zeros to a multiple of Lanes;
// bias has k values.
func NewWinograd(t *Team, w, bias []float32, k, c int) *Winograd {
	l := &Winograd{C: Pad(c), K: Pad(k), bias: Make(Pad(k))}
	copy(l.bias, bias[:k])
	l.u = room(36 * l.C * l.K)
	t.Run(l.K/16, &filterJob{l, w, k, c})
	return l
}

// Bytes is the memory of the filters.
func (l *Winograd) Bytes() int { return 4 * (len(l.u) + len(l.bias)) }

type filterJob struct {
	l    *Winograd
	w    []float32
	k, c int
}

// Do transforms the filters of panel p, 16 output channels.
func (j *filterJob) Do(_, p int) {
	l := j.l
	var g [9]float64
	var out [36]float32
	for c := range j.c {
		for i := range min(16, j.k-16*p) {
			f := j.w[((16*p+i)*j.c+c)*9:]
			for x := range g {
				g[x] = float64(f[x])
			}
			filter(&out, &g)
			o := (p*l.C+c)*16 + i
			for x, v := range out {
				l.u[x*l.C*l.K+o] = v
			}
		}
	}
}

// filter is G g G^T in float64, rounded once.
func filter(out *[36]float32, g *[9]float64) {
	var t [18]float64 // G g, [6][3]
	for x := range 3 {
		t[x], t[3+x], t[6+x], t[9+x], t[12+x], t[15+x] = filter1(g[x], g[3+x], g[6+x])
	}
	for y := range 6 {
		a, b, c, d, e, f := filter1(t[3*y], t[3*y+1], t[3*y+2])
		o := out[6*y : 6*y+6]
		o[0], o[1], o[2], o[3], o[4], o[5] = float32(a), float32(b), float32(c), float32(d), float32(e), float32(f)
	}
}

// filter1 is G g.
func filter1(g0, g1, g2 float64) (a, b, c, d, e, f float64) {
	s := (g0 + g2) / 6
	u := g0/24 + g2/6
	return g0 / 4, -s - g1/6, g1/6 - s, u + g1/12, u - g1/12, g2
}

// tiling numbers the 4x4 tiles of a batch of maps: images, rows, columns.
type tiling struct{ rows, cols int }

func tilesOf(b *Band) tiling { return tiling{(b.H + 3) / 4, (b.W + 3) / 4} }

func (t tiling) of(p int) (n, y, x int) {
	per := t.rows * t.cols
	n, p = p/per, p%per
	return n, 4 * (p / t.cols), 4 * (p % t.cols)
}

// blockTiles is how many tiles go through the three steps together: few, where V and M then stay in the second-level
// cache; more, where the filters, 38 MB, are read again for every block. README.md has the measurements.
func blockTiles(c, k int) int {
	if c*k >= 512*512 {
		return 96
	}
	return 48
}

// Run convolves src [N,H,W,C] into dst [N,H,W,K], or, with pool, the 2x2 max-pooled result into dst, whose size is that
// of halve's.
func (l *Winograd) Run(ws *Workspace, src, dst Map, pool bool) {
	j := &ws.wino
	*j = winogradJob{l: l, ws: ws, src: src.Whole(), dst: dst.Whole(), pool: pool}
	j.t = tilesOf(&j.src)
	j.last = src.N * j.t.rows * j.t.cols
	block, shared := divide(l.C, l.K, j.last, ws.Team.Size())
	if j.block = block; shared {
		l.runShared(ws)
		return
	}
	j.step = stepAll
	ws.Team.Run((j.last+j.block-1)/j.block, j)
	*j = winogradJob{}
}

// divide is how many tiles of so many a worker of a team takes at a time; shared: through one of the three steps, else
// through all.
func divide(c, k, tiles, team int) (block int, shared bool) {
	block = blockTiles(c, k)
	if tiles <= mostShared(c, k, team) {
		return (tiles + 4*team - 1) / (4 * team), true
	}
	blocks := (tiles + block - 1) / block
	blocks = (blocks + team - 1) / team * team // the same work for each worker
	return (tiles + blocks - 1) / blocks, false
}

// mostShared is up to how many tiles a team shares out each of the three steps.
func mostShared(c, k, team int) int { return team*min(blockTiles(c, k), 48) - 1 }

// productParts is in how many parts each of the 36 products is shared out, by rows, of tiles, and columns in whole
// register blocks, so that a large team does several pieces each: each part of the rows reads the filters again, and
// each of the columns the tiles.
func productParts(k, tiles, team int) (rows, columns int) {
	rows, columns = 1, 1
	for 36*rows*columns < 8*team {
		wide, high := k%(64*columns) == 0, tiles >= 48*rows
		switch {
		case wide && (columns*tiles <= rows*k || !high):
			columns *= 2
		case high:
			rows *= 2
		default:
			return rows, columns
		}
	}
	return rows, columns
}

// runShared takes all tiles as one block and shares out each of the three steps; for maps so small that blocks would
// leave workers idle.
func (l *Winograd) runShared(ws *Workspace) {
	j := &ws.wino
	j.vStride, j.mStride = spread(j.last*l.C), spread(j.last*l.K)
	ws.v, ws.m = Grow(ws.v, 36*j.vStride), Grow(ws.m, 36*j.mStride)
	pieces := (j.last + j.block - 1) / j.block
	j.step = stepIn
	ws.Team.Run(pieces, j)
	j.step = stepProducts
	j.rows, j.columns = productParts(l.K, j.last, ws.Team.Size())
	ws.Team.Run(36*j.rows*j.columns, j)
	j.step = stepOut
	ws.Team.Run(pieces, j)
	*j = winogradJob{}
}

// RunBand convolves the tile rows that hold output rows y0 to y1-1 (y0 a multiple of 4) of a single image on the
// calling worker w.
func (l *Winograd) RunBand(ws *Workspace, w int, src, dst *Band, pool bool, y0, y1 int) {
	t := tilesOf(src)
	first, last := y0/4*t.cols, (y1+3)/4*t.cols
	n := (last - first + blockTiles(l.C, l.K) - 1) / blockTiles(l.C, l.K)
	block := (last - first + n - 1) / n
	for p := first; p < last; p += block {
		l.block(ws, w, src, dst, t, pool, p, min(p+block, last))
	}
}

type step uint8

const (
	stepAll step = iota
	stepIn
	stepProducts
	stepOut
)

type winogradJob struct {
	l                *Winograd
	ws               *Workspace
	src, dst         Band
	t                tiling
	pool             bool
	step             step
	block, last      int
	rows, columns    int // parts of each product
	vStride, mStride int
}

func (j *winogradJob) Do(w, i int) {
	p0, p1 := i*j.block, min((i+1)*j.block, j.last)
	l, ws, s := j.l, j.ws, &j.ws.worker[w]
	switch j.step {
	case stepAll:
		l.block(ws, w, &j.src, &j.dst, j.t, j.pool, p0, p1)
	case stepIn:
		l.in(ws.set, s, ws.v[p0*l.C:], j.vStride, &j.src, j.t, p0, p1)
	case stepProducts:
		j.product(i)
	case stepOut:
		l.out(ws.set, s, ws.m[p0*l.K:], j.mStride, &j.src, &j.dst, j.t, j.pool, p0, p1)
	}
}

// spread makes a stride an odd number of cache lines, so that the 36 places a tile's values go to do not fall into one
// set of the first-level cache.
func spread(n int) int {
	const line = 16
	n = (n + line - 1) / line
	return (n | 1) * line
}

// block takes tiles p0 to p1-1 through all three steps on worker w.
func (l *Winograd) block(ws *Workspace, w int, src, dst *Band, t tiling, pool bool, p0, p1 int) {
	s := &ws.worker[w]
	vStride, mStride := spread((p1-p0)*l.C), spread((p1-p0)*l.K)
	s.v, s.m = Grow(s.v, 36*vStride), Grow(s.m, 36*mStride)
	l.in(ws.set, s, s.v, vStride, src, t, p0, p1)
	l.products(ws.set, s.v, vStride, s.m, mStride, p1-p0, 0, 36)
	l.out(ws.set, s, s.m, mStride, src, dst, t, pool, p0, p1)
}

// in writes B^T d B of tiles p0 to p1-1: value x of tile p, channel c at v[x*vStride + (p-p0)*C + c].
func (l *Winograd) in(set *kernels, s *scratch, v []float32, vStride int, src *Band, t tiling, p0, p1 int) {
	for p := p0; p < p1; p++ {
		n, y, x := t.of(p)
		y, x = y-1, x-1
		o := v[(p-p0)*l.C:]
		if y >= 0 && x >= 0 && y+6 <= src.H && x+6 <= src.W {
			set.winogradIn(o, vStride, src.Data[src.index(n, y, x):], src.W*src.C, src.C, l.C, s.tmp)
			continue
		}
		s.patch = Grow(s.patch, 36*max(l.C, l.K))
		border(s.patch, src, n, y, x)
		set.winogradIn(o, vStride, s.patch, 6*l.C, l.C, l.C, s.tmp)
	}
}

// border copies the 6x6 tile at row y, column x, with zeros outside the map.
func border(patch []float32, src *Band, n, y, x int) {
	c := src.C
	from, to := max(0, -x), min(6, src.W-x)
	for i := range 6 {
		row := patch[6*i*c : 6*(i+1)*c]
		if y+i < 0 || y+i >= src.H {
			clear(row)
			continue
		}
		clear(row[:from*c])
		copy(row[from*c:to*c], src.Data[src.index(n, y+i, x+from):])
		clear(row[to*c:])
	}
}

// products multiplies n tiles with the filters, for values from to to-1 of the 36.
func (l *Winograd) products(set *kernels, v []float32, vStride int, m []float32, mStride, n, from, to int) {
	for x := from; x < to; x++ {
		u := l.u[x*l.C*l.K : (x+1)*l.C*l.K]
		multiply(set, n, v[x*vStride:], l.C, u, l.C*16, m[x*mStride:], l.K, l.C, l.K/16, false)
	}
}

// product does part i of the products of all tiles.
func (j *winogradJob) product(i int) {
	l, x, part := j.l, i/(j.rows*j.columns), i%(j.rows*j.columns)
	k, first := l.K/j.columns, part%j.columns*(l.K/j.columns)
	from, to := part/j.columns*j.last/j.rows, (part/j.columns+1)*j.last/j.rows
	u := l.u[x*l.C*l.K+first*l.C : (x+1)*l.C*l.K]
	v, m := j.ws.v[x*j.vStride+from*l.C:], j.ws.m[x*j.mStride+from*l.K+first:]
	multiply(j.ws.set, to-from, v, l.C, u, l.C*16, m, l.K, l.C, k/16, false)
}

// multiply does m rows of a, k deep, times panels of 16 columns of b, in register blocks of heights that differ by one
// at most.
func multiply(set *kernels, m int, a []float32, aStride int, b []float32, bStride int, c []float32, cStride, k, panels int, add bool) {
	if m == 0 {
		return
	}
	groups := (m + set.rows - 1) / set.rows
	low, higher := m/groups, m%groups // the first have a row more
	most := max(set.panels, set.wide)
	for p := 0; p < panels; p += most {
		n := min(most, panels-p)
		i := higher * (low + 1)
		if higher > 0 {
			set.gemm(higher, low+1, n, a, aStride, b[p*bStride:], bStride, c[16*p:], cStride, k, add)
		}
		if groups > higher {
			set.gemm(groups-higher, low, n, a[i*aStride:], aStride, b[p*bStride:], bStride, c[i*cStride+16*p:], cStride, k, add)
		}
	}
}

// out writes relu(A^T m A + bias) of tiles p0 to p1-1 to their places in dst, for a convolution of src.
func (l *Winograd) out(set *kernels, s *scratch, m []float32, mStride int, src, dst *Band, t tiling, pool bool, p0, p1 int) {
	kernel, size := set.winogradOut, 4
	switch {
	case pool:
		kernel, size = set.winogradPool, 2
	case l.linear:
		kernel = set.winogradLinear
	}
	// Where pooling rounds up, the last row or column of tiles has windows that reach beyond the map.
	cutY, cutX := pool && 2*dst.H > src.H, pool && 2*dst.W > src.W
	for p := p0; p < p1; p++ {
		n, y, x := t.of(p)
		from := m[(p-p0)*l.K:]
		if cutY && y+4 > src.H || cutX && x+4 > src.W {
			l.poolCut(set, s, from, mStride, src, dst, n, y, x)
			continue
		}
		y, x = y/4*size, x/4*size
		if y+size <= dst.H && x+size <= dst.W {
			kernel(dst.Data[dst.index(n, y, x):], dst.W*dst.C, dst.C, from, mStride, l.bias, l.K, s.tmp)
			continue
		}
		s.patch = Grow(s.patch, 36*max(l.C, l.K))
		kernel(s.patch, size*l.K, l.K, from, mStride, l.bias, l.K, s.tmp)
		for i := 0; i < size && y+i < dst.H; i++ {
			if w := min(size, dst.W-x); w > 0 {
				copy(dst.Data[dst.index(n, y+i, x):], s.patch[i*size*l.K:][:w*l.K])
			}
		}
	}
}

// poolCut pools the tile at row y, column x of map n, of which a part lies outside.
func (l *Winograd) poolCut(set *kernels, s *scratch, m []float32, mStride int, src, dst *Band, n, y, x int) {
	s.patch = Grow(s.patch, 36*max(l.C, l.K))
	set.winogradOut(s.patch, 4*l.K, l.K, m, mStride, l.bias, l.K, s.tmp)
	rows, columns := min(4, src.H-y), min(4, src.W-x)
	for i := 0; i < rows; i += 2 {
		for j := 0; j < columns; j += 2 {
			out := dst.Data[dst.index(n, (y+i)/2, (x+j)/2):][:l.K]
			copy(out, s.patch[(4*i+j)*l.K:])
			for _, at := range [3][2]int{{i, j + 1}, {i + 1, j}, {i + 1, j + 1}} {
				if at[0] < rows && at[1] < columns {
					for k, v := range s.patch[(4*at[0]+at[1])*l.K:][:l.K] {
						out[k] = max(out[k], v)
					}
				}
			}
		}
	}
}
