package pickle

import "testing"

func TestAsDict(t *testing.T) {
	ordered := Global{"collections", "OrderedDict"}
	items := pairs("a", int64(1))
	for name, c := range map[string]struct {
		v    any
		want int // keys, -1: no dictionary
	}{
		"dictionary":            {items, 1},
		"ordered dictionary":    {&Object{Callee: ordered, dict: items}, 1},
		"empty":                 {&Object{Callee: ordered}, 0},
		"Python 2's":            {&Object{Callee: ordered, Args: Tuple{&List{[]any{&List{[]any{"a", int64(1)}}, Tuple{"b", int64(2)}}}}}, 2},
		"odd arguments":         {&Object{Callee: ordered, Args: Tuple{int64(1)}}, 0},
		"odd pairs":             {&Object{Callee: ordered, Args: Tuple{&List{[]any{Tuple{"a"}, &List{}, int64(1)}}}}, 0},
		"a kind of one":         {&Object{Callee: Global{"easydict", "EasyDict"}, dict: items}, 1},
		"object":                {&Object{Callee: Global{"argparse", "Namespace"}}, -1},
		"object made by a list": {&Object{Callee: Tuple{}}, -1},
		"number":                {int64(1), -1},
	} {
		got := AsDict(c.v)
		if (got == nil) != (c.want < 0) || got != nil && len(got.Keys) != c.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
}
