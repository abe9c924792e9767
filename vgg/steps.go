package vgg

import (
	"slices"

	"fc7/internal/f32"
	"fc7/internal/teams"
)

// Pass is a call of Forward: so many views of h x w pixels, through the net up to a layer, whose map is wanted.
type Pass struct {
	Views, H, W int
	Last        string
	Also        []string // layers before it whose maps are wanted, too
}

// wants tells whether a layer's map is wanted.
func (p Pass) wants(l Layer) bool { return l.Name == p.Last || slices.Contains(p.Also, l.Name) }

// Steps are what a pass is made of on a team of that size. They follow Forward, which is in runner.go and early.go.
func (c Config) Steps(team int, p Pass) []teams.Step {
	t := &traced{team: team, kept: map[string]int{}}
	c.trace(t, p)
	return t.steps
}

// Memory is what a Runner takes at most, beside the weights, for passes one after the other, and for any that are of
// parts of these: fewer views, or views of several of these sizes together (ForwardAll), each for its share. Bytes.
func (c Config) Memory(team int, passes ...Pass) int64 {
	t := &traced{team: team, kept: map[string]int{}}
	for _, p := range passes {
		c.trace(t, p)
	}
	kept := 0
	for _, n := range t.kept {
		kept += n
	}
	// Two maps, which change places from call to call, with the room that they grow by.
	return t.need.Bytes(team) + 4*(2*int64(t.largest)*9/8+int64(t.pooled)+int64(kept)+int64(team)*int64(t.early))
}

// traced are passes on paper: their steps, and the most that any of them needs, in floats.
type traced struct {
	team    int
	steps   []teams.Step
	need    f32.Need
	largest int // of a map
	pooled  int
	kept    map[string]int // of each layer
	early   int            // of a worker
}

// copying is the name of the steps that copy whole maps, for a later layer or for the caller.
const copying = "maps"

// copied takes the copying of c channels of maps, by rows.
func (t *traced) copied(n, h, w, c int) {
	t.steps = append(t.steps, teams.Step{Layer: copying, Step: f32.Step{Pieces: n * h, Bytes: float64(8 * w * c)}})
}

// also takes the copying of a layer's maps of n views, where they are wanted beside the last layer's.
func (t *traced) also(l Layer, n int, p Pass) {
	if h, w := l.Size(p.H, p.W); l.Name != p.Last && p.wants(l) {
		t.copied(n, h, w, l.Out)
	}
}

// add takes steps of a layer.
func (t *traced) add(l Layer, steps ...f32.Step) {
	for _, s := range steps {
		t.steps = append(t.steps, teams.Step{Layer: l.Name, Step: s})
	}
}

func (c Config) trace(t *traced, p Pass) {
	layers := c.Layers()
	if c.rows == nil {
		t.early = max(t.early, 3*(bandRows+4)*(p.W+2)+(bandRows+2)*p.W*f32.Pad(layers[0].Out))
	}
	group := max(1, activations/max(1, c.widest(layers, p.H, p.W)))
	if i := slices.IndexFunc(layers, func(l Layer) bool { return l.Name == p.Last }); i >= 0 {
		layers = layers[:i+1]
	}
	last, full, pooled := layers[len(layers)-1], 1, layers[0]
	for i, l := range layers {
		h, w := l.Size(p.H, p.W)
		if l.Kind == FullyConnected {
			full = max(full, h*w*f32.Pad(l.Out))
		} else {
			pooled = l
		}
		if i == len(layers)-1 || p.wants(l) {
			t.kept[l.Name] = max(t.kept[l.Name], p.Views*h*w*l.Out)
		}
	}
	lh, lw := last.Size(p.H, p.W)
	ph, pw := pooled.Size(p.H, p.W)
	for i := 0; i < p.Views; i += group {
		n := min(group, p.Views-i)
		c.convolutions(t, layers, n, p)
		switch {
		case last.Kind != FullyConnected:
			t.copied(n, lh, lw, last.Out)
		case group < p.Views:
			t.copied(n, ph, pw, f32.Pad(pooled.Out))
		}
	}
	if last.Kind == FullyConnected {
		together := max(1, connections/(4*full))
		if together < p.Views && group >= p.Views {
			t.copied(p.Views, ph, pw, f32.Pad(pooled.Out))
		}
		c.connections(t, layers, together, p)
		t.copied(p.Views, lh, lw, last.Out)
	}
}

