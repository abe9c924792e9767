package f32

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// direct is a 3x3 convolution with padding 1, bias and ReLU in float64; w is [k,c,3,3].
func direct(src Map, w, bias []float32, k int) Map {
	dst := Map{src.N, src.H, src.W, k, make([]float32, src.N*src.H*src.W*k)}
	c := len(w) / (9 * k)
	for n := range src.N {
		for y := range src.H {
			for x := range src.W {
				for o := range k {
					s := float64(bias[o])
					for t := range 9 {
						yy, xx := y+t/3-1, x+t%3-1
						if yy < 0 || xx < 0 || yy >= src.H || xx >= src.W {
							continue
						}
						in := src.At(n, yy, xx)
						for i := range c {
							s += float64(in[i]) * float64(w[(o*c+i)*9+t])
						}
					}
					dst.At(n, y, x)[o] = float32(math.Max(0, s))
				}
			}
		}
	}
	return dst
}

func randomMap(r *rand.Rand, n, h, w, c int) Map {
	m := Map{n, h, w, c, Make(n * h * w * c)}
	for i := range m.Data {
		m.Data[i] = float32(r.NormFloat64())
	}
	return m
}

func normal(r *rand.Rand, n int) []float32 {
	s := make([]float32, n)
	for i := range s {
		s[i] = float32(r.NormFloat64())
	}
	return s
}

// eachSet runs the test with every kernel set and one to three workers.
func eachSet(t *testing.T, f func(t *testing.T, ws *Workspace)) {
	for _, set := range available() {
		for _, workers := range []int{1, 2, 3} {
			t.Run(fmt.Sprintf("%s/%d", set.name, workers), func(t *testing.T) {
				team := NewTeam(workers)
				defer team.Close()
				ws := NewWorkspace(team)
				ws.set = set
				f(t, ws)
			})
		}
	}
}

func rel(got, want []float32) float64 {
	var d, s float64
	for i := range want {
		e := float64(got[i]) - float64(want[i])
		d += e * e
		s += float64(want[i]) * float64(want[i])
	}
	return math.Sqrt(d / (s + 1e-30))
}

func TestWinogradShapes(t *testing.T) {
	eachSet(t, func(t *testing.T, ws *Workspace) {
		r := rand.New(rand.NewPCG(6, 1))
		for _, shape := range [][5]int{
			{1, 1, 1, 16, 16},
			{1, 2, 3, 16, 32},
			{2, 4, 4, 32, 16},
			{1, 5, 9, 16, 48},
			{3, 7, 6, 16, 16},
			{1, 14, 14, 64, 64},
			{2, 13, 30, 16, 32},
			{1, 33, 31, 32, 16},
			{2, 40, 41, 16, 16},
		} {
			n, h, w, c, k := shape[0], shape[1], shape[2], shape[3], shape[4]
			src, f, bias := randomMap(r, n, h, w, c), normal(r, 9*k*c), normal(r, k)
			want := direct(src, f, bias, k)
			l := NewWinograd(ws.Team, f, bias, k, c)
			got, check := guarded(t, n*h*w*k)
			l.Run(ws, src, Map{n, h, w, k, got}, false)
			check("Run")
			if e := rel(got, want.Data); e > 2e-6 {
				t.Errorf("%v: relative error %g", shape, e)
			}
			up := Map{n, (h + 1) / 2, (w + 1) / 2, k, nil}
			up.Data, check = guarded(t, n*up.H*up.W*k)
			l.Run(ws, src, up, true)
			check("Run with pooling rounded up")
			apart := up
			apart.Data, check = guarded(t, n*up.H*up.W*k)
			halve(ws, Map{n, h, w, k, got}, apart)
			check("halve rounded up")
			sameBits(t, "pooling rounded up", [][]float32{pooledUp(Map{n, h, w, k, got}), up.Data, apart.Data})
			if h < 2 || w < 2 {
				continue
			}
			pooled, check := guarded(t, n*(h/2)*(w/2)*k)
			l.Run(ws, src, Map{n, h / 2, w / 2, k, pooled}, true)
			check("Run with pooling")
			twice := make([]float32, len(pooled))
			halve(ws, Map{n, h, w, k, got}, Map{n, h / 2, w / 2, k, twice})
			sameBits(t, "pooling", [][]float32{twice, pooled})
		}
	})
}

// pooledUp is max-pooling by its definition: the largest value of each window that is inside the map.
func pooledUp(src Map) (out []float32) {
	for n := range src.N {
		for y := 0; y < src.H; y += 2 {
			for x := 0; x < src.W; x += 2 {
				for c := range src.C {
					most := float32(0)
					for yy := y; yy < min(y+2, src.H); yy++ {
						for xx := x; xx < min(x+2, src.W); xx++ {
							most = max(most, src.At(n, yy, xx)[c])
						}
					}
					out = append(out, most)
				}
			}
		}
	}
	return out
}

