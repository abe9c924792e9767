package train

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"fc7/internal/usage"
)

// Init is how weights start. Biases start at 0.
type Init int

// The initialisations. Fan-in and fan-out count the weights into and out of a unit.
const (
	He     Init = iota // N(0, 2/fan-in): He et al. 2015, arXiv 1502.01852
	Glorot             // uniform in ±sqrt(6/(fan-in + fan-out)): Glorot and Bengio 2010
	Normal             // N(0, variance 1e-2): the paper's net A (section 3.1)
)

// String returns the name of the initialisation.
func (i Init) String() string {
	switch i {
	case He:
		return "He"
	case Glorot:
		return "Glorot"
	case Normal:
		return "normal"
	}
	return fmt.Sprintf("initialisation %d", int(i))
}

// InitHelp explains the names of the initialisations.
const InitHelp = "He (N(0, 2/fan-in)), Glorot (uniform), or normal (N(0, 0.01), the paper's net A)"

// ParseInit reads what String writes.
func ParseInit(name string) (Init, error) {
	for _, i := range []Init{He, Glorot, Normal} {
		if strings.EqualFold(name, i.String()) {
			return i, nil
		}
	}
	return 0, usage.Unknown("initialisation", name, He.String(), Glorot.String(), Normal.String())
}

// drawInitial fills a tensor's values. They depend on the seed and the tensor's place in the net alone. A tensor
// without fan-in is a bias and stays 0.
func drawInitial(data []float32, kind Init, fanIn, fanOut int, seed, index uint64) {
	if fanIn == 0 {
		return
	}
	r := rand.New(rand.NewPCG(seed, index))
	next := func() float64 { return 0.1 * r.NormFloat64() }
	switch kind {
	case He:
		sigma := math.Sqrt(2 / float64(fanIn))
		next = func() float64 { return sigma * r.NormFloat64() }
	case Glorot:
		limit := math.Sqrt(6 / float64(fanIn+fanOut))
		next = func() float64 { return limit * (2*r.Float64() - 1) }
	}
	for i := range data {
		data[i] = float32(next())
	}
}
