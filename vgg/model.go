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
	first  *f32.Conv3 // VGG's; nil: the first layer is one of convs
	convs  map[string]conv
	full   map[string]*f32.Matrix
	levels [3][256]float32
	last   string // the last layer that was loaded
	lrn    f32.LRN
}

// conv is a convolution but VGG's first: 3x3 with step 1 by Winograd, 1x1 as a matrix, others by their gathered
// windows.
type conv struct {
	wino *f32.Winograd
	one  *f32.Matrix
	cols *f32.Im2col
}

// bytes is the memory of the filters.
func (c conv) bytes() int {
	switch {
	case c.wino != nil:
		return c.wino.Bytes()
	case c.one != nil:
		return c.one.Bytes()
	}
	return c.cols.Bytes()
}

// way is how a convolution is computed.
type way uint8

const (
	byRows     way = iota // VGG's first, of pixels
	byWinograd            // 3x3, step 1, that keeps the size
	byProduct             // 1x1
	byIm2col
)

// way tells that of a convolution of the net.
func (c Config) way(l Layer) way {
	keeps := l.Step == 1 && l.Groups == 1 && l.Pad == [4]int{l.Kernel / 2, l.Kernel / 2, l.Kernel / 2, l.Kernel / 2}
	first := l.order == 0
	switch {
	case first && c.rows == nil:
		return byRows
	case keeps && l.Kernel == 3 && !first:
		return byWinograd
	case keeps && l.Kernel == 1 && !first:
		return byProduct
	}
	return byIm2col
}

// inMemory is how many channels the map before a layer has in memory: pixels have three.
func (l Layer) inMemory() int {
	if l.order == 0 && l.Kind == Convolution {
		return l.In
	}
	return f32.Pad(l.In)
}

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
		n += c.bytes()
	}
	for _, f := range m.full {
		n += f.Bytes()
	}
	return n
}

// Arithmetic names how sums are rounded; descriptors of different arithmetics agree to about 1e-5 but not to the last
// bit.
func (m *Model) Arithmetic() string {
	if m.Config.rows != nil {
		return "im2col-winograd-f4-" + f32.Arithmetic()
	}
	return "winograd-f4-" + f32.Arithmetic()
}

// Layer tells a layer's width and the smallest image side for which it has a map.
func (m *Model) Layer(name string) (width, minSide int, err error) {
	l, err := m.Config.Layer(name)
	if err != nil {
		return 0, 0, err
	}
	return l.Out, l.MinSide(), nil
}
