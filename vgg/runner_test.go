package vgg

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fc7/internal/f32"
	"fc7/vgg/weights"
)

// small makes a narrow net with random weights; the seed is fixed.
func small(t testing.TB, name string) *Model {
	t.Helper()
	c, err := Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "w.safetensors")
	if err := Init(t.Context(), path, c, 3, weights.SafetensorsOptions{}); err != nil {
		t.Fatal(err)
	}
	f, err := weights.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, err := Load(t.Context(), f, LoadOptions{Net: name})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestSameBits: a descriptor does not depend on batch, neighbours or threads.
func TestSameBits(t *testing.T) {
	eachKernel(t, func(t *testing.T) {
		m := small(t, "vgg11/16")
		const h, w = 225, 290
		a, b := picture(h, w), picture(h, w)
		for i := range b {
			b[i] ^= byte(i * 31)
		}
		layers := []string{"pool1", "conv3_2", "fc7"}
		var want []f32.Map
		for threads := 1; threads <= 3; threads++ {
			r := NewRunner(m, threads)
			alone := forward(t, r, h, w, [][]byte{a}, layers)
			batch := forward(t, r, h, w, [][]byte{b, a, b}, layers)
			r.Close()
			if want == nil {
				want = alone
			}
			for i, name := range layers {
				sameMap(t, name, want[i], alone[i])
				in := batch[i]
				sameMap(t, name+" in a batch", want[i], f32.Map{N: 1, H: in.H, W: in.W, C: in.C, Data: in.Image(1)})
			}
		}
	})
}

// TestBeside: two models on one memory give what each gives alone, call by call, and the maps of one outlive a call of
// the other.
func TestBeside(t *testing.T) {
	a, b := small(t, "vgg11/16"), small(t, "vgg16/32")
	view := [][]byte{picture(225, 260)}
	layers := []string{"conv3_1", "fc7"}
	var want [2][]f32.Map
	for i, m := range []*Model{a, b} {
		r := NewRunner(m, 2)
		want[i] = forward(t, r, 225, 260, view, layers)
		r.Close()
	}
	ra := NewRunner(a, 2)
	defer ra.Close()
	rb := ra.Beside(b)
	for range 3 {
		got, err := ra.Forward(context.Background(), 225, 260, view, layers)
		if err != nil {
			t.Fatal(err)
		}
		other := forward(t, rb, 225, 260, view, layers)
		for i, name := range layers {
			sameMap(t, name, want[0][i], got[i])
			sameMap(t, name, want[1][i], other[i])
		}
	}
}

// TestGroups: views that do not fit together in memory give the same maps.
func TestGroups(t *testing.T) {
	m := small(t, "vgg11/32")
	r := NewRunner(m, 2)
	defer r.Close()
	const h, w = 1500, 2000 // 9 M values of two channels, padded to 16, after the first block
	a, b := picture(h, w), picture(h, w)
	b[0] ^= 255
	both := forward(t, r, h, w, [][]byte{a, b}, []string{"pool5"})[0]
	second := forward(t, r, h, w, [][]byte{b}, []string{"pool5"})[0]
	sameMap(t, "second of two", second, f32.Map{N: 1, H: both.H, W: both.W, C: both.C, Data: both.Image(1)})
}

// TestConnected: the fully connected layers take views together that came in groups, or in groups views that came
// together, and give the same maps.
func TestConnected(t *testing.T) {
	m := small(t, "vgg11/32")
	for _, c := range []struct{ h, w, activations, connections int }{
		{230, 240, 1, connections}, {230, 240, activations, 1}, {230, 240, 1, 1}, {380, 250, 4 * 190 * 125 * 3 * 16 * 2, 2 * 4 * 5 * 128},
	} {
		r := NewRunner(m, 2)
		r.activations, r.connections = c.activations, c.connections
		var views [][]byte
		for i := range 3 {
			views = append(views, picture(c.h, c.w))
			views[i][i] ^= 255
		}
		layers := []string{"pool5", "fc6", "fc7"}
		all := forward(t, r, c.h, c.w, views, layers)
		for i, v := range views {
			for k, one := range forward(t, r, c.h, c.w, [][]byte{v}, layers) {
				sameMap(t, layers[k], one, f32.Map{N: 1, H: all[k].H, W: all[k].W, C: all[k].C, Data: all[k].Image(i)})
			}
		}
		r.Close()
	}
}

