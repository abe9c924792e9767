package vgg

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"

	"fc7/internal/f32"
	"fc7/internal/teams"
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
	input       inputJob
	lrn         lrnJob
	out         [][]f32.Map // of each layer and batch
	keep        [][]float32
	one         [1]f32.Batch
	single      []f32.Map
	parts, pass []part
	maps        []f32.Map // of the pass
	began       time.Time
}

// buffers are the memory of the map being read and the one being written.
type buffers struct {
	buf    [2][]float32
	next   int
	pooled []float32 // maps before the first fully connected layer, of views that came one after the other
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
	connections = 64 << 20
	results     = 64 << 20
)

// Forward runs views, each h x w pixels of packed RGB, through the net and returns the map of each named layer,
// [N,H,W,C], after its ReLU (fc8: the scores). The maps are valid until the next call. What is computed does not depend
// on the other views. When ctx ends, it returns within milliseconds, also from the middle of a layer.
func (r *Runner) Forward(ctx context.Context, h, w int, views [][]byte, layers []string) ([]f32.Map, error) {
	r.one[0] = f32.Batch{H: h, W: w, Pictures: views}
	out, err := r.ForwardAll(ctx, r.one[:], layers)
	if err != nil {
		return nil, err
	}
	r.single = r.single[:0]
	for _, maps := range out {
		r.single = append(r.single, maps[0])
	}
	return r.single, nil
}

// ForwardAll is Forward of views of several sizes, in batches of one size each: the maps are [layer][batch]. The fully
// connected layers, whose weights are most of a net's, take all views together.
func (r *Runner) ForwardAll(ctx context.Context, batches []f32.Batch, layers []string) ([][]f32.Map, error) {
	if !r.ws.Team.Led() {
		return r.forward(ctx, batches, layers)
	}
	return r.ledForward(ctx, batches, layers)
}

// ledForward is forward on the thread that leads the team; what it allocates, Forward on any thread does not.
func (r *Runner) ledForward(ctx context.Context, batches []f32.Batch, layers []string) (out [][]f32.Map, err error) {
	r.ws.Team.Lead(func() { out, err = r.forward(ctx, batches, layers) })
	return out, err
}

