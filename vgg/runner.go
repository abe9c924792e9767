package vgg

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"

	"fc7/internal/f32"
)

// Runner runs a model over images; it owns the memory and the threads for that. One call at a time.
type Runner struct {
	m  *Model
	ws *f32.Workspace

	// Trace, if set, is told after each step which layers were done, in which time and for how many multiply-adds as
	// the direct method would need them.
	Trace func(layers string, d time.Duration, multiplyAdds int64)

	*buffers
	activations int // see the constants
	connections int
	early       earlyJob
	copying     copyJob
	lrn         lrnJob
	out         []f32.Map
	keep        [][]float32
	began       time.Time
}

// buffers are the memory of the map being read and the one being written.
type buffers struct {
	buf    [2][]float32
	next   int
	pooled []float32 // maps before the first fully connected layer, of views that came in several groups
}

// NewRunner returns a runner of the model with the given number of threads; 0 means GOMAXPROCS.
func NewRunner(m *Model, threads int) *Runner { return NewRunnerOn(m, threads, nil) }

// Beside returns a runner of another model with r's threads and memory, of which there are some hundred MB: one call at
// a time of the two together. The maps of each are its own. Close of r ends both.
func (r *Runner) Beside(m *Model) *Runner { return newRunner(m, r.ws, r.buffers) }

func newRunner(m *Model, ws *f32.Workspace, b *buffers) *Runner {
	r := &Runner{m: m, ws: ws, buffers: b, activations: activations, connections: connections}
	r.early.rows = make([]earlyRows, r.ws.Team.Size())
	return r
}

// Close ends the runner's threads.
func (r *Runner) Close() { r.ws.Team.Close() }

// Threads is the number of threads that share each layer.
func (r *Runner) Threads() int { return r.ws.Team.Size() }

// Run does pieces 0 to n-1 of a job on the runner's threads.
func (r *Runner) Run(n int, j f32.Job) {
	if r.ws.Team.Led() {
		r.ws.Team.Lead(func() { r.ws.Team.Run(n, j) })
		return
	}
	r.ws.Team.Run(n, j)
}

// Layer is Model.Layer.
func (r *Runner) Layer(name string) (width, minSide int, err error) { return r.m.Layer(name) }

// activations bounds the memory of the widest maps of the views that go through together.
const activations = 192 << 20

// connections bounds the memory of a map of a fully connected layer, results that of what Forward returns, for the
// choice of Together alone.
const (
	connections   = 64 << 20
	results       = 64 << 20
	viewsTogether = 16
)

// Forward runs views, each h x w pixels of packed RGB, through the net and returns the map of each named layer,
// [N,H,W,C], after its ReLU (fc8: the scores). The maps are valid until the next call. What is computed does not depend
// on the other views. When ctx ends, it returns within milliseconds, also from the middle of a layer.
func (r *Runner) Forward(ctx context.Context, h, w int, views [][]byte, layers []string) ([]f32.Map, error) {
	if !r.ws.Team.Led() {
		return r.forward(ctx, h, w, views, layers)
	}
	return r.ledForward(ctx, h, w, views, layers)
}

// ledForward is forward on the thread that leads the team; what it allocates, Forward on any thread does not.
func (r *Runner) ledForward(ctx context.Context, h, w int, views [][]byte, layers []string) (out []f32.Map, err error) {
	r.ws.Team.Lead(func() { out, err = r.forward(ctx, h, w, views, layers) })
	return out, err
}

func (r *Runner) forward(ctx context.Context, h, w int, views [][]byte, layers []string) ([]f32.Map, error) {
	if err := r.prepare(h, w, views, layers); err != nil {
		return nil, err
	}
	r.ws.Team.StopOn(ctx.Done())
	defer r.ws.Team.StopOn(nil)
	last := 0
	for _, name := range layers {
		last = max(last, r.m.index(name))
	}
	turn := last + 1 // where all views come together
	if i := slices.IndexFunc(r.m.layers, func(l Layer) bool { return l.Kind == FullyConnected }); i >= 0 && i <= last {
		turn = i
	}
	group := r.convolved(h, w)
	var cur f32.Map
	for i := 0; i < len(views); i += group {
		now := views[i:min(i+group, len(views))]
		r.began = time.Now()
		first, next := r.blockOne(h, w, now, layers, min(last, turn-1))
		r.store(first, next-1, layers, i)
		var err error
		if cur, err = r.run(ctx, first, next, turn-1, layers, i); err != nil {
			return nil, err
		}
		if turn <= last && group < len(views) {
			cur = r.gather(cur, i, len(views))
		}
	}
	if turn > last {
		return r.out, nil
	}
	if err := r.connected(ctx, cur, turn, last, layers); err != nil {
		return nil, err
	}
	return r.out, nil
}

