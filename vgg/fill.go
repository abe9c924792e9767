package vgg

import (
	"sync"

	"fc7/internal/f32"
	"fc7/vgg/weights"
)

// Fully connected layers are read in pieces, each packed at once, so that the file's 411 MB of fc6 are never held
// beside the packed ones: 16 outputs at a time where the file has them one after the other, 64 inputs at a time where
// it has the inputs so.

func (ld *loader) fullyConnected(l Layer) error {
	t, err := ld.weights(l, canonical)
	if err != nil {
		return err
	}
	bias, err := ld.read(ld.scheme.biasOf(l))
	if err != nil {
		return err
	}
	depth := l.Kernel * l.Kernel * f32.Pad(l.In)
	j := &fillJob{
		t: t, m: f32.NewMatrix(depth, chunk(f32.Pad(l.In)), l.Out, bias, l.ReLU), l: l,
		buffers: make([][]float32, ld.team.Size()), inOrder: t.Streamed(),
	}
	pieces := (l.Out + 15) / 16
	if t.Innermost() == 0 { // neighbours in the file are outputs of one input
		if j.t, err = ld.weights(l, "HWIO"); err != nil {
			return err
		}
		j.byInput, pieces = true, l.Kernel*l.Kernel*j.inputPieces()
	} else {
		j.at = depths(l.In, l.Kernel*l.Kernel)
	}
	ld.team.Run(pieces, j)
	if j.err != nil {
		return j.err
	}
	ld.m.full[l.Name] = j.m
	return nil
}

// depths maps the packed depth (window positions, then padded channels) to the file's order (channels, then window
// positions).
func depths(in, window int) []int32 {
	c := f32.Pad(in)
	at := make([]int32, window*c)
	for p := range window {
		for i := range c {
			if i < in {
				at[p*c+i] = int32(i*window + p)
			} else {
				at[p*c+i] = -1
			}
		}
	}
	return at
}

// chunk is the length of the partial sums: the largest divisor of n up to 512 that is a multiple of Lanes.
func chunk(n int) int {
	for c := min(n, 512) / f32.Lanes * f32.Lanes; c > f32.Lanes; c -= f32.Lanes {
		if n%c == 0 {
			return c
		}
	}
	return f32.Lanes
}

// fillJob packs a fully connected layer.
type fillJob struct {
	t       *weights.Tensor // [Out,In,H,W], or by input [H,W,In,Out]
	m       *f32.Matrix
	l       Layer
	byInput bool
	at      []int32 // of each packed depth in a row of t
	buffers [][]float32

	inOrder bool // read the pieces one after the other
	reading sync.Mutex
	next    int
	mu      sync.Mutex
	err     error
}

// inputsAPiece is how many inputs are read at a time: 1 MB of fc6.
const inputsAPiece = 64

func (j *fillJob) inputPieces() int { return (j.l.In + inputsAPiece - 1) / inputsAPiece }

// piece returns where piece i lies in t, and how long it is.
func (j *fillJob) piece(i int) (off, n int) {
	if !j.byInput {
		depth := j.l.In * j.l.Kernel * j.l.Kernel
		return 16 * i * depth, min(16, j.l.Out-16*i) * depth
	}
	position, first := i/j.inputPieces(), i%j.inputPieces()*inputsAPiece
	return (position*j.l.In + first) * j.l.Out, min(inputsAPiece, j.l.In-first) * j.l.Out
}

func (j *fillJob) Do(w, i int) {
	if j.buffers[w] == nil {
		_, most := j.piece(0)
		j.buffers[w] = make([]float32, most)
	}
	i, x, err := j.read(j.buffers[w], i)
	if err != nil {
		j.mu.Lock()
		defer j.mu.Unlock()
		if j.err == nil {
			j.err = err
		}
		return
	}
	if j.byInput {
		j.packInputs(x, i)
	} else {
		j.packOutputs(x, i)
	}
}

// read fills the buffer with piece i, or, in order, with the piece whose turn it is, checks it and says which.
func (j *fillJob) read(buffer []float32, i int) (int, []float32, error) {
	if j.inOrder {
		j.reading.Lock()
		defer j.reading.Unlock()
		i = j.next
		j.next++
	}
	off, n := j.piece(i)
	if err := j.t.ReadFloat32At(buffer[:n], off); err != nil {
		return i, nil, err
	}
	return i, buffer[:n], weights.CheckFiniteAt(j.t, buffer[:n], off)
}

func (j *fillJob) packOutputs(x []float32, panel int) {
	depth := j.l.In * j.l.Kernel * j.l.Kernel
	var rows [16][]float32
	n := len(x) / depth
	for i := range n {
		rows[i] = x[i*depth : (i+1)*depth]
	}
	j.m.Set(panel, rows[:n], j.at)
}

func (j *fillJob) packInputs(x []float32, i int) {
	position, first := i/j.inputPieces(), i%j.inputPieces()*inputsAPiece
	at := position*f32.Pad(j.l.In) + first
	for k := range len(x) / j.l.Out {
		j.m.SetDepth(at+k, x[k*j.l.Out:(k+1)*j.l.Out])
	}
}
