package portable

import (
	"fmt"
	"math"
)

// Place says where vectors are divided by their L2 norm in joining: before, after, both or none.
type Place struct{ Before, After bool }

// Part makes one descriptor of the matrices of several scales. Inputs name them; Widths are their columns.
type Part struct {
	Inputs []string
	Widths []int
	How    string // "mean", "max" or "stack"
	L2     Place
}

// Head is a set of linear classifiers on a descriptor that is joined of one or several parts.
type Head struct {
	Classes []string
	Parts   []Part
	L2      Place       // in stacking the parts; of one part without meaning
	Weights [][]float64 // [K][D]
	Bias    []float64   // [K], added to the score
	Sense   Sense       // of the scores
	Source  string      // what made the head, as JSON; it goes into the file
}

// Sense is what scores mean.
type Sense int

// Scores are distances from a plane, log odds of each class, or log odds of all classes together.
const (
	Distances Sense = iota
	Logistic
	Softmax
)

// width returns the length of a part's descriptor.
func (p Part) width() int {
	if p.How != "stack" {
		return p.Widths[0]
	}
	sum := 0
	for _, w := range p.Widths {
		sum += w
	}
	return sum
}

func (h Head) check() error {
	if len(h.Classes) == 0 || len(h.Parts) == 0 || len(h.Weights) != len(h.Classes) || len(h.Bias) != len(h.Classes) {
		return fmt.Errorf("a head of %d classes and %d parts with %d weight vectors and %d biases", len(h.Classes), len(h.Parts), len(h.Weights), len(h.Bias))
	}
	d := 0
	for _, p := range h.Parts {
		if len(p.Inputs) == 0 || len(p.Inputs) != len(p.Widths) || p.How != "mean" && p.How != "max" && p.How != "stack" {
			return fmt.Errorf("a part that is the %q of %d inputs with %d widths", p.How, len(p.Inputs), len(p.Widths))
		}
		d += p.width()
	}
	for k, w := range h.Weights {
		if len(w) != d {
			return fmt.Errorf("class %s has %d weights, descriptors have %d values", h.Classes[k], len(w), d)
		}
		for _, v := range append([]float64{h.Bias[k]}, w...) {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("class %s has the weight %v", h.Classes[k], v)
			}
		}
	}
	return nil
}