// TestForwardAll: views of all sizes together give the maps of each alone, however they are divided: for fc6 as a
// product and transformed, large and small maps in any order.
func TestForwardAll(t *testing.T) {
	m := small(t, "vgg11/32")
	sizes := [][3]int{{2, 400, 290}, {1, 224, 224}, {3, 230, 350}, {1, 224, 240}, {2, 390, 420}, {1, 224, 224}}
	var batches []f32.Batch
	for i, s := range sizes {
		b := f32.Batch{H: s[1], W: s[2]}
		for k := range s[0] {
			view := picture(s[1], s[2])
			view[i+10*k] ^= 255
			b.Pictures = append(b.Pictures, view)
		}
		batches = append(batches, b)
	}
	layers := []string{"conv2_1", "pool5", "fc6", "fc7"}
	one := NewRunner(m, 1)
	defer one.Close()
	var want [][]f32.Map
	for _, b := range batches {
		want = append(want, forward(t, one, b.H, b.W, b.Pictures, layers))
	}
	for _, c := range []struct{ threads, activations, connections int }{{2, activations, connections}, {3, 1, 1}, {2, 1, 4 * 128 * 30}} {
		r := NewRunner(m, c.threads)
		r.activations, r.connections = c.activations, c.connections
		for range 2 {
			got, err := r.ForwardAll(t.Context(), batches, layers)
			if err != nil {
				t.Fatal(err)
			}
			for k, name := range layers {
				for i := range batches {
					sameMap(t, name, want[i][k], got[k][i])
				}
			}
		}
		r.Close()
	}
}

// TestAllocations: after the first images, memory is reused.
func TestAllocations(t *testing.T) {
	m := small(t, "vgg11/16")
	r := NewRunner(m, 2)
	defer r.Close()
	view := [][]byte{picture(224, 240)}
	layers := []string{"fc7"}
	ctx := context.Background()
	// Ten runs: the scheduler itself may allocate now and then.
	n := testing.AllocsPerRun(10, func() {
		if _, err := r.Forward(ctx, 224, 240, view, layers); err != nil {
			t.Fatal(err)
		}
	})
	if n > 0 {
		t.Errorf("%.0f allocations an image, want none", n)
	}
}

// TestNaNReaches: weights are checked, but an overflow inside the net must show at its end.
func TestNaNReaches(t *testing.T) {
	eachKernel(t, func(t *testing.T) {
		m := small(t, "vgg11/16")
		m.levels[0][7] = float32(math.Inf(1))
		r := NewRunner(m, 2)
		defer r.Close()
		view := make([]byte, 3*224*224)
		view[3*(100*224+50)] = 7
		out := forward(t, r, 224, 224, [][]byte{view}, []string{"pool1", "fc7"})
		for _, o := range out {
			bad := 0
			for _, v := range o.Data {
				if v-v != 0 {
					bad++
				}
			}
			if bad == 0 {
				t.Errorf("infinity in the input left no trace in a map of %d values", len(o.Data))
			}
		}
	})
}

// TestBGR: weights that expect blue first see the same image as their RGB twins.
func TestBGR(t *testing.T) {
	f, m := golden(t, "vgg16")
	pre := Preprocess{Order: "BGR", Scale: 1, Mean: [3]float32{103.939, 116.779, 123.68}, Std: [3]float32{1, 1, 1}}
	bgr, err := Load(t.Context(), f, LoadOptions{pre: &pre})
	if err != nil {
		t.Fatal(err)
	}
	rgb := m
	p := Preprocess{Order: "RGB", Scale: 1, Mean: [3]float32{123.68, 116.779, 103.939}, Std: [3]float32{1, 1, 1}}
	rgb.Preprocess, rgb.levels = p, p.levels()
	view := picture(224, 224)
	swapped := append([]byte(nil), view...)
	for i := 0; i < len(swapped); i += 3 {
		swapped[i], swapped[i+2] = swapped[i+2], swapped[i]
	}
	// Filters trained on BGR, fed RGB pixels, must do what they would on an RGB net whose channels are exchanged at the
	// input: exchange pixels and means by hand.
	q := Preprocess{Order: "RGB", Scale: 1, Mean: [3]float32{103.939, 116.779, 123.68}, Std: [3]float32{1, 1, 1}}
	rgb.levels = q.levels()
	r1, r2 := NewRunner(bgr, 2), NewRunner(rgb, 2)
	defer r1.Close()
	defer r2.Close()
	a := forward(t, r1, 224, 224, [][]byte{view}, []string{"conv1_1"})[0]
	b := forward(t, r2, 224, 224, [][]byte{swapped}, []string{"conv1_1"})[0]
	var d, s float64
	for i := range a.Data {
		e := float64(a.Data[i]) - float64(b.Data[i])
		d, s = d+e*e, s+float64(b.Data[i])*float64(b.Data[i])
	}
	if e := math.Sqrt(d / s); !(e < 1e-6) {
		t.Errorf("BGR filters see another image: relative difference %g", e)
	}
}

