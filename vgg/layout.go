package vgg

import (
	"fmt"
	"slices"
	"strings"
)

// Axes says how a file lays out a layer's weights: the axes of its tensor, outermost first, in the letters O (outputs),
// I (inputs), H and W (the window), with spaces between them. Letters written together are one axis, flattened in that
// order. "O I H W" is PyTorch's and Caffe's convolution, "H W I O" TensorFlow's; "O IHW" is a fully connected layer
// whose inputs were flattened channels first, "HWI O" one by in-out whose inputs were flattened channels last.
type Axes string

// Layout is how a source lays out its weights.
type Layout struct {
	conv Axes // of convolutions
	fc   Axes // of fc6 and fc7; fc7 is an fc6 with a window of 1x1
	fc8  Axes // of fc8; empty: as FC
}

// The layouts of the sources.
var (
	layoutCaffe   = Layout{conv: "O I H W", fc: "O IHW"}
	layoutTimm    = Layout{conv: "O I H W", fc: "O I H W", fc8: "O IHW"}
	layoutSlim    = Layout{conv: "H W I O", fc: "H W I O"}
	layoutFlatHWC = Layout{conv: "H W I O", fc: "HWI O"}
)

// of returns the axes of a layer's weights.
func (a Layout) of(l Layer) Axes {
	switch {
	case l.Kind == Convolution:
		return a.conv
	case l.Name == "fc8" && a.fc8 != "":
		return a.fc8
	}
	return a.fc
}

// canonical is the order that the loader works in.
const canonical = "OIHW"

// sizes are the extents of a layer's weights by letter.
func (l Layer) sizes(letter rune) int {
	switch letter {
	case 'O':
		return l.Out
	case 'I':
		return l.seen()
	}
	return l.Kernel
}

// check tells whether each letter of OIHW occurs once.
func (a Axes) check() error {
	letters := strings.ReplaceAll(string(a), " ", "")
	if len(letters) != len(canonical) {
		return fmt.Errorf("axes %q: want each of O, I, H and W once", a)
	}
	for _, c := range canonical {
		if !strings.ContainsRune(letters, c) {
			return fmt.Errorf("axes %q: want each of O, I, H and W once", a)
		}
	}
	return nil
}

// split are the extents of each axis of the file, one by letter.
func (a Axes) split(l Layer) [][]int {
	var out [][]int
	for axis := range strings.FieldsSeq(string(a)) {
		var parts []int
		for _, c := range axis {
			parts = append(parts, l.sizes(c))
		}
		out = append(out, parts)
	}
	return out
}

// shape is the shape of a layer's weights in the file.
func (a Axes) shape(l Layer) []int {
	var out []int
	for _, parts := range a.split(l) {
		n := 1
		for _, d := range parts {
			n *= d
		}
		out = append(out, n)
	}
	return out
}

// order are the places of the letters of to among those of a.
func (a Axes) order(to string) []int {
	letters := strings.ReplaceAll(string(a), " ", "")
	out := make([]int, len(to))
	for i, c := range to {
		out[i] = strings.IndexRune(letters, c)
	}
	return out
}

// outputs finds the number of outputs in the shape of a file's tensor, 0 if it has other axes.
func (a Axes) outputs(shape []int) int {
	axes := strings.Fields(string(a))
	if len(axes) != len(shape) {
		return 0
	}
	for i, axis := range axes {
		if axis == "O" {
			return shape[i]
		}
	}
	return 0
}

// window is the side of a layer's window in the shape of a file's tensor, 0 where it has no axis of its own.
func (a Axes) window(shape []int) int {
	if i := slices.Index(strings.Fields(string(a)), "H"); i >= 0 && i < len(shape) {
		return shape[i]
	}
	return 0
}

// flat is how a source whose convolutions lie so has a fully connected layer as a matrix: inputs flattened in the order
// of the convolution's axes.
func (a Axes) flat() Axes {
	letters := strings.ReplaceAll(string(a), " ", "")
	if rest, first := strings.CutPrefix(letters, "O"); first {
		return Axes("O " + rest)
	}
	return Axes(strings.TrimSuffix(letters, "O") + " O")
}
