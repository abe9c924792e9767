package extract

import "fc7/internal/f32"

// What takes as long as so many multiply-adds: pooling a value, and taking a pooled one into the descriptor.
const (
	workPooled = 30
	workTaken  = 150
)

// Steps are what DescribeAll does beside the net with so many pictures of a scale: cutting crops, and pooling the map
// of each layer, of which maps has the sizes.
func (o Options) Steps(p Pictures, pictures int, maps []f32.Map) (out []f32.Step) {
	o = o.resolved()
	if o.Views == ViewsCrops {
		bytes := float64(2 * 3 * p.Height * p.Width)
		out = append(out, f32.Step{Pieces: pictures, Work: 10 * bytes, Bytes: bytes})
	}
	for _, m := range maps {
		values := float64(m.H * m.W * m.C)
		if o.Pool == PoolMap {
			out = append(out, f32.Step{Pieces: pictures / p.Count * m.H, Work: workPooled * values / float64(m.H), Bytes: 8 * values / float64(m.H)})
			continue
		}
		s := summary{width: m.C}
		blocks := float64(s.blocks())
		out = append(out,
			f32.Step{Pieces: pictures * s.blocks(), Work: workPooled * values / blocks, Bytes: 4 * values / blocks},
			f32.Step{Pieces: (m.C + poolBlock - 1) / poolBlock, Work: float64(pictures*min(m.C, poolBlock)) * workTaken, Bytes: float64(12 * pictures * min(m.C, poolBlock))})
	}
	return out
}
