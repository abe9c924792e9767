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
	early earlyJob
	out   []f32.Map
	keep  [][]float32
	began time.Time
}

// buffers are the memory of the map being read and the one being written.
type buffers struct {
	buf  [2][]float32
	next int
}

// NewRunner returns a runner of the model with the given number of threads; 0 means GOMAXPROCS.
func NewRunner(m *Model, threads int) *Runner {
	return newRunner(m, f32.NewWorkspace(f32.NewTeam(threads)), &buffers{})
}

// Beside returns a runner of another model with r's threads and memory, of which there are some hundred MB: one call at
// a time of the two together. The maps of each are its own. Close of r ends both.
func (r *Runner) Beside(m *Model) *Runner { return newRunner(m, r.ws, r.buffers) }

func newRunner(m *Model, ws *f32.Workspace, b *buffers) *Runner {
	r := &Runner{m: m, ws: ws, buffers: b}
	r.early.rows = make([]earlyRows, r.ws.Team.Size())
	return r
}

// Close ends the runner's threads.
func (r *Runner) Close() { r.ws.Team.Close() }

// Threads is the number of threads that share each layer.
func (r *Runner) Threads() int { return r.ws.Team.Size() }

// Layer is Model.Layer.
func (r *Runner) Layer(name string) (width, minSide int, err error) { return r.m.Layer(name) }

// activations bounds the memory of the widest maps of the views that go through together.
const activations = 192 << 20

// Forward runs views, each h x w pixels of packed RGB, through the net and returns the map of each named layer,
// [N,H,W,C], after its ReLU (fc8: the scores). The maps are valid until the next call. What is computed does not depend
// on the other views. When ctx ends, it returns within milliseconds, also from the middle of a layer.
func (r *Runner) Forward(ctx context.Context, h, w int, views [][]byte, layers []string) ([]f32.Map, error) {
	if err := r.prepare(h, w, views, layers); err != nil {
		return nil, err
	}
	r.ws.Team.StopOn(ctx.Done())
	defer r.ws.Team.StopOn(nil)
	perView := 4 * (h / 2) * (w / 2) * 3 * f32.Pad(r.m.layers[0].Out)
	group := max(1, activations/max(1, perView))
	for i := 0; i < len(views); i += group {
		if err := r.group(ctx, h, w, views[i:min(i+group, len(views))], layers, i); err != nil {
			return nil, err
		}
	}
	return r.out, nil
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

// group runs views together; their results go to images first and on of the output maps.
func (r *Runner) group(ctx context.Context, h, w int, views [][]byte, layers []string, first int) error {
	last := 0
	for _, name := range layers {
		last = max(last, r.m.index(name))
	}
	r.began = time.Now()
	cur, i := r.blockOne(h, w, views, layers, last)
	r.store(cur, i-1, layers, first)
	for ; i <= last; i++ {
		if err := ctx.Err(); err != nil {
			return err
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
	return ctx.Err()
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
		dst := out.Data[first*out.H*out.W*out.C:]
		for p := range cur.N * cur.H * cur.W {
			copy(dst[p*out.C:(p+1)*out.C], cur.Data[p*cur.C:])
		}
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
	for i := range src.N * src.H {
		r.m.lrn.Row(src.Data[i*src.W*src.C:], src.W, src.C)
	}
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
