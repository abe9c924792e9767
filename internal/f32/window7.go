package f32

import "math"

// Over a dense map fc6 is a 7x7 convolution, a third of the whole net's work at Q = 512. F(2x2,7x7) does it with 64
// products for four outputs instead of 196. Its filters would take 537 MB, so they are not kept: each worker transforms
// those of 32 output channels from the packed weights, uses them for all tiles of the batch, and forgets them.
//
// The transforms are products with small matrices, and run on the same kernels.

const (
	taps7   = 7  // side of the window
	out7    = 2  // side of a tile of outputs
	points7 = 8  // side of a tile of inputs, and of the transformed filters
	cols7   = 32 // output channels a worker does at a time
)

// fewest7 is the number of positions of a map from which the transforms pay. It is a property of the map alone, so that
// results do not depend on the batch.
const fewest7 = 24

// by7 tells whether so many windows of a map of c channels go by F(2x2,7x7).
func by7(size, c, chunk, windows int) bool {
	return size == taps7 && chunk == c && windows >= fewest7
}

// toom7 are the transforms of F(2,7) by Toom and Cook's method with the points 0, 1, -1, 2, -2, 1/2, -1/2 and infinity:
// rows of 8, padded with zeros.
type toom7 struct {
	in     []float32 // B^T, [8][8]
	filter []float32 // G, [8][8], the last column 0
	out    []float32 // A^T, [2][8]
}

var transforms7 = newToom7()

func newToom7() toom7 {
	points := []float64{0, 1, -1, 2, -2, 0.5, -0.5}
	t := toom7{make([]float32, 64), make([]float32, 64), make([]float32, 16)}
	for i, a := range points {
		f := 1.0
		var others []float64
		for k, b := range points {
			if k != i {
				f *= a - b
				others = append(others, b)
			}
		}
		p := polynomial(others)
		s := balance(p)
		for j, v := range p {
			t.in[8*i+j] = float32(v / s)
		}
		for j := range taps7 {
			t.filter[8*i+j] = float32(math.Pow(a, float64(j)) / f * s)
		}
		for j := range out7 {
			t.out[8*j+i] = float32(math.Pow(a, float64(j)))
		}
	}
	p := polynomial(points)
	s := balance(p)
	for j, v := range p {
		t.in[8*7+j] = float32(v / s)
	}
	t.filter[8*7+taps7-1] = float32(s)
	t.out[8*(out7-1)+7] = 1
	return t
}

// polynomial returns the coefficients of the product of (x - root), lowest first.
func polynomial(roots []float64) []float64 {
	p := []float64{1}
	for _, r := range roots {
		q := make([]float64, len(p)+1)
		for i, c := range p {
			q[i+1] += c
			q[i] -= float64(r * c)
		}
		p = q
	}
	return p
}

// balance is the power of 2 nearest to the sum of magnitudes: rows scaled by it keep the transformed values near those
// that went in, which halves the rounding error.
func balance(p []float64) float64 {
	sum := 0.0
	for _, v := range p {
		sum += math.Abs(v)
	}
	return math.Exp2(math.Round(math.Log2(sum)))
}

// window7 runs the 7x7 windows that the workspace has noted by F(2x2,7x7), into so many rows of y.
func (m *Matrix) window7(ws *Workspace, rows int, y []float32) {
	j := &ws.seven
	last := &ws.windows[len(ws.windows)-1]
	n := last.tile + last.src.N*last.down*last.over
	*j = sevenJob{m: m, ws: ws, of: ws.windows, c: last.src.C, y: y, tiles: n, stride: spread(n * last.src.C)}
	ws.v = Grow(ws.v, points7*points7*j.stride)
	ws.Team.Run(n, j)
	j.products = true
	for i := range ws.worker {
		s := &ws.worker[i]
		s.v = Grow(s.v, points7*points7*spread(j.c*cols7))
		s.m = Grow(s.m, points7*points7*n*cols7)
	}
	ws.Team.Run((m.Cols+cols7-1)/cols7, j)
	*j = sevenJob{}
	m.finish(ws, rows, y)
}

