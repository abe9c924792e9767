package train

import (
	"math"
	"slices"
	"testing"

	"fc7/vgg"
)

// v ← μ v - η (g + λ w), w ← w + v, by hand; and where the rate falls the velocity stays what it is.
func TestSolver(t *testing.T) {
	l := layer{Layer: vgg.Layer{Name: "layer1", Kernel: 1, In: 2, Out: 1}, bias: vgg.Param{Name: "b", Shape: []int{1}}, weight: vgg.Param{Name: "w", Shape: []int{1, 2}}}
	params, err := newParams([]layer{l}, 0, Options{Spread: 1})
	if err != nil {
		t.Fatal(err)
	}
	p := params[0]
	copy(p.data, []float32{1, -2})
	s := newSolver(params[:1], Options{Rate: 0.5, Momentum: 0.75, Decay: 0.25}, 2)
	w, v := []float64{1, -2}, []float64{0, 0}
	for i := range 4 {
		if i == 2 {
			s.o.Rate = 0.125
		}
		for j := range w {
			p.grad[j] = float32(i + j)
			v[j] = 0.75*v[j] - s.o.Rate*(float64(p.grad[j])+0.25*w[j])
			w[j] += v[j]
		}
		if err := s.step(); err != nil {
			t.Fatal(err)
		}
		for j := range w {
			if math.Abs(float64(p.data[j])-w[j]) > 1e-6 || p.grad[j] != 0 {
				t.Errorf("step %d: weight %v and gradient %v, expected %v and 0", i, p.data[j], p.grad[j], w[j])
			}
		}
		got, err := s.velocities()
		if err != nil || math.Abs(float64(got[p][0])-v[0]) > 1e-6 || math.Abs(float64(got[p][1])-v[1]) > 1e-6 {
			t.Errorf("step %d: velocities %v %v, expected %v", i, got[p], err, v)
		}
	}

	// The velocity of a tensor with factors.
	p.factor, p.decay = 4, 0.5
	p.grad[0], p.grad[1] = 1, 0
	if err := s.step(); err != nil {
		t.Fatal(err)
	}
	for j, g := range []float64{1, 0} {
		v[j] = 0.75*v[j] - 4*s.o.Rate*(g+0.125*w[j])
		if w[j] += v[j]; math.Abs(float64(p.data[j])-w[j]) > 1e-6 {
			t.Errorf("with factors: weight %v, expected %v", p.data[j], w[j])
		}
	}

	want := map[*param][]float32{p: {0.1, -1e-38}}
	if err := s.setVelocities(want); err != nil {
		t.Fatal(err)
	}
	if got, err := s.velocities(); err != nil || !slices.Equal(got[p], want[p]) {
		t.Errorf("%v %v", got[p], err)
	}
}
