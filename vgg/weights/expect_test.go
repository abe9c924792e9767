package weights

import (
	"strings"
	"testing"
)

func fileOf(tensors ...*Tensor) *File {
	f := &File{Path: "w.pth", Tensors: tensors, byName: map[string]*Tensor{}}
	for _, t := range tensors {
		f.byName[t.Name] = t
	}
	return f
}

func TestExpect(t *testing.T) {
	first := &Tensor{Name: "features.0.weight", Shape: []int{64, 3, 3, 3}}
	f := fileOf(first, &Tensor{Name: "features.10.weight", Shape: []int{256, 256, 3, 3}}, &Tensor{Name: "fc6", Shape: []int{4096, 25088}})
	got, err := f.Expect("features.0.weight", 64, 3, 3, 3)
	if got != first || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
	_, err = f.Expect("features.0.weight", 64, 3, 3)
	wantError(t, err, "w.pth", `"features.0.weight"`, "expected shape [64 3 3]", "found [64 3 3 3]")
	_, err = f.Expect("feature.0.weight", 64, 3, 3, 3)
	wantError(t, err, "w.pth", `"feature.0.weight" of shape [64 3 3 3]`, "found none", `nearest: "features.0.weight", "features.10.weight"`)
	_, err = f.Expect("classifier.0.weight", 4096, 25088)
	wantError(t, err, `of that shape: "fc6"`)
	_, err = f.Expect("classifier.0.bias", 1)
	wantError(t, err, `the file has "features.0.weight", "features.10.weight", "fc6"`)
	_, err = fileOf().Expect("fc6")
	wantError(t, err, "no tensors")
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"kitten", "sitting", 3}, {"conv1_1", "conv1_2", 1}, {"flaw", "lawn", 2}} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("%q to %q: %d, expected %d", c.a, c.b, got, c.want)
		}
	}
	if long := strings.Repeat("x", 1<<20); distance(long, "x") != 1<<20 {
		t.Error("a very long name is not far")
	}
}
