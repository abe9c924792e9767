package extract

import (
	"fmt"
	"math"

	"fc7/internal/f32"
)

// summary makes the descriptor of one layer at one scale from the maps of its pictures, which come in order: the
// image's, then its mirror's.
type summary struct {
	layer  string
	source int // place in the maps of the net
	width  int
	pool   Pooling
	n      int       // pictures so far
	one    []float64 // of a picture
	sum    []float64 // of all pictures
	kept   f32.Map   // PoolMap: the picture's map, whose memory is given away
}

func newSummary(layer string, source, width int, pool Pooling) summary {
	s := summary{layer: layer, source: source, width: width, pool: pool}
	if pool != PoolMap {
		s.one, s.sum = make([]float64, width), make([]float64, width)
	}
	return s
}

func (s *summary) reset() {
	s.n = 0
	clear(s.sum)
	s.kept = f32.Map{}
}

// add takes picture k of m.
func (s *summary) add(m *f32.Map, k int) {
	s.n++
	x := m.Image(k)
	switch s.pool {
	case PoolMap:
		if s.n == 1 {
			s.kept = f32.Map{N: 1, H: m.H, W: m.W, C: m.C, Data: append([]float32(nil), x...)}
		} else {
			s.addMirrored(x)
		}
		return
	case PoolMax:
		poolMax(s.one, x)
	default:
		poolMean(s.one, x)
	}
	if s.layer == LayerProb {
		softmax(s.one)
	}
	for i, v := range s.one {
		s.sum[i] += v
	}
}

// addMirrored makes the kept map its mean with x turned back.
func (s *summary) addMirrored(x []float32) {
	w, c := s.kept.W, s.kept.C
	for p := range s.kept.H * w {
		row, col := p/w, p%w
		dst, src := s.kept.Data[p*c:(p+1)*c], x[(row*w+w-1-col)*c:]
		for i, v := range dst {
			dst[i] = float32((float64(v) + float64(src[i])) / 2)
		}
	}
}

// take writes the descriptor to out: a vector, or a map and its shape.
func (s *summary) take(out [][]float32) error {
	if s.pool == PoolMap {
		out[0], out[1] = s.kept.Data, []float32{float32(s.kept.H), float32(s.kept.W), float32(s.kept.C)}
		s.kept.Data = nil
	} else {
		out[0] = make([]float32, s.width)
		for i, x := range s.sum {
			out[0][i] = float32(x / float64(s.n))
		}
	}
	for i, x := range out[0] {
		if f := float64(x); math.IsNaN(f) || math.IsInf(f, 0) {
			return fmt.Errorf("value %d of the descriptor (layer %s) is %v: the weights or their preprocessing do not fit the net", i, s.layer, f)
		}
	}
	return nil
}
