package svm

import (
	"math"

	"fc7/internal/f32"
)

// kept are the scores of all rows at w and of the direction: on the line through w the scores are z + t·a, so that f
// costs no product there, and the step is as long as it should be.
type kept struct {
	z, along []float32 // [rows][packed.Cols]
	rest     []float32 // [rows][k], p - y where f was computed last
	since    int       // steps since z was computed from w
}

const (
	mostKept = 256 << 20 // bytes of the scores that are kept, and of the rows
	exact    = 0.1       // of the slope at the start is that at the end of a step, at most,
	cursory  = 0.5       // or so much where rows are shorter than long and looking costs what a product does
	long     = 1024
	freshen  = 20 // steps after which scores are computed anew, which add up rounding
)

// keep makes room for the scores of all rows, and for these as they are multiplied, where it is not too much.
func (s *softmax) keep() {
	n := len(s.rows)
	if 4*n*s.width <= mostKept {
		s.all = f32.Make(n * s.width)
	}
	if 4*n*(2*s.packed.Cols+s.k) > mostKept {
		return
	}
	s.kept = &kept{z: f32.Make(n * s.packed.Cols), along: f32.Make(n * s.packed.Cols), rest: f32.Make(n * s.k)}
}

// room is where scores and residuals of a tile go.
func (s *softmax) room(first int) (z, rest []float32) {
	if s.kept == nil {
		return s.z, s.rest
	}
	return s.kept.z[first*s.packed.Cols:], s.kept.rest[first*s.k:]
}

// line computes what all rows have at t along the direction, and keeps p - y.
func (s *softmax) line(t float64) (sum onLine, err error) {
	for first := 0; first < len(s.rows) && err == nil; first += softmaxTile {
		z, rest := s.room(first)
		err = s.residuals(first, min(softmaxTile, len(s.rows)-first), z, s.kept.along[first*s.packed.Cols:], t, rest, &sum)
	}
	return sum, err
}

// advance moves the scores of all rows along the direction.
func (s *softmax) advance(t float64) error {
	const piece = 1 << 14
	k := s.kept
	k.since++
	return s.each((len(k.z)+piece-1)/piece, func(p int) {
		to := min(len(k.z), (p+1)*piece)
		f32.Axpy(float32(t), k.along[p*piece:to], k.z[p*piece:to])
	})
}

// search goes along the direction to where f is about the least, by Newton's method between bounds; it is stuck where f
// does not fall.
func (m *minimiser) search() (stuck bool, err error) {
	s := m.softmax
	slope := m.dot(m.grad, m.dir)
	if !(slope < 0) {
		return true, nil
	}
	s.pack(m.dir)
	if err := s.tiles(func(first, n int) error {
		s.packed.Run(s.ws, n, s.tile, s.kept.along[first*s.packed.Cols:])
		return s.ctx.Err()
	}); err != nil {
		return false, err
	}
	ww, wd, dd := 0.0, 0.0, 0.0
	for k := range s.k {
		w, d := m.w[k*s.width:k*s.width+s.d], m.dir[k*s.width:k*s.width+s.d]
		ww, wd, dd = ww+dot64(w, w), wd+dot64(w, d), dd+dot64(d, d)
	}
	enough := exact
	if s.width < long {
		enough = cursory
	}
	low, high, t := 0.0, math.Inf(1), 1.0
	for range 40 {
		l, err := s.line(t)
		if err != nil {
			return false, err
		}
		f := float64(m.o.C*l.loss) + (ww+float64(2*t*wd)+float64(t*t*dd))/2
		first, second := float64(m.o.C*l.first)+wd+float64(t*dd), float64(m.o.C*l.second)+dd
		fell := f < m.f || math.Abs(f-m.f) <= flatness*math.Abs(m.f)
		if fell && math.Abs(first) <= enough*-slope {
			m.curve = l.curve / float64(len(s.rows)*s.k)
			return false, m.move(t, f)
		}
		if first > 0 {
			high = t
		} else {
			low = t
		}
		if t -= first / second; !(t > low && t < high) {
			t = (low + min(high, 2*low+1)) / 2
		}
	}
	return true, nil
}

// fresh computes f and its gradient from w itself where the scores stand for it, which have the rounding of all steps.
func (m *minimiser) fresh() (done bool, err error) {
	if m.kept == nil || m.kept.since == 0 {
		return false, nil
	}
	m.f, m.curve, err = m.value(m.o.C, m.w, m.grad)
	return true, err
}

// move takes the step of this length, at whose end f is known, and computes the gradient there.
func (m *minimiser) move(t, f float64) error {
	s := m.softmax
	for i, v := range m.dir {
		m.next[i] = m.w[i] + float64(t*v)
	}
	if s.kept.since == freshen {
		fresh, curve, err := s.value(m.o.C, m.next, m.gNew)
		if err != nil {
			return err
		}
		m.took(t, fresh, curve)
		return nil
	}
	if err := s.advance(t); err != nil {
		return err
	}
	clear(m.gNew)
	if err := s.tiles(func(first, n int) error {
		_, rest := s.room(first)
		return s.slope(n, rest, m.gNew)
	}); err != nil {
		return err
	}
	s.regularise(m.o.C, m.next, m.gNew)
	m.took(t, f, m.curve)
	return nil
}