// convolved is how many views go through the convolutions at once.
func (r *Runner) convolved(h, w int) int {
	perView := 4 * (h / 2) * (w / 2) * 3 * f32.Pad(r.m.layers[0].Out)
	return max(1, r.activations/max(1, perView))
}

// gather keeps the map of views first, first+1, … of n and returns that of all, until which they do not go on.
func (r *Runner) gather(cur f32.Map, first, n int) f32.Map {
	size := cur.H * cur.W * cur.C
	r.pooled = f32.Grow(r.pooled, n*size)
	r.copy(r.pooled[first*size:], cur, cur.C)
	cur.N, cur.Data = n, r.pooled
	return cur
}

// connected runs the fully connected layers, turn to last, whose weights are most of a net: the fewer the passes, the
// less often they are read.
func (r *Runner) connected(ctx context.Context, cur f32.Map, turn, last int, layers []string) error {
	r.began = time.Now()
	size := cur.H * cur.W * cur.C
	group := max(1, r.connections/(4*r.m.positions(cur, turn, last)))
	if group < cur.N && (len(r.pooled) == 0 || &cur.Data[0] != &r.pooled[0]) {
		cur = r.gather(cur, 0, cur.N) // its buffer is used again before all have been read
	}
	for i := 0; i < cur.N; i += group {
		n := min(group, cur.N-i)
		part := f32.Map{N: n, H: cur.H, W: cur.W, C: cur.C, Data: cur.Data[i*size : (i+n)*size]}
		if _, err := r.run(ctx, part, turn, last, layers, i); err != nil {
			return err
		}
	}
	return nil
}

// positions is how many values the maps of fully connected layers have of one view whose map is m.
func (m *Model) positions(src f32.Map, turn, last int) (n int) {
	h, w := src.H, src.W
	for _, l := range m.layers[turn : last+1] {
		if l.Kind == FullyConnected {
			h, w = h-l.Kernel+1, w-l.Kernel+1
			n = max(n, h*w*f32.Pad(l.Out))
		}
	}
	return max(n, 1)
}

// Together is how many views of h x w pixels are best given to Forward at once: so many that each reading of the fully
// connected layers' weights serves sixteen, or fewer where that would take much memory.
func (r *Runner) Together(h, w int, layers []string) int {
	bytes := 1
	for _, name := range layers {
		if k := r.m.index(name); k >= 0 {
			lh, lw := r.m.layers[k].Size(h, w)
			bytes += 4 * max(lh, 0) * max(lw, 0) * r.m.layers[k].Out
		}
	}
	return max(1, min(viewsTogether, results/bytes))
}

// prepare checks the arguments and makes room for the results.
func (r *Runner) prepare(h, w int, views [][]byte, layers []string) error {
	for i, v := range views {
		if len(v) != 3*h*w {
			return fmt.Errorf("view %d: %d bytes, want %d for %d x %d pixels of RGB", i, len(v), 3*h*w, w, h)
		}
	}
	for len(r.keep) < len(layers) {
		r.keep = append(r.keep, nil)
	}
	r.out = r.out[:0]
	for i, name := range layers {
		k := r.m.index(name)
		if k < 0 {
			_, err := r.m.Config.Layer(name)
			return err
		}
		l := r.m.layers[k]
		if !r.m.holds(k) {
			return fmt.Errorf("layer %s was not loaded: the model ends with %s", name, r.m.last)
		}
		lh, lw := l.Size(h, w)
		if lh < 1 || lw < 1 {
			return fmt.Errorf("an image of %d x %d pixels is too small for %s: its sides must be at least %d", w, h, name, l.MinSide())
		}
		n := len(views) * lh * lw * l.Out
		r.keep[i] = f32.Grow(r.keep[i], n)
		r.out = append(r.out, f32.Map{N: len(views), H: lh, W: lw, C: l.Out, Data: r.keep[i]})
	}
	return nil
}

// holds tells whether layer i was loaded.
func (m *Model) holds(i int) bool { return m.last == "" || i <= m.index(m.last) }

