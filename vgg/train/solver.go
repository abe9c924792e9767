package train

import (
	"fmt"
	"math"
	"sync"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"fc7/internal/f32"
)

// solver is stochastic gradient descent with momentum μ, rate η and decay λ, on Gorgonia's momentum solver:
//
//	v ← μ v - η f (c g + λ d w),   w ← w + v          (v = 0 at first)
//
// where c is 1, or what makes the gradient of all tensors as short as Options.Clip wants it. where f and d are the
// tensor's factors (Net.SetFactors, and Options.Spread for the first), 1 for most.
//
// This is Krizhevsky et al. 2012 and Caffe, with which the paper's nets were trained. PyTorch's SGD is v ← μ v + g + λ
// w, w ← w - η v: the same weights, up to rounding, as long as η stays; where η falls, the velocity keeps the old rate
// here and takes the new one there.
// The λ w is added here: Gorgonia's WithL2Reg adds λ v to the gradient of a tensor instead, which decays nothing.
//
// Parameters are cut into pieces, shared out among as many of Gorgonia's solvers as there are threads.
type solver struct {
	params []*param // those that are trained
	o      Options  // rate, momentum and decay
	shares []share
}

// share is what one of Gorgonia's solvers works on.
type share struct {
	momentum *gorgonia.Momentum
	pieces   []piece
}

// piece is a run of values of a parameter.
type piece struct {
	p        *param
	from, to int
}

// pieceSize is a compromise: few calls, and values that stay in cache from one pass of the solver to the next.
const pieceSize = 1 << 16

func newSolver(params []*param, o Options, threads int) *solver {
	s := &solver{o: o, shares: make([]share, threads)}
	next := 0
	for _, p := range params {
		if p.frozen || p.statistic {
			continue
		}
		s.params = append(s.params, p)
		for from := 0; from < len(p.data); from += pieceSize {
			sh := &s.shares[next%threads]
			sh.pieces = append(sh.pieces, piece{p, from, min(len(p.data), from+pieceSize)})
			next++
		}
	}
	for i := range s.shares {
		s.shares[i].momentum = gorgonia.NewMomentum()
	}
	return s
}

// norm is that of the gradient, and does not depend on the number of threads.
func (s *solver) norm() float64 {
	var sum float64
	for _, p := range s.params {
		var of float64
		for from := 0; from < len(p.grad); from += pieceSize {
			part := p.grad[from:min(len(p.grad), from+pieceSize)]
			square := float64(f32.Dot(part, part))
			if math.IsInf(square, 1) { // beyond single precision
				square = 0
				for _, g := range part {
					square += float64(g) * float64(g)
				}
			}
			of += square
		}
		sum += of / float64(p.square)
	}
	return math.Sqrt(sum)
}

// cut is what the gradient is multiplied with, so that its norm is Options.Clip at most.
func (s *solver) cut() float32 {
	if s.o.Clip == 0 {
		return 1
	}
	return float32(math.Min(1, s.o.Clip/s.norm()))
}

// step applies the gradients, and destroys them.
func (s *solver) step() error {
	cut := s.cut()
	return s.run(s.o.Rate, s.o.Momentum, func(c piece) gorgonia.ValueGrad {
		value, grad := c.p.data[c.from:c.to], c.p.grad[c.from:c.to]
		decay, factor := float32(s.o.Decay)*c.p.decay*c.p.square, c.p.factor/c.p.square
		for i, w := range value {
			grad[i] = (cut*grad[i] + decay*w) * factor
		}
		return newPair(value, grad)
	})
}

// run does a step of each share, piece by piece.
func (s *solver) run(rate, momentum float64, of func(piece) gorgonia.ValueGrad) error {
	errs := make([]error, len(s.shares))
	var wg sync.WaitGroup
	for i, sh := range s.shares {
		wg.Go(func() {
			gorgonia.WithLearnRate(rate)(sh.momentum)
			gorgonia.WithMomentum(momentum)(sh.momentum)
			model := make([]gorgonia.ValueGrad, len(sh.pieces))
			for j, c := range sh.pieces {
				model[j] = of(c)
			}
			errs[i] = sh.momentum.Step(model)
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return fmt.Errorf("momentum step: %w", err)
		}
	}
	return nil
}

// pair is a value and gradient, those of a parameter or others to get at the velocities, which Gorgonia hides.
type pair struct{ value, grad *tensor.Dense }

func (p pair) Value() gorgonia.Value         { return p.value }
func (p pair) Grad() (gorgonia.Value, error) { return p.grad, nil }

func newPair(value, grad []float32) pair {
	n := tensor.Shape{len(value)}
	return pair{newDense(n, value), newDense(n, grad)}
}

// velocities returns v of each parameter: a step with w = 0, g = 0, η = 0 and μ = 1 leaves v, and makes w equal to it.
func (s *solver) velocities() (map[*param][]float32, error) {
	v := map[*param][]float32{}
	for _, p := range s.params {
		v[p] = make([]float32, len(p.data))
	}
	err := s.run(0, 1, func(c piece) gorgonia.ValueGrad {
		return newPair(v[c.p][c.from:c.to], make([]float32, c.to-c.from))
	})
	return v, err
}

// setVelocities makes v what is given, exactly: in a new solver, a step with g = -v, η = 1 and μ = 0. The weights stay.
func (s *solver) setVelocities(v map[*param][]float32) error {
	for i := range s.shares {
		s.shares[i].momentum = gorgonia.NewMomentum()
	}
	return s.run(1, 0, func(c piece) gorgonia.ValueGrad {
		grad := make([]float32, c.to-c.from)
		if given, ok := v[c.p]; ok {
			for i, x := range given[c.from:c.to] {
				grad[i] = -x
			}
		}
		return newPair(make([]float32, len(grad)), grad)
	})
}
