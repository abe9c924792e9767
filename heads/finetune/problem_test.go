package finetune

import (
	"math"
	"slices"
	"strings"
	"testing"

	"fc7/vgg/train"
)

func TestRows(t *testing.T) {
	p := Problem{X: make([]float32, 4), N: 4, D: 1, Rows: []int{3, 1, 0}, Y: [][]int8{{1, 0, 1, 0}, {-1, 0, -1, 1}}}
	if rows, err := p.rows(train.Sigmoid); err != nil || !slices.Equal(rows, []int{3, 0}) {
		t.Errorf("%v %v", rows, err)
	}
	if p.class(3) != 1 || p.class(0) != 0 || p.class(1) != -1 {
		t.Errorf("classes %d %d %d", p.class(3), p.class(0), p.class(1))
	}
}

func TestScale(t *testing.T) {
	p := Problem{X: []float32{3, 4, 0, 0, 9, 9}, N: 3, D: 2}
	if s, err := p.scale([]int{0, 1}); err != nil || math.Abs(float64(s)-math.Sqrt(2./25)) > 1e-7 {
		t.Errorf("%v %v", s, err)
	}
	if s, err := p.scale([]int{1}); err != nil || s != 1 {
		t.Errorf("rows of zeros: %v %v", s, err)
	}
}

func TestProblemRefuses(t *testing.T) {
	for want, f := range map[string]func(*Problem){
		"0 rows":           func(p *Problem) { p.N = 0 },
		"X has 11":         func(p *Problem) { p.X = p.X[1:] },
		"Y is empty":       func(p *Problem) { p.Y = nil },
		"class 1 has 5":    func(p *Problem) { p.Y[1] = p.Y[1][1:] },
		"row 6 is asked":   func(p *Problem) { p.Rows = []int{6} },
		"named twice":      func(p *Problem) { p.Rows = []int{1, 1} },
		"none of 0 rows":   func(p *Problem) { p.Rows = []int{} },
		"is 2, expected":   func(p *Problem) { p.Y[0][0] = 2 },
		"2 positive":       func(p *Problem) { p.Y[0][0], p.Y[1][0] = 1, 1 },
		"0 positive":       func(p *Problem) { p.Y[0][0], p.Y[1][0] = -1, -1 },
		"1 positive and 0": func(p *Problem) { p.Y[0][0], p.Y[1][0] = 1, 0 },
		"row 1, column 0":  func(p *Problem) { p.X[2] = float32(math.Inf(1)) },
	} {
		p := blobs(2, 3, 2, 1)
		f(&p)
		if l, _, err := Train(t.Context(), p, Options{}); err == nil || l != nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, expected %q", err, want)
		}
	}
}
