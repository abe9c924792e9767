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
	params, err := newParams([]layer{l}, 0, Defaults())
	if err != nil {
		t.Fatal(err)
	}
	p := params[0]
	copy(p.data, []float32{1, -2})
	s := newSolver(params[:1], with(func(o *Options) { o.Rate, o.Momentum, o.Decay = 0.5, 0.75, 0.25 }), 2)
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

	// A gradient longer than Clip is cut to it, before the penalty; a shorter one is not.
	p.factor, p.decay = 1, 1
	for _, c := range []struct{ clip, norm float64 }{{2, 2}, {10, 5}, {0, 5}} {
		s.o.Clip = c.clip
		p.grad[0], p.grad[1] = 3, -4
		if err := s.step(); err != nil {
			t.Fatal(err)
		}
		for j, g := range []float64{3 * c.norm / 5, -4 * c.norm / 5} {
			v[j] = 0.75*v[j] - s.o.Rate*(g+0.25*w[j])
			if w[j] += v[j]; math.Abs(float64(p.data[j])-w[j]) > 1e-5 {
				t.Errorf("clipped at %v: weight %v, expected %v", c.clip, p.data[j], w[j])
			}
		}
	}
	// Numbers whose squares are beyond single precision have a norm, and one for images of a spread is that for images
	// of 1.
	p.grad[0], p.grad[1] = 3e25, -4e25
	if got := s.norm(); math.Abs(got/5e25-1) > 1e-6 {
		t.Errorf("norm %v", got)
	}
	p.square = 16
	if got := s.norm(); math.Abs(got/1.25e25-1) > 1e-6 {
		t.Errorf("norm with a spread %v", got)
	}
	p.square = 1
	clear(p.grad)
	s.o.Clip = 0

	want := map[*param][]float32{p: {0.1, -1e-38}}
	if err := s.setVelocities(want); err != nil {
		t.Fatal(err)
	}
	if got, err := s.velocities(); err != nil || !slices.Equal(got[p], want[p]) {
		t.Errorf("%v %v", got[p], err)
	}
}
