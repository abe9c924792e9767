package finetune

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"fc7/heads/svm"
	"fc7/vgg/train"
)

// blobs are k clouds of n rows each in d dimensions, around far corners.
func blobs(k, n, d int, spread float64) Problem {
	r := rand.New(rand.NewPCG(1, 2))
	labels := make([]int, k*n)
	x := make([]float32, 0, k*n*d)
	for i := range labels {
		labels[i] = i % k
		for j := range d {
			v := spread * r.NormFloat64()
			if j%k == labels[i] {
				v += 3
			}
			x = append(x, float32(v))
		}
	}
	return Problem{X: x, N: k * n, D: d, Y: svm.OneVsRest(labels, k)}
}

func fit(t *testing.T, p Problem, o Options) (*Layers, Stats) {
	t.Helper()
	l, s, err := Train(t.Context(), p, o)
	if err != nil {
		t.Fatal(err)
	}
	return l, s
}

func TestSeparable(t *testing.T) {
	p := blobs(4, 40, 9, 0.5)
	for _, loss := range []train.Loss{train.Softmax, train.Sigmoid} {
		calls := 0
		l, s := fit(t, p, Options{Loss: loss, Batch: 50, Epochs: 30, Progress: func(Epoch) { calls++ }})
		if s.Error != 0 || s.Rows != 160 || s.Steps != 30*4 || len(s.Epochs) != 30 || calls != 30 {
			t.Errorf("%v: %d rows, %d steps, %d epochs, %d calls, error %v", loss, s.Rows, s.Steps, len(s.Epochs), calls, s.Error)
		}
		first, last := s.Epochs[0], s.Epochs[29]
		if !(last.Loss < first.Loss/4) || last.Number != 30 || !(last.Rate < first.Rate/100) {
			t.Errorf("%v: from %+v to %+v", loss, first, last)
		}
		// Scores belong to descriptors as they are, and probabilities to scores.
		scores, err1 := l.Scores(p.X, []int{5, 2})
		probs, err2 := l.Probabilities(p.X, []int{5, 2})
		if err1 != nil || err2 != nil || !(scores[1][0] > 0) || !(probs[1][0] > 0.9) || !(probs[2][1] > 0.9) || !(probs[2][0] < 0.1) {
			t.Errorf("%v: %v %v %v %v", loss, scores, probs, err1, err2)
		}
	}
}

// One class alone: a plain logistic regression.
func TestOneClass(t *testing.T) {
	p := blobs(2, 30, 4, 0.5)
	p.Y = p.Y[:1]
	if _, s := fit(t, p, Options{Loss: train.Sigmoid}); s.Error != 0 {
		t.Errorf("error %v", s.Error)
	}
}

// Exclusive or needs a hidden layer.
func TestHidden(t *testing.T) {
	p := Problem{X: []float32{-1, -1, -1, 1, 1, -1, 1, 1}, N: 4, D: 2, Y: svm.OneVsRest([]int{0, 1, 1, 0}, 2)}
	if _, s := fit(t, p, Options{Epochs: 300}); s.Error < 0.25 {
		t.Errorf("a single layer has error %v", s.Error)
	}
	l, s := fit(t, p, Options{Epochs: 300, Hidden: []int{12}, Seed: 1})
	if s.Error != 0 || len(l.Stack) != 2 || l.Stack[0].Out != 12 {
		t.Errorf("with a hidden layer: error %v, %d layers", s.Error, len(l.Stack))
	}
}

// logistic is the objective's gradient in closed form, in double precision, for weights w [K,D+1] (bias last) on rows
// divided by their root mean square norm: mean over the rows of (probability - target) times the row, plus λ w.
func logistic(p Problem, w [][]float64, loss train.Loss, scale, decay float64) [][]float64 {
	g := make([][]float64, len(w))
	for k := range g {
		g[k] = make([]float64, p.D+1)
		for j, v := range w[k] {
			g[k][j] = decay * v
		}
	}
	for r := range p.N {
		x := make([]float64, p.D+1)
		for j, v := range p.row(r) {
			x[j] = float64(v) * scale
		}
		x[p.D] = 1
		s := make([]float64, len(w))
		for k := range w {
			for j, v := range x {
				s[k] += w[k][j] * v
			}
		}
		if loss == train.Sigmoid {
			sigmoid(s)
		} else {
			softmax(s)
		}
		for k := range w {
			for j, v := range x {
				if y := p.Y[k][r]; y != 0 {
					g[k][j] += (s[k] - float64(1+y)/2) * v / float64(p.N)
				}
			}
		}
	}
	return g
}

