package protocol

import (
	"fmt"
	"math"
	"slices"

	"fc7/internal/usage"
)

// How makes one descriptor of those of several scales.
type How string

// The ways of the paper's appendix B: pooling across scales, or stacking.
const (
	Mean  How = "mean"
	Max   How = "max"
	Stack How = "stack"
)

// Hows lists the ways.
func Hows() []How { return []How{Mean, Max, Stack} }

// L2 says what is divided by its L2 norm. A vector of zeros stays one.
type L2 string

// The places of normalisation; the paper does not tell whether its stacked descriptors were normalised before or after.
const (
	L2After  L2 = "after"  // the final descriptor; the default
	L2Before L2 = "before" // each scale's descriptor, before they are joined
	L2Both   L2 = "both"
	L2None   L2 = "none"
)

// L2s lists the places.
func L2s() []L2 { return []L2{L2After, L2Before, L2Both, L2None} }

// texts are words as an error of wrong usage takes them.
func texts[T ~string](words []T) []string {
	var all []string
	for _, w := range words {
		all = append(all, string(w))
	}
	return all
}

// Recipe is how the descriptor of a head is made from those of a feature table. Empty fields of the zero value mean
// Mean and L2After.
type Recipe struct {
	Aggregate How   `json:"aggregate"`
	L2        L2    `json:"l2"`
	Scales    []int `json:"scales"` // smallest sides Q, in the order of the matrices; none with Parts
	Widths    []int `json:"widths"` // channels of each matrix; equal ones but for Stack

	// Parts are the recipes of several tables (two nets, image and box) whose descriptors are stacked: L2 then says
	// what is normalised in stacking, and the matrices are those of the parts, one after the other. See Fuse.
	Parts []Recipe `json:"parts,omitempty"`
}

// Complete fills in defaults and checks the recipe.
func (r Recipe) Complete() (Recipe, error) {
	if len(r.Parts) > 0 {
		return r.completeParts()
	}
	if r.Aggregate == "" {
		r.Aggregate = Mean
	}
	if r.L2 == "" {
		r.L2 = L2After
	}
	if !slices.Contains(Hows(), r.Aggregate) {
		return r, usage.Unknown("aggregation", string(r.Aggregate), texts(Hows())...)
	}
	if !slices.Contains(L2s(), r.L2) {
		return r, usage.Unknown("place of L2 normalisation", string(r.L2), texts(L2s())...)
	}
	if len(r.Widths) == 0 || len(r.Widths) != len(r.Scales) {
		return r, fmt.Errorf("protocol: %d widths for %d scales, expected one each and at least one", len(r.Widths), len(r.Scales))
	}
	for i, w := range r.Widths {
		if w < 1 {
			return r, fmt.Errorf("protocol: width %d of scale %d", w, r.Scales[i])
		}
		if r.Aggregate != Stack && w != r.Widths[0] {
			return r, fmt.Errorf("protocol: the %s of scales %d and %d needs equal widths, they have %d and %d: stack them",
				r.Aggregate, r.Scales[0], r.Scales[i], r.Widths[0], w)
		}
	}
	return r, nil
}

// Width returns the length of the final descriptor of a complete recipe.
func (r Recipe) Width() int {
	if r.Aggregate != Stack {
		return r.Widths[0]
	}
	sum := 0
	for _, w := range r.Widths {
		sum += w
	}
	return sum
}

// Descriptors makes the final descriptors of one table, [n, Width] row-major, of mats: one matrix a scale, [n, its
// width] row-major. They are a new slice, for other programs; heads use [Recipe.Matrix], which differs by rounding
// only.
func (r Recipe) Descriptors(mats [][]float32, n int) ([]float32, Recipe, error) {
	r, err := r.Complete()
	if err != nil {
		return nil, r, err
	}
	if len(r.Parts) > 0 {
		return nil, r, fmt.Errorf("protocol: descriptors of %d tables are not joined here, but by Matrix", len(r.Parts))
	}
	if len(mats) != len(r.Widths) {
		return nil, r, fmt.Errorf("protocol: descriptors of %d scales, expected %d: %v", len(mats), len(r.Scales), r.Scales)
	}
	for i, m := range mats {
		if len(m) != n*r.Widths[i] {
			return nil, r, fmt.Errorf("protocol: scale %d has %d values, expected %d rows x %d", r.Scales[i], len(m), n, r.Widths[i])
		}
	}
	width := r.Width()
	out := make([]float32, n*width)
	parts := make([][]float32, len(mats))
	scratch := make([]float32, slices.Max(r.Widths))
	for i := range n {
		for s, w := range r.Widths {
			parts[s] = mats[s][i*w : (i+1)*w]
		}
		r.join(parts, out[i*width:(i+1)*width], scratch)
	}
	return out, r, nil
}

// join makes one descriptor. dst holds zeros, scratch a part.
func (r Recipe) join(parts [][]float32, dst, scratch []float32) {
	at := 0
	for s, part := range parts {
		if r.L2 == L2Before || r.L2 == L2Both {
			part = scratch[:copy(scratch, part)]
			normalise(part)
		}
		switch {
		case r.Aggregate == Stack:
			at += copy(dst[at:], part)
		case s == 0:
			copy(dst, part)
		case r.Aggregate == Max:
			for d, v := range part {
				dst[d] = max(dst[d], v)
			}
		default:
			for d, v := range part {
				dst[d] += v
			}
		}
	}
	if r.Aggregate == Mean && len(parts) > 1 {
		for d := range dst {
			dst[d] /= float32(len(parts))
		}
	}
	if r.L2 == L2After || r.L2 == L2Both {
		normalise(dst)
	}
}

// normalise divides v by its L2 norm, computed in float64; a vector of zeros stays one.
func normalise(v []float32) {
	sum := 0.0
	for _, x := range v {
		sum += float64(float64(x) * float64(x))
	}
	if sum == 0 {
		return
	}
	norm := math.Sqrt(sum)
	for d, x := range v {
		v[d] = float32(float64(x) / norm)
	}
}
