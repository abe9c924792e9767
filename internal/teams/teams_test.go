package teams

import (
	"math"
	"slices"
	"testing"

	"fc7/internal/f32"
)

// machine does one multiply-add and, on one core alone, four bytes a second; all cores together ten.
func machine(cores int) Machine {
	return Machine{Cores: cores, Rate: 1, CoreBandwidth: 4, Bandwidth: 10}
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
		if got := c.m.Simulate(c.sizes, Anywhere, c.batches); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%s: %g, want %g", name, got, c.want)
		}
	}
}

// TestEstimate: where all teams do the same at once, the formula is what the simulation says, wherever their memory is.
func TestEstimate(t *testing.T) {
	steps := []Step{step(7, 2, 1), step(3, 0, 5), step(1, 4, 4), step(64, 0.1, 0.3), {"layer", f32.Step{Pieces: 64, Work: 1, Bytes: 3, Shared: 2}}}
	m := machine(16)
	m.pause, m.wake = 0.3, 0.01
	for _, m := range []Machine{m, m.on(2), m.on(4)} {
		for _, c := range m.Choices() {
			if 16%c.Teams > 0 {
				continue
			}
			got := m.Simulate(m.Split(c), c.Place, slices.Repeat([]func(int) []Step{func(int) []Step { return steps }}, c.Teams))
			if want := m.Estimate(steps, 16/c.Teams, c); math.Abs(got-want) > 1e-9*want {
				t.Errorf("%d nodes, %+v: %g, by the formula %g", m.Nodes, c, got, want)
			}
		}
	}
}

// on is the machine on nodes that get two bytes a second of each other, and a core of them half of what it gets else.
func (m Machine) on(nodes int) Machine {
	m.Nodes, m.link, m.far = nodes, 2, 0.5
	return m
}

// TestNodes: figures of two nodes that can be reckoned by hand. A core reads 4 bytes a second of its own node and 2 of
// the other; a node's memory gives 5, and the way to the other 2.
func TestNodes(t *testing.T) {
	m := machine(4).on(2)
	batch := func(pieces int, bytes, shared float64) func(int) []Step {
		return func(int) []Step { return []Step{{"layer", f32.Step{Pieces: pieces, Bytes: bytes, Shared: shared}}} }
	}
	for name, c := range map[string]struct {
		choice Choice
		batch  func(int) []Step
		times  int
		want   float64
	}{
		"one core, half from afar":         {Choice{4, Anywhere}, batch(1, 8, 0), 1, 4.0/4 + 4.0/2},
		"one core, near":                   {Choice{4, Near}, batch(1, 8, 0), 1, 2},
		"one core, half of the weights":    {Choice{4, Near}, batch(1, 8, 8), 1, 3},
		"one core, weights of its own":     {Choice{4, Own}, batch(1, 8, 8), 1, 2},
		"two of each node, near":           {Choice{4, Near}, batch(1, 10, 0), 4, 4},     // 20 bytes of 5 a second
		"half of the weights of two":       {Choice{4, Near}, batch(1, 10, 10), 4, 5},    // 10 bytes come by the way
		"two of one node, near":            {Choice{2, Near}, batch(2, 10, 0), 1, 4},     // 20 bytes of one memory
		"all of one team":                  {Choice{1, Anywhere}, batch(4, 10, 0), 1, 5}, // 20 bytes of 40, 10 each way
		"a few of a team, on both nodes":   {Choice{1, Anywhere}, batch(2, 10, 0), 1, 5.0/4 + 5.0/2},
		"one more than teams, on one node": {Choice{2, Own}, batch(2, 10, 10), 3, 8},
	} {
		if got := m.Simulate(m.Split(c.choice), c.choice.Place, slices.Repeat([]func(int) []Step{c.batch}, c.times)); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%s: %g, want %g", name, got, c.want)
		}
	}
	if got, want := machine(13).on(2).Split(Choice{4, Own}), []int{4, 3, 3, 3}; !slices.Equal(got, want) {
		t.Errorf("13 cores on two nodes are teams of %v, want %v", got, want)
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
	check := func(what string, w Work, want Choice) {
		t.Helper()
		if c := m.Choose(w); c != want {
			t.Errorf("%s: %+v, want %+v", what, c, want)
		}
	}
	check("work that shares out", of(step(1200, 1, 0)), Choice{1, Anywhere})
	check("pairs of pieces", of(step(2, 1, 0)), Choice{6, Anywhere})
	m.Memory = 420
	check("the memory of four", of(step(1, 1, 0)), Choice{4, Anywhere})
	m.Memory = 1
	check("no memory", of(step(1, 1, 0)), Choice{1, Anywhere})
	if got, want := numbers(12), []int{1, 2, 3, 4, 6, 12}; !slices.Equal(got, want) {
		t.Errorf("numbers %v, want %v", got, want)
	}
	m = machine(12).on(2)
	weights := of(Step{"layer", f32.Step{Pieces: 1200, Bytes: 4.4, Shared: 4}})
	weights.Weights = 1000
	check("weights on two nodes", weights, Choice{2, Own})
	m.Memory = 2000
	check("and no memory for copies", weights, Choice{2, Near})
	m.Memory = 200
	check("and none for teams", weights, Choice{1, Anywhere})
	m.Cores, m.Memory = 1, 0
	check("one core", weights, Choice{1, Anywhere})
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
