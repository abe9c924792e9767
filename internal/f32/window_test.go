package f32

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// windows of all kinds that nets have, and more.
func someWindows() (all []Window) {
	for _, size := range []int{1, 2, 3, 4, 5, 7, 11} {
		for step := 1; step <= min(size, 4); step++ {
			for _, pad := range [][4]int{{}, {1, 1, 1, 1}, {2, 2, 2, 2}, {0, 1, 2, 0}} {
				if slices.Max(pad[:]) < size {
					all = append(all, Window{Size: size, Step: step, Top: pad[0], Left: pad[1], Bottom: pad[2], Right: pad[3]})
				}
			}
			all = append(all, Window{Size: size, Step: step, Ceil: true})
		}
	}
	return all
}

// TestWindowOut: the size of what comes is the number of windows that begin where they may, and the least side is that
// below which there are fewer.
func TestWindowOut(t *testing.T) {
	for _, v := range someWindows() {
		count := func(n int) (windows int) {
			for at := 0; ; at += v.Step {
				whole, begins := at+v.Size <= n, at < n && at+v.Size < n+v.Step
				if !whole && (!v.Ceil || !begins) {
					return windows
				}
				windows++
			}
		}
		for n := range 40 {
			h, w := v.Out(n, n+3)
			if wantH, wantW := count(n+v.Top+v.Bottom), count(n+3+v.Left+v.Right); h != wantH || w != wantW {
				t.Errorf("%+v of %d x %d: %d x %d, want %d x %d", v, n, n+3, h, w, wantH, wantW)
			}
		}
		for n := 1; n < 5; n++ {
			side := v.Least(n)
			if h, w := v.Out(side, side); h < n || w < n {
				t.Errorf("%+v: a side of %d gives %d x %d, want %d", v, side, h, w, n)
			}
			if h, w := v.Out(side-1, side-1); side > 1 && h >= n && w >= n {
				t.Errorf("%+v: a side of %d gives %d too", v, side-1, n)
			}
		}
	}
}

// gatheredReference is a convolution by definition in float64; w is [k,c/groups,size,size].
func gatheredReference(src Map, c int, w, bias []float32, k, groups int, v Window, relu bool) []float32 {
	h, wide := v.Out(src.H, src.W)
	var out []float32
	for n := range src.N {
		for y := range h {
			for x := range wide {
				for o := range k {
					s := float64(bias[o])
					for i := range c / groups {
						for t := range v.Size * v.Size {
							yy, xx := y*v.Step-v.Top+t/v.Size, x*v.Step-v.Left+t%v.Size
							if yy >= 0 && xx >= 0 && yy < src.H && xx < src.W {
								s += float64(src.At(n, yy, xx)[o/(k/groups)*(c/groups)+i]) * float64(w[(o*(c/groups)+i)*v.Size*v.Size+t])
							}
						}
					}
					if relu {
						s = math.Max(0, s)
					}
					out = append(out, float32(s))
				}
			}
		}
	}
	return out
}

