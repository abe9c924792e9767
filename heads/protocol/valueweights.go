package protocol

import (
	"fmt"
	"math"

	"fc7/heads/svm"
)

// ValueWeights are what each value of an image's descriptors weighs in the score of a class, given the descriptor at
// each scale of the recipe, of all parts one after the other, as Scores takes them: score = bias + the sum of weight
// times value over all values of all scales.
//
// What joins scales is linear once the image is given: a mean divides, stacking takes a slice, the norm is one number
// an image, and the maximum takes a value from the scale where it is greatest, at equal ones from the first. The
// weights hold for this image alone.
func (h *Head) ValueWeights(parts [][]float32, class int) ([][]float64, error) {
	if err := h.Check(); err != nil {
		return nil, err
	}
	if class < 0 || class >= len(h.Weights) {
		return nil, fmt.Errorf("protocol: class %d of %d", class, len(h.Weights))
	}
	r, err := h.Recipe.Complete()
	if err != nil {
		return nil, err
	}
	if len(r.Parts) == 0 {
		w, _, err := r.valueWeights(parts, h.Weights[class])
		return w, err
	}
	if want := r.matrices(); len(parts) != want {
		return nil, fmt.Errorf("protocol: %d descriptors for %d tables, expected %d", len(parts), len(r.Parts), want)
	}
	return r.stackedWeights(parts, h.Weights[class])
}

// valueWeights is ValueWeights of one table, and the squared norm of its final descriptor.
func (r Recipe) valueWeights(parts [][]float32, w []float64) (out [][]float64, square float64, err error) {
	if len(parts) != len(r.Widths) {
		return nil, 0, fmt.Errorf("protocol: descriptors of %d scales, expected %d: %v", len(parts), len(r.Scales), r.Scales)
	}
	for s, p := range parts {
		if len(p) != r.Widths[s] {
			return nil, 0, fmt.Errorf("protocol: scale %d has %d values, expected %d", r.Scales[s], len(p), r.Widths[s])
		}
	}
	norms, after := r.norms(parts)
	joined := r
	joined.L2 = L2None // what is left to do of it is after
	if r.L2 == L2Before || r.L2 == L2Both {
		joined.L2 = L2Before
	}
	x := make([]float32, r.Width())
	joined.join(parts, x, make([]float32, len(x)))
	square = svm.SquaredNorm(x)
	factor := 1.0
	if after {
		factor = 1 / norm(square)
		square = float64(square*factor) * factor
	}
	out = r.slices(parts, norms, w)
	for s := range out {
		scale(out[s], factor/norms[s])
	}
	return out, square, nil
}

// norms are what each scale's descriptor is divided by before they are joined, and whether they are divided after it.
func (r Recipe) norms(parts [][]float32) (before []float64, after bool) {
	for _, p := range parts {
		n := 1.0
		if r.L2 == L2Before || r.L2 == L2Both {
			n = norm(svm.SquaredNorm(p))
		}
		before = append(before, n)
	}
	return before, r.L2 == L2After || r.L2 == L2Both
}

// slices are the weights of each scale before its norms.
func (r Recipe) slices(parts [][]float32, norms, w []float64) [][]float64 {
	out := make([][]float64, len(parts))
	at := 0
	for s, p := range parts {
		out[s] = make([]float64, len(p))
		switch r.Aggregate {
		case Stack:
			at += copy(out[s], w[at:])
		case Mean:
			for d := range p {
				out[s][d] = w[d] / float64(len(parts))
			}
		}
	}
	if r.Aggregate != Max {
		return out
	}
	for d := range parts[0] {
		best, most := 0, float32(0)
		for s, p := range parts { // as join and normalise have them
			if v := float32(float64(p[d]) / norms[s]); s == 0 || v > most {
				best, most = s, v
			}
		}
		out[best][d] = w[d]
	}
	return out
}

// stackedWeights is ValueWeights of several tables.
func (r Recipe) stackedWeights(parts [][]float32, w []float64) (all [][]float64, err error) {
	sum := 0.0
	for i, p := range r.Parts {
		one, square, err := p.valueWeights(parts[:len(p.Widths)], w[:r.Widths[i]])
		if err != nil {
			return nil, fmt.Errorf("table %d: %w", i+1, err)
		}
		parts, w = parts[len(p.Widths):], w[r.Widths[i]:]
		if r.L2 == L2Before || r.L2 == L2Both {
			own := 1 / norm(square)
			for s := range one {
				scale(one[s], own)
			}
			square = float64(square*own) * own
		}
		sum += square
		all = append(all, one...)
	}
	if r.L2 == L2After || r.L2 == L2Both {
		for s := range all {
			scale(all[s], 1/norm(sum))
		}
	}
	return all, nil
}

// norm is what a vector of that squared norm is divided by; a vector of zeros stays one.
func norm(square float64) float64 {
	if square > 0 && !math.IsInf(square, 0) {
		return math.Sqrt(square)
	}
	return 1
}

func scale(v []float64, by float64) {
	for i := range v {
		v[i] *= by
	}
}
