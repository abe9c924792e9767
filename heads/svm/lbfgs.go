package svm

import (
	"math"
	"slices"

	"fc7/internal/f32"
)

const (
	remembered = 20   // pairs of steps and changes of the gradient
	armijo     = 1e-4 // of the decrease that the slope promises
	flatness   = 1e-7 // of f: below it, f differs by rounding
)

// ending is how minimising ended.
type ending struct {
	f, bound  float64 // f is at most bound above its minimum
	passes    int
	converged bool
}

// pair is a step and what it changed in the gradient, with 1 / sᵀy.
type pair struct {
	s, y []float32
	rho  float64
}

// minimiser is a run of L-BFGS.
type minimiser struct {
	*softmax
	o          Options
	f, curve   float64
	cold       bool // from weights of 0
	grad       []float64
	next, gNew []float64 // the point that is tried
	dir        []float64
	pairs      []pair
	partial    []float64
	inverse    *factor // nil: the identity
	plain      bool    // without inverse
}

// minimise goes from w to the minimum at a cost, as near as the tolerance asks or single precision allows.
func (s *softmax) minimise(o Options) (ending, error) {
	m := &minimiser{softmax: s, o: o}
	return m.run()
}

func (m *minimiser) run() (ending, error) {
	s, n := m.softmax, len(m.w)
	vectors := make([]float64, 4*n)
	m.grad, m.next, m.gNew, m.dir = vectors[:n], vectors[n:2*n], vectors[2*n:3*n], vectors[3*n:]
	m.partial = make([]float64, (n+stripe-1)/stripe)
	s.passes, m.cold = 0, !slices.ContainsFunc(s.w, func(v float64) bool { return v != 0 })
	var err error
	if m.f, m.curve, err = s.value(m.o.C, s.w, m.grad); err != nil {
		return ending{}, err
	}
	stuck := false
	for !stuck && s.passes < m.o.MaxIterations {
		if m.done() {
			if fresh, err := m.fresh(); fresh || err != nil {
				if err != nil {
					return ending{}, err
				}
				continue // as it really is
			}
			break
		}
		if err := m.precondition(); err != nil {
			return ending{}, err
		}
		m.direction()
		if s.kept != nil {
			stuck, err = m.search()
		} else {
			stuck, err = m.step()
		}
		if err != nil {
			return ending{}, err
		}
		if stuck && len(m.pairs) > 0 { // once more, down the slope
			m.pairs, stuck = nil, false
		}
	}
	return ending{f: m.f, bound: m.bound(), passes: s.passes, converged: m.done()}, nil
}

func (m *minimiser) bound() float64 { return m.dot(m.grad, m.grad) / 2 }

func (m *minimiser) done() bool { return m.bound() <= m.o.Epsilon*m.o.Epsilon*m.f }

// step goes along the direction as far as f falls well, and is stuck where it does not fall at all.
func (m *minimiser) step() (stuck bool, err error) {
	slope := m.dot(m.grad, m.dir)
	if !(slope < 0) {
		return true, nil
	}
	length := 1.0
	if len(m.pairs) == 0 && m.inverse == nil {
		length = min(1, 1/math.Sqrt(-slope))
	}
	for range 40 {
		for i, v := range m.dir {
			m.next[i] = m.w[i] + float64(length*v)
		}
		f, curve, err := m.value(m.o.C, m.next, m.gNew)
		if err != nil {
			return false, err
		}
		fell := f <= m.f+armijo*length*slope
		if !fell && math.Abs(f-m.f) <= flatness*math.Abs(m.f) { // the slope tells better
			fell = math.Abs(m.dot(m.gNew, m.dir)) <= 0.9*math.Abs(slope)
		}
		if fell {
			m.took(length, f, curve)
			return false, nil
		}
		shorter := -slope * length / (2 * (f - m.f - length*slope)) // of the parabola through both
		if !(shorter >= 0.1) {
			shorter = 0.1
		}
		length *= min(shorter, 0.5)
	}
	return true, nil
}

// took makes the point that was tried, a step of this length away, the one that stands.
func (m *minimiser) took(length, f, curve float64) {
	m.remember(length)
	m.f, m.curve = f, curve
	m.softmax.w, m.next = m.next, m.softmax.w
	m.grad, m.gNew = m.gNew, m.grad
}

// remember keeps the step of this length.
func (m *minimiser) remember(length float64) {
	p := pair{}
	if len(m.pairs) == remembered {
		p = m.pairs[0]
		m.pairs = slices.Delete(m.pairs, 0, 1)
	} else {
		p.s, p.y = make([]float32, len(m.dir)), make([]float32, len(m.dir))
	}
	for i, v := range m.dir {
		p.s[i], p.y[i] = float32(length*v), float32(m.gNew[i]-m.grad[i])
	}
	product := m.sum(func(i, j int) float64 {
		total := 0.0
		for n := i; n < j; n++ {
			total += float64(float64(p.s[n]) * float64(p.y[n]))
		}
		return total
	})
	if product > 0 {
		p.rho = 1 / product
		m.pairs = append(m.pairs, p)
	}
}

// direction is minus the product of the guess of the inverse Hessian and the gradient, by the two loops of L-BFGS.
func (m *minimiser) direction() {
	copy(m.dir, m.grad)
	along := make([]float64, len(m.pairs))
	for i := len(m.pairs) - 1; i >= 0; i-- {
		p := &m.pairs[i]
		along[i] = p.rho * m.shortDot(p.s, m.dir)
		m.add(-along[i], p.y, m.dir)
	}
	m.guess()
	for i := range m.pairs {
		p := &m.pairs[i]
		m.add(along[i]-p.rho*m.shortDot(p.y, m.dir), p.s, m.dir)
	}
	for i := range m.dir {
		m.dir[i] = -m.dir[i]
	}
}

// guess multiplies the direction with the first guess, scaled so that it is right along the last step.
func (m *minimiser) guess() {
	scale := 1.0
	if n := len(m.pairs); n > 0 {
		p := &m.pairs[n-1]
		y := make([]float64, len(p.y))
		for i, v := range p.y {
			y[i] = float64(v)
		}
		m.inverse.apply(m.softmax, y)
		if curve := m.shortDot(p.y, y); curve > 0 {
			scale = 1 / (p.rho * curve)
		}
	}
	m.inverse.apply(m.softmax, m.dir)
	for i := range m.dir {
		m.dir[i] *= scale
	}
}

// stripe is how many values of a vector are added up at a time: the order of sums does not depend on threads.
const stripe = 1 << 13

func (m *minimiser) sum(of func(i, j int) float64) float64 {
	do := f32.Pieces(func(_, p int) { m.partial[p] = of(p*stripe, min((p+1)*stripe, len(m.dir))) })
	if few := 8; len(m.partial) > few {
		m.team.Run(len(m.partial), do)
	} else {
		for p := range m.partial {
			do(0, p)
		}
	}
	total := 0.0
	for _, v := range m.partial {
		total += v
	}
	return total
}

func (m *minimiser) dot(a, b []float64) float64 {
	return m.sum(func(i, j int) float64 { return dot64(a[i:j], b[i:j]) })
}

func (m *minimiser) shortDot(a []float32, b []float64) float64 {
	return m.sum(func(i, j int) float64 { return dot(a[i:j], b[i:j]) })
}

func (m *minimiser) add(by float64, a []float32, to []float64) {
	m.sum(func(i, j int) float64 { axpy(by, a[i:j], to[i:j]); return 0 })
}
