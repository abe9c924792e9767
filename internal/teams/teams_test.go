package teams

import (
	"math"
	"slices"
	"testing"

	"fc7/internal/f32"
)

// machine does one multiply-add and, on one core alone, four bytes a second; all cores together ten.
func machine(cores int) Machine {
	return Machine{cores: cores, Rate: 1, CoreBandwidth: 4, Bandwidth: 10}
}

func step(pieces int, work, bytes float64) Step {
	return Step{"layer", f32.Step{Pieces: pieces, Work: work, Bytes: bytes}}
}

// TestSimulate: figures that can be reckoned by hand.
func TestSimulate(t *testing.T) {
	batch := func(steps ...Step) func(int) []Step { return func(int) []Step { return steps } }
	alone, waking := machine(8), machine(8)
	waking.pause, waking.wake = 1, 0.5
	for name, c := range map[string]struct {
		m       Machine
		sizes   []int
		batches []func(int) []Step
		want    float64
	}{
		"nothing":                            {alone, []int{2}, nil, 0},
		"whole waves":                        {alone, []int{2}, []func(int) []Step{batch(step(6, 3, 0))}, 9},
		"a wave that is not full":            {alone, []int{4}, []func(int) []Step{batch(step(5, 3, 0))}, 6},
		"steps one after the other":          {alone, []int{2}, []func(int) []Step{batch(step(2, 3, 0), step(1, 2, 0))}, 5},
		"one core is bound by its memory":    {alone, []int{1}, []func(int) []Step{batch(step(1, 1, 8))}, 2},
		"four cores want more than there is": {alone, []int{4}, []func(int) []Step{batch(step(4, 1, 4))}, 1.6},
		"four teams of one likewise":         {alone, []int{1, 1, 1, 1}, slices.Repeat([]func(int) []Step{batch(step(1, 1, 4))}, 4), 1.6},
		"more batches than teams":            {alone, []int{1, 1}, slices.Repeat([]func(int) []Step{batch(step(1, 5, 0))}, 3), 10},
		// Three read 4 bytes a second each, one works on what it has: 10 are left to the three for 3 s of 3.6.
		"who wants little takes little": {alone, []int{3, 1}, []func(int) []Step{batch(step(3, 1, 12)), batch(step(1, 9, 0))}, 9},
		"steps are started":             {waking, []int{4}, []func(int) []Step{batch(step(4, 2, 0), step(1, 2, 0))}, 7},
		"not in one worker":             {waking, []int{1}, []func(int) []Step{batch(step(4, 2, 0))}, 8},
	} {
		if got := c.m.Simulate(c.sizes, c.batches); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%s: %g, want %g", name, got, c.want)
		}
	}
}

// TestEstimate: where all teams do the same at once, the formula is what the simulation says.
func TestEstimate(t *testing.T) {
	steps := []Step{step(7, 2, 1), step(3, 0, 5), step(1, 4, 4), step(64, 0.1, 0.3)}
	for _, n := range []int{1, 2, 4, 8, 16} {
		m := machine(16)
		m.pause, m.wake = 0.3, 0.01
		got := m.Simulate(Sizes(16, n), slices.Repeat([]func(int) []Step{func(int) []Step { return steps }}, n))
		if want := m.Estimate(steps, 16/n, n); math.Abs(got-want) > 1e-9*want {
			t.Errorf("%d teams: %g, by the formula %g", n, got, want)
		}
	}
}

// TestChoose: small steps are for many teams, large ones for all cores together, which then need less memory; memory
// bounds the teams.
func TestChoose(t *testing.T) {
	m := machine(12)
	m.Bandwidth = 1e9
	of := func(steps ...Step) Work {
		return Work{Images: 1, Steps: func(int) []Step { return steps }, Memory: func(team int) int64 { return 100 + int64(team) }}
	}
	if n := m.Choose(of(step(1200, 1, 0))); n != 1 {
		t.Errorf("work that shares out goes to %d teams", n)
	}
	if n := m.Choose(of(step(2, 1, 0))); n != 6 {
		t.Errorf("pairs of pieces go to %d teams, want 6", n)
	}
	m.Memory = 420
	if n := m.Choose(of(step(1, 1, 0))); n != 4 {
		t.Errorf("%d teams in the memory of four", n)
	}
	m.Memory = 1
	if n := m.Choose(of(step(1, 1, 0))); n != 1 {
		t.Errorf("%d teams without memory", n)
	}
	if got, want := Numbers(12), []int{1, 2, 3, 4, 6, 12}; !slices.Equal(got, want) {
		t.Errorf("numbers %v, want %v", got, want)
	}
}

// TestSerials: a step that one core does is a layer's serial share.
func TestSerials(t *testing.T) {
	m := machine(10)
	steps := func(int) []Step {
		return []Step{step(10, 9, 0), {"other", f32.Step{Pieces: 10, Work: 9}}, {"other", f32.Step{Pieces: 1, Work: 10}}}
	}
	got := m.Serials(steps, 10)
	if len(got) != 2 || got[0].Layer != "layer" || math.Abs(got[0].Share) > 1e-12 || math.Abs(got[1].Share-0.1) > 1e-12 || math.Abs(got[1].Time-19.0/28) > 1e-12 {
		t.Errorf("%+v", got)
	}
}

// TestIdle: of 19 seconds of ten cores, nine wait for 5 while one works, and five for the last 2.5 of 5.
func TestIdle(t *testing.T) {
	m := machine(10)
	got := m.Idle([]Step{step(10, 9, 0), {"other", f32.Step{Pieces: 1, Work: 5}}, {"other", f32.Step{Pieces: 15, Work: 2.5}}}, 10)
	if len(got) != 2 || math.Abs(got[0].Share) > 1e-12 || math.Abs(got[1].Share-(0.9*5+0.25*5)/19) > 1e-12 || math.Abs(got[1].Time-10.0/19) > 1e-12 {
		t.Errorf("%+v", got)
	}
}
