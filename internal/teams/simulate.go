package teams

import (
	"cmp"
	"math"
	"slices"
)

// Simulate is the time until all batches are done. Teams of those sizes, of which those of a node stand together, take
// them in turn from one queue; what a batch is made of depends on the size of its team. Inside a team the pieces of a
// step run in waves; between teams, which stand at different steps, the bandwidth of each node's memory, and of its way
// to the others, is shared out fairly: a worker that wants less than its part leaves the rest to the others, and one
// that gets less than it wants is as much slower.
func (m Machine) Simulate(sizes []int, place Place, batches []func(team int) []Step) float64 {
	now, next := 0.0, 0
	all := make([]running, len(sizes))
	for i, p := range sizes {
		all[i] = running{m: m, workers: p, place: place, node: i * m.nodes() / len(sizes)}
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
		m.fair(all)
		wait := math.Inf(1)
		for i := range all {
			if all[i].left > 0 {
				wait = min(wait, all[i].left/all[i].speed)
			}
		}
		now += wait
		for i := range all {
			if r := &all[i]; r.left > 0 {
				if r.left -= wait * r.speed; r.left < 1e-15 {
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
	far     float64 // of them, those of other nodes
	left    float64 // seconds of the waves, at full speed
	speed   float64 // now: 1 is full
	place   Place
	node    int
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
			r.active, r.wants, r.far, r.left = 0, 0, 0, r.m.start(r.workers)
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
	alone := r.m.alone(s, r.place)
	r.left = alone * float64(waves)
	r.wants, r.far = s.Bytes/alone, r.m.farBytes(s, r.place)/alone
	return true
}

// fair sets the speeds: by the memory of each node, and by the way from it to the others.
func (m Machine) fair(all []running) {
	for i := range all {
		all[i].speed = 1
	}
	nodes := m.nodes()
	for node := range nodes {
		var memory, way []load
		for i := range all {
			r := &all[i]
			if r.left <= 0 || r.active == 0 || r.place != Anywhere && r.node != node {
				continue
			}
			workers := float64(r.active)
			if r.place == Anywhere {
				workers /= float64(nodes)
			}
			memory, way = append(memory, load{r, r.wants, workers}), append(way, load{r, r.far, workers})
		}
		slow(memory, m.Bandwidth/float64(nodes))
		slow(way, m.link)
	}
}

// load is what each of some workers of a team wants, bytes a second.
type load struct {
	of             *running
	wants, workers float64
}

// slow shares out bytes a second among workers: each gets what it wants, or at most as much as any other.
func slow(some []load, left float64) {
	slices.SortFunc(some, func(a, b load) int { return cmp.Compare(a.wants, b.wants) })
	workers := 0.0
	for _, l := range some {
		workers += l.workers
	}
	for _, l := range some {
		part := left / workers
		if l.wants > part {
			l.of.speed = min(l.of.speed, part/l.wants)
			continue // no one after it takes less
		}
		left -= l.wants * l.workers
		workers -= l.workers
	}
}
