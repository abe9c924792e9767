package vgg

import (
	"context"
	"fmt"
	"math"
	"slices"

	"fc7/vgg/weights"
)

// Filters is what the first convolution tells of its inputs by its numbers alone.
//
// Order: nets that were trained on photographs answer more to patterns in red than in blue, which is the noisiest
// channel and has the least of the brightness. Red's part of the filters' energy, each filter less its mean a channel,
// is 1.08 to 2.8 times blue's in all of 14 trained nets that were looked at (VGG-19 1.34, SqueezeNet 2.0, two
// MobileNets 2.1 and 2.8, Inception 2.1, SSD 2.3, MTCNN 1.7 and 2.0, six nets for faces 1.3 to 2.7, fc7's own of 16
// filters 1.08), with 19 standard errors in VGG-19's 64 filters and 4.5 and more in those of all nets for objects.
// Random filters have 1 +- 0.09, and 3.8 standard errors at most in 4,000 tries.
//
// Range: the variance of a batch normalisation behind the layer is that of its outputs on the training images; with the
// correlations of photographs' pixels that gives the deviation of the inputs, to about a tenth. Without it nothing in
// the layer tells the range: weights of the authors' nets for 0 to 255 and of torchvision's for inputs of deviation 1
// have the same size, and their biases too.
type Filters struct {
	Filters int     `json:"filters"`
	Order   string  `json:"order,omitempty"`     // "RGB" or "BGR"; empty: they do not tell
	Ratio   float64 `json:"ratio"`               // energy of the first channel by that of the third
	Errors  float64 `json:"standard_errors"`     // of the ratio's logarithm from 0
	Spread  float64 `json:"deviation,omitempty"` // of the inputs; 0: nothing tells
}

// What a ratio must have to tell the order.
const (
	fewestFilters = 32
	leastRatio    = 1.2
	leastErrors   = 4
)

// filtersOf looks at the first convolution of a net.
func filtersOf(ctx context.Context, f *weights.File, c Config, s Scheme) (Filters, error) {
	first := c.Layers()[0]
	ld := &loader{ctx: ctx, f: f, scheme: s}
	t, err := ld.weights(first, canonical)
	if err != nil {
		return Filters{}, err
	}
	w := make([]float32, t.Len())
	if err := t.ReadFloat32(w); err != nil {
		return Filters{}, err
	}
	x := Filters{Filters: first.Out}
	x.Ratio, x.Errors = redToBlue(w, first.Kernel*first.Kernel)
	switch told := x.Filters >= fewestFilters && math.Abs(x.Errors) >= leastErrors; {
	case told && x.Ratio >= leastRatio:
		x.Order = "RGB"
	case told && x.Ratio <= 1/leastRatio:
		x.Order = "BGR"
	}
	if first.BatchNorm {
		v, err := ld.read(s.normOf(first, "running_var"))
		if err != nil {
			return x, err
		}
		x.Spread = inputSpread(w, v)
	}
	return x, nil
}

// redToBlue is the energy of the first channel of filters [O,3,H,W] of so many places, less the mean of each, by that
// of the third, and how many standard errors (of the jackknife over filters) its logarithm is from 0.
func redToBlue(w []float32, area int) (ratio, errors float64) {
	n := len(w) / (3 * area)
	energy := make([][2]float64, n)
	var sum [2]float64
	for o := range energy {
		for k, c := range [2]int{0, 2} {
			x := w[area*(3*o+c):][:area]
			mean := 0.0
			for _, v := range x {
				mean += float64(v) / float64(area)
			}
			for _, v := range x {
				energy[o][k] += float64((float64(v) - mean) * (float64(v) - mean))
			}
			sum[k] += energy[o][k]
		}
	}
	whole := math.Log(sum[0] / sum[1])
	without := make([]float64, n)
	mean := 0.0
	for o, e := range energy {
		without[o] = math.Log((sum[0] - e[0]) / (sum[1] - e[1]))
		mean += without[o] / float64(n)
	}
	var squares float64
	for _, v := range without {
		squares += float64((v - mean) * (v - mean))
	}
	errors = whole / math.Sqrt(squares*float64(n-1)/float64(n))
	if math.IsNaN(errors) || math.IsInf(errors, 0) || math.IsNaN(whole) || math.IsInf(whole, 0) {
		return 1, 0 // constant filters, or one alone
	}
	return math.Exp(whole), errors
}

// Correlations of a photograph's pixels: of neighbouring channels, of red with blue, and how they fall with the
// distance in pixels.
const (
	nextChannels  = 0.95
	outerChannels = 0.90
	perPixel      = 0.05
)

// inputSpread is the deviation of the inputs of filters [O,3,3,3] whose outputs have the given variances: the median
// over the filters of what each tells. 0: none tells.
func inputSpread(w, variance []float32) float64 {
	channels := [3]float64{1, nextChannels, outerChannels}
	var all []float64
	for o, v := range variance {
		x := w[27*o:][:27]
		var q float64
		for i, a := range x {
			for j, b := range x {
				apart := math.Hypot(float64(i%9/3-j%9/3), float64(i%3-j%3))
				q += float64(float64(a) * float64(b) * channels[max(i/9-j/9, j/9-i/9)] * math.Exp(-perPixel*apart))
			}
		}
		if spread := math.Sqrt(float64(v) / q); spread > 0 && !math.IsInf(spread, 0) {
			all = append(all, spread)
		}
	}
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[len(all)/2]
}

// photographs is the deviation of the pixels of photographs, 0 to 255.
const photographs = 57

// disagree says where the filters contradict a preprocessing.
func (x Filters) disagree(p Preprocess) []string {
	var out []string
	if x.Order != "" && x.Order != p.Order {
		ratio := max(x.Ratio, 1/x.Ratio)
		out = append(out, fmt.Sprintf("the filters of conv1_1 look like %s's (patterns in the %s channel have %.2f times the energy), the preprocessing says %s: colours may be exchanged",
			x.Order, map[string]string{"RGB": "first", "BGR": "third"}[x.Order], ratio, p.Order))
	}
	const far = 3 // much more than it errs, much less than ranges differ
	want := photographs * p.Scale / float64(p.Std[1])
	if x.Spread > 0 && (x.Spread > far*want || x.Spread < want/far) {
		out = append(out, fmt.Sprintf("the batch normalisation behind conv1_1 was trained on inputs of deviation %.2g, the preprocessing gives photographs one of %.2g", x.Spread, want))
	}
	return out
}

// Words say what the filters tell, and what they cannot.
func (x Filters) Words() string {
	var order string
	switch {
	case x.Order != "":
		order = fmt.Sprintf("look like %s (first channel to third %.2f, %.1f standard errors)", x.Order, x.Ratio, math.Abs(x.Errors))
	case x.Filters < fewestFilters:
		order = fmt.Sprintf("cannot tell RGB from BGR: %d filters are too few (%d are needed)", x.Filters, fewestFilters)
	default:
		order = fmt.Sprintf("cannot tell RGB from BGR (first channel to third %.2f, %.1f standard errors)", x.Ratio, math.Abs(x.Errors))
	}
	if x.Spread > 0 {
		return order + fmt.Sprintf("; inputs had a deviation of %.2g in training", x.Spread)
	}
	return order + "; without batch normalisation they cannot tell the range of the inputs"
}
