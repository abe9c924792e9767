package svm

import (
	"fmt"
	"math"
	"runtime"
	"strings"

	"fc7/internal/machine"
	"fc7/internal/usage"
)

// Loss is what a row on the wrong side of its margin costs.
type Loss int

// The losses, of the margin m = y wᵀx and ξ = max(0, 1 - m); that of Softmax is of all classes together (see
// softmax.go).
const (
	SquaredHinge Loss = iota // ξ²; LIBLINEAR's -s 1 and -s 2
	Hinge                    // ξ; LIBLINEAR's -s 3
	Logistic                 // log(1 + e^-m); LIBLINEAR's -s 0 and -s 7; scores are log odds
	Softmax                  // -log p of the row's class; scikit-learn's LogisticRegression; each row is of one class
)

// String returns the field's name of the loss.
func (l Loss) String() string {
	switch l {
	case SquaredHinge:
		return "squared hinge"
	case Hinge:
		return "hinge"
	case Logistic:
		return "logistic"
	case Softmax:
		return "softmax"
	}
	return fmt.Sprintf("loss %d", int(l))
}

// MarshalText writes the name of String.
func (l Loss) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText reads what ParseLoss reads.
func (l *Loss) UnmarshalText(b []byte) (err error) {
	*l, err = ParseLoss(string(b))
	return usage.InFile(err)
}

// ParseLoss reads the name of a loss; dashes stand for spaces. Another word is wrong usage (package usage).
func ParseLoss(s string) (Loss, error) {
	switch strings.ReplaceAll(s, "-", " ") {
	case "squared hinge":
		return SquaredHinge, nil
	case "hinge":
		return Hinge, nil
	case "logistic":
		return Logistic, nil
	case "softmax":
		return Softmax, nil
	}
	return 0, usage.Unknown("loss", s, "squared-hinge", "hinge", "logistic", "softmax")
}

// The defaults of [Options]. At this Epsilon the squared hinge's objectives are within about 1e-5 of their minimum up
// to C = 256, the hinge's are not; README.md of this folder has what was measured.
const (
	DefaultC       = 1.0
	DefaultWeight  = 1.0
	DefaultEpsilon = 0.001
)

// The bounds of what a row costs, far beyond those at which another C changes a head: their squares, times rows, are
// numbers still.
const (
	leastCost = 1e-100
	mostCost  = 1e+100
)

// Options of training; the zero value works.
type Options struct {
	C    float64 // cost of a margin violation, of leastCost to mostCost, also times a weight; 0: DefaultC
	Loss Loss    // zero value: squared hinge, LIBLINEAR's default

	// Bias is the constant that is appended to each row and regularised with the rest (LIBLINEAR's -B; scikit-learn's
	// intercept_scaling). 0: none, which is LIBLINEAR's default.
	Bias float64

	// PositiveWeight and NegativeWeight multiply C for rows of that sign; 0: DefaultWeight.
	PositiveWeight, NegativeWeight float64

	// Epsilon bounds the optimality violation at the end: the largest minus the smallest projected gradient of the dual
	// over all rows (section 3.2 of the paper); of the logistic and the softmax loss √(gap / f(w)), so that ε² bounds
	// the relative gap. 0: DefaultEpsilon.
	Epsilon float64

	// MaxIterations bounds the passes over the rows for a class. 0: 1000. Where it is reached, squared hinge and hinge
	// are finished by Newton steps, while the logistic loss, all of whose steps are Newton's, ends with Converged
	// false.
	MaxIterations int

	// Standardise divides each value by its column's deviation over the rows, after subtracting its mean. The model is
	// for rows as they are given. Softmax only.
	Standardise bool

	noShrinking bool   // visit all rows in each pass
	noNewton    bool   // not for the logistic loss: end with Converged false where MaxIterations is reached
	Seed        uint64 // of the order of the rows
	Threads     int    // 0: all cores; the result does not depend on it

	// Memory is how many bytes rows and what is known of them may take. Rows that need more pass by in blocks, and the
	// model is another one within the tolerance. 0: what the system has free.
	Memory int64
}

func (o Options) withDefaults() (Options, error) {
	for _, v := range []struct {
		name  string
		value *float64
		def   float64
	}{
		{"C", &o.C, DefaultC},
		{"PositiveWeight", &o.PositiveWeight, DefaultWeight},
		{"NegativeWeight", &o.NegativeWeight, DefaultWeight},
		{"Epsilon", &o.Epsilon, DefaultEpsilon},
	} {
		if *v.value == 0 {
			*v.value = v.def
		}
		if !(*v.value > 0) || math.IsInf(*v.value, 0) {
			return o, usage.Errorf("svm: %s is %v, expected a positive number", v.name, *v.value)
		}
	}
	if err := o.checkCosts(); err != nil {
		return o, err
	}
	if !(o.Bias >= 0 && o.Bias <= mostCost) {
		return o, usage.Errorf("svm: Bias is %v, expected 0 (none) or a positive number of at most %g", o.Bias, mostCost)
	}
	if o.Loss < SquaredHinge || o.Loss > Softmax {
		return o, usage.Errorf("svm: unknown loss %d", int(o.Loss))
	}
	if err := o.fitLoss(); err != nil {
		return o, err
	}
	if o.MaxIterations < 0 || o.Threads < 0 || o.Memory < 0 {
		return o, usage.Errorf("svm: MaxIterations %d, Threads %d and Memory %d must not be negative", o.MaxIterations, o.Threads, o.Memory)
	}
	if o.MaxIterations == 0 {
		o.MaxIterations = 1000
	}
	if o.Threads == 0 {
		o.Threads = runtime.GOMAXPROCS(0)
	}
	return o, nil
}

// memory is what may be used; 0: not known.
func (o Options) memory() int64 {
	if o.Memory > 0 {
		return o.Memory
	}
	return machine.Available()
}

// checkCosts refuses costs of which no head comes.
func (o Options) checkCosts() error {
	for _, v := range []struct {
		name  string
		value float64
	}{
		{"C", o.C},
		{"C times PositiveWeight", o.cost(1)},
		{"C times NegativeWeight", o.cost(-1)},
	} {
		if !(v.value >= leastCost && v.value <= mostCost) {
			return usage.Errorf("svm: %s is %g, expected %g to %g", v.name, v.value, leastCost, mostCost)
		}
	}
	return nil
}

// Check refuses options that training would refuse.
func (o Options) Check() error {
	_, err := o.withDefaults()
	return err
}

// fitLoss refuses what the loss has no place for.
func (o Options) fitLoss() error {
	if o.Loss != Softmax {
		if o.Standardise {
			return usage.Errorf("svm: the %s loss takes values as they are; softmax can standardise them", o.Loss)
		}
		return nil
	}
	if o.Bias != 0 {
		return usage.Errorf("svm: a bias of %v: the softmax loss has intercepts of its own, which are not regularised", o.Bias)
	}
	if o.PositiveWeight != DefaultWeight || o.NegativeWeight != DefaultWeight {
		return usage.Errorf("svm: weights of %v and %v for positive and negative rows: the softmax loss has neither", o.PositiveWeight, o.NegativeWeight)
	}
	return nil
}

// cost returns C_i of a row with label y.
func (o Options) cost(y int8) float64 {
	if y > 0 {
		return o.C * o.PositiveWeight
	}
	return o.C * o.NegativeWeight
}

// dual returns the diagonal d_i and the upper bound u_i of a row with label y.
func (o Options) dual(y int8) (diagonal, upper float64) {
	if o.Loss == Hinge {
		return 0, o.cost(y)
	}
	return 1 / (2 * o.cost(y)), math.Inf(1)
}
