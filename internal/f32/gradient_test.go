package f32

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// window visits each product of a convolution: output channel o, input channel c, tap and the places they meet at.
func window(src Map, c, k, size int, f func(n, y, x, yy, xx, o, ch, w int)) {
	pad := (size - 1) / 2
	for n := range src.N {
		for y := range src.H {
			for x := range src.W {
				for t := range size * size {
					yy, xx := y+t/size-pad, x+t%size-pad
					if yy < 0 || xx < 0 || yy >= src.H || xx >= src.W {
						continue
					}
					for o := range k {
						for ch := range c {
							f(n, y, x, yy, xx, o, ch, (o*c+ch)*size*size+t)
						}
					}
				}
			}
		}
	}
}

// convReference computes a convolution and its gradients in double precision.
func convReference(src, dout Map, w, bias []float32, c, k, size int) (out, dx Map, dw, db []float64) {
	sums, back := make([]float64, len(dout.Data)), make([]float64, len(src.Data))
	dw, db = make([]float64, len(w)), make([]float64, k)
	at := func(m Map, n, y, x int) int { return ((n*m.H+y)*m.W + x) * m.C }
	window(src, c, k, size, func(n, y, x, yy, xx, o, ch, t int) {
		from, to := at(src, n, yy, xx)+ch, at(dout, n, y, x)+o
		sums[to] += float64(src.Data[from]) * float64(w[t])
		back[from] += float64(dout.Data[to]) * float64(w[t])
		dw[t] += float64(dout.Data[to]) * float64(src.Data[from])
	})
	out, dx = Map{dout.N, dout.H, dout.W, dout.C, make([]float32, len(sums))}, Map{src.N, src.H, src.W, src.C, make([]float32, len(back))}
	for i, v := range sums {
		if o := i % dout.C; o < k {
			out.Data[i] = float32(v + float64(bias[o]))
			db[o] += float64(dout.Data[i])
		}
	}
	for i, v := range back {
		dx.Data[i] = float32(v)
	}
	return out, dx, dw, db
}

// padded draws a map whose channels beyond c are zero.
func padded(r *rand.Rand, n, h, w, c, width int) Map {
	m := randomMap(r, n, h, w, width)
	for i := range m.Data {
		if i%width >= c {
			m.Data[i] = 0
		}
	}
	return m
}

func near(t *testing.T, what string, got []float32, want []float64, tolerance float64) {
	t.Helper()
	var top float64
	for _, v := range want {
		top = max(top, math.Abs(v))
	}
	for i, v := range want {
		if d := math.Abs(float64(got[i]) - v); !(d <= tolerance*top) {
			t.Fatalf("%s: value %d is %g, expected %g (largest %g)", what, i, got[i], v, top)
		}
	}
}

func wide(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}

func TestConvGradients(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 1))
	for _, s := range []struct{ n, h, w, c, k int }{{1, 4, 4, 16, 16}, {2, 7, 9, 5, 18}, {3, 14, 13, 32, 16}, {2, 2, 3, 1, 1}} {
		src, dout := padded(r, s.n, s.h, s.w, s.c, Pad(s.c)), padded(r, s.n, s.h, s.w, s.k, Pad(s.k))
		w, bias := normal(r, s.k*s.c*9), normal(r, s.k)
		out, dx, dw, db := convReference(src, dout, w, bias, s.c, s.k, 3)
		l := Conv{s.c, s.k}
		eachSet(t, func(t *testing.T, ws *Workspace) {
			y, x, g, b := randomMap(r, s.n, s.h, s.w, Pad(s.k)), randomMap(r, s.n, s.h, s.w, Pad(s.c)), normal(r, len(w)), normal(r, s.k)
			l.Forward(ws, w, bias, src, y, false)
			near(t, "output", y.Data, wide(out.Data), 1e-5)
			l.Forward(ws, w, bias, src, y, true)
			clipped := wide(out.Data)
			for i := range clipped {
				clipped[i] = max(0, clipped[i])
			}
			near(t, "output with ReLU", y.Data, clipped, 1e-5)
			l.InputGradient(ws, w, dout, x)
			near(t, "input gradient", x.Data, wide(dx.Data), 1e-5)
			l.WeightGradient(ws, src, dout, g, false)
			near(t, "weight gradient", g, dw, 1e-5)
			l.WeightGradient(ws, src, dout, g, true)
			near(t, "added weight gradient", g, twice(dw), 1e-5)
			BiasGradient(ws, dout, b, false)
			near(t, "bias gradient", b, db, 1e-6)
			BiasGradient(ws, dout, b, true)
			near(t, "added bias gradient", b, twice(db), 1e-6)
		})
	}
}