// small7 multiplies a transform, [rows][8], with a panel [8][16].
func small7(set *kernels, t, panel, dst []float32, dstStride int) {
	multiply(set, len(t)/points7, t, points7, panel, 16*points7, dst, dstStride, points7, 1, false)
}

type sevenJob struct {
	m        *Matrix
	ws       *Workspace
	of       []windows
	c        int // channels
	y        []float32
	tiles    int // of all maps
	stride   int // between the 64 values of a tile in V
	products bool
}

// at finds the map of tile t, and the tile's first window.
func (j *sevenJob) at(t int) (of *windows, n, y, x int) {
	for i := range j.of {
		if of = &j.of[i]; t < of.tile+of.src.N*of.down*of.over {
			break
		}
	}
	t -= of.tile
	return of, t / (of.down * of.over), t / of.over % of.down * out7, t % of.over * out7
}

func (j *sevenJob) Do(w, i int) {
	s := &j.ws.worker[w]
	s.patch = Grow(s.patch, max(cap(s.patch), 2*points7*points7*Lanes))
	if !j.products {
		j.in(s, i)
		return
	}
	first := i * cols7 / 16
	panels := min(cols7/16, j.m.Cols/16-first)
	for p := range panels {
		j.filters(s, first+p, p)
	}
	set, c := j.ws.set, j.c
	for x := range points7 * points7 {
		multiply(set, j.tiles, j.ws.v[x*j.stride:], c, s.v[x*spread(cols7*c):], 16*c, s.m[x*j.tiles*cols7:], cols7, c, panels, false)
	}
	for t := range j.tiles {
		j.out(s, t, first, panels)
	}
}

// in transforms tile t: B^T d B, 16 channels at a time.
func (j *sevenJob) in(s *scratch, t int) {
	of, n, ty, tx := j.at(t)
	tile, half := s.patch[:64*16], s.patch[64*16:2*64*16]
	band := of.src.Whole()
	for c := 0; c < j.c; c += 16 {
		for x := range points7 {
			for y := range points7 { // column x as a panel [8][16]
				to := tile[(x*points7+y)*16:][:16]
				if ty+y < of.src.H && tx+x < of.src.W {
					copy(to, of.src.Data[band.index(n, ty+y, tx+x)+c:])
				} else {
					clear(to)
				}
			}
			small7(j.ws.set, transforms7.in, tile[x*128:], half[16*x:], 128)
		}
		for y := range points7 {
			small7(j.ws.set, transforms7.in, half[128*y:], j.ws.v[y*points7*j.stride+t*j.c+c:], j.stride)
		}
	}
}

// filters transforms the 7x7 filters of panel, G g G^T, into place p of the worker's: [64][2][C][16].
func (j *sevenJob) filters(s *scratch, panel, p int) {
	c := j.c
	j.ws.set.filter7(s.v[p*c*16:], spread(cols7*c), j.m.b[panel*c*16:], j.m.stride, c, transforms7.filter, s.patch)
}

// out writes A^T M A of tile t for panels of 16 columns.
func (j *sevenJob) out(s *scratch, t, first, panels int) {
	of, n, ty, tx := j.at(t)
	four, tmp := s.patch[:out7*out7*cols7], s.patch[out7*out7*cols7:]
	j.ws.set.output7(four, cols7, s.m[t*cols7:], j.tiles*cols7, panels, transforms7.out, tmp)
	for y := 0; y < out7 && ty+y < of.h; y++ {
		for x := 0; x < out7 && tx+x < of.w; x++ {
			row := of.first + (n*of.h+ty+y)*of.w + tx + x
			copy(j.y[row*j.m.Cols+16*first:][:16*panels], four[(out7*y+x)*cols7:])
		}
	}
}
