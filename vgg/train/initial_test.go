package train

import (
	"math"
	"slices"
	"testing"
)

func TestInit(t *testing.T) {
	for kind, want := range map[Init]float64{{}: math.Sqrt(2. / 50), {scheme: glorot}: math.Sqrt(2. / (50 + 70)), {normal, 0.03}: 0.03} {
		n, err := newHead(50, []int{70, 70}, with(func(o *Options) { o.Init, o.Seed = kind, 1 }))
		if err != nil {
			t.Fatal(err)
		}
		ps := n.Params()
		var sum, square float64
		for _, v := range ps[0].Data {
			sum += float64(v)
			square += float64(v) * float64(v)
		}
		k := float64(len(ps[0].Data))
		if sigma := math.Sqrt(square / k); math.Abs(sigma/want-1) > 0.05 || math.Abs(sum/k) > 0.1*want {
			t.Errorf("%v: mean %v and deviation %v, expected 0 and %v", kind, sum/k, sigma, want)
		}
		if slices.Max(ps[1].Data) != 0 || slices.Min(ps[1].Data) != 0 {
			t.Errorf("%v: biases do not start at 0", kind)
		}
		again, _ := newHead(50, []int{70, 70}, with(func(o *Options) { o.Init, o.Seed = kind, 1 }))
		other, _ := newHead(50, []int{70, 70}, with(func(o *Options) { o.Init, o.Seed = kind, 2 }))
		if !bits(again.Params(), ps) || bits(other.Params(), ps) {
			t.Errorf("%v: the seed does not decide", kind)
		}
	}
}

func TestParseInit(t *testing.T) {
	for text, want := range map[string]Init{
		"he": {}, "Glorot": {scheme: glorot}, "normal": {normal, 0.01}, "NORMAL:0.1": {normal, 0.1}, "normal:1e-3": {normal, 1e-3},
	} {
		got, err := ParseInit(text)
		if err != nil || got != want {
			t.Errorf("%s: %v %v", text, got, err)
		}
		if again, err := ParseInit(got.String()); err != nil || again != got {
			t.Errorf("%s is written as %s, which reads as %v %v", text, got, again, err)
		}
	}
	for _, text := range []string{"", "Xavier", "normal:", "normal:0", "normal:-1", "normal:NaN", "normal:x", "he:2"} {
		if got, err := ParseInit(text); err == nil {
			t.Errorf("%q reads as %v", text, got)
		}
	}
}
