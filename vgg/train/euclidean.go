package train

import (
	"errors"
	"fmt"
)

// euclidean is the loss of outputs s [N,K] and targets t [N,K], to which only the outputs have a gradient:
//
//	L = w Σ_n Σ_k ½ (s_nk - t_nk)²,   dL/ds_nk = w (s_nk - t_nk)
//
// over the images that count and the targets that are not NaN: of boxes a class, those of the true class alone
// (appendix A). w is the weight of an image in the mean over the step.
type euclidean struct {
	*shared
	k int
}

func (v *euclidean) forward(out []float32, in [][]float32) {
	var sum float64
	v.cells(in, func(_ int, apart float64) { sum += float64(apart * apart) })
	out[0] = float32(v.weight * sum / 2)
}

func (v *euclidean) backward(_ int, dx []float32, in [][]float32, _, dout []float32, _ bool) {
	clear(dx)
	v.cells(in, func(at int, apart float64) { dx[at] = dout[0] * float32(v.weight*apart) })
}

// cells calls f for each output that counts, with its place and what it is above its target.
func (v *euclidean) cells(in [][]float32, f func(at int, apart float64)) {
	for i, t := range in[1][:v.n*v.k] {
		if t == t {
			f(i, float64(in[0][i])-float64(t))
		}
	}
}

// StepValues is Step for the Euclidean loss: y [N, classes] are what the outputs are to be, NaN where one does not
// count.
func (n *Net) StepValues(x, y []float32) (loss float64, err error) {
	if n.e.o.Loss != Euclidean {
		return 0, errors.New("train: StepValues takes numbers for the Euclidean loss; a net of another takes a class or labels: Step, StepLabels")
	}
	if len(y)%n.e.classes != 0 {
		return 0, fmt.Errorf("train: %d targets, expected %d an image", len(y), n.e.classes)
	}
	if _, err := n.inputs(x, len(y)/n.e.classes); err != nil {
		return 0, err
	}
	for i, t := range y {
		if t-t != 0 && t == t {
			return 0, fmt.Errorf("train: target %d of image %d is %v, expected a finite number, or NaN for one that does not count", i%n.e.classes, i/n.e.classes, t)
		}
	}
	return n.e.step(x, y)
}
