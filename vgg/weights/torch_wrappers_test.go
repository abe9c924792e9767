package weights

import (
	"slices"
	"testing"
)

func TestStripWrappers(t *testing.T) {
	for _, c := range []struct {
		names, want []string
		prefix      string
	}{
		{[]string{"module.a", "module.b.c"}, []string{"a", "b.c"}, "module."},
		{[]string{"module.a", "b"}, []string{"module.a", "b"}, ""},
		{[]string{"module._orig_mod.a", "module._orig_mod.b"}, []string{"a", "b"}, "module._orig_mod."},
		{[]string{"module.module.module.module.module.a"}, []string{"module.a"}, "module.module.module.module."},
		{[]string{"module."}, []string{"module."}, ""},
		{[]string{"modules.a"}, []string{"modules.a"}, ""},
		{nil, nil, ""},
	} {
		var tensors []*Tensor
		for _, name := range c.names {
			tensors = append(tensors, &Tensor{Name: name})
		}
		if got := stripWrappers(tensors); got != c.prefix {
			t.Errorf("%q: took off %q, expected %q", c.names, got, c.prefix)
		}
		for i, tensor := range tensors {
			if tensor.Name != c.want[i] {
				t.Errorf("%q became %q, expected %q", c.names[i], tensor.Name, c.want[i])
			}
		}
	}
}

func TestStripInnerWrappers(t *testing.T) {
	for _, c := range []struct{ names, want, stripped []string }{
		{
			[]string{"features.module.0.weight", "features.module.0.bias", "classifier.0.weight"},
			[]string{"features.0.weight", "features.0.bias", "classifier.0.weight"},
			[]string{"features.module."},
		},
		{[]string{"features.module.0", "features.1"}, []string{"features.module.0", "features.1"}, nil},
		{[]string{"features.1", "features.module.0"}, []string{"features.1", "features.module.0"}, nil},
		{[]string{"a.module.0", "b.module.0"}, []string{"a.0", "b.0"}, []string{"a.module.", "b.module."}},
		{[]string{"a", "a.module.", "b.modules.0"}, []string{"a", "a.module.", "b.modules.0"}, nil},
	} {
		var tensors []*Tensor
		for _, name := range c.names {
			tensors = append(tensors, &Tensor{Name: name})
		}
		if got := stripInnerWrappers(tensors); !slices.Equal(got, c.stripped) {
			t.Errorf("%q: took off %q, expected %q", c.names, got, c.stripped)
		}
		for i, tensor := range tensors {
			if tensor.Name != c.want[i] {
				t.Errorf("%q became %q, expected %q", c.names[i], tensor.Name, c.want[i])
			}
		}
	}
}
