package vgg

import (
	"fmt"

	"fc7/internal/f32"
)

// row is a line of a net's table: a layer as it is written, before what comes of its place among the others.
type row struct {
	name         string
	kind         Kind
	width        int    // channels out of a convolution
	kernel, step int    // side of the window, and from one window to the next
	pad          [4]int // rows and columns of zeros: top, left, bottom, right
	groups       int    // into which the channels of a convolution are divided; 0: 1
	rounds       string // of a pooling that rounds otherwise than others of its net: RoundingFloor or RoundingCeil; empty: as the net does
	block        int    // of VGG's, 1 to 5; else the number of the convolution that it is or follows
}

// The rows of a table, by what differs.

func convolution(width, kernel, step, pad, groups int) row {
	return row{kind: Convolution, width: width, kernel: kernel, step: step, pad: [4]int{pad, pad, pad, pad}, groups: groups}
}

func pooling(kernel, step int) row { return row{kind: Pooling, kernel: kernel, step: step} }

func normalisation() row { return row{kind: Normalisation, kernel: 1, step: 1} }

// same are n convolutions of 3x3 that keep the size.
func same(widths ...int) (rows []row) {
	for _, w := range widths {
		rows = append(rows, convolution(w, 3, 1, 1, 1))
	}
	return rows
}

// net joins rows, and names them by the number of the convolution that they are or follow: conv1, lrn1, pool1.
func net(parts ...any) (rows []row) {
	n := 0
	for _, p := range parts {
		switch p := p.(type) {
		case row:
			rows = append(rows, p)
		case []row:
			rows = append(rows, p...)
		}
	}
	for i := range rows {
		r := &rows[i]
		if r.kind == Convolution {
			n++
		}
		r.name = fmt.Sprintf("%s%d", map[Kind]string{Convolution: "conv", Normalisation: "lrn", Pooling: "pool"}[r.kind], n)
		r.block = n
	}
	return rows
}

// The constants of local response normalisations. Caffe divides alpha by the size.
var (
	// lrn is that of Krizhevsky et al. 2012, which the paper means by A-LRN, and Zeiler and Fergus by theirs; Caffe's
	// files of CNN-F, M and S have the same, as alpha 5e-4.
	lrn = f32.LRN{Size: 5, K: 2, Alpha: 1e-4, Beta: 0.75}
	// lrnCaffe is that of Caffe's AlexNet and CaffeNet, alpha 1e-4 there.
	lrnCaffe = f32.LRN{Size: 5, K: 1, Alpha: 2e-5, Beta: 0.75}
)