// run takes a map through layers i to last and returns that of the last; results go to images first and on of the
// output maps.
func (r *Runner) run(ctx context.Context, cur f32.Map, i, last int, layers []string, first int) (f32.Map, error) {
	for ; i <= last; i++ {
		if err := ctx.Err(); err != nil {
			return cur, err
		}
		l := r.m.layers[i]
		switch l.Kind {
		case Convolution:
			pool := r.m.layers[i+1].Kind == Pooling && l.Kernel == 3 && !slices.Contains(layers, l.Name) && i < last
			cur = r.conv(cur, l, pool)
			if pool {
				i++
			}
		case Normalisation:
			cur = r.normalise(cur, l)
		case Pooling:
			cur = r.pool(cur, l)
		case FullyConnected:
			cur = r.fullyConnected(cur, l)
		}
		r.store(cur, i, layers, first)
	}
	return cur, ctx.Err()
}

// index is the place of a layer, -1 if there is none of that name.
func (m *Model) index(name string) int {
	return slices.IndexFunc(m.layers, func(l Layer) bool { return l.Name == name })
}

// store copies the map of layer i to the results if it was asked for, without the padding of its channels.
func (r *Runner) store(cur f32.Map, i int, layers []string, first int) {
	for k, name := range layers {
		if name != r.m.layers[i].Name {
			continue
		}
		out := r.out[k]
		r.copy(out.Data[first*out.H*out.W*out.C:], cur, out.C)
	}
}

// largeMap is the number of values from which freeing at once is worth a collection.
const largeMap = 1 << 20

// buffer is memory for a map that may be written while the previous one is read.
func (r *Runner) buffer(n, h, w, c int) f32.Map {
	r.next ^= 1
	size := n * h * w * c
	if cap(r.buf[r.next]) < size {
		// The old memory goes before the new comes: the largest maps take hundreds of MB. An eighth more spares the
		// next image that is a little larger.
		r.buf[r.next] = nil
		if size > largeMap {
			runtime.GC()
		}
		r.buf[r.next] = f32.Make(size + size/8)
	}
	return f32.Map{N: n, H: h, W: w, C: c, Data: r.buf[r.next][:size]}
}

func (r *Runner) trace(multiplyAdds int64, layers string, pooled bool) {
	if r.Trace == nil {
		return
	}
	if pooled {
		layers += "+pool"
	}
	now := time.Now()
	r.Trace(layers, now.Sub(r.began), multiplyAdds)
	r.began = now
}

func multiplyAdds(m f32.Map, l Layer) int64 { return int64(m.N) * l.MultiplyAdds(m.H, m.W) }

func (r *Runner) conv(src f32.Map, l Layer, pool bool) f32.Map {
	c, k := r.m.convs[l.Name], f32.Pad(l.Out)
	var dst f32.Map
	switch {
	case c.one != nil:
		dst = r.buffer(src.N, src.H, src.W, k)
		c.one.Run(r.ws, src.N*src.H*src.W, src.Data, dst.Data)
	case pool:
		dst = r.buffer(src.N, l.halved(src.H), l.halved(src.W), k)
		c.wino.Run(r.ws, src, dst, true)
	default:
		dst = r.buffer(src.N, src.H, src.W, k)
		c.wino.Run(r.ws, src, dst, false)
	}
	r.trace(multiplyAdds(src, l), l.Name, pool)
	return dst
}

func (r *Runner) pool(src f32.Map, l Layer) f32.Map {
	dst := r.buffer(src.N, l.halved(src.H), l.halved(src.W), src.C)
	f32.MaxPool(r.ws, src, dst)
	r.trace(0, l.Name, false)
	return dst
}

func (r *Runner) normalise(src f32.Map, l Layer) f32.Map {
	r.lrn = lrnJob{r.m.lrn, src}
	r.ws.Team.Run(src.N*src.H, &r.lrn)
	r.trace(0, l.Name, false)
	return src
}

func (r *Runner) fullyConnected(src f32.Map, l Layer) f32.Map {
	m := r.m.full[l.Name]
	dst := r.buffer(src.N, src.H-l.Kernel+1, src.W-l.Kernel+1, m.Cols)
	if l.Kernel > 1 {
		m.RunWindow(r.ws, src, dst, l.Kernel)
	} else {
		m.Run(r.ws, src.N*src.H*src.W, src.Data, dst.Data)
	}
	r.trace(multiplyAdds(dst, l), l.Name, false)
	return dst
}
