package extract

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"fc7/extract/picture"
	"fc7/internal/f32"
)

// fakeNet is a net of one position every 8 pixels and three channels: the levels of the pixel there, red with the sign
// of its column. It uses its map again, as real nets do.
type fakeNet struct {
	data   []float32
	calls  []string // batches
	passes int
	scores bool             // there is fc8, the map of conv with some of its values below 0
	spoil  func(m *f32.Map) // changes what Forward returns
	err    error

	together int   // pictures; 0: 10
	pieces   []int // of each job of Run
}

func (f *fakeNet) Layer(name string) (width, minSide int, err error) {
	switch name {
	case "fc7":
		return 3, 224, nil
	case "conv":
		return 3, 8, nil
	case "fc8":
		if f.scores {
			return 3, 8, nil
		}
	}
	return 0, 0, errors.New("there are fc7 and conv")
}

func (f *fakeNet) Together(_, _ int, _ []string) int { return cmp.Or(f.together, 10) }

// Run does the last pieces first, at once in two goroutines.
func (f *fakeNet) Run(n int, j f32.Job) {
	f.pieces = append(f.pieces, n)
	var other sync.WaitGroup
	other.Go(func() {
		for i := n - 1; i >= n/2; i-- {
			j.Do(1, i)
		}
	})
	for i := n/2 - 1; i >= 0; i-- {
		j.Do(0, i)
	}
	other.Wait()
}

func (f *fakeNet) Forward(_ context.Context, h, w int, views [][]byte, layers []string) ([]f32.Map, error) {
	f.calls = append(f.calls, fmt.Sprintf("%dx%d n=%d %v", w, h, len(views), layers))
	m := f32.Map{N: len(views), H: h / 8, W: w / 8, C: 3}
	f.data = f.data[:0]
	for _, v := range views {
		for y := range m.H {
			for x := range m.W {
				p := v[3*(8*y*w+8*x):]
				f.data = append(f.data, float32(p[0])*float32(1-2*(x%2)), float32(p[1]), float32(p[2])/256)
			}
		}
	}
	m.Data = f.data
	if f.spoil != nil {
		f.spoil(&m)
	}
	maps := make([]f32.Map, max(1, len(layers)))
	for i := range maps {
		maps[i] = m
	}
	return maps, f.err
}

func (f *fakeNet) ForwardAll(ctx context.Context, batches []f32.Batch, layers []string) ([][]f32.Map, error) {
	f.passes++
	out := make([][]f32.Map, len(layers))
	for _, b := range batches {
		maps, err := f.Forward(ctx, b.H, b.W, b.Pictures, layers)
		if err != nil {
			return nil, err
		}
		for i, m := range maps {
			m.Data = slices.Clone(m.Data)
			out[i] = append(out[i], m)
		}
	}
	return out, nil
}

// expected is the definition of a descriptor, from the views on.
func expected(f *fakeNet, v View, pool func([]float64) float64) []float32 {
	var vectors [][]float64
	for _, p := range v.pix {
		maps, _ := f.Forward(context.Background(), v.h, v.w, [][]byte{p}, nil)
		vec := make([]float64, 3)
		for c := range vec {
			var xs []float64
			for i := c; i < len(maps[0].Data); i += 3 {
				xs = append(xs, float64(maps[0].Data[i]))
			}
			vec[c] = pool(xs)
		}
		vectors = append(vectors, vec)
	}
	out := make([]float32, 3)
	for c := range out {
		sum := 0.0
		for _, vec := range vectors {
			sum += vec[c]
		}
		out[c] = float32(sum / float64(len(vectors)))
	}
	return out
}

func meanOf(xs []float64) float64 {
	sum := 0.0
	for _, x := range xs {
		sum += x
	}
	return sum / float64(len(xs))
}

