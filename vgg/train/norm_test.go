package train

import (
	"math"
	"testing"

	"fc7/internal/f32"
)

func TestLRN(t *testing.T) {
	const n, pixels, c = 2, 3, 16
	l := f32.LRN{Size: 5, K: 2, Alpha: 0.3, Beta: 0.75}
	sh := newShared(t, n)
	checkKernel(t, sh, &lrn{sh, l, pixels, c}, [][]float32{numbered(n*pixels*c, 1)}, 1, func(in [][]float64) []float64 {
		out := make([]float64, len(in[0]))
		for i, x := range in[0] {
			s := 2.0
			for j := max(0, i%c-2); j <= min(c-1, i%c+2); j++ {
				s += float64(l.Alpha) * in[0][i-i%c+j] * in[0][i-i%c+j]
			}
			out[i] = x * math.Pow(s, -0.75)
		}
		return out
	})
}

// normalised is the definition of batch normalisation with ReLU; statistics as given, or of the images.
func normalised(n, c, width int, mean, variance []float32) func(in [][]float64) []float64 {
	return func(in [][]float64) []float64 {
		out := make([]float64, n*width)
		for ch := range c {
			var mu, v float64
			if mean != nil {
				mu, v = float64(mean[ch]), float64(variance[ch])
			} else {
				for p := range n {
					mu += in[0][p*width+ch] / float64(n)
				}
				for p := range n {
					d := in[0][p*width+ch] - mu
					v += d * d / float64(n)
				}
			}
			for p := range n {
				out[p*width+ch] = max(0, in[1][ch]*(in[0][p*width+ch]-mu)/math.Sqrt(v+1e-5)+in[2][ch])
			}
		}
		return out
	}
}

func TestBatchNorm(t *testing.T) {
	const n, pixels, c, width = 3, 4, 5, 16
	for _, batch := range []bool{true, false} {
		sh := newShared(t, n)
		mean, variance := &param{data: numbered(c, 6)}, &param{data: []float32{0.5, 1, 1.5, 2, 0.25}}
		bn := &batchNorm{shared: sh, masked: masked{relu: true}, pixels: pixels, c: c, width: width, batch: batch, mean: mean, variance: variance}
		var m, v []float32
		if !batch {
			m, v = mean.data, variance.data
		}
		in := [][]float32{numbered(n*pixels*width, 1), numbered(c, 2), numbered(c, 3)}
		checkKernel(t, sh, bn, in, 3, normalised(n*pixels, c, width, m, v))
	}
}

// The running statistics move by a tenth, the variance unbiased, as in PyTorch:
// torch.nn.BatchNorm1d(1)(torch.tensor([[1.], [2.], [6.]])) leaves 0.3 and 1.6.
func TestRunningStatistics(t *testing.T) {
	sh := newShared(t, 3)
	mean, variance := &param{data: []float32{0}}, &param{data: []float32{1}}
	bn := &batchNorm{shared: sh, pixels: 1, c: 1, width: 16, batch: true, mean: mean, variance: variance}
	x := make([]float32, 48)
	x[0], x[16], x[32] = 1, 2, 6
	bn.forward(make([]float32, 48), [][]float32{x, {1}, {0}})
	if math.Abs(float64(mean.data[0])-0.3) > 1e-6 || math.Abs(float64(variance.data[0])-1.6) > 1e-6 {
		t.Errorf("running mean %v and variance %v, expected 0.3 and 1.6", mean.data[0], variance.data[0])
	}
}
