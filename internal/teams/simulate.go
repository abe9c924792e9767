package teams

import (
	"math"
	"slices"
)

// Simulate is the time until all batches are done. Teams of those sizes take them in turn from one queue; what a batch
// is made of depends on the size of its team. Inside a team the pieces of a step run in waves; between teams, which
// stand at different steps, the memory's bandwidth is shared out fairly: a worker that wants less than its part leaves
// the rest to the others, and one that gets less than it wants is as much slower.
func (m Machine) Simulate(sizes []int, batches []func(team int) []Step) float64 {
	now, next := 0.0, 0
	all := make([]running, len(sizes))
	for i, p := range sizes {
		all[i] = running{m: m, workers: p}
	}
	for {
		busy := false
		for i := range all {
			r := &all[i]
			for r.left <= 0 && (r.advance() || next < len(batches)) {
				if r.left <= 0 && len(r.steps) == 0 {
					r.steps = batches[next](r.workers)
					next++
				}
			}
			busy = busy || r.left > 0
		}
		if !busy {
			return now
		}
		part := m.fair(all)
		wait := math.Inf(1)
		for i := range all {
			if all[i].left > 0 {
				wait = min(wait, all[i].left/all[i].speed(part))
			}
		}
		now += wait
		for i := range all {
			if r := &all[i]; r.left > 0 {
				if r.left -= wait * r.speed(part); r.left < 1e-15 {
					r.left = 0
				}
			}
		}
	}
}

// running is a team at a wave of a step.
type running struct {
	m       Machine
	workers int
	steps   []Step
	pieces  int     // of the first step that have not begun
	begun   bool    // the first step has
	active  int     // workers that have a piece; 0: between two steps
	wants   float64 // bytes a second of each
	left    float64 // seconds of the waves, at full speed
}

// advance begins the next wave or step; false: there is none.
func (r *running) advance() bool {
	if len(r.steps) == 0 {
		return false
	}
	s := r.steps[0]
	if !r.begun {
		r.begun, r.pieces = true, s.Pieces
		if r.workers > 1 && s.Pieces > 1 {
			r.active, r.wants, r.left = 0, 0, r.m.start(r.workers)
			return true
		}
	}
	if r.pieces == 0 {
		r.steps, r.begun = r.steps[1:], false
		return len(r.steps) > 0 && r.advance()
	}
	waves := max(1, r.pieces/r.workers) // whole ones together
	r.active = min(r.workers, r.pieces)
	r.pieces -= r.active * waves
	r.left = r.m.alone(s) * float64(waves)
	r.wants = s.Bytes / r.m.alone(s)
	return true
}

// speed is that of the team's workers when each gets at most part of the bandwidth.
func (r *running) speed(part float64) float64 {
	if r.wants <= part {
		return 1
	}
	return part / r.wants
}

// fair is the bandwidth that a worker gets at most: as much as there is, where all get what they want.
func (m Machine) fair(all []running) float64 {
	var some []running
	for _, r := range all {
		if r.left > 0 && r.active > 0 {
			some = append(some, r)
		}
	}
	slices.SortFunc(some, func(a, b running) int {
		switch {
		case a.wants < b.wants:
			return -1
		case a.wants > b.wants:
			return 1
		}
		return 0
	})
	workers, left := 0, m.Bandwidth
	for _, r := range some {
		workers += r.active
	}
	for _, r := range some {
		if part := left / float64(workers); r.wants > part {
			return part
		}
		left -= r.wants * float64(r.active)
		workers -= r.active
	}
	return math.Inf(1)
}
