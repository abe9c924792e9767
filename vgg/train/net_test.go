package train

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fc7/vgg"
	"fc7/vgg/weights"
)

// golden is what testdata/golden.py wrote.
type golden struct {
	Blocks      [5][][2]int
	FC, Classes int
	Size, Batch int
	Rate, Decay float64
	Frozen      []string
	Norm        string
	Losses      []float64
	After       map[string]struct{ Sum, Norm float64 }
}

func readGolden(t *testing.T) map[string]golden {
	t.Helper()
	b, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var g map[string]golden
	if err := json.Unmarshal(b, &g); err != nil {
		t.Fatal(err)
	}
	return g
}

// net makes the net of a golden run; batch is Options.Batch.
func (g golden) net(t *testing.T, batch int) *Net { return g.netOf(t, batch, Softmax) }

// boxNet is net with the Euclidean loss.
func (g golden) boxNet(t *testing.T, batch int) *Net { return g.netOf(t, batch, Euclidean) }

func (g golden) netOf(t *testing.T, batch int, loss Loss) *Net {
	t.Helper()
	c := vgg.Config{Name: "golden", FC: g.FC, Classes: 1000, BatchNorm: g.Norm == "batch", LRN: g.Norm == "lrn"}
	for i, b := range g.Blocks {
		for _, v := range b {
			c.Blocks[i] = append(c.Blocks[i], vgg.Conv{Kernel: v[0], Width: v[1]})
		}
	}
	o := with(func(o *Options) {
		o.Batch, o.size, o.classes, o.Rate, o.Decay, o.Loss = batch, g.Size, g.Classes, g.Rate, g.Decay, loss
	})
	for _, f := range g.Frozen {
		o.Freeze = append(o.Freeze, f+"*")
	}
	n, err := New(c, o)
	if err != nil {
		t.Fatal(err)
	}
	ps := n.Params()
	for i, p := range ps {
		if strings.Contains(p.Name, "running") || g.Norm == "batch" && len(p.Shape) == 1 && strings.HasPrefix(p.Name, "features") && strings.HasSuffix(p.Name, "weight") {
			continue // batch normalisations start as the identity
		}
		fan := 100
		if len(p.Shape) > 1 {
			fan = len(p.Data) / p.Shape[0]
		}
		for j, v := range numbered(len(p.Data), i) {
			ps[i].Data[j] = float32(float64(v) * math.Sqrt(6/float64(fan)))
		}
	}
	if err := n.SetParams(ps); err != nil {
		t.Fatal(err)
	}
	return n
}

func (g golden) batch(step int) ([]float32, []int) {
	y := make([]int, g.Batch)
	for i := range y {
		y[i] = (i*3 + step%2) % g.Classes
	}
	return channelsLast(numbered(g.Batch*3*g.Size*g.Size, 1000+step%2), g.Size*g.Size), y
}

// channelsLast turns PyTorch's order [N,3,area] into [N,area,3].
func channelsLast(x []float32, area int) []float32 {
	y := make([]float32, len(x))
	for i, v := range x {
		y[(i/(3*area)*area+i%area)*3+i/area%3] = v
	}
	return y
}

// TestGolden compares the losses of several steps, and the parameters after them, with PyTorch's, for whole batches and
// for batches in parts of two images (the last one not full).
func TestGolden(t *testing.T) {
	for name, g := range readGolden(t) {
		for _, batch := range map[string][]int{"small": {3, 2}, "odd size": {2}, "frozen": {2}, "batch normalisation": {3}, "local response normalisation": {2}}[name] {
			n := g.net(t, batch)
			for i, want := range g.Losses {
				x, y := g.batch(i)
				loss, err := n.Step(x, y)
				if err != nil {
					t.Fatal(err)
				}
				if math.Abs(loss-want) > 5e-6*want {
					t.Errorf("%s, parts of %d: loss of step %d is %v, PyTorch's %v", name, batch, i, loss, want)
				}
			}
			for _, p := range n.Params() {
				var sum, norm float64
				for _, v := range p.Data {
					sum += float64(v)
					norm += float64(v) * float64(v)
				}
				want := g.After[p.Name]
				if math.Abs(sum-want.Sum) > 5e-5*want.Norm || math.Abs(math.Sqrt(norm)-want.Norm) > 5e-5*want.Norm {
					t.Errorf("%s, parts of %d: %s ends with sum %v and norm %v, PyTorch's %v", name, batch, p.Name, sum, math.Sqrt(norm), want)
				}
			}
		}
	}
}

func bits(a, b []Tensor) bool {
	return slices.EqualFunc(a, b, func(a, b Tensor) bool {
		return a.Name == b.Name && slices.Equal(a.Shape, b.Shape) && slices.EqualFunc(a.Data, b.Data, func(x, y float32) bool {
			return math.Float32bits(x) == math.Float32bits(y)
		})
	})
}