func twice(x []float64) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = 2 * v
	}
	return y
}

// TestWeightGradientBlocks: maps of more tiles than are held at once give the sum of their parts.
func TestWeightGradientBlocks(t *testing.T) {
	r := rand.New(rand.NewPCG(22, 1))
	const side, c = 28, 512
	src, dout := randomMap(r, 9, side, side, c), randomMap(r, 9, side, side, 16)
	l := Conv{c, 16}
	team := NewTeam(2)
	defer team.Close()
	ws := NewWorkspace(team)
	whole, parts := make([]float32, 9*c*16), make([]float32, 9*c*16)
	l.WeightGradient(ws, src, dout, whole, false)
	for n := range 9 {
		one := Map{1, side, side, c, src.Image(n)}
		l.WeightGradient(ws, one, Map{1, side, side, 16, dout.Image(n)}, parts, n > 0)
	}
	near(t, "weight gradient", whole, wide(parts), 5e-5) // sums of 441 tiles
}

func TestDirect(t *testing.T) {
	r := rand.New(rand.NewPCG(23, 1))
	for _, s := range []struct{ n, h, w, c, k, size int }{{1, 5, 6, 3, 16, 3}, {2, 19, 7, 3, 10, 3}, {2, 9, 8, 20, 33, 1}, {1, 1, 1, 3, 1, 3}} {
		width := Pad(s.c)
		if s.size == 3 {
			width = s.c
		}
		src, dout := padded(r, s.n, s.h, s.w, s.c, width), padded(r, s.n, s.h, s.w, s.k, Pad(s.k))
		w, bias := normal(r, s.k*s.c*s.size*s.size), normal(r, s.k)
		out, dx, dw, _ := convReference(src, dout, w, bias, s.c, s.k, s.size)
		l := Direct{s.c, s.k, s.size}
		eachSet(t, func(t *testing.T, ws *Workspace) {
			y, x, g := randomMap(r, s.n, s.h, s.w, Pad(s.k)), randomMap(r, s.n, s.h, s.w, width), normal(r, len(w))
			l.Forward(ws, w, bias, src, y, false)
			near(t, "output", y.Data, wide(out.Data), 1e-5)
			if s.size == 1 {
				l.InputGradient(ws, w, dout, x)
				near(t, "input gradient", x.Data, wide(dx.Data), 1e-5)
			}
			l.WeightGradient(ws, src, dout, g, false)
			near(t, "weight gradient", g, dw, 1e-5)
			l.WeightGradient(ws, src, dout, g, true)
			near(t, "added weight gradient", g, twice(dw), 1e-5)
		})
	}
}

func TestDense(t *testing.T) {
	r := rand.New(rand.NewPCG(24, 1))
	for _, s := range []struct{ n, d, o int }{{1, 1, 1}, {3, 16, 5}, {17, 37, 19}, {8, 1100, 130}, {33, 600, 8}} {
		x, w, bias, dy := normal(r, s.n*s.d), normal(r, s.o*s.d), normal(r, s.o), normal(r, s.n*s.o)
		y, dx, dw := make([]float64, s.n*s.o), make([]float64, s.n*s.d), make([]float64, s.o*s.d)
		for n := range s.n {
			for o := range s.o {
				y[n*s.o+o] = float64(bias[o])
				for d := range s.d {
					a, b, g := float64(x[n*s.d+d]), float64(w[o*s.d+d]), float64(dy[n*s.o+o])
					y[n*s.o+o] += a * b
					dx[n*s.d+d] += g * b
					dw[o*s.d+d] += g * a
				}
			}
		}
		l := Dense{s.d, s.o}
		eachSet(t, func(t *testing.T, ws *Workspace) {
			out, back, g := normal(r, len(y)), normal(r, len(dx)), normal(r, len(dw))
			l.Forward(ws, w, bias, x, out, false)
			near(t, "output", out, y, 1e-5)
			l.InputGradient(ws, w, dy, back)
			near(t, "input gradient", back, dx, 1e-5)
			l.WeightGradient(ws, x, dy, g, false)
			near(t, "weight gradient", g, dw, 1e-5)
			l.WeightGradient(ws, x, dy, g, true)
			near(t, "added weight gradient", g, twice(dw), 1e-5)
		})
	}
}

