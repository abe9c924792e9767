package heads

import (
	"testing"
)

// FuzzParseHead: whatever a head's metadata say, it is refused, or scores descriptors of the widths it tells.
func FuzzParseHead(f *testing.F) {
	for _, s := range []string{
		`{"head":{"Classes":["a","b"],"Recipe":{"Aggregate":"mean","Scales":[256],"Widths":[3]}},"tables":[{}]}`,
		`{"head":{"classes":["a","b"],"recipe":{"aggregate":"stack","scales":[256,384],"widths":[1,2],"l2":"none"}},"tables":[{}]}`,
		`{"head":{"classes":["a","b"],"recipe":{"aggregate":"stack","scales":[1,2],"widths":[4611686018427387904,4611686018427387904]}},"tables":[{}]}`,
		`{"head":{"classes":["a","b"],"recipe":{"parts":[{"scales":[1],"widths":[1]},{"scales":[1],"widths":[2]}]}},"tables":[{},{}]}`,
		`{"head":{"classes":["a","b"],"recipe":{"parts":[{"parts":[{"scales":[1],"widths":[3]}]}]}},"tables":[{}]}`,
		`{"tables":[{}]}`, `[]`, `null`, ``,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, meta string) {
		h, err := parseHead(meta)
		if err != nil {
			return
		}
		h.Weights, h.Bias = [][]float64{make([]float64, 3), make([]float64, 3)}, make([]float64, 2)
		if h.Check() != nil {
			return
		}
		var parts [][]float32
		for _, r := range h.recipes() {
			for _, w := range r.Widths {
				parts = append(parts, make([]float32, w))
			}
		}
		if s, err := h.Scores(parts); err != nil || len(s) != 2 {
			t.Errorf("%q: scores %v, %v", meta, s, err)
		}
	})
}