// TestWinogradSameBits: neither the batch nor the workers nor bands change a bit.
func TestWinogradSameBits(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 1))
	const h, w, c, k = 23, 50, 32, 16
	src, f, bias := randomMap(r, 5, h, w, c), normal(r, 9*k*c), normal(r, k)
	for _, set := range available() {
		var alone []float32
		for workers := 1; workers <= 4; workers++ {
			team := NewTeam(workers)
			ws := NewWorkspace(team)
			ws.set = set
			l := NewWinograd(team, f, bias, k, c)
			batch := make([]float32, 5*h*w*k)
			l.Run(ws, src, Map{5, h, w, k, batch}, false)
			one := make([]float32, h*w*k)
			l.Run(ws, Map{1, h, w, c, src.Image(3)}, Map{1, h, w, k, one}, false)
			if alone == nil {
				alone = one
			}
			sameBits(t, set.name, [][]float32{alone, one, batch[3*h*w*k : 4*h*w*k]})
			sameBits(t, set.name+" bands", [][]float32{alone, inBands(ws, l, src, 3)})
			team.Close()
		}
	}
}

// inBands convolves image n of src in bands of 8 rows.
func inBands(ws *Workspace, l *Winograd, src Map, n int) []float32 {
	out := Map{1, src.H, src.W, l.K, make([]float32, src.H*src.W*l.K)}.Whole()
	whole := Map{1, src.H, src.W, src.C, src.Image(n)}.Whole()
	for y := 0; y < src.H; y += 8 {
		top, bottom := max(0, y-1), min(src.H, y+9)
		in := whole
		in.Top, in.Rows = top, bottom-top
		in.Data = append([]float32(nil), whole.Data[top*src.W*src.C:bottom*src.W*src.C]...)
		l.RunBand(ws, 0, &in, &out, false, y, min(src.H, y+8))
	}
	return out.Data
}

func TestMatrix(t *testing.T) {
	eachSet(t, func(t *testing.T, ws *Workspace) {
		r := rand.New(rand.NewPCG(8, 1))
		for _, shape := range [][4]int{{1, 16, 16, 3}, {5, 64, 32, 40}, {29, 48, 16, 16}, {200, 32, 32, 100}} {
			n, depth, chunk, cols := shape[0], shape[1], shape[2], shape[3]
			m, w, bias := randomMatrix(r, depth, chunk, cols)
			x := normal(r, n*depth)
			y, check := guarded(t, n*m.Cols)
			m.Run(ws, n, x, y)
			check("Matrix.Run")
			want := make([]float32, n*m.Cols)
			for i := range n {
				for j := range cols {
					s := float64(bias[j])
					for d := range depth {
						s += float64(x[i*depth+d]) * float64(w[j][d])
					}
					want[i*m.Cols+j] = float32(math.Max(0, s))
				}
			}
			if e := rel(y, want); e > 1e-6 {
				t.Errorf("%v: relative error %g", shape, e)
			}
		}
	})
}

func randomMatrix(r *rand.Rand, depth, chunk, cols int) (m *Matrix, w [][]float32, bias []float32) {
	bias = normal(r, cols)
	m = NewMatrix(depth, chunk, cols, bias, true)
	at := make([]int32, depth)
	for i := range at {
		at[i] = int32(i)
	}
	for range cols {
		w = append(w, normal(r, depth))
	}
	for p := 0; p < cols; p += 16 {
		m.Set(p/16, w[p:min(cols, p+16)], at)
	}
	return m, w, bias
}

func TestMatrixWindow(t *testing.T) {
	eachSet(t, func(t *testing.T, ws *Workspace) {
		r := rand.New(rand.NewPCG(9, 1))
		const size, c, cols = 3, 16, 20
		m, _, _ := randomMatrix(r, size*size*c, c, cols)
		src := randomMap(r, 2, 6, 5, c)
		dst := Map{2, 4, 3, m.Cols, make([]float32, 2*4*3*m.Cols)}
		m.RunWindows(ws, []Map{src}, dst.Data, size)
		for n := range 2 {
			for y := range 4 {
				for x := range 3 {
					var row []float32
					for i := range size {
						for j := range size {
							row = append(row, src.At(n, y+i, x+j)...)
						}
					}
					want := make([]float32, m.Cols)
					m.Run(ws, 1, row, want)
					sameBits(t, "window", [][]float32{want, dst.At(n, y, x)})
				}
			}
		}
	})
}