func TestMaxPoolGradient(t *testing.T) {
	r := rand.New(rand.NewPCG(25, 1))
	for _, s := range []struct{ n, h, w, c int }{{1, 2, 2, 16}, {2, 5, 7, 32}, {1, 1, 4, 16}, {2, 6, 4, 16}} {
		src, dout := randomMap(r, s.n, s.h, s.w, s.c), randomMap(r, s.n, s.h/2, s.w/2, s.c)
		for i, v := range src.Data {
			src.Data[i] = float32(math.Floor(2*max(0, float64(v)))) / 2 // ties, zeros among them
		}
		want := make([]float64, len(src.Data))
		for i := range dout.Data {
			c, x, y, n := i%s.c, i/s.c%(s.w/2), i/s.c/(s.w/2)%(s.h/2), i/s.c/(s.w/2)/(s.h/2)
			best := -1
			for t := range 4 {
				at := ((n*s.h+2*y+t/2)*s.w+2*x+t%2)*s.c + c
				if best < 0 || src.Data[at] > src.Data[best] {
					best = at
				}
			}
			want[best] = float64(dout.Data[i])
		}
		eachSet(t, func(t *testing.T, ws *Workspace) {
			dx := randomMap(r, s.n, s.h, s.w, s.c)
			halveGradient(ws, src, dout, dx)
			near(t, "input gradient", dx.Data, want, 0)
		})
	}
}

func TestMask(t *testing.T) {
	r := rand.New(rand.NewPCG(26, 1))
	eachSet(t, func(t *testing.T, ws *Workspace) {
		for _, n := range []int{1, 15, 16, 100, 70000} {
			y, d := normal(r, n), normal(r, n)
			y[0], y[n/2], y[n-1] = 0, float32(math.NaN()), float32(math.Copysign(0, -1))
			want := wide(d)
			for i := range want {
				if !(y[i] > 0) {
					want[i] = 0
				}
			}
			Mask(ws, d, y)
			near(t, fmt.Sprint(n), d, want, 0)
		}
	})
}

func TestNormLoops(t *testing.T) {
	r := rand.New(rand.NewPCG(27, 1))
	for _, s := range []struct{ n, c int }{{1, 16}, {255, 48}, {700, 32}} {
		d, x := normal(r, s.n*s.c), normal(r, s.n*s.c)
		a, b, k := normal(r, s.c), normal(r, s.c), normal(r, s.c)
		line, both, sum, product := make([]float64, s.n*s.c), make([]float64, s.n*s.c), make([]float64, s.c), make([]float64, s.c)
		for i := range line {
			c := i % s.c
			line[i] = max(0, float64(a[c])*float64(x[i])+float64(b[c]))
			both[i] = float64(a[c])*float64(d[i]) + float64(b[c])*float64(x[i]) + float64(k[c])
			sum[c] += float64(d[i]) - float64(a[c])
			product[c] += (float64(d[i]) - float64(a[c])) * (float64(x[i]) - float64(b[c]))
		}
		eachSet(t, func(t *testing.T, ws *Workspace) {
			got := normal(r, s.n*s.c)
			Affine(ws, got, x, a, b, s.n, true)
			near(t, "affine", got, line, 1e-6)
			Affine2(ws, got, d, x, a, b, k, s.n)
			near(t, "affine2", got, both, 1e-6)
			s1, s2 := Moments(ws, d, x, a, b, s.n)
			for i := range s1 {
				if math.Abs(s1[i]-sum[i]) > 1e-4*math.Sqrt(float64(s.n)) || math.Abs(s2[i]-product[i]) > 1e-4*math.Sqrt(float64(s.n)) {
					t.Fatalf("moments of channel %d are %g and %g, expected %g and %g", i, s1[i], s2[i], sum[i], product[i])
				}
			}
		})
	}
}
