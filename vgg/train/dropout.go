package train

import "math/rand/v2"

// drop multiplies x with a mask of the same shape, which has no gradient.
type drop struct{}

func (drop) forward(out []float32, in [][]float32) { product(out, in[0], in[1]) }

func (drop) backward(_ int, dx []float32, in [][]float32, _, dout []float32, _ bool) {
	product(dx, dout, in[1])
}

func product(out, a, b []float32) {
	for i := range out {
		out[i] = a[i] * b[i]
	}
}

// drawMask fills a mask of dropout: 0 with probability p, else 1/(1-p), so that the expected activation stays what it
// is without dropout (the paper's authors scale at test time instead; the nets are the same up to that constant). It
// depends on its arguments alone: a run that is taken up again needs nothing but the number of the step.
func drawMask(mask []float32, p float64, seed uint64, step, chunk, layer int) {
	r := rand.New(rand.NewPCG(seed, uint64(step)<<24|uint64(chunk&0xffff)<<8|uint64(layer&0xff)))
	keep := float32(1 / (1 - p))
	for i := range mask {
		mask[i] = 0
		if r.Float64() >= p {
			mask[i] = keep
		}
	}
}
