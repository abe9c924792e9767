package train

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// solver is stochastic gradient descent with momentum μ, rate η and decay λ, on Gorgonia's momentum solver:
//
//	v ← μ v - η (g + λ w),   w ← w + v          (v = 0 at first)
//
// This is Krizhevsky et al. 2012 and Caffe, with which the paper's nets were trained. PyTorch's SGD is v ← μ v + g + λ w,
// w ← w - η v: the same weights, up to rounding, as long as η stays; where η falls, the velocity keeps the old rate here and
// takes the new one there.
// The λ w is added here: Gorgonia's WithL2Reg adds λ v to the gradient of a tensor instead, which decays nothing.
type solver[T number] struct {
	momentum *gorgonia.Momentum
	params   []*param[T] // those that are not frozen
	o        Options     // rate, momentum and decay
}

func newSolver[T number](params []*param[T], o Options) *solver[T] {
	s := &solver[T]{momentum: gorgonia.NewMomentum(), o: o}
	for _, p := range params {
		if !p.frozen {
			s.params = append(s.params, p)
		}
	}
	return s
}

// step applies the gradients, and sets them to zero.
func (s *solver[T]) step() error {
	for _, p := range s.params {
		decay := T(s.o.Decay)
		for i, w := range p.data {
			p.grad[i] += decay * w
		}
	}
	return s.run(s.o.Rate, s.o.Momentum, func(p *param[T]) gorgonia.ValueGrad { return p })
}

func (s *solver[T]) run(rate, momentum float64, of func(*param[T]) gorgonia.ValueGrad) error {
	gorgonia.WithLearnRate(rate)(s.momentum)
	gorgonia.WithMomentum(momentum)(s.momentum)
	model := make([]gorgonia.ValueGrad, len(s.params))
	for i, p := range s.params {
		model[i] = of(p)
	}
	if err := s.momentum.Step(model); err != nil {
		return fmt.Errorf("momentum step: %w", err)
	}
	return nil
}

// pair is a value and gradient beside those of a parameter, to get at the velocities, which Gorgonia hides.
type pair struct{ value, grad *tensor.Dense }

func (p pair) Value() gorgonia.Value         { return p.value }
func (p pair) Grad() (gorgonia.Value, error) { return p.grad, nil }

func newPair[T number](value, grad []T) pair {
	n := tensor.Shape{len(value)}
	return pair{newDense(n, value), newDense(n, grad)}
}

// velocities returns v of each parameter: a step with w = 0, g = 0, η = 0 and μ = 1 leaves v, and makes w equal to it.
func (s *solver[T]) velocities() (map[*param[T]][]T, error) {
	v := map[*param[T]][]T{}
	err := s.run(0, 1, func(p *param[T]) gorgonia.ValueGrad {
		v[p] = make([]T, len(p.data))
		return newPair(v[p], make([]T, len(p.data)))
	})
	return v, err
}

// setVelocities makes v what is given, exactly: in a new solver, a step with g = -v, η = 1 and μ = 0. The weights stay.
func (s *solver[T]) setVelocities(v map[*param[T]][]T) error {
	s.momentum = gorgonia.NewMomentum()
	return s.run(1, 0, func(p *param[T]) gorgonia.ValueGrad {
		grad := make([]T, len(p.data))
		for i, x := range v[p] {
			grad[i] = -x
		}
		return newPair(make([]T, len(p.data)), grad)
	})
}
