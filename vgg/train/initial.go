package train

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"

	"fc7/internal/usage"
)

// Init is how weights start. Biases start at 0. The zero value is He.
type Init struct {
	scheme scheme
	sigma  float64 // the deviation, of normal alone
}

// scheme is a way to choose the size of random weights.
type scheme int

// The schemes. Fan-in and fan-out count the weights into and out of a unit.
const (
	he     scheme = iota // N(0, 2/fan-in): He et al. 2015, arXiv 1502.01852
	glorot               // uniform in ±sqrt(6/(fan-in + fan-out)): Glorot and Bengio 2010
	normal               // N(0, sigma²)
)

// paperSigma is the deviation of the paper's net A: the text says a variance of 1e-2, which is ten times as wide, the
// authors' code for MatConvNet 0.01, as Krizhevsky et al. 2012 have it.
const paperSigma = 0.01

// String returns what ParseInit reads.
func (i Init) String() string {
	switch i.scheme {
	case he:
		return "He"
	case glorot:
		return "Glorot"
	case normal:
		return "normal:" + strconv.FormatFloat(i.sigma, 'g', -1, 64)
	}
	return fmt.Sprintf("initialisation %d", int(i.scheme))
}

// check refuses what is not an initialisation.
func (i Init) check() error {
	switch {
	case i.scheme < he || i.scheme > normal:
		return fmt.Errorf("train: unknown initialisation %d", int(i.scheme))
	case i.scheme == normal && !(i.sigma > 0 && finite(i.sigma)):
		return fmt.Errorf("train: initial weights of deviation %v, expected a positive number", i.sigma)
	}
	return nil
}

// InitHelp explains the names of the initialisations.
const InitHelp = "He (N(0, 2/fan-in)), Glorot (uniform), or normal:SIGMA (N(0, SIGMA²); normal alone: 0.01, that of the authors' net A)"

// ParseInit reads the name of an initialisation, in any case of letters.
func ParseInit(name string) (Init, error) {
	scheme, sigma, given := strings.Cut(name, ":")
	for _, i := range []Init{{}, {scheme: glorot}, {scheme: normal, sigma: paperSigma}} {
		known, _, _ := strings.Cut(i.String(), ":")
		switch {
		case !strings.EqualFold(scheme, known):
			continue
		case !given:
			return i, nil
		case i.scheme != normal:
			return Init{}, usage.Unfit("", name, known+" alone")
		}
		var err error
		if i.sigma, err = strconv.ParseFloat(sigma, 64); err != nil || i.check() != nil {
			return Init{}, usage.Unfit("", name, "normal:SIGMA with a positive number, such as normal:0.01")
		}
		return i, nil
	}
	return Init{}, usage.Unknown("initialisation", name, "He", "Glorot", "normal")
}

// drawInitial fills a tensor's values. They depend on the seed and the tensor's place in the net alone. A tensor
// without fan-in is a bias and stays 0.
func drawInitial(data []float32, init Init, fanIn, fanOut int, seed, index uint64) {
	if fanIn == 0 {
		return
	}
	r := rand.New(rand.NewPCG(seed, index))
	next := func() float64 { return init.sigma * r.NormFloat64() }
	switch init.scheme {
	case he:
		sigma := math.Sqrt(2 / float64(fanIn))
		next = func() float64 { return sigma * r.NormFloat64() }
	case glorot:
		limit := math.Sqrt(6 / float64(fanIn+fanOut))
		next = func() float64 { return limit * (2*r.Float64() - 1) }
	}
	for i := range data {
		data[i] = float32(next())
	}
}
