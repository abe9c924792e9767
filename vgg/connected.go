package vgg

import (
	"cmp"
	"context"
	"slices"
	"time"

	"fc7/internal/f32"
)

// The fully connected layers are most of a net's weights, and over maps fc6 transforms its filters for each pass
// (internal/f32/window7.go): so they take views of all sizes together. Until then the maps of the views wait.

// part is the map of some views before the first fully connected layer.
type part struct {
	place
	src  f32.Map
	h, w int // of the map after it
}

// keepPart notes a map, which stays in its buffer, or goes to those that wait.
func (r *Runner) keepPart(p part, gather bool) {
	if gather {
		at := 0
		for _, q := range r.parts {
			at += len(q.src.Data)
		}
		own := r.pooled[at : at+len(p.src.Data)]
		r.copy(own, p.src, p.src.C)
		p.src.Data = own
		if n := len(r.parts) - 1; n >= 0 && r.parts[n].batch == p.batch { // views of one size, that came in groups
			q := &r.parts[n].src
			q.N, q.Data = q.N+p.src.N, r.pooled[at-len(q.Data):at+len(own)]
			return
		}
	}
	r.parts = append(r.parts, p)
}

// apart tells whether maps are to wait for others, and makes room for them.
func (r *Runner) apart(batches []f32.Batch, turn, last int) bool {
	l, all, values := r.m.layers[turn-1], 0, 0
	for _, b := range batches {
		h, w := l.Size(b.H, b.W)
		all += len(b.Pictures) * h * w * f32.Pad(l.Out)
		values += len(b.Pictures) * r.m.positions(f32.Map{H: h, W: w}, turn, last)
	}
	if len(batches) == 1 && len(batches[0].Pictures) <= r.convolved(batches[0].H, batches[0].W) && 4*values <= r.connections {
		return false
	}
	r.pooled = f32.Grow(r.pooled, all)
	return true
}

// positions is how many values the maps of fully connected layers have of one view whose map is src.
func (m *Model) positions(src f32.Map, turn, last int) (n int) {
	h, w := src.H, src.W
	for _, l := range m.layers[turn : last+1] {
		h, w = h-l.Kernel+1, w-l.Kernel+1
		n = max(n, h*w*f32.Pad(l.Out))
	}
	return max(n, 1)
}

// connected runs the fully connected layers, turn to last, on all parts: in as few passes as their memory allows, the
// small maps first, which the first of the layers takes in another way than the large ones.
func (r *Runner) connected(ctx context.Context, turn, last int, layers []string) error {
	r.began = time.Now()
	slices.SortStableFunc(r.parts, func(a, b part) int { return cmp.Compare(a.src.H*a.src.W, b.src.H*b.src.W) })
	for rest := r.parts; len(rest) > 0; {
		rest = r.nextPass(rest, turn, last)
		if err := r.connect(ctx, turn, last, layers); err != nil {
			return err
		}
	}
	return nil
}

// nextPass makes the next pass of what is left, of some views of a part maybe, and returns what is left then.
func (r *Runner) nextPass(rest []part, turn, last int) []part {
	r.pass, r.maps = r.pass[:0], r.maps[:0]
	for room := r.connections / 4; len(rest) > 0; {
		p := &rest[0]
		each := r.m.positions(p.src, turn, last)
		n := min(p.src.N, room/each)
		if n == 0 {
			if len(r.pass) > 0 {
				break
			}
			n = 1
		}
		room = max(0, room-n*each)
		size := n * p.src.H * p.src.W * p.src.C
		now := *p
		now.src.N, now.src.Data = n, p.src.Data[:size]
		r.pass, r.maps = append(r.pass, now), append(r.maps, now.src)
		p.first, p.src.N, p.src.Data = p.first+n, p.src.N-n, p.src.Data[size:]
		if p.src.N == 0 {
			rest = rest[1:]
		}
	}
	return rest
}

// connect takes the pass through the layers.
func (r *Runner) connect(ctx context.Context, turn, last int, layers []string) error {
	var cur f32.Map // [rows,1,1,C]: the positions of all parts
	for i := turn; i <= last; i++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		l := r.m.layers[i]
		m, rows := r.m.full[l.Name], 0
		for k := range r.pass {
			p := &r.pass[k]
			if i == turn {
				p.h, p.w = p.src.H-l.Kernel+1, p.src.W-l.Kernel+1
			}
			rows += p.src.N * p.h * p.w
		}
		dst := r.buffer(rows, 1, 1, m.Cols)
		if i == turn {
			m.RunWindows(r.ws, r.maps, dst.Data, l.Kernel)
		} else {
			m.Run(r.ws, rows, cur.Data, dst.Data)
		}
		r.trace(multiplyAdds(dst, l), l.Name, false)
		r.storeParts(dst, i, layers)
		cur = dst
	}
	return ctx.Err()
}

// storeParts is store for the rows of all parts.
func (r *Runner) storeParts(cur f32.Map, i int, layers []string) {
	at := 0
	for _, p := range r.pass {
		n := p.src.N * p.h * p.w * cur.C
		r.store(f32.Map{N: p.src.N, H: p.h, W: p.w, C: cur.C, Data: cur.Data[at : at+n]}, i, layers, p.place)
		at += n
	}
}
