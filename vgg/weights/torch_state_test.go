package weights

import (
	"maps"
	"path/filepath"
	"slices"
	"testing"
)

var aTensor = &pyObject{callee: pyGlobal{"torch._utils", "_rebuild_tensor_v2"}}

func TestFindState(t *testing.T) {
	state := func() *pyDict { return pairs("conv.weight", aTensor) }
	inner := state()
	for name, c := range map[string]struct {
		root *pyDict
		path []string
	}{
		"alone":                        {inner, nil},
		"under a known key":            {pairs("epoch", int64(3), "state_dict", inner), []string{"state_dict"}},
		"beside a tensor":              {pairs("best_acc1", aTensor, "state_dict", inner), []string{"state_dict"}},
		"known keys have an order":     {pairs("model", state(), "state_dict", inner), []string{"state_dict"}},
		"nested":                       {pairs("model", pairs("state_dict", inner)), []string{"model", "state_dict"}},
		"under an unknown key":         {pairs("generator", inner, "epoch", int64(3)), []string{"generator"}},
		"a parameter named as a key":   {pairs("conv", aTensor, "weights", aTensor), nil},
		"an empty known key is passed": {pairs("state_dict", &pyDict{}, "model", inner), []string{"model"}},
	} {
		got, path := findState(c.root, 0)
		if want := inner; name != "a parameter named as a key" && got != want || !slices.Equal(path, c.path) {
			t.Errorf("%s: found %v at %q, expected it at %q", name, got, path, c.path)
		}
	}
	for name, root := range map[string]*pyDict{
		"two candidates": pairs("generator", state(), "discriminator", state()),
		"nothing":        pairs("epoch", int64(3)),
		"no text keys":   pairs(int64(0), aTensor),
		"too deep":       pairs("net", pairs("net", pairs("net", pairs("net", pairs("net", pairs("net", state())))))),
	} {
		if got, path := findState(root, 0); got != nil {
			t.Errorf("%s: found %v at %q", name, got, path)
		}
	}
}

// A dictionary that holds itself ends the search like any other.
func TestFindStateInACircle(t *testing.T) {
	d := &pyDict{}
	for _, key := range stateKeys {
		d.set(key, d)
	}
	if got, _ := findState(d, 0); got != nil {
		t.Error("found a state in a circle")
	}
}

func TestAsDict(t *testing.T) {
	ordered := pyGlobal{"collections", "OrderedDict"}
	items := pairs("a", int64(1))
	for name, c := range map[string]struct {
		v    any
		want int // keys, -1: no dictionary
	}{
		"dictionary":            {items, 1},
		"ordered dictionary":    {&pyObject{callee: ordered, dict: items}, 1},
		"empty":                 {&pyObject{callee: ordered}, 0},
		"Python 2's":            {&pyObject{callee: ordered, args: pyTuple{&pyList{[]any{&pyList{[]any{"a", int64(1)}}, pyTuple{"b", int64(2)}}}}}, 2},
		"odd arguments":         {&pyObject{callee: ordered, args: pyTuple{int64(1)}}, 0},
		"odd pairs":             {&pyObject{callee: ordered, args: pyTuple{&pyList{[]any{pyTuple{"a"}, &pyList{}, int64(1)}}}}, 0},
		"a kind of one":         {&pyObject{callee: pyGlobal{"easydict", "EasyDict"}, dict: items}, 1},
		"object":                {&pyObject{callee: pyGlobal{"argparse", "Namespace"}}, -1},
		"object made by a list": {&pyObject{callee: pyTuple{}}, -1},
		"number":                {int64(1), -1},
	} {
		got := asDict(c.v)
		if (got == nil) != (c.want < 0) || got != nil && len(got.keys) != c.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
}

func TestCheckpointFacts(t *testing.T) {
	for _, name := range []string{"checkpoint_zip.pth", "checkpoint_legacy.pth"} {
		f := mustOpen(t, filepath.Join("testdata", name))
		want := map[string]string{
			"epoch": "3", "arch": "vgg16", "lr": "0.125", "pytorch.state_dict": "state_dict", "pytorch.prefix": "module.",
		}
		if !maps.Equal(f.Metadata, want) {
			t.Errorf("%s: %v, expected %v", name, f.Metadata, want)
		}
	}
}