// convolutions are those of the layers before the fully connected ones, of n views.
func (c Config) convolutions(t *traced, layers []Layer, n int, p Pass) {
	i := c.beginning(t, layers, n, p)
	for ; i < len(layers) && layers[i].Kind != FullyConnected; i++ {
		l := layers[i]
		h, w := p.H, p.W
		if i > 0 {
			h, w = layers[i-1].Size(p.H, p.W)
		}
		oh, ow := l.Size(p.H, p.W)
		switch {
		case l.Kind == Pooling:
			t.add(l, f32.PoolSteps(l.In, n, h, w, l.Window())...)
			t.need = t.need.Max(f32.PoolNeed(l.In, w, l.Window()))
		case l.Kind == Normalisation:
			t.add(l, f32.Step{Pieces: n * h, Work: float64(w*f32.Pad(l.Out)) * workNormalised, Bytes: float64(8 * w * f32.Pad(l.Out))})
		case c.way(l) == byIm2col:
			t.add(l, f32.Im2colSteps(t.team, l.In, l.inMemory(), l.Out, l.Groups, n, h, w, l.Window())...)
			t.need = t.need.Max(f32.Im2colNeed(l.In, l.inMemory(), l.Out, l.Groups, n, h, w, l.Window()))
		case c.way(l) == byProduct:
			t.add(l, f32.MatrixSteps(t.team, f32.Pad(l.In), f32.Pad(l.In), l.Out, n, h, w, 1)...)
		default:
			pool := i+1 < len(layers) && c.poolsAtOnce(l, layers[i+1]) && !p.wants(l)
			t.add(l, f32.WinogradSteps(t.team, l.In, l.Out, n, h, w, pool)...)
			t.need = t.need.Max(f32.WinogradNeed(t.team, l.In, l.Out, n, h, w))
			if pool {
				i++
				oh, ow = layers[i].Size(p.H, p.W)
			}
		}
		t.largest = max(t.largest, n*oh*ow*f32.Pad(l.Out))
		t.also(layers[i], n, p)
	}
}

// beginning is what comes before whole maps, and returns the layer that comes next.
func (c Config) beginning(t *traced, layers []Layer, n int, p Pass) int {
	if c.rows == nil {
		return c.bands(t, layers, n, p)
	}
	t.add(layers[0], f32.Step{Pieces: n * p.H, Bytes: float64(15 * p.W)})
	t.largest = max(t.largest, 3*n*p.H*p.W)
	return 0
}

// workNormalised is what takes as long as normalising a value, in multiply-adds.
const workNormalised = 300

// bands is block 1, as far as it is done in bands of rows, and returns the layer that comes next.
func (c Config) bands(t *traced, layers []Layer, n int, p Pass) int {
	first, i := layers[0], 1
	bands := n * ((p.H + bandRows - 1) / bandRows)
	band := f32.Step{Pieces: bands, Work: float64(27 * f32.Pad(first.Out) * p.W * bandRows), Bytes: float64(3 * (bandRows + 2) * p.W)}
	takes := func(kind Kind) bool { return i < len(layers) && layers[i].Kind == kind && !p.wants(layers[i-1]) }
	if takes(Normalisation) {
		band.Work += float64(f32.Pad(first.Out)*p.W*bandRows) * workNormalised
		i++
	}
	out := first
	if takes(Convolution) {
		for _, s := range f32.WinogradSteps(1, first.Out, layers[i].Out, 1, bandRows, p.W, true) {
			band.Work += float64(s.Pieces) * s.Work
		}
		t.need = t.need.Max(f32.BandNeed(first.Out, layers[i].Out))
		out = layers[i]
		i++
	}
	if takes(Pooling) {
		out = layers[i]
		i++
	}
	h, w := out.Size(p.H, p.W)
	size := h * w * f32.Pad(out.Out)
	band.Bytes += 4 * float64(n*size) / float64(bands)
	t.add(first, band)
	t.largest = max(t.largest, n*size)
	t.also(layers[i-1], n, p)
	return i
}

// connections are the fully connected layers of all views, in groups.
func (c Config) connections(t *traced, layers []Layer, group int, p Pass) {
	for i := 0; i < p.Views; i += group {
		n := min(group, p.Views-i)
		for k, l := range layers {
			if l.Kind != FullyConnected {
				continue
			}
			h, w := layers[k-1].Size(p.H, p.W)
			oh, ow := l.Size(p.H, p.W)
			t.add(l, f32.MatrixSteps(t.team, f32.Pad(l.In), chunk(f32.Pad(l.In)), l.Out, n, h, w, l.Kernel)...)
			t.need = t.need.Max(f32.MatrixNeed(f32.Pad(l.In), chunk(f32.Pad(l.In)), n, h, w, l.Kernel))
			t.largest = max(t.largest, n*oh*ow*f32.Pad(l.Out))
			if l.Kernel > 1 {
				t.pooled = max(t.pooled, p.Views*h*w*f32.Pad(l.In))
			}
			t.also(l, n, p)
		}
	}
}

// Bytes is the memory that the runner has grown to, that of the weights not counted.
func (r *Runner) Bytes() int64 {
	n := r.ws.Bytes() + 4*int64(cap(r.buf[0])+cap(r.buf[1])+cap(r.pooled))
	for _, k := range r.keep {
		n += 4 * int64(cap(k))
	}
	for _, s := range r.early.rows {
		n += 4 * int64(cap(s.in)+cap(s.conv))
	}
	return n
}
