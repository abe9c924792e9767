package finetune

import (
	"math"
	"strings"
	"testing"

	"fc7/vgg/train"
)

// By hand: the hidden layer gives (1, 0), cut off at zero, and (0, 3).
func TestScores(t *testing.T) {
	l := &Layers{Stack: []Linear{
		{In: 2, Out: 2, Weight: []float32{1, 0, 1, 1}, Bias: []float32{-1, 0}},
		{In: 2, Out: 2, Weight: []float32{1, 2, 0, 1}, Bias: []float32{0, 0.5}},
	}}
	s, err := l.Scores([]float32{2, -3, 0, 3, 9, 9}, []int{1, 0})
	if err != nil || s[0][0] != 6 || s[1][0] != 3.5 || s[0][1] != 1 || s[1][1] != 0.5 {
		t.Errorf("%v %v", s, err)
	}
	p, err := l.Probabilities([]float32{2, -3}, nil)
	if err != nil || math.Abs(p[0][0]-1/(1+math.Exp(-0.5))) > 1e-12 || math.Abs(p[0][0]+p[1][0]-1) > 1e-12 {
		t.Errorf("%v %v", p, err)
	}
	l.Loss = train.Sigmoid
	p, err = l.Probabilities([]float32{2, -3}, nil)
	if err != nil || math.Abs(p[0][0]-1/(1+math.Exp(-1))) > 1e-12 || math.Abs(p[1][0]-1/(1+math.Exp(-0.5))) > 1e-12 {
		t.Errorf("%v %v", p, err)
	}
}

// Many rows, shared out over the cores, are each what they are alone.
func TestScoresOfManyRows(t *testing.T) {
	l := &Layers{Stack: []Linear{{In: 3, Out: 1, Weight: []float32{1, 2, 3}, Bias: []float32{4}}}}
	x := make([]float32, 3*1000)
	for i := range x {
		x[i] = float32(i % 17)
	}
	s, err := l.Scores(x, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range s[0] {
		if want := float64(x[3*i] + 2*x[3*i+1] + 3*x[3*i+2] + 4); v != want {
			t.Fatalf("row %d: %v, expected %v", i, v, want)
		}
	}
}

func TestScoresRefuses(t *testing.T) {
	one := Linear{In: 2, Out: 1, Weight: []float32{1, 2}, Bias: []float32{0}}
	for want, f := range map[string]func() error{
		"no layers": func() error { _, err := (&Layers{}).Scores(nil, nil); return err },
		"layer 1":   func() error { _, err := (&Layers{Stack: []Linear{{In: 2, Out: 1}}}).Scores(nil, nil); return err },
		"layer 2":   func() error { _, err := (&Layers{Stack: []Linear{one, one}}).Scores(nil, nil); return err },
		"rows of 2": func() error { _, err := (&Layers{Stack: []Linear{one}}).Scores(make([]float32, 3), nil); return err },
		"row 2 is asked": func() error {
			_, err := (&Layers{Stack: []Linear{one}}).Probabilities(make([]float32, 4), []int{2})
			return err
		},
	} {
		if err := f(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, expected %q", err, want)
		}
	}
}