// A net of the table learns a fixed batch by heart; frozen parameters stay bit for bit, all others move.
func TestLearnsWithFrozenLayers(t *testing.T) {
	c, err := vgg.Lookup("vgg11/32")
	if err != nil {
		t.Fatal(err)
	}
	n, err := New(c, with(func(o *Options) {
		o.Batch, o.classes, o.Freeze, o.Rate, o.Seed = 3, 3, []string{"conv1_*", "features.3.bias"}, 0.003, 2
	}))
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"features.0.weight", "features.0.bias", "features.3.bias"}; !slices.Equal(n.frozen(), want) {
		t.Errorf("frozen are %v, expected %v", n.frozen(), want)
	}
	before := n.Params()
	x, y := numbered(3*3*224*224, 7), []int{2, 0, 1}
	var first, last float64
	for i := range 12 {
		loss, err := n.Step(x, y)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = loss
		}
		last = loss
	}
	if !(last < first/2) {
		t.Errorf("the loss went from %v to %v", first, last)
	}
	for i, p := range n.Params() {
		same := slices.Equal(p.Data, before[i].Data)
		if frozen := slices.Contains(n.frozen(), p.Name); frozen != same {
			t.Errorf("%s: frozen %v, unchanged %v", p.Name, frozen, same)
		}
	}
	scores, err := n.Forward(x)
	if err != nil || len(scores) != 9 {
		t.Fatalf("%v %v", scores, err)
	}
}

// Forward gives an image the same scores whatever the batch around it.
func TestForward(t *testing.T) {
	n, err := New(tiny(), with(func(o *Options) { o.Batch, o.Dropout = 2, 0.5 }))
	if err != nil {
		t.Fatal(err)
	}
	x := numbered(3*3*224*224, 1)
	all, err := n.Forward(x)
	if err != nil || len(all) != 9 || n.Classes() != 3 {
		t.Fatalf("%v %v", all, err)
	}
	one, err := n.Forward(x[2*3*224*224:])
	if err != nil || !slices.Equal(one, all[6:]) {
		t.Errorf("alone %v, among others %v; %v", one, all[6:], err)
	}
	if slices.Equal(all[:3], all[3:6]) {
		t.Error("two images, one score")
	}
}

