package teams

import (
	"math"
	"slices"

	"fc7/internal/f32"
)

// Step is work of a layer in equal, independent pieces. The next step begins when all are done.
type Step struct {
	Layer string
	f32.Step
}

// Machine is what cores and their memory can do.
type Machine struct {
	cores         int
	Rate          float64 // multiply-adds a second of a core
	CoreBandwidth float64 // bytes a second that one core alone moves
	Bandwidth     float64 // that all of them move together
	pause, wake   float64 // seconds to start a step in several workers and to wait for its end, and more for each worker
	Memory        int64   // bytes that the work of the teams may take together; 0: no bound
}

// start is the time between two steps of a team of p.
func (m Machine) start(p int) float64 { return m.pause + m.wake*float64(p) }

// Typical is a server of so many cores, by what was measured on two (internal/f32/README.md): multiply-adds at 85 % of
// the peak, and memory that gives two cores 34 GB/s, of which one alone draws most. What eight or twelve channels of
// memory give at most, and the start of a step, are reckoned.
func Typical(cores int) Machine {
	return Machine{
		cores: cores, Rate: 50e9, CoreBandwidth: 22e9, Bandwidth: min(17e9*float64(cores), 250e9), pause: 5e-6, wake: 0.2e-6,
	}
}

// alone is the time of a piece when no other runs.
func (m Machine) alone(s Step) float64 {
	return max(s.Work/m.Rate, s.Bytes/m.CoreBandwidth, 1e-12)
}

// step is the time of a step, shared out among p workers, while as many of each of so many teams do the same: pieces go
// in waves, which the memory slows down where together they want more than it gives.
func (m Machine) step(s Step, p, teams int) float64 {
	alone := m.alone(s)
	wave := func(k int) float64 { return max(alone, s.Bytes*float64(k*teams)/m.Bandwidth) }
	t := float64(s.Pieces/p) * wave(p)
	if rest := s.Pieces % p; rest > 0 {
		t += wave(rest)
	}
	if p > 1 && s.Pieces > 1 {
		t += m.start(p)
	}
	return t
}

// Estimate is the time of a batch on a team of p, of so many teams that do the same at the same time.
func (m Machine) Estimate(steps []Step, p, teams int) (t float64) {
	for _, s := range steps {
		t += m.step(s, p, teams)
	}
	return t
}

// Work is what the teams are to do: steps of a batch of so many images, as a team of that size does them, and the
// memory that takes.
type Work struct {
	Images int
	Steps  func(team int) []Step
	Memory func(team int) int64
}

// fewestGain is what more teams must gain over fewer, which take less memory.
const fewestGain = 0.02

// Choose is the number of teams that is fastest by the formula and fits into the memory: one at least.
func (m Machine) Choose(w Work) int {
	best, rate := 1, 0.0
	for _, n := range Numbers(m.cores) {
		p := m.cores / n
		if n > 1 && !m.fits(w, n) {
			continue
		}
		if r := float64(n*w.Images) / m.Estimate(w.Steps(p), p, n); r > rate*(1+fewestGain) {
			best, rate = n, r
		}
	}
	return best
}

// fits tells whether n teams have room.
func (m Machine) fits(w Work, n int) bool {
	if m.Memory <= 0 {
		return true
	}
	var sum int64
	for _, p := range Sizes(m.cores, n) {
		sum += w.Memory(p)
	}
	return sum <= m.Memory
}

// Numbers are the numbers of teams that are worth a look: of those of one size the most.
func Numbers(cores int) (out []int) {
	for n := 1; n <= cores; n++ {
		if n == cores || cores/n != cores/(n+1) {
			out = append(out, n)
		}
	}
	return slices.Compact(append([]int{1}, out...))
}

// Serial is a layer's part of the time of one core that p cores do not share out, by Amdahl's law: the time on p is
// (serial + (1-serial)/p) of that on one.
type Serial struct {
	Layer string
	Share float64 // of the layer's own work
	Time  float64 // of all layers' time on p cores
}

// Serials are those of each layer, in their order, where all p cores share out each layer.
func (m Machine) Serials(steps func(team int) []Step, p int) (out []Serial) {
	one, all := m.layers(steps(1), 1), m.layers(steps(p), p)
	total := 0.0
	for _, l := range all {
		total += l.Time
	}
	for i, l := range all {
		share := (l.Time/one[i].Time*float64(p) - 1) / float64(p-1)
		out = append(out, Serial{l.Layer, math.Max(0, share), l.Time / total})
	}
	return out
}

// layers adds up the time of each layer on a team of p that is alone.
func (m Machine) layers(steps []Step, p int) (out []Serial) {
	for _, s := range steps {
		i := slices.IndexFunc(out, func(l Serial) bool { return l.Layer == s.Layer })
		if i < 0 {
			i, out = len(out), append(out, Serial{Layer: s.Layer})
		}
		out[i].Time += m.step(s, p, 1)
	}
	return out
}

// Idle is, of each layer, in their order, the cores' time without work, as a share of all their time until a batch is
// done: pieces are fewer than the cores, or the last wave is not full.
func (m Machine) Idle(steps []Step, p int) (out []Serial) {
	out = m.layers(steps, p)
	total := 0.0
	for _, l := range out {
		total += l.Time
	}
	for i := range out {
		idle := 0.0
		for _, s := range steps {
			if s.Layer == out[i].Layer {
				idle += m.step(s, p, 1) - m.step(s, p, 1)*float64(s.Pieces)/float64((s.Pieces+p-1)/p*p)
			}
		}
		out[i].Share, out[i].Time = idle/total, out[i].Time/total
	}
	return out
}
