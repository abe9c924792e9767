package svm

import (
	"math"
	"slices"
	"testing"

	"fc7/internal/half"
)

// Rows that pass by in blocks give the heads of memory within the tolerance, of each loss, and the same bits whatever
// the number of threads and the classes that are trained at a time.
func TestStreamedHeads(t *testing.T) {
	p := drawnProblem(400, 60)
	for i := range p.X.N {
		if i%9 != 4 {
			p.Rows = append(p.Rows, i)
		}
	}
	slices.Reverse(p.Rows)
	p.Y[1][7], p.Y[2][9] = 0, 0
	p.X.Mapped = true
	for _, o := range []Options{
		{C: 0.1, Bias: 1, PositiveWeight: 1.7},
		{C: 0.3, Loss: Hinge, Bias: 1},
		{C: 2, Loss: Logistic, Bias: 1},
		{C: 1e6, MaxIterations: 20},
		{C: 50, Loss: Hinge, MaxIterations: 3}, // Newton's method finishes these
	} {
		o.Epsilon, o.Threads, o.Memory = 1e-5, 2, 1<<40
		costs := []float64{o.C, o.C / 3}
		want, wanted, err := TrainPath(t.Context(), p, o, costs)
		if err != nil {
			t.Fatal(err)
		}
		first := map[int64][]*Model{} // by the memory
		for _, way := range []struct {
			threads int
			memory  int64
		}{{1, 30000}, {3, 30000}, {2, 9000}, {1, 80000}, {3, 80000}} {
			if o.MaxIterations > 0 && way.threads != 2 && (way.threads == 1 || testing.Short()) {
				continue // Newton's method takes many passes
			}
			o.Threads, o.Memory = way.threads, way.memory
			var lines []string
			p.Tell = func(line string) { lines = append(lines, line) }
			got, stats, err := TrainPath(t.Context(), p, o, costs)
			if err != nil {
				t.Fatal(err)
			}
			if len(lines) == 0 {
				t.Errorf("%+v: nothing was told of blocks", o)
			}
			for i := range got {
				for k, s := range stats[i].Classes {
					w := wanted[i].Classes[k]
					if !s.Converged || s.Rows != w.Rows || s.Positives != w.Positives || math.Abs(s.Primal-w.Primal) > 1e-5*w.Primal || s.Dual > w.Primal*(1+1e-7) || w.Dual > s.Primal*(1+1e-7) {
						t.Errorf("%v, C = %g, class %d: %+v, want %+v", o.Loss, costs[i], k, s, w)
					}
					for d, v := range got[i].Weights[k] {
						if math.Abs(v-want[i].Weights[k][d]) > 1e-3*(1+math.Abs(v)) {
							t.Errorf("%v, C = %g, class %d: weight %d is %g, want %g", o.Loss, costs[i], k, d, v, want[i].Weights[k][d])
						}
					}
				}
			}
			if first[way.memory] == nil {
				first[way.memory] = got
			}
			for i := range got {
				for k := range got[i].Weights {
					if !slices.Equal(got[i].Weights[k], first[way.memory][i].Weights[k]) {
						t.Errorf("%v: class %d has other bits with %d threads", o.Loss, k, way.threads)
					}
				}
			}
		}
	}
}

// Values of half precision count as the same values in single precision do, in memory and in blocks.
func TestHalfRows(t *testing.T) {
	p := drawnProblem(300, 21)
	for k := range p.X.Blocks {
		b := &p.X.Blocks[k]
		for r := range b.Rows {
			h := make([]uint16, b.Width)
			for d, v := range b.Rows[r] {
				h[d] = half.FromFloat32(v)
				b.Rows[r][d] = half.Float32(h[d])
			}
			b.Half = append(b.Half, h)
		}
	}
	p.X.Mapped = true
	halves := p
	halves.X.Blocks = slices.Clone(p.X.Blocks)
	for k := range p.X.Blocks {
		p.X.Blocks[k].Half, halves.X.Blocks[k].Rows = nil, nil
	}
	for _, loss := range []Loss{SquaredHinge, Hinge, Logistic, Softmax} {
		for _, memory := range []int64{1 << 40, 12000} {
			o := Options{Loss: loss, Memory: memory}
			want, _, err := Train(t.Context(), p, o)
			if err != nil {
				t.Fatal(err)
			}
			got, _, err := Train(t.Context(), halves, o)
			if err != nil {
				t.Fatal(err)
			}
			for k := range got.Weights {
				if memory == 1<<40 && !slices.Equal(got.Weights[k], want.Weights[k]) {
					t.Errorf("%v: class %d is another one in half precision", loss, k)
				}
			}
			s, err := got.DecisionBatch(halves.X, nil)
			if err != nil {
				t.Fatal(err)
			}
			u, err := got.DecisionBatch(p.X, nil)
			if err != nil {
				t.Fatal(err)
			}
			for k := range s {
				if !slices.Equal(s[k], u[k]) {
					t.Errorf("%v: class %d scores otherwise in half precision", loss, k)
				}
			}
		}
	}
}
