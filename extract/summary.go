package extract

import (
	"fmt"
	"slices"

	"fc7/internal/f32"
)

// summary makes the descriptors of one layer at one scale from the maps of pictures, which come in order: those of an
// image, then of the next. What reads whole maps is in pieces, which the net's threads share out; a value is the same
// sum in the same order whoever makes it.
type summary struct {
	layer  string
	source int // place in the maps of the net
	width  int
	pool   Pooling

	maps []f32.Map   // of each picture of the pass
	ones []float64   // [pictures of the pass][width]
	sum  []float64   // of an image's pictures
	kept [][]float32 // PoolMap: the maps of the pass's views, whose memory is given away
	odd  []int       // PoolMap: of each of their rows, the first value that is not finite; -1: none
	rows []int       // PoolMap: the first of a view's rows among these
	each int         // PoolMap: pictures of a view
}

func newSummary(layer string, source, width int, pool Pooling) summary {
	s := summary{layer: layer, source: source, width: width, pool: pool}
	if pool != PoolMap {
		s.sum = make([]float64, width)
	}
	return s
}

// poolBlock is how many channels of a picture are a piece.
const poolBlock = 128

// blocks is how many pieces a picture's channels are; the softmax needs all of them.
func (s *summary) blocks() int {
	if s.layer == LayerProb {
		return 1
	}
	return (s.width + poolBlock - 1) / poolBlock
}

// begin begins with the maps of a pass and returns the number of pieces that Do is to do: blocks of channels of each
// picture, or, of PoolMap, whose passes have all pictures of their views, rows of each view.
func (s *summary) begin(each int) int {
	if s.pool != PoolMap {
		if n := len(s.maps) * s.width; len(s.ones) < n {
			s.ones = make([]float64, n)
		}
		return len(s.maps) * s.blocks()
	}
	s.each, s.kept, s.rows = each, s.kept[:0], s.rows[:0]
	rows := 0
	for i := 0; i < len(s.maps); i += each {
		s.kept, s.rows = append(s.kept, make([]float32, len(s.maps[i].Data))), append(s.rows, rows)
		rows += s.maps[i].H
	}
	s.odd = slices.Grow(s.odd[:0], rows)[:rows]
	return rows
}

// Do implements f32.Job.
func (s *summary) Do(_, i int) {
	if s.pool == PoolMap {
		view := len(s.rows) - 1
		for s.rows[view] > i {
			view--
		}
		s.keepRow(view, i-s.rows[view])
		return
	}
	blocks := s.blocks()
	k, from, to := i/blocks, i%blocks*poolBlock, s.width
	if blocks > 1 {
		to = min(to, from+poolBlock)
	}
	m := &s.maps[k]
	one, x, n := s.ones[k*s.width:][from:to], m.Data[from:], m.H*m.W
	if s.pool == PoolMax {
		poolMax(one, x, s.width, n)
	} else {
		poolMean(one, x, s.width, n)
	}
	if s.layer == LayerProb {
		Softmax(one)
	}
}

// keepRow keeps a row of a view's map, or its mean with the mirror's, turned back.
func (s *summary) keepRow(view, y int) {
	m := &s.maps[view*s.each]
	w, c := m.W, m.C
	dst := s.kept[view][y*w*c:][:w*c]
	copy(dst, m.Data[y*w*c:])
	if s.each > 1 {
		s.turnBack(dst, s.maps[view*s.each+1].Data[y*w*c:], w, c)
	}
	odd := &s.odd[s.rows[view]+y]
	if *odd = infinite(dst); *odd >= 0 {
		*odd += y * w * c
	}
}

// turnBack makes a row its mean with the mirror's.
func (s *summary) turnBack(dst, mirrored []float32, w, c int) {
	for col := range w {
		to, src := dst[col*c:][:c], mirrored[(w-1-col)*c:]
		for i, v := range to {
			to[i] = float32((float64(v) + float64(src[i])) / 2)
		}
	}
}

// taking makes the descriptors of a pass from what its pictures were pooled to, by blocks of channels.
type taking struct {
	*summary
	pages []page
	out   [][]float32 // of each page that is its view's last
	bad   []int       // of each block and page: the first value that is not finite; -1: none
}

// begin makes room for the descriptors of the pages and returns the number of pieces that Do is to do.
func (t *taking) begin(s *summary, pages []page) int {
	t.summary, t.pages, t.out, t.bad = s, pages, t.out[:0], t.bad[:0]
	if s.pool == PoolMap {
		return 0
	}
	for k := range pages {
		var out []float32
		if pages[k].last() {
			out = make([]float32, s.width)
		}
		t.out = append(t.out, out)
	}
	blocks := (s.width + poolBlock - 1) / poolBlock
	for range blocks * len(pages) {
		t.bad = append(t.bad, -1)
	}
	return blocks
}

// Do implements f32.Job.
func (t *taking) Do(_, b int) {
	from, to := b*poolBlock, min((b+1)*poolBlock, t.width)
	sum := t.sum[from:to]
	for k, p := range t.pages {
		if p.picture == 0 {
			clear(sum)
		}
		for i, v := range t.ones[k*t.width+from:][:len(sum)] {
			sum[i] += v
		}
		if out := t.out[k]; out != nil {
			for i, x := range sum {
				out[from+i] = float32(x / float64(p.picture+1))
			}
			if i := infinite(out[from:to]); i >= 0 {
				t.bad[b*len(t.pages)+k] = from + i
			}
		}
	}
}

// take writes the descriptor of the view whose last picture is page k to out: a vector, or a map and its shape.
func (t *taking) take(out [][]float32, k int) error {
	bad := -1
	if t.pool == PoolMap {
		i, m := k/t.each, &t.maps[k]
		out[0], out[1] = t.kept[i], []float32{float32(m.H), float32(m.W), float32(m.C)}
		t.kept[i] = nil
		odd := t.odd[t.rows[i]:][:m.H]
		if r := slices.IndexFunc(odd, func(v int) bool { return v >= 0 }); r >= 0 {
			bad = odd[r]
		}
	} else {
		out[0], t.out[k] = t.out[k], nil
		for b := k; b < len(t.bad) && bad < 0; b += len(t.pages) {
			bad = t.bad[b]
		}
	}
	if bad >= 0 {
		return fmt.Errorf("value %d of the descriptor (layer %s) is %v: the weights or their preprocessing do not fit the net", bad, t.layer, out[0][bad])
	}
	return nil
}

// infinite is the place of the first value that is not finite; -1: all are.
func infinite(x []float32) int {
	for i, v := range x {
		if v-v != 0 {
			return i
		}
	}
	return -1
}
