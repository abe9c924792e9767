package vgg

import (
	"context"
	"math"
	"math/rand/v2"
	"strings"

	"fc7/vgg/weights"
)

// Init writes a net with random weights to a safetensors file, with torchvision's names: weights from N(0, 2/fan-in)
// (He et al. 2015, arXiv 1502.01852), biases 0, batch normalisations the identity. The same net and seed give the same
// bytes. A cancelled context leaves nothing behind.
func Init(ctx context.Context, path string, c Config, seed uint64, o weights.SafetensorsOptions) error {
	var tensors []weights.Source
	for _, l := range c.Layers() {
		for _, p := range TorchvisionNames.Params(l) {
			tensors = append(tensors, initial(p, l, seed, uint64(len(tensors))).Until(ctx))
		}
	}
	meta := map[string]string{
		MetaNet: c.Name, MetaPreprocess: Torchvision.String(), MetaOrigin: OriginRandom,
	}
	for k, v := range o.Metadata {
		meta[k] = v
	}
	o.Metadata = meta
	return weights.WriteSafetensors(path, tensors, o)
}

// stretch is how many numbers come from one random generator, so that a tensor can be drawn from any place on.
const stretch = 4096

func initial(p Param, l Layer, seed, index uint64) weights.Source {
	s := weights.Source{Name: p.Name, Shape: p.Shape}
	switch {
	case len(p.Shape) > 1:
		sigma := math.Sqrt(2 / float64(l.seen()*l.Kernel*l.Kernel))
		s.ReadAt = func(dst []float32, off int) error {
			drawNormal(dst, off, sigma, seed, index)
			return nil
		}
	case strings.HasSuffix(p.Name, ".running_var") || strings.HasSuffix(p.Name, ".weight"):
		s.ReadAt = func(dst []float32, _ int) error {
			for i := range dst {
				dst[i] = 1
			}
			return nil
		}
	default:
		s.ReadAt = func(dst []float32, _ int) error {
			clear(dst)
			return nil
		}
	}
	return s
}

// drawNormal fills dst with numbers off, off+1, … of tensor index.
func drawNormal(dst []float32, off int, sigma float64, seed, index uint64) {
	for len(dst) > 0 {
		r := rand.New(rand.NewPCG(seed, index<<40|uint64(off/stretch)))
		for range off % stretch {
			r.NormFloat64()
		}
		n := min(len(dst), stretch-off%stretch)
		for i := range n {
			dst[i] = float32(sigma * r.NormFloat64())
		}
		dst, off = dst[n:], off+n
	}
}
