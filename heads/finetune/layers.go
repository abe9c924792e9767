package finetune

import (
	"fmt"
	"math"
	"runtime"
	"sync"

	"fc7/internal/f32"
	"fc7/vgg/train"
)

// Layers are trained layers. Their slices belong to the caller.
type Layers struct {
	Loss  train.Loss
	Stack []Linear // from the descriptor to the scores; ReLU between them
}

// Linear is a fully connected layer: y = W x + b.
type Linear struct {
	In, Out int
	Weight  []float32 // [Out,In]
	Bias    []float32 // [Out]
}

// check refuses layers that do not fit together.
func (l *Layers) check() error {
	if len(l.Stack) == 0 {
		return fmt.Errorf("finetune: no layers")
	}
	for i, s := range l.Stack {
		if s.In < 1 || s.Out < 1 || len(s.Weight) != s.In*s.Out || len(s.Bias) != s.Out || i > 0 && s.In != l.Stack[i-1].Out {
			return fmt.Errorf("finetune: layer %d from %d to %d values has %d weights and %d biases, or does not take what the layer before it gives",
				i+1, s.In, s.Out, len(s.Weight), len(s.Bias))
		}
	}
	return nil
}

// Scores returns the scores [K][len(rows)], before softmax or sigmoid, of rows of x, [N,D] row-major, in the order of rows;
// nil: all N rows. Scores of a class lie together, as average precision wants them. It uses all cores.
func (l *Layers) Scores(x []float32, rows []int) ([][]float64, error) {
	return l.apply(x, rows, func([]float64) {})
}

// Probabilities is Scores after softmax or sigmoid.
func (l *Layers) Probabilities(x []float32, rows []int) ([][]float64, error) {
	if l.Loss == train.Sigmoid {
		return l.apply(x, rows, sigmoid)
	}
	return l.apply(x, rows, softmax)
}

// apply computes the scores and puts those of each row through last.
func (l *Layers) apply(x []float32, rows []int, last func([]float64)) ([][]float64, error) {
	rows, err := l.rows(x, rows)
	if err != nil {
		return nil, err
	}
	d := l.Stack[0].In
	s := make([][]float64, l.Stack[len(l.Stack)-1].Out)
	for k := range s {
		s[k] = make([]float64, len(rows))
	}
	var wg sync.WaitGroup
	chunk := max(64, (len(rows)+runtime.GOMAXPROCS(0)-1)/runtime.GOMAXPROCS(0))
	for first := 0; first < len(rows); first += chunk {
		wg.Go(func() {
			one := make([]float64, len(s))
			for i := first; i < min(first+chunk, len(rows)); i++ {
				l.row(x[rows[i]*d:(rows[i]+1)*d], one)
				last(one)
				for k, v := range one {
					s[k][i] = v
				}
			}
		})
	}
	wg.Wait()
	return s, nil
}

// rows returns the rows of x that are asked for, after checking them and the layers.
func (l *Layers) rows(x []float32, rows []int) ([]int, error) {
	if err := l.check(); err != nil {
		return nil, err
	}
	d := l.Stack[0].In
	if len(x)%d != 0 {
		return nil, fmt.Errorf("finetune: %d values are no whole number of rows of %d", len(x), d)
	}
	n := len(x) / d
	if rows == nil {
		rows = make([]int, n)
		for i := range rows {
			rows[i] = i
		}
	}
	for _, r := range rows {
		if r < 0 || r >= n {
			return nil, fmt.Errorf("finetune: row %d is asked for, there are rows 0 to %d", r, n-1)
		}
	}
	return rows, nil
}

// row computes the scores of one row.
func (l *Layers) row(x []float32, scores []float64) {
	for i, s := range l.Stack {
		y := make([]float32, s.Out)
		for o := range y {
			y[o] = f32.Dot(s.Weight[o*s.In:(o+1)*s.In], x) + s.Bias[o]
			if i < len(l.Stack)-1 {
				y[o] = max(y[o], 0)
			}
		}
		x = y
	}
	for k, v := range x {
		scores[k] = float64(v)
	}
}

func softmax(s []float64) {
	largest, sum := math.Inf(-1), 0.0
	for _, v := range s {
		largest = math.Max(largest, v)
	}
	for k, v := range s {
		s[k] = math.Exp(v - largest)
		sum += s[k]
	}
	for k := range s {
		s[k] /= sum
	}
}

func sigmoid(s []float64) {
	for k, v := range s {
		s[k] = 1 / (1 + math.Exp(-v))
	}
}
