package catalogue

import (
	"path"
	"slices"
	"strings"

	"fc7/internal/fetch"
)

// Weights are a file of weights as its publisher offers it.
type Weights struct {
	Name       string         `json:"name"` // by which fc7 knows it: vgg16, vgg16-caffe
	Net        string         `json:"net"`  // that it holds, as package vgg names it
	URLs       []string       `json:"urls"`
	Size       int64          `json:"size,omitempty"`    // bytes; 0: not confirmed
	Digests    []fetch.Digest `json:"digests,omitempty"` // empty: not known
	Basis      string         `json:"basis"`             // what vouches for the digests
	Format     string         `json:"format"`
	Source     string         `json:"source"`
	Licence    string         `json:"licence"`
	Preprocess string         `json:"preprocessing"`      // which applies; it is chosen by the file's content
	Accuracy   *Accuracy      `json:"accuracy,omitempty"` // nil: the publisher tells none
	NoFC       bool           `json:"no_fc,omitempty"`    // the file lacks the fully connected layers
	Note       string         `json:"note,omitempty"`
}

// File is the name that the publisher gave the file, which is also its name in a cache. Publishers who call every file
// alike (model.safetensors) get the entry's name before it.
func (e Weights) File() string {
	base := path.Base(e.URLs[0])
	if strings.HasPrefix(base, "model.") {
		return e.Name + "-" + base
	}
	return base
}

// AllWeights returns the files of weights, in the order of the table. The caller owns the slice.
func AllWeights() []Weights { return slices.Clone(weights) }

// LookupWeights finds weights by their name.
func LookupWeights(name string) (Weights, bool) {
	i := slices.IndexFunc(weights, func(e Weights) bool { return e.Name == name })
	if i < 0 {
		return Weights{}, false
	}
	return weights[i], true
}

// WeightsNames lists the names of the weights.
func WeightsNames() []string {
	names := make([]string, len(weights))
	for i, e := range weights {
		names[i] = e.Name
	}
	return names
}
