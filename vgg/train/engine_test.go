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

func tinyEngine[T number](t *testing.T, o Options) *engine[T] {
	t.Helper()
	o, err := o.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	layers, err := netLayers(tiny())
	if err != nil {
		t.Fatal(err)
	}
	e, err := newEngine[T](layers, o, tensor.Shape{3, 224, 224})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// The gradient of the whole net, with dropout (its masks are those of the step) and parts of a batch, against central
// differences in double precision, for some weights of every parameter. Biases must not be 0: behind dead units they would
// put whole areas on the kink of the next ReLU.
func TestGradient(t *testing.T) {
	for name, o := range map[string]Options{
		"softmax": {Batch: 1, Dropout: 0.3, Seed: 3},
		"sigmoid": {Batch: 1, Loss: Sigmoid, Seed: 4, Init: Glorot, Freeze: []string{"conv1*", "conv2*"}},
	} {
		t.Run(name, func(t *testing.T) {
			e := tinyEngine[float64](t, o)
			x, targets := numbered[float64](2*e.item(), 1), []float64{0, 0.5, 0, 0.5, 0, 0}
			if o.Loss == Sigmoid {
				x, targets = x[:e.item()], []float64{-1, 0, 0.5}
			}
			for i, p := range e.params {
				if p.fanIn == 0 {
					copy(p.data, numbered[float64](len(p.data), i))
				}
			}
			if _, err := e.gradient(x, targets); err != nil {
				t.Fatal(err)
			}
			want := map[*param[float64]][]float64{}
			for _, p := range e.params {
				want[p] = append([]float64(nil), p.grad...)
			}
			largest := 0.0
			for _, p := range e.solver.params {
				for _, i := range []int{len(p.data) / 2, len(p.data) - 1} {
					d := difference(t, e, p, i, x, targets)
					largest = math.Max(largest, math.Abs(d))
					if math.Abs(d-want[p][i]) > 1e-6*(1+math.Abs(d)) {
						t.Errorf("gradient of %s at %d is %v, differences give %v", p.name, i, want[p][i], d)
					}
				}
			}
			if largest < 1e-3 {
				t.Errorf("the largest gradient is %v: nothing was tested", largest)
			}
		})
	}
}

func difference[T number](t *testing.T, e *engine[T], p *param[T], i int, x, targets []T) float64 {
	t.Helper()
	const h = 1e-6
	before := p.data[i]
	defer func() { p.data[i] = before }()
	var loss [2]float64
	for j, to := range []T{before + h, before - h} {
		p.data[i] = to
		var err error
		if loss[j], err = e.gradient(x, targets); err != nil {
			t.Fatal(err)
		}
	}
	return (loss[0] - loss[1]) / (2 * h)
}

// What cannot be computed is an error that says where it arose, and leaves the parameters alone.
func TestNotFinite(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(e *engine[float32], x []float32)
		want  string
	}{
		"input":  {func(e *engine[float32], x []float32) { x[3*224*224+5] = float32(math.NaN()) }, "image 1"},
		"weight": {func(e *engine[float32], _ []float32) { e.params[3].data[0] = float32(math.Inf(1)) }, "features.3.bias of layer conv2_1"},
		"layer": {func(e *engine[float32], _ []float32) {
			for i := range e.params[2].data {
				e.params[2].data[i] = 3e38
			}
		}, "layer conv2_1 gives"},
		"gradient": {func(e *engine[float32], _ []float32) {
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
			e := tinyEngine[float32](t, Options{Batch: 2})
			x := numbered[float32](2*e.item(), 1)
			c.spoil(e, x)
			before := tensors(e.params, func(p *param[float32]) []float32 { return p.data })
			_, err := e.step(x, []float32{0.5, 0, 0, 0, 0.5, 0})
			if err == nil || !strings.Contains(err.Error(), "step 1") || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("%v, expected %q", err, c.want)
			}
			for i, p := range e.params {
				for j, v := range p.data {
					if math.Float32bits(v) != math.Float32bits(before[i].Data[j]) {
						t.Fatalf("parameter %s has changed", p.name)
					}
					if p.grad[j] != 0 {
						t.Fatalf("a gradient of %s is left", p.name)
					}
				}
			}
			if e.steps != 0 {
				t.Error("the step was counted")
			}
		})
	}
}
