package train

import (
	"math"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"fc7/vgg"
)

// tiny is a net with all kinds of layers that training knows, as narrow as it gets.
func tiny() vgg.Config {
	return vgg.Config{
		Name: "tiny", FC: 6, Classes: 3,
		Blocks: [5][]vgg.Conv{{{Kernel: 3, Width: 2}}, {{Kernel: 3, Width: 2}, {Kernel: 1, Width: 2}}, {{Kernel: 3, Width: 3}}, nil, {{Kernel: 3, Width: 2}}},
	}
}

func tinyEngine(t *testing.T, o Options) *engine {
	t.Helper()
	if err := o.check(); err != nil {
		t.Fatal(err)
	}
	layers, err := netLayers(tiny())
	if err != nil {
		t.Fatal(err)
	}
	params, err := newParams(layers, 0, o)
	if err != nil {
		t.Fatal(err)
	}
	e, err := newEngine(layers, params, o, tensor.Shape{224, 224, 3})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// Results are the same bits for any number of threads, with dropout and parts of a batch.
func TestThreads(t *testing.T) {
	var first []Tensor
	for _, threads := range []int{1, 2, 3} {
		e := tinyEngine(t, with(func(o *Options) { o.Batch, o.Dropout, o.Seed, o.Threads = 2, 0.3, 3, threads }))
		for range 2 {
			if _, err := e.step(numbered(3*e.item(), 1), []float32{0, 0.5, 0, 0.5, 0, 0, 0, 0, 0.5}); err != nil {
				t.Fatal(err)
			}
		}
		p := tensors(e.params, func(p *param) []float32 { return p.data })
		if first == nil {
			first = p
		} else if !bits(p, first) {
			t.Errorf("%d threads give other parameters than 1", threads)
		}
	}
}

// What cannot be computed is an error that says where it arose, and leaves the parameters alone.
func TestNotFinite(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(e *engine, x []float32)
		want  string
	}{
		"input":  {func(e *engine, x []float32) { x[3*224*224+5] = float32(math.NaN()) }, "image 1"},
		"weight": {func(e *engine, _ []float32) { e.params[3].data[0] = float32(math.Inf(1)) }, "features.3.bias of layer conv2_1"},
		"layer": {func(e *engine, _ []float32) {
			for i := range e.params[2].data {
				e.params[2].data[i] = 3e38
			}
		}, "layer conv2_1 gives"},
		"gradient": {func(e *engine, _ []float32) {
			fc := e.params[len(e.params)-6:] // weights and biases of fc6, fc7, fc8
			for i, v := range []float32{0, 1e10, 0, 1e-30, 1e30, 0} {
				for j := range fc[i].data {
					fc[i].data[j] = v
				}
			}
			fc[4].data[0] = -1e30
		}, "the gradient of classifier.3.weight (fc7)"},
	} {
		t.Run(name, func(t *testing.T) {
			e := tinyEngine(t, with(func(o *Options) { o.Batch = 2 }))
			x := numbered(2*e.item(), 1)
			c.spoil(e, x)
			before := tensors(e.params, func(p *param) []float32 { return p.data })
			_, err := e.step(x, []float32{0.5, 0, 0, 0, 0.5, 0})
			if err == nil || !strings.Contains(err.Error(), "step 1") || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("%v, expected %q", err, c.want)
			}
			for i, p := range e.params {
				for j, v := range p.data {
					if math.Float32bits(v) != math.Float32bits(before[i].Data[j]) {
						t.Fatalf("parameter %s has changed", p.name)
					}
				}
			}
			if e.steps != 0 {
				t.Error("the step was counted")
			}
		})
	}
}

// With Spread, training is that of images divided by it: by a power of two, to the bit.
func TestSpread(t *testing.T) {
	one, far := tinyEngine(t, with(func(o *Options) { o.Batch = 2 })), tinyEngine(t, with(func(o *Options) { o.Batch, o.Spread = 2, 64 }))
	x := numbered(2*one.item(), 1)
	wide := make([]float32, len(x))
	for i, v := range x {
		wide[i] = 64 * v
	}
	for step := range 3 {
		a, err := one.step(x, []float32{0.5, 0, 0, 0, 0.5, 0})
		if err != nil {
			t.Fatal(err)
		}
		b, err := far.step(wide, []float32{0.5, 0, 0, 0, 0.5, 0})
		if err != nil || a != b {
			t.Fatalf("step %d: losses %v and %v, %v", step, a, b, err)
		}
	}
	for i, p := range one.params {
		for j, v := range p.data {
			if i == 0 {
				v /= 64
			}
			if far.params[i].data[j] != v {
				t.Fatalf("%s is %v at place %d, expected %v", p.name, far.params[i].data[j], j, v)
			}
		}
	}
}

func TestLargest(t *testing.T) {
	e := tinyEngine(t, with(func(o *Options) { o.Batch = 2 }))
	for i := range e.params[3].data { // the bias of conv2_1
		e.params[3].data[i] = -1e6
	}
	e.params[3].data[0] = 5e5
	for _, i := range []int{len(e.params) - 6, len(e.params) - 2} { // the weights of fc6 and fc8
		clear(e.params[i].data)
	}
	if _, err := e.step(numbered(3*e.item(), 1), []float32{0.3, 0, 0, 0, 0.3, 0, 0, 0, 0.4}); err != nil {
		t.Fatal(err)
	}
	n := Net{e}
	layer, value, err := n.Largest()
	if err != nil || layer != "conv2_1" || value < 4.9e5 || value > 5.1e5 {
		t.Errorf("%s %v %v", layer, value, err)
	}
}

// Parts of a batch change nothing but rounding: dropout is drawn by image.
func TestParts(t *testing.T) {
	whole := tinyEngine(t, with(func(o *Options) { o.Batch, o.Dropout, o.Seed = 5, 0.5, 3 }))
	x, targets := numbered(5*whole.item(), 1), []float32{0.2, 0, 0, 0, 0.2, 0, 0, 0, 0.2, 0.2, 0, 0, 0, 0.2, 0}
	want, err := whole.gradient(x, targets)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []int{1, 2, 3} {
		e := tinyEngine(t, with(func(o *Options) { o.Batch, o.Dropout, o.Seed = part, 0.5, 3 }))
		got, err := e.gradient(x, targets)
		if err != nil || math.Abs(got-want) > 1e-6*want {
			t.Errorf("in parts of %d the loss is %v, %v, whole it is %v", part, got, err, want)
		}
		for i, p := range e.params {
			for j, g := range p.grad {
				if w := whole.params[i].grad[j]; math.Abs(float64(g-w)) > 1e-4*(1e-2+math.Abs(float64(w))) {
					t.Fatalf("in parts of %d the gradient of %s is %v at place %d, whole it is %v", part, p.name, g, j, w)
				}
			}
		}
	}
}
