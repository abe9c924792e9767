package train

import (
	"math"
	"slices"
	"strings"
	"testing"

	"fc7/vgg"
)

// Training the layers after a frozen one on its maps is the training of the whole net with the others frozen: the same
// losses and parameters, with dropout, factors of the rate, and a batch in parts, whichever layer is the last frozen
// one.
func TestAfter(t *testing.T) {
	c, err := vgg.Lookup("vgg11_bn/32:fc12")
	if err != nil {
		t.Fatal(err)
	}
	c.Classes = 3
	for _, f := range []struct {
		freeze []string
		after  string
	}{
		{[]string{"conv*"}, "pool5"},
		{[]string{"conv*", "fc6"}, "fc6"},
		{[]string{"conv[1-4]*"}, "pool4"},
	} {
		through, err := FrozenThrough(c, f.freeze)
		if err != nil || through != f.after {
			t.Fatalf("%q freeze through %s, expected %s: %v", f.freeze, through, f.after, err)
		}
		o := with(func(o *Options) { o.Batch, o.Dropout, o.Rate, o.Freeze, o.Seed = 3, 0.5, 0.01, f.freeze, 4 })
		whole, err := New(c, o)
		if err != nil {
			t.Fatal(err)
		}
		o.After = f.after
		part, err := New(c, o)
		if err != nil {
			t.Fatal(err)
		}
		if all := whole.Params(); !bits(part.Params(), all[len(all)-len(part.Params()):]) {
			t.Errorf("%s: other initial weights", f.after)
		}
		x := numbered(3*3*224*224, 5)
		maps, err := whole.Maps(x, f.after)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []*Net{whole, part} {
			if err := n.SetFactors([]Factor{{"fc8", 10, 0.5}}); err != nil {
				t.Fatal(err)
			}
		}
		if len(maps) != 3*part.e.item() {
			t.Fatalf("%s: %d numbers of 3 maps of %d", f.after, len(maps), part.e.item())
		}
		y := []int{2, 0, 1, 2}
		fourth := func(x []float32) []float32 { return append(x[:len(x):len(x)], x[:len(x)/3]...) }
		for step := range 3 {
			a, err1 := whole.Step(fourth(x), y)
			b, err2 := part.Step(fourth(maps), y)
			if err1 != nil || err2 != nil || a != b {
				t.Errorf("%s: step %d: losses %v and %v, %v %v", f.after, step, a, b, err1, err2)
			}
		}
		if all := whole.Params(); !bits(part.Params(), all[len(all)-len(part.Params()):]) {
			t.Errorf("%s: other weights after training", f.after)
		}
		a, err1 := whole.Forward(x)
		b, err2 := part.Forward(maps)
		if err1 != nil || err2 != nil || !slices.Equal(a, b) {
			t.Errorf("%s: scores %v and %v, %v %v", f.after, a, b, err1, err2)
		}
	}
}

func TestAfterRefuses(t *testing.T) {
	c, err := vgg.Lookup("vgg11/64:fc4")
	if err != nil {
		t.Fatal(err)
	}
	c.Classes = 2
	for want, f := range map[string]struct {
		after  string
		freeze []string
	}{
		"did you mean conv5_1?": {"conv6_1", nil},
		"fc8 is the last":       {"fc8", nil},
		"freeze every":          {"fc7", []string{"fc8"}},
		"\"fc9\" of parameters": {"fc7", []string{"conv*", "fc9"}},
		"syntax error":          {"fc7", []string{"[fc8"}},
	} {
		if _, err := New(c, with(func(o *Options) { o.After, o.Freeze = f.after, f.freeze })); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, expected %q", err, want)
		}
	}
	// Patterns may name what is left out, and freeze nothing of the first layer.
	n, err := New(c, with(func(o *Options) { o.After, o.Freeze = "pool5", []string{"conv*", "fc6"} }))
	if err != nil || !slices.Equal(n.frozen(), []string{"classifier.0.weight", "classifier.0.bias"}) {
		t.Errorf("%v", err)
	}
	if through, err := FrozenThrough(c, []string{"features.0.weight", "conv2*"}); err != nil || through != "" {
		t.Errorf("frozen through %q: %v", through, err)
	}
	for want, f := range map[string]Factor{
		"\"fc5\" of":         {"fc5", 1, 1},
		"multiplied by -1":   {"fc8", -1, 1},
		"penalty by -2":      {"fc8", 1, -2},
		"multiplied by +Inf": {"fc8", math.Inf(1), 1},
		"syntax error":       {"[fc8", 1, 1},
	} {
		if err := n.SetFactors([]Factor{f}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, expected %q", err, want)
		}
	}
	if _, err := n.Maps(make([]float32, n.e.item()), "pool5"); err == nil || !strings.Contains(err.Error(), "pool5") {
		t.Errorf("%v", err)
	}
}
