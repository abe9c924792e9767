package vgg

import (
	"context"
	"fmt"
	"strings"

	"fc7/vgg/weights"
)

// Expected is the preprocessing that weights are taken to expect, how that was decided, and what speaks against it.
type Expected struct {
	Preprocess Preprocess `json:"preprocessing"`
	By         string     `json:"by"`               // byUser, byFile or byNames
	Sure       string     `json:"sure"`             // certain, likely or guessed
	Why        string     `json:"why"`              // in words
	Filters    *Filters   `json:"conv1_1"`          // what the first convolution tells; nil: it is random
	Doubts     []string   `json:"doubts,omitempty"` // warnings
}

// How sure a preprocessing is.
const (
	certain = "certain"
	likely  = "likely"
	guessed = "a guess"
)

// What decides a preprocessing.
const (
	byUser  = "user"
	byFile  = "file"
	byNames = "names"
)

// Notes are what a user of the weights in a file should know: that nothing but names told the preprocessing, and what
// speaks against it.
func (e Expected) Notes(path string) (lines []string) {
	if e.By == byNames {
		lines = append(lines, fmt.Sprintf("%s: images are prepared as %s (%s: %s); --preprocess says it otherwise", path, e.Preprocess.Words(), e.Sure, e.Why))
	}
	for _, doubt := range e.Doubts {
		lines = append(lines, path+": "+doubt)
	}
	return lines
}

// ExpectedOf tells what the net of a weights file expects of pixels. It reads the first convolution.
func ExpectedOf(ctx context.Context, f *weights.File) (e Expected, err error) {
	c, s, err := Recognise(f)
	if err != nil {
		return e, err
	}
	return expect(ctx, f, c, s)
}

// expect is ExpectedOf of a net as Recognise found it.
func expect(ctx context.Context, f *weights.File, c Config, s Scheme) (e Expected, err error) {
	if e.Preprocess, err = preprocessFor(f, s); err != nil {
		return e, fmt.Errorf("%s: %w", f.Path, err)
	}
	e.By, e.Sure, e.Why = decidedBy(f, s)
	if len(s.alike) > 0 {
		e.Doubts = append(e.Doubts, fmt.Sprintf("nothing in the file tells %s from %s, whose tensors are alike: it is taken for the first; --net says otherwise", c.base(), strings.Join(s.alike, ", ")))
	}
	if f.Metadata[MetaOrigin] == OriginRandom {
		return e, nil // nothing was learnt
	}
	x, err := filtersOf(ctx, f, c, s)
	if err != nil {
		return e, err
	}
	e.Filters, e.Doubts = &x, append(e.Doubts, x.disagree(e.Preprocess)...)
	if e.By == byUser && s.preprocess != nil {
		if q, err := s.preprocess(f); err == nil && !q.Same(e.Preprocess) && f.Metadata[metaAverageImage] != "" {
			e.Doubts = append(e.Doubts, "the file has an averageImage of its own: "+q.Words())
		}
	}
	if own := e.Preprocess; c.Classes == vggFaces && !own.Same(vggface) && !own.Same(vggface.turned()) && e.Sure != certain {
		e.Doubts = append(e.Doubts, fmt.Sprintf("its %d outputs are as many as VGG-Face's, whose mean is another (%s; MatConvNet's file of it is RGB)", vggFaces, vggface.Words()))
	}
	return e, nil
}

// vggFaces are the people that VGG-Face tells apart.
const vggFaces = 2622

// decidedBy tells what decided the preprocessing of a file.
func decidedBy(f *weights.File, s Scheme) (by, sure, why string) {
	how, origin := f.Metadata[MetaPreprocessBy], f.Metadata[MetaOrigin]
	switch {
	case f.Metadata[MetaPreprocess] == "" && f.Metadata[metaAverageImage] != "" && s.preprocess != nil:
		return byFile, certain, "the mean is in the file, and the order MatConvNet's"
	case f.Metadata[MetaPreprocess] == "" && s.before && s.Name != TorchvisionNames.Name:
		return byNames, likely, "the net, whose published weights take that colour; a mean image is taken as its mean colour"
	case f.Metadata[MetaPreprocess] == "":
		return byNames, sureness[s.Name].sure, sureness[s.Name].why
	case how == saidBy:
		return byUser, certain, saidBy
	case origin == OriginRandom, strings.Contains(origin, "trained by fc7"), strings.Contains(origin, "fine-tuned by fc7"): // see pipeline/training
		return byFile, certain, "recorded when fc7 made the weights"
	}
	if names, ok := strings.CutPrefix(how, orderBy); ok {
		t := sureness[names]
		return byUser, t.sure, "the order said by the user, mean and range by " + t.why
	}
	names, ok := strings.CutPrefix(how, namesBy)
	if !ok {
		names = f.Metadata[MetaSourceNames]
	}
	if t, known := sureness[names]; known {
		return byFile, t.sure, "recorded when the file was converted, from " + t.why
	}
	return byFile, certain, "recorded in the file"
}

// sureness is what the names of tensors tell of the preprocessing, by the name of their scheme.
var sureness = map[string]struct{ sure, why string }{
	"torchvision": {guessed, "the tensor names of torchvision, which nets converted from Caffe (BGR, 0 to 255) and nets trained by others have too"},
	"timm":        {likely, "the tensor names of timm"},
	"caffe":       {likely, "the layer names of the authors' Caffe models, which nets trained with another mean have too"},
	"tf-slim":     {likely, "the tensor names of TensorFlow-slim"},
	"numpy-dict":  {likely, "the names of vgg16.npy and vgg19.npy"},
	"numpy-npz":   {likely, "the names of vgg16_weights.npz"},
	"keras":       {likely, "the layer names of Keras applications, whose nets are the authors'"},
	"keras3":      {guessed, "the names of Keras 3, which any net of the shape has; those of Keras applications are the authors'"},
	"matconvnet":  {likely, "the names of MatConvNet, whose nets are the authors' turned to RGB"},
	"graph":       {guessed, "the name of the graph's first operator"},
}
