package f32

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestCopies: copies have the same weights and give the same bits, on a team that stays on a processor too, and live on
// when others are given back.
func TestCopies(t *testing.T) {
	for _, cpus := range [][]int{nil, {0}} {
		team := NewTeamOn(2, cpus)
		defer team.Close()
		ws := NewWorkspace(team)
		const c, k, side = 32, 48, 12
		r := rand.New(rand.NewPCG(1, 0))
		l := NewWinograd(team, normal(r, 9*k*c), normal(r, k), k, c)
		m := NewMatrix(3*copyPiece/64/4*4, 4, 60, normal(r, 60), true)
		copy(m.b, normal(r, len(m.b)))
		copies, others := NewCopies(team), NewCopies(team)
		l2, m2 := copies.Winograd(l), copies.Matrix(m)
		others.Matrix(m)
		others.Close()
		if !slices.Equal(l2.u, l.u) || !slices.Equal(m2.b, m.b) || &l2.u[0] == &l.u[0] || &m2.b[0] == &m.b[0] {
			t.Fatalf("processors %v: the copies are others", cpus)
		}
		src, rows := randomMap(r, 1, side, side, c), normal(r, m.Depth)
		run := func(l *Winograd, m *Matrix) (a, b []float32) {
			a, b = Make(side*side*k), Make(m.Cols)
			team.Lead(func() {
				l.Run(ws, src, Map{N: 1, H: side, W: side, C: k, Data: a}, false)
				m.Run(ws, 1, rows, b)
			})
			return a, b
		}
		a, b := run(l, m)
		a2, b2 := run(l2, m2)
		if !slices.Equal(a, a2) || !slices.Equal(b, b2) {
			t.Errorf("processors %v: other bits by the copies", cpus)
		}
		copies.Close()
	}
}