func TestForwardErrors(t *testing.T) {
	m := small(t, "vgg11/32")
	r := NewRunner(m, 1)
	defer r.Close()
	ctx := context.Background()
	for _, c := range []struct {
		h, w   int
		views  [][]byte
		layers []string
		want   string
	}{
		{224, 223, [][]byte{make([]byte, 3*224*223)}, []string{"fc7"}, "at least 224"},
		{224, 224, [][]byte{make([]byte, 7)}, []string{"fc7"}, "7 bytes"},
		{224, 224, [][]byte{make([]byte, 3*224*224)}, []string{"fc9"}, "fc9"},
	} {
		if _, err := r.Forward(ctx, c.h, c.w, c.views, c.layers); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: error %v, want one that says %q", c.layers, err, c.want)
		}
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := r.Forward(ended, 224, 224, [][]byte{make([]byte, 3*224*224)}, []string{"fc7"}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// FuzzForward runs a narrow net over any size and batch, against the same on one thread with views apart.
func FuzzForward(f *testing.F) {
	m := small(f, "vgg11/32")
	r, one := NewRunner(m, 3), NewRunner(m, 1)
	f.Add(uint16(32), uint16(33), uint8(2))
	f.Add(uint16(100), uint16(47), uint8(1))
	f.Fuzz(func(t *testing.T, h16, w16 uint16, n8 uint8) {
		h, w, n := int(h16)%200+32, int(w16)%200+32, int(n8)%3+1
		var views [][]byte
		for i := range n {
			v := picture(h, w)
			v[i] ^= 255
			views = append(views, v)
		}
		all := forward(t, r, h, w, views, []string{"conv1_1", "conv4_1", "pool5"})
		for i, v := range views {
			for k, alone := range forward(t, one, h, w, [][]byte{v}, []string{"conv1_1", "conv4_1", "pool5"}) {
				got := all[k]
				sameMap(t, "view", alone, f32.Map{N: 1, H: got.H, W: got.W, C: got.C, Data: got.Image(i)})
			}
		}
	})
}

func BenchmarkForward(b *testing.B) {
	m := small(b, "vgg16/4")
	r := NewRunner(m, 0)
	defer r.Close()
	view := [][]byte{picture(224, 224)}
	for b.Loop() {
		if _, err := r.Forward(context.Background(), 224, 224, view, []string{"fc7"}); err != nil {
			b.Fatal(err)
		}
	}
}

// TestForwardStops: the end of the context ends a forward pass within a layer, and the next pass is sound.
func TestForwardStops(t *testing.T) {
	m := small(t, "vgg16/8")
	for threads := 1; threads <= 2; threads++ {
		r := NewRunner(m, threads)
		view := [][]byte{picture(400, 300)}
		want := forward(t, r, 400, 300, view, []string{"fc7"})[0]
		want.Data = append([]float32(nil), want.Data...)
		steps := 0
		for after := range 8 {
			ctx, cancel := context.WithCancel(context.Background())
			steps = 0
			r.Trace = func(string, time.Duration, int64) {
				if steps++; steps == after+1 {
					cancel() // the next layer begins, unless the pass looks at the context first
				}
			}
			_, err := r.Forward(ctx, 400, 300, view, []string{"fc7"})
			cancel()
			if !errors.Is(err, context.Canceled) || steps > after+1 {
				t.Errorf("stopped after step %d: %v, %d steps done", after, err, steps)
			}
		}
		r.Trace = nil
		sameMap(t, "after all that", want, forward(t, r, 400, 300, view, []string{"fc7"})[0])
		r.Close()
	}
}