func (r *Runner) forward(ctx context.Context, batches []f32.Batch, layers []string) ([][]f32.Map, error) {
	if err := r.prepare(batches, layers); err != nil {
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
	gather := turn <= last && r.apart(batches, turn, last)
	r.parts = r.parts[:0]
	for b := range batches {
		if err := r.convolve(ctx, &batches[b], b, turn, last, layers, gather); err != nil {
			return nil, err
		}
	}
	if turn <= last {
		if err := r.connected(ctx, turn, last, layers); err != nil {
			return nil, err
		}
	}
	return r.out, nil
}

// convolve takes batch b up to layer turn, and notes its maps for the fully connected layers, if any are to come.
func (r *Runner) convolve(ctx context.Context, batch *f32.Batch, b, turn, last int, layers []string, gather bool) error {
	group := r.convolved(batch.H, batch.W)
	for i := 0; i < len(batch.Pictures); i += group {
		at := place{b, i}
		r.began = time.Now()
		first, next := r.begin(batch.H, batch.W, batch.Pictures[i:min(i+group, len(batch.Pictures))], layers, min(last, turn-1))
		if next > 0 {
			r.store(first, next-1, layers, at)
		}
		cur, err := r.run(ctx, first, next, turn-1, layers, at)
		switch {
		case err != nil:
			return err
		case turn <= last:
			r.keepPart(part{place: at, src: cur}, gather)
		}
	}
	return nil
}

// begin runs the images up to the first map that is whole, and returns it with the index of the layer that comes next.
func (r *Runner) begin(h, w int, views [][]byte, layers []string, last int) (f32.Map, int) {
	if r.m.first == nil {
		return r.inputs(h, w, views), 0
	}
	return r.blockOne(h, w, views, layers, last)
}

// place is where views are among all: the first is number first of a batch.
type place struct{ batch, first int }

// convolved is how many views go through the convolutions at once.
func (r *Runner) convolved(h, w int) int {
	return max(1, r.activations/max(1, r.m.Config.widest(r.m.layers, h, w)))
}

// widest is the memory of the widest maps of a view that are there at once. Of VGG's first block only the last is
// whole.
func (c Config) widest(layers []Layer, h, w int) (bytes int) {
	if c.rows == nil {
		return 4 * (h / 2) * (w / 2) * 3 * f32.Pad(layers[0].Out)
	}
	before := 3 * h * w
	for _, l := range layers {
		if l.Kind == FullyConnected {
			break
		}
		lh, lw := l.Size(h, w)
		now := lh * lw * f32.Pad(l.Out)
		bytes, before = max(bytes, 4*(before+now)), now
	}
	return bytes
}

// Together is Config.Together.
func (r *Runner) Together(h, w int, layers []string) int {
	return viewsAtOnce(r.m.layers, h, w, layers)
}

// Together is how many views of h x w pixels are best given to Forward at once, for the maps of those layers:
// teams.Batch, or fewer where that would take much memory.
func (c Config) Together(h, w int, layers []string) int { return viewsAtOnce(c.Layers(), h, w, layers) }

func viewsAtOnce(all []Layer, h, w int, layers []string) int {
	bytes := 1
	for _, l := range all {
		if slices.Contains(layers, l.Name) {
			lh, lw := l.Size(h, w)
			bytes += 4 * max(lh, 0) * max(lw, 0) * l.Out
		}
	}
	return max(1, min(teams.Batch, results/bytes))
}

// prepare checks the arguments and makes room for the results.
func (r *Runner) prepare(batches []f32.Batch, layers []string) error {
	for _, b := range batches {
		for i, v := range b.Pictures {
			if len(v) != 3*b.H*b.W {
				return fmt.Errorf("view %d: %d bytes, want %d for %d x %d pixels of RGB", i, len(v), 3*b.H*b.W, b.W, b.H)
			}
		}
	}
	for len(r.keep) < len(layers) {
		r.keep, r.out = append(r.keep, nil), append(r.out[:len(r.keep)], nil)
	}
	r.out = r.out[:len(layers)]
	for i, name := range layers {
		k := r.m.index(name)
		if k < 0 {
			_, err := r.m.Config.Layer(name)
			return err
		}
		if !r.m.holds(k) {
			return fmt.Errorf("layer %s was not loaded: the model ends with %s", name, r.m.last)
		}
		if err := r.prepareLayer(i, r.m.layers[k], batches); err != nil {
			return err
		}
	}
	return nil
}

// prepareLayer makes room for the maps of the layer that was named at place i.
func (r *Runner) prepareLayer(i int, l Layer, batches []f32.Batch) error {
	out, n := r.out[i][:0], 0
	for _, b := range batches {
		h, w := l.Size(b.H, b.W)
		if h < 1 || w < 1 {
			return fmt.Errorf("an image of %d x %d pixels is too small for %s: its sides must be at least %d", b.W, b.H, l.Name, l.MinSide())
		}
		out = append(out, f32.Map{N: len(b.Pictures), H: h, W: w, C: l.Out})
		n += len(b.Pictures) * h * w * l.Out
	}
	r.keep[i] = f32.Grow(r.keep[i], n)
	rest := r.keep[i]
	for k := range out {
		m := &out[k]
		m.Data, rest = rest[:m.N*m.H*m.W*m.C], rest[m.N*m.H*m.W*m.C:]
	}
	r.out[i] = out
	return nil
}

// holds tells whether layer i was loaded.
func (m *Model) holds(i int) bool { return m.last == "" || i <= m.index(m.last) }

// run takes a map through layers i to last, none of them fully connected, and returns that of the last; results go to
// the output maps from at on.
func (r *Runner) run(ctx context.Context, cur f32.Map, i, last int, layers []string, at place) (f32.Map, error) {
	for ; i <= last; i++ {
		if err := ctx.Err(); err != nil {
			return cur, err
		}
		l := r.m.layers[i]
		switch l.Kind {
		case Convolution:
			if i < last && r.m.Config.poolsAtOnce(l, r.m.layers[i+1]) && !slices.Contains(layers, l.Name) {
				i++
			}
			cur = r.conv(cur, l, r.m.layers[i])
		case Normalisation:
			cur = r.normalise(cur, l)
		case Pooling:
			cur = r.pool(cur, l)
		}
		r.store(cur, i, layers, at)
	}
	return cur, ctx.Err()
}

// index is the place of a layer, -1 if there is none of that name.
func (m *Model) index(name string) int {
	return slices.IndexFunc(m.layers, func(l Layer) bool { return l.Name == name })
}

// store copies the map of layer i to the results if it was asked for, without the padding of its channels.
func (r *Runner) store(cur f32.Map, i int, layers []string, at place) {
	for k, name := range layers {
		if name != r.m.layers[i].Name {
			continue
		}
		out := r.out[k][at.batch]
		r.copy(out.Data[at.first*out.H*out.W*out.C:], cur, out.C)
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

// poolsAtOnce tells whether a convolution is pooled by what comes next while its tiles are written.
func (c Config) poolsAtOnce(l, next Layer) bool {
	return c.way(l) == byWinograd && next.Kind == Pooling && next.Window().Halves()
}

// conv is a convolution up to the map of a layer: its own, or the pooling that comes next and is done with it.
func (r *Runner) conv(src f32.Map, l, upTo Layer) f32.Map {
	pool := upTo.Kind == Pooling
	c, k := r.m.convs[l.Name], f32.Pad(l.Out)
	h, w := l.Window().Out(src.H, src.W)
	work := int64(src.N) * l.MultiplyAdds(h, w)
	if pool {
		h, w = upTo.Window().Out(h, w)
	}
	dst := r.buffer(src.N, h, w, k)
	switch {
	case c.one != nil:
		c.one.Run(r.ws, src.N*src.H*src.W, src.Data, dst.Data)
	case c.cols != nil:
		c.cols.Run(r.ws, src, dst)
	default:
		c.wino.Run(r.ws, src, dst, pool)
	}
	r.trace(work, l.Name, pool)
	return dst
}

func (r *Runner) pool(src f32.Map, l Layer) f32.Map {
	h, w := l.Window().Out(src.H, src.W)
	dst := r.buffer(src.N, h, w, src.C)
	f32.MaxPool(r.ws, src, dst, l.Window())
	r.trace(0, l.Name, false)
	return dst
}

func (r *Runner) normalise(src f32.Map, l Layer) f32.Map {
	r.lrn = lrnJob{r.m.lrn, src}
	r.ws.Team.Run(src.N*src.H, &r.lrn)
	r.trace(0, l.Name, false)
	return src
}
