package portable

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
)

// WriteLIBLINEAR writes the text model that LIBLINEAR's predict and load_model read. Its features are the final
// descriptor, joined and normalised, numbered from 1; its labels are the numbers of the classes, from 1 in their order.
//
// LIBLINEAR keeps one weight vector for two classes, positive for the first label: the difference of the head's two
// then, which gives the same labels, or the only one of a head of one class, whose labels are 1 and -1.
func WriteLIBLINEAR(w io.Writer, h Head, solver string) error {
	if err := h.check(); err != nil {
		return fmt.Errorf("writing a LIBLINEAR model: %w", err)
	}
	weights, bias, labels := h.Weights, h.Bias, make([]int, len(h.Classes))
	for k := range labels {
		labels[k] = k + 1
	}
	switch len(h.Classes) {
	case 1:
		labels = []int{1, -1}
	case 2:
		d := make([]float64, len(weights[0]))
		for i := range d {
			d[i] = weights[0][i] - weights[1][i]
		}
		weights, bias = [][]float64{d}, []float64{bias[0] - bias[1]}
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

func writeNumber(b *bufio.Writer, v float64) {
	b.WriteString(strconv.FormatFloat(v, 'g', -1, 64))
	b.WriteByte(' ')
}

// The solver types of LIBLINEAR's models that a head may stand for.
const (
	SolverLogistic     = "L2R_LR"
	SolverSquaredHinge = "L2R_L2LOSS_SVC_DUAL"
	SolverHinge        = "L2R_L1LOSS_SVC_DUAL"
)
