package localise

import (
	"encoding/json"
	"fmt"
	"math"
)

// The ways of a last layer to give boxes (appendix A of the paper).
const (
	// Single-class regression: 4 outputs, whatever the class.
	Single = "scr"
	// PerClass regression: 4 outputs a class.
	PerClass = "pcr"
)

// Head says what the outputs of a net mean that predicts boxes: it travels with the weights.
type Head struct {
	Regress string   `json:"regress"` // Single or PerClass
	Classes []string `json:"classes"` // of PerClass in the order of the outputs
	// Mean and Deviation turn the outputs of a class, in the order of Place.Centred, into units of the crop's side: by
	// the deviation, and then the mean is added.
	Mean      [4]float64 `json:"mean"`
	Deviation [4]float64 `json:"deviation"`
	// Side is the smallest side of an image whose middle the net was validated on, Crop the side of that.
	Side int `json:"side"`
	Crop int `json:"crop"`
	// Central is the share of the image's sides of the box in its middle that is right on most training images.
	Central float64 `json:"central"`
}

// Outputs is the width of the last layer.
func (h *Head) Outputs() int {
	if h.Regress == PerClass {
		return 4 * len(h.Classes)
	}
	return 4
}

// at is where the outputs of a class begin.
func (h *Head) at(class int) int {
	if h.Regress == PerClass {
		return 4 * class
	}
	return 0
}

// Target writes what the outputs are to be for the place of an object of a class: NaN where they do not count.
func (h *Head) Target(dst []float32, p Place, class int) {
	for i := range dst {
		dst[i] = float32(math.NaN())
	}
	for i, v := range p.Centred() {
		dst[h.at(class)+i] = float32((v - h.Mean[i]) / h.Deviation[i])
	}
}

// Place is where the outputs say that an object of a class is.
func (h *Head) Place(outputs []float32, class int) Place {
	var c [4]float64
	for i := range c {
		c[i] = float64(float64(outputs[h.at(class)+i])*h.Deviation[i]) + h.Mean[i] // rounded, so that the sum is not fused
	}
	return placeOf(c)
}

// Encode is the text that ParseHead reads.
func (h *Head) Encode() (string, error) {
	text, err := json.Marshal(h)
	return string(text), err
}

// ParseHead reads the Head that Encode wrote, and checks it.
func ParseHead(text string) (*Head, error) {
	h := new(Head)
	if err := json.Unmarshal([]byte(text), h); err != nil {
		return nil, fmt.Errorf("what boxes the net gives: want a JSON object: %w", err)
	}
	if h.Regress != Single && h.Regress != PerClass {
		return nil, fmt.Errorf("what boxes the net gives: want the regression %s or %s, found %q", Single, PerClass, h.Regress)
	}
	if len(h.Classes) == 0 || h.Crop < 1 || h.Side < h.Crop || h.Side > 1<<16 {
		return nil, fmt.Errorf("what boxes the net gives: want one class or more and a crop within an image, found %d, and %d of %d pixels", len(h.Classes), h.Crop, h.Side)
	}
	if !(h.Central > 0 && h.Central <= 1) {
		return nil, fmt.Errorf("what boxes the net gives: want a central box of a share of more than 0 to 1, found %v", h.Central)
	}
	for i := range 4 {
		if m, d := h.Mean[i], h.Deviation[i]; math.IsNaN(m) || math.Abs(m) > maxUnits || !(d > 0 && d <= maxUnits) {
			return nil, fmt.Errorf("what boxes the net gives: want a mean, and a deviation above 0, of numbers up to %g, found %v and %v", maxUnits, m, d)
		}
	}
	return h, nil
}

// maxUnits bounds what targets may be shifted and scaled by.
const maxUnits = 1e6
