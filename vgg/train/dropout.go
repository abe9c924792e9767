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
// is without dropout (the paper's authors scale at test time instead; the nets are the same up to that constant). Its
// rows are those of n images, the first one at that place in the batch. A row depends on seed, step, place and layer
// alone: a run that is taken up again needs nothing but the number of the step, and parts of any size draw alike.
func drawMask(mask []float32, n int, p float64, seed uint64, step, first, layer int) {
	const golden = 0x9e3779b97f4a7c15
	row := len(mask) / n
	keep := float32(1 / (1 - p))
	for k := range n {
		r := rand.New(rand.NewPCG(seed+uint64(layer)*golden, uint64(step)<<32|uint64(first+k)))
		for i := range row {
			mask[k*row+i] = 0
			if r.Float64() >= p {
				mask[k*row+i] = keep
			}
		}
	}
}
