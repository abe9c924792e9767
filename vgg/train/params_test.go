package train

import (
	"math"
	"strings"
	"testing"

	"fc7/vgg"
)

// The tensors are those that a weights file of the net has, and go in and out bit for bit.
func TestParams(t *testing.T) {
	c, err := vgg.Lookup("vgg16/64:fc8")
	if err != nil {
		t.Fatal(err)
	}
	n, err := New(c, with(func(o *Options) { o.classes, o.Batch = 4, 1 }))
	if err != nil {
		t.Fatal(err)
	}
	c.Classes = 4
	ps, i, total := n.Params(), 0, 0
	for _, l := range c.Layers() {
		for _, want := range vgg.TorchvisionNames.Params(l) {
			if ps[i].Name != want.Name || len(ps[i].Shape) != len(want.Shape) {
				t.Errorf("tensor %d is %s %v, expected %s %v", i, ps[i].Name, ps[i].Shape, want.Name, want.Shape)
			}
			total += len(ps[i].Data)
			i++
		}
	}
	if i != len(ps) || total != c.Params() {
		t.Errorf("%d tensors and %d numbers, expected %d and %d", len(ps), total, i, c.Params())
	}
	for i := range ps {
		ps[i].Data[0] = float32(i) + 0.1
	}
	if err := n.SetParams(ps); err != nil {
		t.Fatal(err)
	}
	if !bits(n.Params(), ps) {
		t.Error("not what was set")
	}
	ps[0].Data[0] = 77
	if n.Params()[0].Data[0] == 77 {
		t.Error("the net keeps the caller's slice")
	}
	// A part of the net, as from another one.
	if err := n.SetParams(ps[:2]); err != nil || n.Params()[0].Data[0] != 77 {
		t.Errorf("%v", err)
	}
}

func TestSetParamsRefuses(t *testing.T) {
	n, err := newHead(2, []int{2}, Defaults())
	if err != nil {
		t.Fatal(err)
	}
	before := n.Params()
	good := Tensor{"layer1.bias", []int{2}, []float32{5, 5}}
	for want, bad := range map[string]Tensor{
		"no parameter \"layer9.bias\"": {"layer9.bias", []int{2}, []float32{1, 2}},
		"given twice":                  good,
		"expected [2 2]":               {"layer1.weight", []int{4}, []float32{1, 2, 3, 4}},
		"and 3 values":                 {"layer1.weight", []int{2, 2}, []float32{1, 2, 3}},
		"is NaN at place 2":            {"layer1.weight", []int{2, 2}, []float32{1, 2, float32(math.NaN()), 1}},
		"is -Inf at place 3":           {"layer1.weight", []int{2, 2}, []float32{1, 2, 3, float32(math.Inf(-1))}},
	} {
		if err := n.SetParams([]Tensor{good, bad}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, expected %q", err, want)
		}
	}
	if !bits(n.Params(), before) {
		t.Error("a refused set was set in part")
	}
}
