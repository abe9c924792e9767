package datasets

import (
	_ "embed"
	"strings"
	"sync"
)

// Synset is a class of ImageNet.
type Synset struct {
	WNID string // WordNet id, "n01440764"
	Name string // its words, "tench, Tinca tinca"
}

// Short is the first of the words, "tench". It does not always tell classes apart: there are two cranes and two
// maillots.
func (s Synset) Short() string {
	short, _, _ := strings.Cut(s.Name, ", ")
	return short
}

// ParseSynset reads a line that begins with a WordNet id, with or without words after it; without them they are those
// of ILSVRC-2012. ok is false where the line does not.
func ParseSynset(line string) (s Synset, ok bool) {
	s.WNID, s.Name, _ = strings.Cut(line, " ")
	if !isWNID(s.WNID) {
		return Synset{}, false
	}
	if s.Name = strings.TrimSpace(s.Name); s.Name == "" {
		if i, known := synsetPlaces()[s.WNID]; known {
			return ILSVRC2012()[i], true
		}
		s.Name = s.WNID
	}
	return s, true
}

// synsetsText is the challenge's list of synsets, one a line, as it has been published since Caffe's synset_words.txt
// (ONNX's model zoo: synset.txt).
//
//go:embed synsets.txt
var synsetsText string

// ILSVRC2012 returns the 1000 classes of ILSVRC-2012 sorted by WordNet id, which is the order of the outputs of the
// published nets: Caffe's, torchvision's, Keras's and MatConvNet's, and TensorFlow-slim's after its background class.
// It is not the order of ILSVRC2012_ID in the development kit. The slice is shared and must not be changed.
var ILSVRC2012 = sync.OnceValue(func() []Synset {
	var all []Synset
	for line := range strings.Lines(synsetsText) {
		wnid, name, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		all = append(all, Synset{wnid, name})
	}
	return all
})

// synsetPlaces are the classes of ILSVRC-2012 and their places.
var synsetPlaces = sync.OnceValue(func() map[string]int {
	m := make(map[string]int)
	for i, s := range ILSVRC2012() {
		m[s.WNID] = i
	}
	return m
})

// isWNID reports whether a name is that of a synset: n and eight digits.
func isWNID(name string) bool {
	return len(name) == 9 && name[0] == 'n' && digits(name[1:])
}
