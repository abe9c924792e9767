package weights

import (
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"fc7/internal/pickle"
)

// pairs makes a dictionary.
func pairs(items ...any) *pickle.Dict {
	d := &pickle.Dict{}
	for i := 0; i < len(items); i += 2 {
		d.Set(items[i], items[i+1])
	}
	return d
}

var aTensor = &pickle.Object{Callee: pickle.Global{Module: "torch._utils", Name: "_rebuild_tensor_v2"}}

func TestFindState(t *testing.T) {
	state := func() *pickle.Dict { return pairs("conv.weight", aTensor) }
	inner := state()
	for name, c := range map[string]struct {
		root *pickle.Dict
		path []string
	}{
		"alone":                        {inner, nil},
		"under a known key":            {pairs("epoch", int64(3), "state_dict", inner), []string{"state_dict"}},
		"beside a tensor":              {pairs("best_acc1", aTensor, "state_dict", inner), []string{"state_dict"}},
		"known keys have an order":     {pairs("model", state(), "state_dict", inner), []string{"state_dict"}},
		"nested":                       {pairs("model", pairs("state_dict", inner)), []string{"model", "state_dict"}},
		"under an unknown key":         {pairs("generator", inner, "epoch", int64(3)), []string{"generator"}},
		"a parameter named as a key":   {pairs("conv", aTensor, "weights", aTensor), nil},
		"an empty known key is passed": {pairs("state_dict", &pickle.Dict{}, "model", inner), []string{"model"}},
	} {
		got, path := findState(c.root, 0)
		if want := inner; name != "a parameter named as a key" && got != want || !slices.Equal(path, c.path) {
			t.Errorf("%s: found %v at %q, expected it at %q", name, got, path, c.path)
		}
	}
	for name, root := range map[string]*pickle.Dict{
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
	d := &pickle.Dict{}
	for _, key := range stateKeys {
		d.Set(key, d)
	}
	if got, _ := findState(d, 0); got != nil {
		t.Error("found a state in a circle")
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
