package training

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"fc7/extract/picture"
	"fc7/vgg"
)

// colours are the statistics of the training images' pixels, 0 to 255.
type colours struct {
	Mean [3]float64 `json:"mean"` // RGB
	Std  [3]float64 `json:"std"`
	// Axes are the principal axes of the covariance of RGB, each times the deviation along it.
	Axes [3][3]float64 `json:"axes"`
}

// colourImages is how many images the statistics are of, evenly spaced over the training set.
const colourImages = 2000

// measure computes the statistics of the images at the stage's scale.
func measure(ctx context.Context, l *loader, items []int) (colours, error) {
	var n float64
	var last error
	var sum [3]float64
	var products [3][3]float64
	step := max(1, len(items)/colourImages)
	for i := 0; i < len(items); i += step {
		if err := ctx.Err(); err != nil {
			return colours{}, err
		}
		im, err := l.image(ctx, items[i], l.stage.SMin)
		if ends(ctx, err) {
			return colours{}, err
		}
		if err != nil { // training will tell, when it comes to this image
			last = err
			continue
		}
		s, p := pixelSums(im)
		n += float64(im.W * im.H)
		for a := range 3 {
			sum[a] += s[a]
			for b := range 3 {
				products[a][b] += p[a][b]
			}
		}
	}
	if n == 0 {
		return colours{}, fmt.Errorf("none of the training images could be read: %w", last)
	}
	var c colours
	covariance := mat.NewSymDense(3, nil)
	for a := range 3 {
		c.Mean[a] = sum[a] / n
	}
	for a := range 3 {
		for b := a; b < 3; b++ {
			covariance.SetSym(a, b, products[a][b]/n-c.Mean[a]*c.Mean[b])
		}
		c.Std[a] = math.Sqrt(math.Max(covariance.At(a, a), 1))
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(covariance, true) {
		return c, fmt.Errorf("the covariance of the training images' colours has no eigenvectors: %v", mat.Formatted(covariance))
	}
	var axes mat.Dense
	eigen.VectorsTo(&axes)
	for k, v := range eigen.Values(nil) {
		for a := range 3 {
			c.Axes[k][a] = math.Sqrt(math.Max(0, v)) * axes.At(a, k)
		}
	}
	return c, nil
}

// pixelSums are the sums of the channels and of their products; whole numbers, so exact.
func pixelSums(im *picture.Image) (sum [3]float64, products [3][3]float64) {
	var s [3]int64
	var p [3][3]int64
	for i := 0; i+3 <= len(im.Pix); i += 3 {
		for a := range 3 {
			v := int64(im.Pix[i+a])
			s[a] += v
			for b := range 3 {
				p[a][b] += v * int64(im.Pix[i+b])
			}
		}
	}
	for a := range 3 {
		sum[a] = float64(s[a])
		for b := range 3 {
			products[a][b] = float64(p[a][b])
		}
	}
	return sum, products
}

// shift draws a change of colour for an image: along each principal axis N(0, 0.1) times the deviation along it
// (Krizhevsky et al. 2012, section 4.1, in the form of their code; the text says eigenvalue, which is its square and
// leaves the size of the shift to the unit of the pixels).
func (c colours) shift(r *rand.Rand) (d [3]float64) {
	for _, axis := range c.Axes {
		alpha := 0.1 * r.NormFloat64()
		for a := range d {
			d[a] += alpha * axis[a]
		}
	}
	return d
}

// spread is the root mean square of the training images' values behind a preprocessing, as the nearest power of two, by
// which numbers are multiplied without rounding.
func (c colours) spread(pre vgg.Preprocess) float64 {
	var sum float64
	for a := range 3 {
		at := a
		if pre.Order == "BGR" {
			at = 2 - a
		}
		scale, mean, std := float64(pre.Scale), float64(pre.Mean[at]), float64(pre.Std[at])
		off := c.Mean[a]*scale - mean
		sum += (off*off + c.Std[a]*c.Std[a]*scale*scale) / (std * std)
	}
	return math.Exp2(math.Round(math.Log2(math.Sqrt(sum / 3))))
}

// preprocess is what the trained weights expect of a pixel.
func (c colours) preprocess(standard bool) vgg.Preprocess {
	p := vgg.Preprocess{Name: "trained", Order: "RGB", Scale: 1, Std: [3]float32{1, 1, 1}}
	for a := range 3 {
		p.Mean[a] = float32(c.Mean[a])
		if standard {
			p.Std[a] = float32(c.Std[a])
		}
	}
	return p
}
