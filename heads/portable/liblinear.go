package portable

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"strconv"
)

// WriteLIBLINEAR writes the text model that LIBLINEAR's predict and load_model read. Its features are the final
// descriptor, joined and normalised, numbered from 1; its labels are the numbers of the classes, from 1 in their order.
//
// LIBLINEAR keeps one weight vector for two labels, positive for the first: that of the first class, whose scores are
// those of the second with the sign turned, or the only one of a head of one class, whose labels are 1 and -1. Two
// classes that are not each other's opposites, as where images may have both or neither, do not fit into the format:
// they are an error. Softmax heads stand as Crammer and Singer's, which keep a vector a label.
//
// The decision values are the head's scores; LIBLINEAR divides probabilities of three classes or more by their sum, and
// gives none for softmax heads.
func WriteLIBLINEAR(w io.Writer, h Head, solver string) error {
	if err := h.check(); err != nil {
		return fmt.Errorf("writing a LIBLINEAR model: %w", err)
	}
	weights, bias, labels := h.Weights, h.Bias, make([]int, len(h.Classes))
	for k := range labels {
		labels[k] = k + 1
	}
	switch {
	case h.Sense == Softmax:
	case len(h.Classes) == 1:
		labels = []int{1, -1}
	case len(h.Classes) == 2:
		if !h.opposite() {
			return fmt.Errorf("writing a LIBLINEAR model: it holds one weight vector for two classes, and those of %s and %s are not each other's opposites: "+
				"export the head as ONNX", h.Classes[0], h.Classes[1])
		}
		weights, bias = weights[:1], bias[:1]
	}
	constant := -1
	for _, b := range bias {
		if b != 0 {
			constant = 1
		}
	}
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "solver_type %s\nnr_class %d\nlabel", solver, len(labels))
	for _, l := range labels {
		fmt.Fprintf(b, " %d", l)
	}
	fmt.Fprintf(b, "\nnr_feature %d\nbias %d\nw\n", len(weights[0]), constant)
	for i := range weights[0] {
		for k := range weights {
			writeNumber(b, weights[k][i])
		}
		b.WriteByte('\n')
	}
	if constant > 0 {
		for _, v := range bias {
			writeNumber(b, v)
		}
		b.WriteByte('\n')
	}
	return b.Flush()
}

// opposite tells whether the scores of the two classes differ in nothing but their sign, but for the rounding of their
// weights to float32.
func (h Head) opposite() bool {
	const rounding = 1e-6
	a, b := append([]float64{h.Bias[0]}, h.Weights[0]...), append([]float64{h.Bias[1]}, h.Weights[1]...)
	largest, sum := 0.0, 0.0
	for i := range a {
		largest, sum = max(largest, math.Abs(a[i])), max(sum, math.Abs(a[i]+b[i]))
	}
	return sum <= rounding*largest
}

func writeNumber(b *bufio.Writer, v float64) {
	b.WriteString(strconv.FormatFloat(v, 'g', -1, 64))
	b.WriteByte(' ')
}

// The solver types of LIBLINEAR's models that a head may stand for.
const (
	SolverLogistic     = "L2R_LR"
	SolverSquaredHinge = "L2R_L2LOSS_SVC_DUAL"
	SolverHinge        = "L2R_L1LOSS_SVC_DUAL"
	SolverSoftmax      = "MCSVM_CS" // the only one with a vector a label whatever their number
)