func TestDescribe(t *testing.T) {
	img := noise(rand.New(rand.NewPCG(4, 4)), 60, 45)
	for name, c := range map[string]struct {
		o    Options
		pool func([]float64) float64
		n    int
	}{
		"mean":          {Options{}, meanOf, 2},
		"max":           {Options{Pool: PoolMax}, slices.Max[[]float64], 2},
		"mean, no flip": {Options{NoFlip: true}, meanOf, 1},
		"max, no flip":  {Options{Pool: PoolMax, NoFlip: true}, slices.Max[[]float64], 1},
	} {
		c.o.Layers, c.o.Scales = []string{"conv"}, []int{24, 16, 40}
		net := &fakeNet{}
		d, err := NewDescriber(net, c.o)
		if err != nil {
			t.Fatal(err)
		}
		v, err := d.Prepare(img)
		if err != nil {
			t.Fatal(err)
		}
		got, err := d.Describe(context.Background(), v)
		if err != nil || len(got) != 3 || d.Columns()[0].Width != 3 {
			t.Fatalf("%s: %v, %v", name, got, err)
		}
		want := []string{fmt.Sprintf("32x24 n=%d [conv]", c.n), fmt.Sprintf("21x16 n=%d [conv]", c.n), fmt.Sprintf("53x40 n=%d [conv]", c.n)}
		if !slices.Equal(net.calls, want) {
			t.Errorf("%s: the net was asked %v, expected %v", name, net.calls, want)
		}
		for i, view := range v.list {
			if w := expected(&fakeNet{}, view, c.pool); !slices.Equal(got[i], w) {
				t.Errorf("%s, scale %d: %v, expected %v", name, view.scale, got[i], w)
			}
		}
		v.Release()
	}
}

// TestDescribeDependsOnPixelsAlone describes images in between others and mirrored: the same pixels give the same bits,
// and so does the mirror image up to the rounding of its resizing, here none.
func TestDescribeDependsOnPixelsAlone(t *testing.T) {
	d, err := NewDescriber(&fakeNet{}, Options{Layers: []string{"conv"}, Scales: []int{16}})
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(8, 8))
	img := noise(rng, 16, 16)
	var mirror picture.Image
	picture.Flip(img, &mirror)
	first := describe(t, d, img)
	for range 5 {
		other := describe(t, d, noise(rng, 5+rng.IntN(40), 5+rng.IntN(40)))
		if slices.Equal(other, first) {
			t.Error("another image has the same descriptor")
		}
		if again := describe(t, d, img); !slices.Equal(again, first) {
			t.Errorf("%v, at first %v", again, first)
		}
		if m := describe(t, d, &mirror); !slices.Equal(m, first) {
			t.Errorf("mirrored %v, straight %v", m, first)
		}
	}
}

func describe(t *testing.T, d *Describer, img *picture.Image) []float32 {
	t.Helper()
	v, err := d.Prepare(img)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Release()
	out, err := d.Describe(context.Background(), v)
	if err != nil {
		t.Fatal(err)
	}
	return out[0]
}

func TestDescribeErrors(t *testing.T) {
	boom := errors.New("out of memory")
	for say, net := range map[string]*fakeNet{
		"scale 16 (view of 16x16): out of memory":        {err: boom},
		"value 2 of the descriptor (layer conv) is NaN":  {spoil: func(m *f32.Map) { m.Data[5] = float32(math.NaN()) }},
		"value 1 of the descriptor (layer conv) is +Inf": {spoil: func(m *f32.Map) { m.Data[1] = float32(math.Inf(1)) }},
		"map [2,2,2,4]":               {spoil: func(m *f32.Map) { m.C = 4 }},
		"map [1,2,2,3]":               {spoil: func(m *f32.Map) { m.N = 1 }},
		"map [2,0,2,3] of 0 values":   {spoil: func(m *f32.Map) { m.H, m.Data = 0, nil }},
		"of 23 values for layer conv": {spoil: func(m *f32.Map) { m.Data = m.Data[:23] }},
	} {
		d, err := NewDescriber(net, Options{Layers: []string{"conv"}, Scales: []int{16}})
		if err != nil {
			t.Fatal(err)
		}
		v, err := d.Prepare(black(4, 4))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Describe(context.Background(), v); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("got %v, expected to say %q", err, say)
		}
	}
}

func TestDescribeStops(t *testing.T) {
	net := &fakeNet{}
	d, err := NewDescriber(net, Options{Layers: []string{"conv"}, Scales: []int{16}})
	if err != nil {
		t.Fatal(err)
	}
	v, err := d.Prepare(black(4, 4))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := d.Describe(ctx, v); !errors.Is(err, context.Canceled) || len(net.calls) != 0 {
		t.Errorf("%v after %v", err, net.calls)
	}
	if _, err := d.Describe(context.Background(), nil); err == nil {
		t.Error("no views: no error")
	}
	if _, err := NewDescriber(net, Options{Scales: []int{100}}); err == nil {
		t.Error("scale below the layer's smallest side: no error")
	}
}
