package vgg

import (
	"fc7/internal/f32"
)

// Model is a net with its weights, packed for the kernels. It does not change after loading and may serve several
// Runners at once.
type Model struct {
	Config     Config
	Preprocess Preprocess
	scheme     string // of the tensor names it was loaded from

	layers []Layer
	first  *f32.Conv3
	convs  map[string]conv
	full   map[string]*f32.Matrix
	levels [3][256]float32
	last   string // the last layer that was loaded
	lrn    f32.LRN
}

// conv is a convolution but the first: 3x3 by Winograd, 1x1 as a matrix.
type conv struct {
	wino *f32.Winograd
	one  *f32.Matrix
}

// lrn is what A-LRN normalises with: the constants of Krizhevsky et al. 2012, which the paper refers to.
var lrn = f32.LRN{Size: 5, K: 2, Alpha: 1e-4, Beta: 0.75}

// Normalisation is the local response normalisation that the net has where its table says LRN.
func (c Config) Normalisation() f32.LRN {
	if c.Norm == (f32.LRN{}) {
		return lrn
	}
	return c.Norm
}

// Bytes is the memory that the packed weights take.
func (m *Model) Bytes() int {
	n := 0
	for _, c := range m.convs {
		if c.wino != nil {
			n += c.wino.Bytes()
		} else {
			n += c.one.Bytes()
		}
	}
	for _, f := range m.full {
		n += f.Bytes()
	}
	return n
}

// Arithmetic names how sums are rounded; descriptors of different arithmetics agree to about 1e-5 but not to the last
// bit.
func (m *Model) Arithmetic() string { return "winograd-f4-" + f32.Arithmetic() }

// Layer tells a layer's width and the smallest image side for which it has a map.
func (m *Model) Layer(name string) (width, minSide int, err error) {
	l, err := m.Config.Layer(name)
	if err != nil {
		return 0, 0, err
	}
	return l.Out, l.MinSide(), nil
}