// TestWindow7 holds F(2x2,7x7) against the direct window in float64, whatever the batch.
func TestWindow7(t *testing.T) {
	eachSet(t, func(t *testing.T, ws *Workspace) {
		r := rand.New(rand.NewPCG(10, 1))
		for _, shape := range [][4]int{{1, 24, 1, 16}, {2, 5, 7, 16}, {1, 6, 4, 32}, {1, 3, 8, 16}} {
			n, h, w, c := shape[0], shape[1], shape[2], shape[3]
			m, rows, bias := randomMatrix(r, 49*c, c, 40)
			src := randomMap(r, n, h+6, w+6, c)
			got, check := guarded(t, n*h*w*m.Cols)
			m.RunWindows(ws, []Map{src}, got, 7)
			check("window7")
			want := Map{n, h, w, m.Cols, make([]float32, len(got))}
			for p := range n * h * w {
				o := want.At(p/(h*w), p/w%h, p%w)
				for k, f := range rows {
					s := float64(bias[k])
					for d := range f {
						s += float64(src.At(p/(h*w), p/w%h+d/c/7, p%w+d/c%7)[d%c]) * float64(f[d])
					}
					o[k] = float32(math.Max(0, s))
				}
			}
			if e := rel(got, want.Data); e > 1e-5 {
				t.Errorf("%v: relative error %g", shape, e)
			}
			last := Map{1, src.H, src.W, c, src.Image(n - 1)}
			alone := make([]float32, h*w*m.Cols)
			m.RunWindows(ws, []Map{last}, alone, 7)
			sameBits(t, "batch", [][]float32{alone, got[(n-1)*h*w*m.Cols:]})
		}
	})
}

// TestWindowsTogether: maps of several sizes give the rows that each gives alone, by products and transformed.
func TestWindowsTogether(t *testing.T) {
	eachSet(t, func(t *testing.T, ws *Workspace) {
		r := rand.New(rand.NewPCG(10, 2))
		const c = 16
		m, _, _ := randomMatrix(r, 49*c, c, 40)
		var src []Map
		var want []float32
		for _, s := range [][3]int{{2, 7, 7}, {1, 8, 9}, {2, 12, 11}, {1, 7, 30}, {3, 7, 8}, {1, 7, 7}} {
			one := randomMap(r, s[0], s[1], s[2], c)
			rows := make([]float32, s[0]*(s[1]-6)*(s[2]-6)*m.Cols)
			m.RunWindows(ws, []Map{one}, rows, 7)
			src, want = append(src, one), append(want, rows...)
		}
		got, check := guarded(t, len(want))
		m.RunWindows(ws, src, got, 7)
		check("windows of several maps")
		sameBits(t, "together", [][]float32{want, got})
	})
}

func TestLRN(t *testing.T) {
	x := []float32{1, 2, 3, 4, 5, 6}
	LRN{Size: 5, K: 2, Alpha: 1e-1, Beta: 0.75}.Row(x, 1, 6)
	sums := []float64{14, 30, 55, 90, 86, 77}
	for i, s := range sums {
		want := float64(i+1) / math.Pow(2+0.1*s, 0.75)
		if math.Abs(float64(x[i])-want) > 1e-6 {
			t.Errorf("channel %d: %g, want %g", i, x[i], want)
		}
	}
}

func TestTeam(t *testing.T) {
	for _, workers := range []int{1, 2, 5} {
		team := NewTeam(workers)
		defer team.Close()
		for n := range 20 {
			j := make(countJob, n)
			team.Run(n, j)
			for i, c := range j {
				if c != 1 {
					t.Fatalf("%d workers: piece %d of %d done %d times", workers, i, n, c)
				}
			}
		}
	}
}

type countJob []int

func (c countJob) Do(_, i int) { c[i]++ }

func BenchmarkWinograd(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, s := range [][3]int{{224, 64, 64}, {112, 64, 128}, {112, 128, 128}, {56, 128, 256}, {56, 256, 256}, {28, 256, 512}, {28, 512, 512}, {14, 512, 512}} {
		for _, n := range []int{1, 8} {
			b.Run(fmt.Sprintf("%dx%d-%d/batch%d", s[0], s[1], s[2], n), func(b *testing.B) {
				team := NewTeam(0)
				defer team.Close()
				ws := NewWorkspace(team)
				src := randomMap(r, n, s[0], s[0], s[1])
				dst := Map{n, s[0], s[0], s[2], Make(n * s[0] * s[0] * s[2])}
				l := NewWinograd(team, normal(r, 9*s[1]*s[2]), normal(r, s[2]), s[2], s[1])
				for b.Loop() {
					l.Run(ws, src, dst, false)
				}
				ms := b.Elapsed().Seconds() * 1e3 / float64(b.N) / float64(n)
				b.ReportMetric(ms, "ms/image")
				b.ReportMetric(2*9*float64(s[0]*s[0]*s[1]*s[2])/ms/1e6, "GFLOP/s-direct")
			})
		}
	}
}
