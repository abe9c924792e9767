package finetune

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fc7/vgg"
	"fc7/vgg/train"
	"fc7/vgg/weights"
)

// parameters are those of a narrow net that nobody has trained.
func parameters(t *testing.T, net string) (path string, p *vgg.Parameters) {
	t.Helper()
	c, err := vgg.Lookup(net)
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "net.safetensors")
	if err := vgg.Init(t.Context(), path, c, 3, weights.SafetensorsOptions{}); err != nil {
		t.Fatal(err)
	}
	f, err := weights.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	if p, err = vgg.ParametersOf(t.Context(), f, ""); err != nil {
		t.Fatal(err)
	}
	return path, p
}

func newNet(t *testing.T, net string, o Options) *Net {
	t.Helper()
	path, p := parameters(t, net)
	n, err := New(path, p, o)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestNew(t *testing.T) {
	path, p := parameters(t, "vgg11/64:fc8")
	for _, c := range []struct {
		o         Options
		net, want string
	}{
		{Options{Classes: 5}, "vgg11/64:fc8", "fc8"},
		{Options{First: "fc7", Classes: 5}, "vgg11/64:fc8", "fc7 fc8"},
		{Options{First: "fc6", Width: new(12), Classes: 5}, "vgg11/64:fc12", "fc6 fc7 fc8"},
		{Options{First: "conv5_1", Classes: 5}, "", "expected fc6, fc7 or fc8"},
		{Options{First: "fc7", Width: new(12), Classes: 5}, "", "fc6 and fc7 have one width"},
		{Options{Width: new(12), Classes: 5}, "", "12 wide"},
	} {
		n, err := New(path, p, c.o)
		if c.net == "" {
			if err == nil || !strings.Contains(err.Error(), c.want) && !strings.HasPrefix(err.Error(), "new layers") {
				t.Errorf("%+v: %v, want %q", c.o, err, c.want)
			}
			continue
		}
		if err != nil || n.Config.Name != c.net || strings.Join(n.Fresh, " ") != c.want || n.Config.Classes != 5 || n.BeforeLast() != "fc7" {
			t.Errorf("%+v: %+v, %v", c.o, n, err)
		}
	}
	p.Config.FC, p.Config.Name = 0, "vgg11/64" // weights that end before fc6
	for _, o := range []Options{{Classes: 5}, {Width: new(9), Classes: 5}} {
		n, err := New(path, p, o)
		if err != nil || len(n.Fresh) != 3 || o.Width != nil && n.Config.FC != *o.Width || o.Width == nil && n.Config.FC != 64 {
			t.Errorf("without fully connected layers, %+v: %+v, %v", o, n, err)
		}
	}
	if _, err := New(path, p, Options{First: "fc8", Classes: 5}); err == nil || !strings.Contains(err.Error(), "as usual") {
		t.Errorf("fc8 on nothing: %v", err)
	}
}

func TestFrozen(t *testing.T) {
	n := newNet(t, "vgg11/64:fc8", Options{First: "fc7", Classes: 5})
	all := 8 // convolutions
	for _, c := range []struct {
		freeze  string
		tensors int
		through string
		bad     string
	}{
		{"", 2*all + 2, "fc6", ""},
		{"conv", 2 * all, "pool5", ""},
		{"fc6", 2*all + 2, "fc6", ""},
		{"pool4", 2 * 6, "pool4", ""},
		{"conv[12]*", 2 * 2, "pool2", ""},
		{"conv2*", 2, "", ""}, // conv1_1 is trained: no maps to cache
		{"fc[67]", 0, "", "fc7 is new"},
		{"fc6 conv1*", 2*all + 2, "fc6", ""},
		{"fc7", 0, "", "fc7 is new"},
		{"conv9*", 0, "", "names no layer"},
	} {
		tensors, through, err := n.Frozen(strings.Fields(c.freeze))
		if c.bad != "" {
			if err == nil || !strings.Contains(err.Error(), c.bad) {
				t.Errorf("%q: %v, want %q", c.freeze, err, c.bad)
			}
			continue
		}
		if err != nil || len(tensors) != c.tensors || through != c.through {
			t.Errorf("%q: %d tensors, through %s, %v", c.freeze, len(tensors), through, err)
		}
	}
	frozen, _, err := n.Frozen([]string{"conv"})
	if err != nil {
		t.Fatal(err)
	}
	left, err := n.Unfrozen(frozen, []string{"conv5_*"})
	if err != nil || len(left) != 2*(all-2) || !slices.Equal(left, frozen[:len(left)]) {
		t.Errorf("%q, %v", left, err)
	}
	if _, err := n.Unfrozen(frozen, []string{"fc6"}); err == nil || !strings.Contains(err.Error(), "unfreezes nothing") {
		t.Errorf("%v", err)
	}
}

// changes are what one step, without momentum, changes of each tensor, and the tensors before it.
func changes(t *testing.T, n *Net, decay float64, set func(*train.Net) error) (change, before map[string][]float32) {
	t.Helper()
	o := train.Defaults()
	o.Batch, o.Rate, o.Momentum, o.Decay, o.Seed, o.Threads = 2, 1e-3, 0, decay, 7, 1
	of, err := train.New(n.Config, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := set(of); err != nil {
		t.Fatal(err)
	}
	before, change = map[string][]float32{}, map[string][]float32{}
	for _, p := range of.Params() {
		before[p.Name] = slices.Clone(p.Data)
	}
	x := make([]float32, 2*224*224*3)
	for i := range x {
		x[i] = float32(i%17)/17 - 0.5
	}
	if _, err := of.Step(x, []int{0, 1}); err != nil {
		t.Fatal(err)
	}
	for _, p := range of.Params() {
		d := make([]float32, len(p.Data))
		for i, v := range p.Data {
			d[i] = v - before[p.Name][i]
		}
		change[p.Name] = d
	}
	return change, before
}

// times tells whether a is f times b, up to rounding.
func times(a []float32, f float64, b []float32) error {
	var d, s float64
	for i := range a {
		e := float64(a[i]) - f*float64(b[i])
		d, s = d+e*e, s+float64(a[i])*float64(a[i])
	}
	if s == 0 || math.Sqrt(d/s) > 1e-3 {
		return fmt.Errorf("relative difference %.2g of a change of %.2g", math.Sqrt(d/s), math.Sqrt(s))
	}
	return nil
}

// New hidden layers learn ten times as fast as the others, the last one at its own rate by the size of its inputs; its
// penalty is then the same for inputs of any size.
func TestSetRates(t *testing.T) {
	n := newNet(t, "vgg11_bn/32:fc32", Options{First: "fc7", Classes: 5})
	const hidden, last, old = "classifier.3.weight", "classifier.6.weight", "classifier.0.weight"
	rates := func(newRate, square float64) func(*train.Net) error {
		return func(of *train.Net) error { return n.SetRates(of, 1e-3, newRate, square) }
	}
	plain, before := changes(t, n, 0, func(*train.Net) error { return nil })
	one, _ := changes(t, n, 0, rates(0.01, 1))
	for name, f := range map[string]float64{hidden: newLayersRate, last: 0.01 / 1e-3, old: 1} {
		if err := times(one[name], f, plain[name]); err != nil {
			t.Errorf("%s does not change %v times as fast: %v", name, f, err)
		}
	}
	if newLayersRate != 10 {
		t.Errorf("new hidden layers learn %v times as fast", newLayersRate)
	}
	square, _ := changes(t, n, 0, rates(0.01, 4))
	if err := times(square[last], 0.25, one[last]); err != nil {
		t.Errorf("inputs of mean square norm 4: %v", err)
	}
	const decay = 10
	for _, s := range []float64{1, 4} {
		without, _ := changes(t, n, 0, rates(0.01, s))
		with, _ := changes(t, n, decay, rates(0.01, s))
		for i := range with[last] {
			with[last][i] -= without[last][i]
		}
		if err := times(with[last], -0.01*decay, before[last]); err != nil {
			t.Errorf("penalty at mean square norm %v: %v", s, err)
		}
	}
}

// A net starts from the file but for the new layers, of which the last one is zero, and from what was trained before.
func TestStartAndWhole(t *testing.T) {
	n := newNet(t, "vgg11/64:fc8", Options{First: "fc7", Classes: 5})
	o := train.Defaults()
	o.Batch, o.Threads, o.Seed, o.After = 2, 1, 1, "pool5"
	of, err := train.New(n.Config, o)
	if err != nil {
		t.Fatal(err)
	}
	drawn := map[string][]float32{}
	for _, p := range of.Params() {
		drawn[p.Name] = slices.Clone(p.Data)
	}
	bias := train.Tensor{Name: "classifier.0.bias", Shape: []int{8}, Data: []float32{1, 2, 3, 4, 5, 6, 7, 8}}
	if err := n.Start(of, []train.Tensor{bias}); err != nil {
		t.Fatal(err)
	}
	now := map[string][]float32{}
	var trained []weights.Source
	for _, p := range of.Params() {
		now[p.Name] = p.Data
		trained = append(trained, weights.SliceSource(p.Name, p.Shape, p.Data))
	}
	fc6, err := n.source("classifier.0.weight")
	if err != nil {
		t.Fatal(err)
	}
	want := make([]float32, len(now["classifier.0.weight"]))
	if err := fc6.ReadAt(want, 0); err != nil {
		t.Fatal(err)
	}
	zero := func(x []float32) bool { return !slices.ContainsFunc(x, func(v float32) bool { return v != 0 }) }
	if !slices.Equal(now["classifier.0.weight"], want) || !slices.Equal(now["classifier.0.bias"], bias.Data) ||
		!slices.Equal(now["classifier.3.weight"], drawn["classifier.3.weight"]) || zero(drawn["classifier.3.weight"]) ||
		!zero(now["classifier.6.weight"]) || !zero(now["classifier.6.bias"]) || zero(drawn["classifier.6.weight"]) {
		t.Error("fc6 is not the file's with the bias that was trained, fc7 not as drawn, or fc8 not zero")
	}
	all, err := n.Whole(trained)
	if err != nil || len(all) != 2*11 || all[0].Name != "features.0.weight" || all[21].Name != "classifier.6.bias" {
		t.Errorf("%d tensors, %v", len(all), err)
	}
	n.params.Tensors = n.params.Tensors[1:]
	if _, err := n.Whole(trained); err == nil || !strings.Contains(err.Error(), "has no tensor for features.0.weight") {
		t.Errorf("a file without conv1_1: %v", err)
	}
}
