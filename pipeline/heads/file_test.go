package heads

import (
	"testing"

	"fc7/internal/hostile"
)

func FuzzParseHead(f *testing.F) { headTarget().Fuzz(f) }

func TestDamagedHead(t *testing.T) { headTarget().Test(t, "FuzzParseHead") }

// headTarget reads what a head's metadata say: they are refused, or it scores descriptors of the widths that it tells.
func headTarget() *hostile.Target {
	return &hostile.Target{
		Seeds: hostile.Texts(
			`{"head":{"Classes":["a","b"],"Recipe":{"Aggregate":"mean","Scales":[256],"Widths":[3]}},"tables":[{}]}`,
			`{"head":{"classes":["a","b"],"recipe":{"aggregate":"stack","scales":[256,384],"widths":[1,2],"l2":"none"}},"tables":[{}]}`,
			`{"head":{"classes":["a","b"],"recipe":{"aggregate":"stack","scales":[1,2],"widths":[4611686018427387904,4611686018427387904]}},"tables":[{}]}`,
			`{"head":{"classes":["a","b"],"recipe":{"parts":[{"scales":[1],"widths":[1]},{"scales":[1],"widths":[2]}]}},"tables":[{},{}]}`,
			`{"head":{"classes":["a","b"],"recipe":{"parts":[{"parts":[{"scales":[1],"widths":[3]}]}]}},"tables":[{}]}`,
			`{"head":{"classes":["a","b"],"recipe":{"aggregate":"max","scales":[224],"widths":[3],"l2":"each"}},"tables":[{}]}`,
			`{"head":{"classes":["\u00e9","b"],"recipe":{"aggregate":"mean","scales":[1,2,3],"widths":[3,3,3]}},"tables":[{}]}`,
			`{"head":{"classes":["b","a"],"recipe":{"aggregate":"stack","scales":[256,256],"widths":[2,1]}},"tables":[{}]}`,
			`{"head":{"classes":["a","b"],"recipe":{"aggregate":"mean","scales":[256,512],"widths":[3,3],"l2":"whole"}},"tables":[{}]}`,
			`{"tables":[{}]}`, `[]`, `null`,
		),
		Words: []string{`"classes"`, `"recipe"`, `"aggregate"`, `"mean"`, `"stack"`, `"max"`, `"scales"`, `"widths"`, `"parts"`, `"l2"`, `"tables"`, `{}`, `[`, `]`, `,`, `:`, `-1`, `0`, `1e9`, `null`},
		Alloc: func(n int) uint64 { return 32<<20 + 1000*uint64(n) },
		Read: func(file []byte, r *hostile.Result) error {
			h, err := parseHead(string(file))
			if err != nil {
				return err
			}
			h.Weights, h.Bias = [][]float64{make([]float64, 3), make([]float64, 3)}, make([]float64, 2)
			if err := h.Check(); err != nil {
				return nil
			}
			var parts [][]float32
			for _, recipe := range h.recipes() {
				for _, w := range recipe.Widths {
					parts = append(parts, make([]float32, w))
				}
			}
			if s, err := h.Scores(parts); err != nil || len(s) != 2 {
				r.Errorf("scores %v, %v", s, err)
			}
			r.Text(h.Classes...)
			return nil
		},
	}
}
