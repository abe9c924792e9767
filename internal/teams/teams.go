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
	Cores         int
	Rate          float64 // multiply-adds a second of a core
	CoreBandwidth float64 // bytes a second that one core alone moves
	Bandwidth     float64 // that all of them move together
	pause, wake   float64 // seconds to start a step in several workers and to wait for its end, and more for each worker
	Memory        int64   // bytes that the work of the teams may take together; 0: no bound
	Nodes         int     // parts alike, with memory of their own that gives a part of the bandwidth; 0: one
	link          float64 // bytes a second that a node gets of the memory of others
	far           float64 // part of CoreBandwidth that a core gets of it
}

// Place is where the memory of teams is, on a machine of several nodes.
type Place int

const (
	Anywhere Place = iota // all is spread over all nodes, and so is each team
	Near                  // each team stays on a node, where its maps are; the weights are spread
	Own                   // each node has weights of its own, too
)

// start is the time between two steps of a team of p.
func (m Machine) start(p int) float64 { return m.pause + m.wake*float64(p) }

// Typical is a server of so many cores, by what was measured on two (internal/f32/README.md): multiply-adds at 85 % of
// the peak, and memory that gives two cores 34 GB/s, of which one alone draws most. What eight or twelve channels of
// memory give at most, and the start of a step, are reckoned.
func Typical(cores int) Machine {
	return Machine{
		Cores: cores, Rate: 50e9, CoreBandwidth: 22e9, Bandwidth: min(17e9*float64(cores), 250e9), pause: 5e-6, wake: 0.2e-6,
	}
}

// On is the machine with its cores on so many nodes, joined as two sockets of such servers are, reckoned: 60 GB/s, and
// of that to one core three fifths of what its own memory gives.
func (m Machine) On(nodes int) Machine {
	m.Nodes, m.link, m.far = nodes, 60e9, 0.6
	return m
}

// nodes is how many there are.
func (m Machine) nodes() int { return max(1, m.Nodes) }

// farBytes are those that a piece reads of other nodes.
func (m Machine) farBytes(s Step, p Place) float64 {
	others := 1 - 1/float64(m.nodes())
	switch p {
	case Anywhere:
		return s.Bytes * others
	case Near:
		return s.Shared * others
	}
	return 0
}

// alone is the time of a piece when no other runs.
func (m Machine) alone(s Step, p Place) float64 {
	read := s.Bytes / m.CoreBandwidth
	if far := m.farBytes(s, p); far > 0 {
		read += far / m.CoreBandwidth * (1/m.far - 1)
	}
	return max(s.Work/m.Rate, read, 1e-12)
}

// step is the time of a step, shared out among p workers, while as many of each of so many teams do the same: pieces go
// in waves, which the memory slows down where together they want more than it gives.
func (m Machine) step(s Step, p int, c Choice) float64 {
	alone, far := m.alone(s, c.Place), m.farBytes(s, c.Place)
	wave := func(k int) float64 {
		t, all := alone, float64(k*c.Teams)
		t = max(t, s.Bytes*all/m.Bandwidth)
		if far > 0 {
			t = max(t, far*all/float64(m.nodes())/m.link)
		}
		return t
	}
	t := float64(s.Pieces/p) * wave(p)
	if rest := s.Pieces % p; rest > 0 {
		t += wave(rest)
	}
	if p > 1 && s.Pieces > 1 {
		t += m.start(p)
	}
	return t
}

// Estimate is the time of a batch on a team of p, of the teams chosen, which all do the same at the same time.
func (m Machine) Estimate(steps []Step, p int, c Choice) (t float64) {
	for _, s := range steps {
		t += m.step(s, p, c)
	}
	return t
}

// Work is what the teams are to do: steps of a batch of so many images, as a team of that size does them, the memory
// that takes, and that of the weights.
type Work struct {
	Images  int
	Steps   func(team int) []Step
	Memory  func(team int) int64
	Weights int64
}

// Choice is how the cores are divided: each node has as many teams as the others, unless they are anywhere.
type Choice struct {
	Teams int
	Place Place
}

// fewestGain is what more teams must gain over fewer, which take less memory.
const fewestGain = 0.02

// Choose is what is fastest by the formula and fits into the memory: one team at least. Memory that is nearer is taken
// also where it gains nothing by the formula, which knows no queues on the way.
func (m Machine) Choose(w Work) Choice {
	best, rate := Choice{Teams: 1}, 0.0
	for _, c := range m.Choices() {
		if c.Teams > 1 && !m.fits(w, c) {
			continue
		}
		r := float64(c.Teams*w.Images) / m.Estimate(w.Steps(m.Cores/c.Teams), m.Cores/c.Teams, c)
		if r > rate*(1+fewestGain) || c.Place > best.Place && r >= rate*(1-1e-9) {
			best, rate = c, r
		}
	}
	return best
}

// Choices are those that are worth a look, the ones that take less memory first.
func (m Machine) Choices() (all []Choice) {
	for _, n := range numbers(m.Cores) {
		all = append(all, Choice{n, Anywhere})
	}
	if m.nodes() == 1 || m.Cores < m.Nodes {
		return all
	}
	for _, p := range []Place{Near, Own} {
		for _, n := range numbers(m.Cores / m.Nodes) {
			all = append(all, Choice{n * m.Nodes, p})
		}
	}
	return all
}

// Split are the sizes of the teams; those of a node stand together.
func (m Machine) Split(c Choice) (sizes []int) {
	if c.Place == Anywhere {
		return Sizes(m.Cores, c.Teams)
	}
	for _, cores := range Sizes(m.Cores, m.Nodes) {
		sizes = append(sizes, Sizes(cores, c.Teams/m.Nodes)...)
	}
	return sizes
}

// fits tells whether the teams have room.
func (m Machine) fits(w Work, c Choice) bool {
	if m.Memory <= 0 {
		return true
	}
	var sum int64
	for _, p := range m.Split(c) {
		sum += w.Memory(p)
	}
	if c.Place == Own {
		sum += w.Weights * int64(m.Nodes)
	}
	return sum <= m.Memory
}

// numbers are the numbers of teams that are worth a look: of those of one size the most.
func numbers(cores int) (out []int) {
	for n := 1; n <= cores; n++ {
		if n == cores || cores/n != cores/(n+1) {
			out = append(out, n)
		}
	}
	return slices.Compact(append([]int{1}, out...))
}

// shared is one team of all cores.
var shared = Choice{Teams: 1}

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
		out[i].Time += m.step(s, p, shared)
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
				idle += m.step(s, p, shared) - m.step(s, p, shared)*float64(s.Pieces)/float64((s.Pieces+p-1)/p*p)
			}
		}
		out[i].Share, out[i].Time = idle/total, out[i].Time/total
	}
	return out
}
