package svm

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"fc7/internal/npytest"
)

// Problems for the tests: the real ones in the folder of shared data beside the project, where it is, and made ones.

// heart is LIBLINEAR's sample problem, 270 x 13.
func heart(t *testing.T) Problem {
	t.Helper()
	const d = 13
	p := Problem{Y: make([][]int8, 1)}
	var all []float32
	for line := range strings.Lines(string(npytest.Shared(t, "heart_scale"))) {
		f := strings.Fields(line)
		x := make([]float32, d)
		for _, e := range f[1:] {
			a, v, _ := strings.Cut(e, ":")
			i, err := strconv.Atoi(a)
			if err != nil {
				t.Fatal(err)
			}
			u, err := strconv.ParseFloat(v, 64)
			if err != nil {
				t.Fatal(err)
			}
			x[i-1] = float32(u)
		}
		all = append(all, x...)
		p.Y[0] = append(p.Y[0], map[string]int8{"+1": 1, "-1": -1}[f[0]])
	}
	p.X = Dense(all, d)
	return p
}

// caltech is Caltech-101's features, the first 30 images of each class to train, one-vs-rest.
func caltech(t *testing.T) (p Problem, classes []string) {
	t.Helper()
	if testing.Short() {
		t.Skip("a problem of 3,060 x 512 is left out with -short")
	}
	x, names, _ := npytest.Caltech101(t)
	p = Problem{X: Dense(x, 512)}
	var labels []int
	of := map[string]int{}
	count := map[string]int{}
	for _, name := range names {
		if _, ok := of[name]; !ok {
			of[name] = len(classes)
			classes = append(classes, name)
		}
		if count[name] < 30 {
			p.Rows = append(p.Rows, len(labels))
		}
		count[name]++
		labels = append(labels, of[name])
	}
	p.Y = OneVsRest(labels, len(classes))
	return p, classes
}

// row is row i of a problem of one block without factors.
func (p Problem) row(i int) []float32 { return p.X.Blocks[0].Rows[i] }

// value is element (r, d) of any problem, from the definition of Matrix.
func (p Problem) value(r, d int) float64 {
	for _, b := range p.X.Blocks {
		if d >= b.Width {
			d -= b.Width
			continue
		}
		v := float64(b.Rows[r][d])
		if b.Scale != nil {
			v *= b.Scale[r]
		}
		return v
	}
	panic("no such column")
}

// congruential yields the values of testdata/golden.py.
func congruential(seed uint32, n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		seed = seed*1664525 + 1013904223
		v[i] = float64(seed>>16&1023)/512 - 1
	}
	return v
}

type recipe struct {
	n, d      int
	seed      uint32
	positives float64
	zero      int
	repeat    int
	vectors   bool // rows like descriptors: not negative, of norm 1
}

var recipes = map[string]recipe{
	"wide":         {20, 60, 1, 0.5, 0, 1, false},
	"tall":         {300, 5, 2, 0.5, 0, 1, false},
	"repeated":     {60, 8, 3, 0.5, 0, 3, false},
	"zero rows":    {40, 6, 4, 0.5, 10, 1, false},
	"one positive": {50, 10, 5, 0, 0, 1, false},
	"one column":   {30, 1, 6, 0.5, 0, 1, false},
	"one class":    {30, 7, 8, 1, 0, 1, false},
}

// made is the problem that testdata/golden.py makes from the same numbers.
func made(r recipe) Problem {
	all := make([]float32, r.n*r.d)
	for i, v := range congruential(r.seed, r.n*r.d) {
		if i/r.d >= r.zero {
			all[i] = float32(v)
		}
	}
	p := Problem{X: Dense(all, r.d), Y: [][]int8{make([]int8, r.n)}}
	for i := range r.n {
		copy(p.row(i), p.row(i-i%r.repeat))
	}
	if r.vectors {
		for i := range r.n {
			unit(p.row(i))
		}
	}
	noise := congruential(r.seed+1, r.n)
	score := make([]float64, r.n)
	for i := range score {
		x := p.row(i)
		score[i] = float64(x[0]) + 0.5*float64(x[1%r.d]) + noise[i]
		if r.vectors {
			score[i] = 40*(sum(x[:64])-sum(x[64:128])) + noise[i]
		}
		p.Y[0][i] = -1
	}
	for range max(1, int(r.positives*float64(r.n))) {
		best := 0
		for i, s := range score {
			if s > score[best] {
				best = i
			}
		}
		p.Y[0][best], score[best] = 1, math.Inf(-1)
	}
	return p
}

// unit makes a row like a descriptor.
func unit(x []float32) {
	square := 0.0
	for d, v := range x {
		x[d] = max(0, v)
		square += float64(x[d]) * float64(x[d])
	}
	for d, v := range x {
		x[d] = float32(float64(v) / math.Sqrt(square))
	}
}

func sum(x []float32) (s float64) {
	for _, v := range x {
		s += float64(v)
	}
	return s
}

// several is a problem with many classes, some rows of which are left out for some of them.
func several(n, d, classes int) Problem {
	all := make([]float32, n*d)
	for i, v := range congruential(7, n*d) {
		all[i] = float32(v)
	}
	p := Problem{X: Dense(all, d), Y: make([][]int8, classes)}
	for k := range p.Y {
		p.Y[k] = make([]int8, n)
		for i, v := range congruential(uint32(100+k), n) {
			switch s := v + 2*float64(all[i*d+k%d]); {
			case v > 0.9:
			case s > 0.8:
				p.Y[k][i] = 1
			default:
				p.Y[k][i] = -1
			}
		}
	}
	return p
}

func problemNamed(t *testing.T, name string) Problem {
	t.Helper()
	if r, ok := recipes[name]; ok {
		return made(r)
	}
	if name == "voc" {
		if testing.Short() {
			t.Skip("a problem of 5,011 x 4,096 is left out with -short")
		}
		return made(recipe{5011, 4096, 7, 0.075, 0, 1, true})
	}
	if name == "heart" {
		return heart(t)
	}
	class, ok := strings.CutPrefix(name, "caltech/")
	if !ok {
		t.Fatal(fmt.Errorf("unknown problem %q", name))
	}
	p, classes := caltech(t)
	for k, c := range classes {
		if c == class {
			p.Y = p.Y[k : k+1]
			return p
		}
	}
	t.Fatalf("no class %q", class)
	return p
}