// TestIm2col: windows of all kinds, groups that are a product each and such that are not, on all kernels, against the
// definition; bits do not depend on the workers.
func TestIm2col(t *testing.T) {
	type shape struct{ c, k, groups, n, h, w int }
	bits := map[string][]float32{}
	eachSet(t, func(t *testing.T, ws *Workspace) {
		r := rand.New(rand.NewPCG(5, 7))
		for i, v := range someWindows() {
			shapes := []shape{{3, 20, 1, 1, 12, 13}, {96, 32, 2, 2, 11, 11}, {12, 24, 2, 1, 11, 12}, {64, 64, 4, 1, 13, 11}, {200, 16, 1, 1, 11, 11}}
			s := shapes[i%len(shapes)]
			in := s.c
			if s.c != 3 {
				in = Pad(s.c)
			}
			src := randomMap(r, s.n, s.h, s.w, in)
			for p := range len(src.Data) / in {
				clear(src.Data[p*in+s.c : (p+1)*in])
			}
			w, bias := normal(r, s.k*s.c/s.groups*v.Size*v.Size), normal(r, s.k)
			l := NewIm2col(w, bias, s.k, s.c, in, s.groups, v, i%2 == 0)
			dst := Map{N: s.n, C: Pad(s.k)}
			dst.H, dst.W = v.Out(s.h, s.w)
			var end func(string)
			dst.Data, end = guarded(t, dst.N*dst.H*dst.W*dst.C)
			l.Run(ws, src, dst)
			end(fmt.Sprintf("%+v", v))
			var got []float32
			for p := range len(dst.Data) / dst.C {
				got = append(got, dst.Data[p*dst.C:][:s.k]...)
			}
			if e := rel(got, gatheredReference(src, s.c, w, bias, s.k, s.groups, v, i%2 == 0)); !(e < 1e-6) {
				t.Errorf("%+v, %+v: relative error %.2g", v, s, e)
			}
			name := fmt.Sprintf("%s %+v", ws.set.arithmetic, v)
			if bits[name] == nil {
				bits[name] = got
			} else if !slices.Equal(bits[name], got) {
				t.Errorf("%s of %d workers: other bits", name, ws.Team.Size())
			}
		}
	})
}

// TestIm2colPadding: what stands in the work space from another layer does not come into the sums.
func TestIm2colPadding(t *testing.T) {
	eachSet(t, func(t *testing.T, ws *Workspace) {
		v := Window{Size: 3, Step: 2, Top: 1, Left: 1, Bottom: 1, Right: 1}
		for i := range ws.worker {
			ws.worker[i].v = Make(1 << 16)
			for k := range ws.worker[i].v {
				ws.worker[i].v[k] = float32(math.NaN())
			}
		}
		src := randomMap(rand.New(rand.NewPCG(1, 2)), 1, 9, 9, 3)
		dst := Map{N: 1, H: 5, W: 5, C: 16, Data: Make(5 * 5 * 16)}
		NewIm2col(make([]float32, 16*27), make([]float32, 16), 16, 3, 3, 1, v, false).Run(ws, src, dst)
		if anyBad(dst.Data) {
			t.Error("a number from before is in the sums")
		}
	})
}

// TestMaxPool: windows that overlap, are wider than three, have padding and reach over the end, against the definition.
func TestMaxPool(t *testing.T) {
	eachSet(t, func(t *testing.T, ws *Workspace) {
		r := rand.New(rand.NewPCG(3, 4))
		for _, v := range someWindows() {
			src := randomMap(r, 2, 13, 12, 32)
			for i, x := range src.Data {
				src.Data[i] = max(0, x) // it comes after a ReLU
			}
			dst := Map{N: 2, C: 32}
			dst.H, dst.W = v.Out(src.H, src.W)
			var end func(string)
			dst.Data, end = guarded(t, dst.N*dst.H*dst.W*dst.C)
			MaxPool(ws, src, dst, v)
			end(fmt.Sprintf("%+v", v))
			for i := range dst.N * dst.H * dst.W {
				n, y, x := i/(dst.H*dst.W), i/dst.W%dst.H, i%dst.W
				for c := range 32 {
					want := math.Inf(-1)
					for t := range v.Size * v.Size {
						if yy, xx := y*v.Step-v.Top+t/v.Size, x*v.Step-v.Left+t%v.Size; yy >= 0 && xx >= 0 && yy < src.H && xx < src.W {
							want = max(want, float64(src.At(n, yy, xx)[c]))
						}
					}
					if got := dst.At(n, y, x)[c]; float64(got) != want {
						t.Fatalf("%+v: map %d, row %d, column %d, channel %d: %g, want %g", v, n, y, x, c, got, want)
					}
				}
			}
		}
	})
}