// A run stopped and taken up in a new net goes on with the very same losses, dropout and all.
func TestResume(t *testing.T) {
	o := with(func(o *Options) { o.Batch, o.Dropout, o.Seed, o.Rate = 2, 0.5, 5, 0.02 })
	x, y := numbered(3*3*224*224, 1), []int{0, 1, 2}
	steps := func(n *Net, k int) (losses []float64) {
		for range k {
			loss, err := n.Step(x, y)
			if err != nil {
				t.Fatal(err)
			}
			losses = append(losses, loss)
		}
		return losses
	}
	make2 := func() *Net {
		n, err := New(tiny(), o)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	n := make2()
	steps(n, 3)
	state, err := n.State()
	if err != nil {
		t.Fatal(err)
	}
	params := n.Params()
	want := steps(n, 3)
	for _, withMomenta := range []bool{true, false} {
		m := make2()
		if err := m.SetParams(params); err != nil {
			t.Fatal(err)
		}
		if !withMomenta {
			state.Momenta = nil
		}
		if err := m.SetState(state); err != nil {
			t.Fatal(err)
		}
		again, err := m.State()
		if err != nil || withMomenta && !bits(again.Momenta, state.Momenta) || again.Steps != 3 {
			t.Errorf("the state did not come back: %v", err)
		}
		if !bits(m.Params(), params) {
			t.Error("SetState moved parameters")
		}
		if got := steps(m, 3); slices.Equal(got, want) != withMomenta {
			t.Errorf("losses %v, without the break %v", got, want)
		}
		if withMomenta && !bits(m.Params(), n.Params()) {
			t.Error("other parameters than without the break")
		}
	}
}

func TestHeadLabels(t *testing.T) {
	n, err := newHead(2, []int{1}, with(func(o *Options) { o.Loss, o.Rate, o.Decay, o.Momentum = Sigmoid, 0.5, 0, 0 }))
	if err != nil {
		t.Fatal(err)
	}
	if err := n.SetParams([]Tensor{{"layer1.weight", []int{1, 2}, []float32{0, 0}}}); err != nil {
		t.Fatal(err)
	}
	// The gradient of a row is -y/2 x; the third row does not count, but is in the mean.
	loss, err := n.StepLabels([]float32{1, 0, 0, 2, 5, 5}, []int8{1, -1, 0})
	if err != nil || math.Abs(loss-2./3*math.Ln2) > 1e-6 {
		t.Errorf("loss %v, %v", loss, err)
	}
	w := n.Params()[0].Data
	if math.Abs(float64(w[0])-0.5/6) > 1e-6 || math.Abs(float64(w[1])+0.5*2/6) > 1e-6 {
		t.Errorf("weights %v", w)
	}
}

func TestStepRefuses(t *testing.T) {
	soft, err := newHead(2, []int{3}, Defaults())
	if err != nil {
		t.Fatal(err)
	}
	sig, err := newHead(2, []int{3}, with(func(o *Options) { o.Loss = Sigmoid }))
	if err != nil {
		t.Fatal(err)
	}
	step := func(x []float32, y ...int) func() error {
		return func() error { _, err := soft.Step(x, y); return err }
	}
	labels := func(x []float32, y ...int8) func() error {
		return func() error { _, err := sig.StepLabels(x, y); return err }
	}
	x := []float32{1, 2}
	for want, f := range map[string]func() error{
		"class 3":          step(x, 3),
		"class -1":         step(x, -1),
		"labels for 2":     step(x, 1, 1),
		"whole number":     step(x[:1], 1),
		"at least one":     step(nil),
		"expected 3":       labels(x, 1, 1),
		"is 2":             labels(x, 1, 1, 2),
		"but labels for 2": labels(x, 1, 1, 1, 1, 1, 1),
		"StepLabels":       func() error { _, err := sig.Step(x, []int{1}); return err },
		"softmax":          func() error { _, err := soft.StepLabels(x, []int8{1, 1, 1}); return err },
		"3 values":         func() error { _, err := soft.Forward([]float32{1, 2, 3}); return err },
		"rate":             func() error { return soft.SetRate(0) },
		"after -1":         func() error { return soft.SetState(State{Steps: -1}) },
		"momenta":          func() error { return soft.SetState(State{Momenta: []Tensor{{Name: "layer2.bias"}}}) },
	} {
		if err := f(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, expected %q", err, want)
		}
	}
	if err := soft.SetRate(0.5); err != nil || soft.rate() != 0.5 {
		t.Errorf("%v %v", err, soft.rate())
	}
}

// TestPredecessors: a net with groups, steps, normalisations and pooling that overlaps has the scores that it has in
// inference, and steps make its loss smaller.
func TestPredecessors(t *testing.T) {
	for _, name := range []string{"alexnet/16:fc32", "cnn-s/32:fc32"} {
		c, err := vgg.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		n, err := New(c, with(func(o *Options) { o.Batch, o.classes, o.Rate = 2, 5, 1e-2 }))
		if err != nil {
			t.Fatal(err)
		}
		side := c.Side()
		x, y := numbered(2*side*side*3, 3), []int{1, 4}
		for i := range x {
			x[i] *= 4
		}
		var first, last float64
		for i := range 12 {
			loss, err := n.Step(x, y)
			if err != nil {
				t.Fatal(err)
			}
			if last = loss; i == 0 {
				first = loss
			}
		}
		if !(last < first/2) {
			t.Errorf("%s: the loss went from %g to %g", name, first, last)
		}
		sameAsInference(t, n, c)
	}
}

// sameAsInference compares the scores of a picture with those of the same weights in package vgg.
func sameAsInference(t *testing.T, n *Net, c vgg.Config) {
	t.Helper()
	var out []weights.Source
	for _, p := range n.Params() {
		out = append(out, weights.SliceSource(p.Name, p.Shape, p.Data))
	}
	path := filepath.Join(t.TempDir(), "w.safetensors")
	meta := map[string]string{vgg.MetaNet: c.Name}
	if err := weights.WriteSafetensors(path, out, weights.SafetensorsOptions{Metadata: meta}); err != nil {
		t.Fatal(err)
	}
	f, err := weights.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, err := vgg.Load(t.Context(), f, vgg.LoadOptions{Net: c.Name})
	if err != nil {
		t.Fatal(err)
	}
	side := c.Side()
	picture, x := make([]byte, 3*side*side), make([]float32, 3*side*side)
	for i := range picture {
		picture[i] = byte(i*7 + i/side*13)
	}
	m.Preprocess.Inputs(x, picture)
	got, err := n.Forward(x)
	if err != nil {
		t.Fatal(err)
	}
	r := vgg.NewRunner(m, 2)
	defer r.Close()
	want, err := r.Forward(t.Context(), side, side, [][]byte{picture}, []string{"fc8"})
	if err != nil {
		t.Fatal(err)
	}
	var top float64
	for _, v := range want[0].Data {
		top = max(top, math.Abs(float64(v)))
	}
	for i, v := range want[0].Data {
		if d := math.Abs(float64(got[i] - v)); !(d <= 1e-4*top) {
			t.Errorf("%s: score %d is %g, in inference %g", c.Name, i, got[i], v)
		}
	}
}