// predecessors are the nets that the paper compares its own with, and their near relatives.
var predecessors = []Config{
	// Krizhevsky, Sutskever and Hinton 2012, as Caffe's bvlc_alexnet; CaffeNet pools before it normalises.
	{Name: "alexnet", side: 227, window: 6, CeilPool: true, LRN: true, Norm: lrnCaffe, by: caffeMean, rows: net(
		convolution(96, 11, 4, 0, 1), normalisation(), pooling(3, 2),
		convolution(256, 5, 1, 2, 2), normalisation(), pooling(3, 2), alexTail,
	)},
	{Name: "caffenet", side: 227, window: 6, CeilPool: true, LRN: true, Norm: lrnCaffe, by: caffeMean, rows: net(
		convolution(96, 11, 4, 0, 1), pooling(3, 2), normalisation(),
		convolution(256, 5, 1, 2, 2), pooling(3, 2), normalisation(), alexTail,
	)},
	// Krizhevsky 2014, arXiv 1404.5997, as torchvision has it.
	{Name: "alexnet-torchvision", side: 224, window: 6, rows: net(
		convolution(64, 11, 4, 2, 1), pooling(3, 2), convolution(192, 5, 1, 2, 1), pooling(3, 2), same(384, 256, 256), pooling(3, 2),
	)},
	// Zeiler and Fergus 2014, arXiv 1311.2901, figure 3.
	{Name: "zfnet", side: 224, window: 6, CeilPool: true, LRN: true, Norm: lrn, by: caffeMean, rows: net(
		convolution(96, 7, 2, 1, 1), pooling(3, 2), normalisation(),
		convolution(256, 5, 2, 0, 1), pooling(3, 2), normalisation(), same(384, 384, 256), pooling(3, 2),
	)},
	// Chatfield et al. 2014, arXiv 1405.3531, table 1.
	{Name: "cnn-f", side: 224, window: 6, CeilPool: true, LRN: true, Norm: lrn, by: cnnMean, rows: net(
		convolution(64, 11, 4, 0, 1), normalisation(), pooling(3, 2),
		convolution(256, 5, 1, 2, 1), normalisation(), pooling(3, 2), same(256, 256, 256), pooling(3, 2),
	)},
	{Name: "cnn-m", side: 224, window: 6, CeilPool: true, LRN: true, Norm: lrn, by: cnnMean, rows: net(
		convolution(96, 7, 2, 0, 1), normalisation(), pooling(3, 2),
		convolution(256, 5, 2, 1, 1), normalisation(), pooling(3, 2), same(512, 512, 512), pooling(3, 2),
	)},
	{Name: "cnn-s", side: 224, window: 6, CeilPool: true, LRN: true, Norm: lrn, by: cnnMean, rows: net(
		convolution(96, 7, 2, 0, 1), normalisation(), pooling(3, 3),
		convolution(256, 5, 1, 0, 1), pooling(2, 2), same(512, 512, 512), pooling(3, 3),
	)},
	// Sermanet et al. 2014, arXiv 1312.6229, tables 1 and 3.
	{Name: "overfeat-fast", side: 231, window: 6, first: 3072, by: overfeat, rows: net(
		convolution(96, 11, 4, 0, 1), pooling(2, 2), convolution(256, 5, 1, 0, 1), pooling(2, 2), same(512, 1024, 1024), pooling(2, 2),
	)},
	{Name: "overfeat-accurate", side: 221, window: 5, by: overfeat, rows: net(
		convolution(96, 7, 2, 0, 1), pooling(3, 3), convolution(256, 7, 1, 0, 1), pooling(2, 2), same(512, 512, 1024, 1024), pooling(3, 3),
	)},
}

// alexTail is AlexNet's from conv3 on.
var alexTail = []row{convolution(384, 3, 1, 1, 1), convolution(384, 3, 1, 1, 2), convolution(256, 3, 1, 1, 2), pooling(3, 2)}

// list is the net's flat list of layers up to the fully connected ones: its rows, or those that VGG's blocks are short
// for.
func (c Config) list() []row {
	if c.rows != nil {
		return c.rows
	}
	var rows []row
	for i, block := range c.Blocks {
		for j, v := range block {
			r := convolution(v.Width, v.Kernel, 1, v.Kernel/2, 1)
			r.name, r.block = fmt.Sprintf("conv%d_%d", i+1, j+1), i+1
			rows = append(rows, r)
			if c.LRN && i == 0 && j == 0 {
				rows = append(rows, row{name: "lrn1", kind: Normalisation, kernel: 1, step: 1, block: 1})
			}
		}
		rows = append(rows, row{name: fmt.Sprintf("pool%d", i+1), kind: Pooling, kernel: 2, step: 2, block: i + 1})
	}
	return rows
}

// VGG tells whether it is one of the paper's kind, of blocks of convolutions.
func (c Config) VGG() bool { return c.rows == nil }

// Side is that of the square images that the net was made for.
func (c Config) Side() int {
	if c.side > 0 {
		return c.side
	}
	return MinSide
}

// windowSide is that of the map that fc6 covers.
func (c Config) windowSide() int {
	if c.window > 0 {
		return c.window
	}
	return PoolSize
}