// TestWindowSteps: what planners are told of these layers is what they give their team, and the memory that of the work
// space.
func TestWindowSteps(t *testing.T) {
	for _, size := range []int{1, 2, 8} {
		for _, v := range []Window{{Size: 3, Step: 2, Ceil: true}, {Size: 3, Step: 3}, {Size: 2, Step: 2}} {
			src := Map{N: 2, H: 30, W: 40, C: 32, Data: Make(2 * 30 * 40 * 32)}
			dst := Map{N: 2, C: 32, Data: Make(len(src.Data))}
			dst.H, dst.W = v.Out(30, 40)
			checkTold(t, size, PoolSteps(32, 2, 30, 40, v), PoolNeed(32, 40, v), func(ws *Workspace) { MaxPool(ws, src, dst, v) })
		}
		for _, groups := range []int{1, 2} {
			v := Window{Size: 5, Step: 2, Top: 2, Left: 2, Bottom: 2, Right: 2}
			src := Map{N: 2, H: 60, W: 60, C: 64, Data: Make(2 * 60 * 60 * 64)}
			dst := Map{N: 2, H: 30, W: 30, C: 96, Data: Make(2 * 30 * 30 * 96)}
			l := NewIm2col(make([]float32, 96*64/groups*25), make([]float32, 96), 96, 64, 64, groups, v, true)
			checkTold(t, size, Im2colSteps(size, 64, 64, 96, groups, 2, 60, 60, v), Im2colNeed(64, 64, 96, groups, 2, 60, 60, v), func(ws *Workspace) {
				l.Run(ws, src, dst)
			})
		}
	}
}

// TestStrided: the gradients of convolutions of all kinds of windows and groups, against those by definition, and added
// to what there was.
func TestStrided(t *testing.T) {
	type shape struct{ c, k, groups int }
	eachSet(t, func(t *testing.T, ws *Workspace) {
		r := rand.New(rand.NewPCG(9, 1))
		for i, v := range someWindows() {
			if v.Ceil {
				continue
			}
			s := []shape{{3, 20, 1}, {64, 32, 2}, {12, 24, 2}, {18, 16, 1}}[i%4]
			in := s.c
			if s.c != 3 {
				in = Pad(s.c)
			}
			const n, h, wide = 2, 12, 13
			src := padded(r, n, h, wide, s.c, in)
			oh, ow := v.Out(h, wide)
			dout := padded(r, n, oh, ow, s.k, Pad(s.k))
			c, area := s.c/s.groups, v.Size*v.Size
			w := normal(r, s.k*c*area)
			dx, dw := make([]float64, len(src.Data)), make([]float64, len(w))
			for b := range n {
				for y := range oh {
					for x := range ow {
						for o := range s.k {
							d := float64(dout.At(b, y, x)[o])
							for t := range area {
								yy, xx := y*v.Step-v.Top+t/v.Size, x*v.Step-v.Left+t%v.Size
								if yy < 0 || xx < 0 || yy >= h || xx >= wide {
									continue
								}
								at := ((b*h+yy)*wide+xx)*in + o/(s.k/s.groups)*c
								for i := range c {
									dx[at+i] += d * float64(w[(o*c+i)*area+t])
									dw[(o*c+i)*area+t] += d * float64(src.Data[at+i])
								}
							}
						}
					}
				}
			}
			l := Strided{C: s.c, In: in, K: s.k, Groups: s.groups, Window: v}
			got := Map{N: n, H: h, W: wide, C: in, Data: Make(len(src.Data))}
			l.InputGradient(ws, w, dout, got)
			near(t, fmt.Sprintf("input gradient of %+v", v), got.Data, dx, 1e-5)
			weight := make([]float32, len(w))
			l.WeightGradient(ws, src, dout, weight, false)
			near(t, fmt.Sprintf("weight gradient of %+v", v), weight, dw, 1e-5)
			l.WeightGradient(ws, src, dout, weight, true)
			near(t, fmt.Sprintf("weight gradient of %+v, added", v), weight, twice(dw), 1e-5)
		}
	})
}
