package train

import (
	"fmt"
	"math"
)

// Loss is what a net is trained to make small.
type Loss int

// The losses, means over the images.
const (
	Softmax   Loss = iota // multinomial logistic regression (section 3.1): one class an image
	Sigmoid               // a logistic regression for each class, summed over the classes: several classes an image, or none
	Euclidean             // half the square of the distance of the outputs to numbers: boxes (appendix A)
)

// String returns the field's name of the loss.
func (l Loss) String() string {
	switch l {
	case Softmax:
		return "softmax cross-entropy"
	case Sigmoid:
		return "sigmoid cross-entropy"
	case Euclidean:
		return "Euclidean"
	}
	return fmt.Sprintf("loss %d", int(l))
}

// crossEntropy is the loss of scores s [N,K] and targets t [N,K], to which only the scores have a gradient:
//
//	L = Σ_n Σ_k t_nk (log Σ_j exp s_nj - s_nk),   dL/ds_nk = (Σ_j t_nj) softmax(s_n)_k - t_nk
//
// Targets hold the weight of the image, so that the mean over a batch is the sum over its parts; a row of zeros is no
// image.
type crossEntropy struct {
	*shared
	k int
}

func (v *crossEntropy) forward(out []float32, in [][]float32) {
	var sum float64
	v.rows(in, func(_ int, s, t []float32, _, norm float64) {
		for k, w := range t {
			if w != 0 {
				sum += float64(w) * (norm - float64(s[k]))
			}
		}
	})
	out[0] = float32(sum)
}

func (v *crossEntropy) backward(_ int, dx []float32, in [][]float32, _, dout []float32, _ bool) {
	clear(dx)
	v.rows(in, func(at int, s, t []float32, weight, norm float64) {
		for k, w := range t {
			dx[at+k] = dout[0] * float32(weight*math.Exp(float64(s[k])-norm)-float64(w))
		}
	})
}

// rows calls f for each row that has a weight, with its place, its weight and log Σ exp s.
func (v *crossEntropy) rows(in [][]float32, f func(at int, s, t []float32, weight, norm float64)) {
	for i := range v.n {
		s, t := in[0][i*v.k:(i+1)*v.k], in[1][i*v.k:(i+1)*v.k]
		var weight, sum float64
		largest := math.Inf(-1)
		for k, w := range t {
			weight += float64(w)
			largest = math.Max(largest, float64(s[k]))
		}
		if weight == 0 {
			continue
		}
		for _, x := range s {
			sum += math.Exp(float64(x) - largest)
		}
		f(i*v.k, s, t, weight, largest+math.Log(sum))
	}
}

// binaryCrossEntropy is the loss of scores s [N,K] and signed weights t [N,K]: the sign of t is the label, its size the
// weight, and 0 leaves the cell out.
//
//	L = Σ |t| log(1 + exp(-sign(t) s)),   dL/ds = -t / (1 + exp(sign(t) s))
type binaryCrossEntropy struct{}

func (binaryCrossEntropy) forward(out []float32, in [][]float32) {
	var sum float64
	for i, t := range in[1] {
		if t != 0 {
			sum += math.Abs(float64(t)) * softplus(-math.Copysign(1, float64(t))*float64(in[0][i]))
		}
	}
	out[0] = float32(sum)
}

func (binaryCrossEntropy) backward(_ int, dx []float32, in [][]float32, _, dout []float32, _ bool) {
	for i, t := range in[1] {
		dx[i] = 0
		if t != 0 {
			dx[i] = -t * dout[0] * float32(1/(1+math.Exp(math.Copysign(1, float64(t))*float64(in[0][i]))))
		}
	}
}

// softplus is log(1 + exp x) without overflow.
func softplus(x float64) float64 { return math.Max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }
