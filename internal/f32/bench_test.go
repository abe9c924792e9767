package f32

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// fastest runs f n times and returns the shortest time: on a shared machine the one that says most about the code.
func fastest(n int, f func()) time.Duration {
	best := time.Hour
	for range n {
		t := time.Now()
		f()
		best = min(best, time.Since(t))
	}
	return best
}

// BenchmarkSteps measures the three steps of a Winograd convolution on one thread: the products against the measured
// peak, the transforms in cycles of the same clock.
func BenchmarkSteps(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, set := range fast() {
		for _, s := range [][3]int{{224, 64, 64}, {112, 64, 128}, {112, 128, 128}, {56, 128, 256}, {56, 256, 256}, {28, 256, 512}, {28, 512, 512}, {14, 512, 512}} {
			b.Run(fmt.Sprintf("%s/%dx%d-%d", set.name, s[0], s[1], s[2]), func(b *testing.B) {
				team := NewTeam(1)
				defer team.Close()
				ws := NewWorkspace(team)
				ws.set = set
				src := randomMap(r, 1, s[0], s[0], s[1])
				dst := Map{1, s[0], s[0], s[2], Make(s[0] * s[0] * s[2])}
				l := NewWinograd(team, normal(r, 9*s[1]*s[2]), normal(r, s[2]), s[2], s[1])
				sb, db := src.Whole(), dst.Whole()
				t := tilesOf(&sb)
				n := min(blockTiles(l.C, l.K), t.rows*t.cols)
				vs, ms := spread(n*l.C), spread(n*l.K)
				v, m := Make(36*vs), Make(36*ms)
				sc := &ws.worker[0]
				var in, mul, out time.Duration
				for b.Loop() {
					in = fastest(30, func() { l.in(set, sc, v, vs, &sb, t, 0, n) })
					mul = fastest(30, func() { l.products(set, v, vs, m, ms, n, 0, 36) })
					out = fastest(30, func() { l.out(set, sc, m, ms, &sb, &db, t, false, 0, n) })
				}
				all := (in + mul + out).Seconds()
				b.ReportMetric(2*36*float64(n*l.C*l.K)/mul.Seconds()/1e9, "GFLOP/s-products")
				b.ReportMetric(100*in.Seconds()/all, "%in")
				b.ReportMetric(100*out.Seconds()/all, "%out")
				b.ReportMetric(float64(in.Nanoseconds())/float64(n*l.C/16), "ns/in16")
				b.ReportMetric(float64(out.Nanoseconds())/float64(n*l.K/16), "ns/out16")
				b.ReportMetric(float64(n), "tiles")
			})
		}
	}
}

// BenchmarkConv3 does rows of the first layer on one thread: of the widths of usual views, whose last pixels are few or
// many.
func BenchmarkConv3(b *testing.B) {
	const k = 64
	r := rand.New(rand.NewPCG(1, 3))
	w, bias := normal(r, 27*k), normal(r, k)
	for _, set := range fast() {
		for _, n := range []int{224, 256, 341, 512, 683} {
			in, out := normal(r, 3*3*(n+2)), Make(n*k)
			b.Run(fmt.Sprintf("%s/%d", set.name, n), func(b *testing.B) {
				for b.Loop() {
					set.conv3(out, n, k, in[:3*(n+2)], in[3*(n+2):6*(n+2)], in[6*(n+2):], w, bias)
				}
				b.ReportMetric(2*27*k*float64(n*b.N)/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
			})
		}
	}
}

// BenchmarkGradients does the three products of a training step for the layers of VGG-16, at batch 8.
func BenchmarkGradients(b *testing.B) {
	ws := NewWorkspace(NewTeam(0))
	for _, s := range []struct{ side, c, k int }{{224, 64, 64}, {112, 128, 128}, {56, 256, 256}, {28, 512, 512}, {14, 512, 512}} {
		src, dout := Map{8, s.side, s.side, s.c, Make(8 * s.side * s.side * s.c)}, Map{8, s.side, s.side, s.k, Make(8 * s.side * s.side * s.k)}
		w, bias := Make(9*s.c*s.k), Make(s.k)
		l := Conv{s.c, s.k}
		work := 2 * 9 * float64(s.c*s.k*8*s.side*s.side) / 4 // products left by F(4x4,3x3)
		for _, step := range []struct {
			name string
			run  func()
		}{
			{"forward", func() { l.Forward(ws, w, bias, src, dout, true) }},
			{"input", func() { l.InputGradient(ws, w, dout, src) }},
			{"weights", func() { l.WeightGradient(ws, src, dout, w, false) }},
		} {
			b.Run(fmt.Sprintf("%dx%dx%d/%s", s.side, s.side, s.k, step.name), func(b *testing.B) {
				for b.Loop() {
					step.run()
				}
				b.ReportMetric(work*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
			})
		}
	}
}