func weights(l *Layers, scale float64) [][]float64 {
	s := l.Stack[0]
	w := make([][]float64, s.Out)
	for k := range w {
		for _, v := range s.Weight[k*s.In : (k+1)*s.In] {
			w[k] = append(w[k], float64(v)/scale)
		}
		w[k] = append(w[k], float64(s.Bias[k]))
	}
	return w
}

// The first step goes against the gradient in closed form, and training ends where that is zero.
func TestGradient(t *testing.T) {
	p := blobs(3, 20, 5, 2)
	p.Y[1][4], p.Y[0][8] = 0, 0 // for the sigmoid loss only
	soft := blobs(3, 20, 5, 2)
	for loss, p := range map[train.Loss]Problem{train.Softmax: soft, train.Sigmoid: p} {
		rows, err1 := p.rows(loss)
		f, err2 := p.scale(rows)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		scale := float64(f)
		zero := [][]float64{make([]float64, 6), make([]float64, 6), make([]float64, 6)}
		l, _ := fit(t, p, Options{Loss: loss, Epochs: 1, Rate: 0.25, Momentum: -1, Decay: -1})
		g, w := logistic(p, zero, loss, scale, 0), weights(l, scale)
		for k := range g {
			for j := range g[k] {
				if math.Abs(w[k][j]+0.25*g[k][j]) > 1e-6 {
					t.Errorf("%v: after a step weight %d,%d is %v, expected %v", loss, k, j, w[k][j], -0.25*g[k][j])
				}
			}
		}
		l, _ = fit(t, p, Options{Loss: loss, Epochs: 2000, Decay: 0.01})
		for k, row := range logistic(p, weights(l, scale), loss, scale, 0.01) {
			for j, v := range row {
				if math.Abs(v) > 2e-5 {
					t.Errorf("%v: at the end the gradient of weight %d,%d is %v", loss, k, j, v)
				}
			}
		}
	}
}

// Neither the unit of the descriptors nor rows without labels, whatever stands in them, change the scores.
func TestScaleAndMissing(t *testing.T) {
	p := blobs(3, 10, 4, 1)
	l, _ := fit(t, p, Options{Epochs: 20})
	want, err := l.Scores(p.X, nil)
	if err != nil {
		t.Fatal(err)
	}
	big := Problem{N: p.N + 1, D: p.D}
	for _, v := range p.X {
		big.X = append(big.X, v*4096) // a power of two, so that not a bit may change
	}
	big.X = append(big.X, 7, float32(math.NaN()), 7, 7)
	for k := range p.Y {
		big.Y = append(big.Y, append(slices.Clone(p.Y[k]), 0))
	}
	l, s := fit(t, big, Options{Epochs: 20})
	got, err := l.Scores(big.X[:p.N*p.D], nil)
	if err != nil || s.Rows != p.N {
		t.Fatal(s.Rows, err)
	}
	for k := range want {
		if !slices.Equal(got[k], want[k]) {
			t.Errorf("class %d: %v, expected %v", k, got[k], want[k])
		}
	}
}

func TestDeterministic(t *testing.T) {
	p := blobs(3, 30, 6, 2)
	p.Rows = []int{5, 80, 3, 60, 61, 62, 1, 2, 30, 31}
	o := Options{Epochs: 10, Batch: 4, Hidden: []int{7}, Dropout: 0.5, Seed: 9}
	same := func(a, b *Layers) bool {
		return slices.EqualFunc(a.Stack, b.Stack, func(a, b Linear) bool {
			return slices.Equal(a.Weight, b.Weight) && slices.Equal(a.Bias, b.Bias)
		})
	}
	a, s := fit(t, p, o)
	b, _ := fit(t, p, o)
	if !same(a, b) || s.Rows != 10 || s.Steps != 30 {
		t.Errorf("the same training twice: %d rows, %d steps", s.Rows, s.Steps)
	}
	o.Seed++
	if c, _ := fit(t, p, o); same(a, c) {
		t.Error("the seed changes nothing")
	}
	// Rows that are not asked for do not matter.
	q := p
	q.X = slices.Clone(p.X)
	q.X[7*p.D] = float32(math.NaN())
	o.Seed--
	if c, _ := fit(t, q, o); !same(a, c) {
		t.Error("a row outside Rows changes the layers")
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	o := Options{Epochs: 1 << 30, Progress: func(e Epoch) {
		if e.Number == 3 {
			cancel()
		}
	}}
	if _, _, err := Train(ctx, blobs(2, 3, 2, 1), o); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "epoch 4") {
		t.Errorf("%v", err)
	}
}
