package evaluation

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"fc7/datasets"
	"fc7/pipeline/backbone"
)

// Class is an output of a net.
type Class struct {
	Label string `json:"label"`          // as a data set calls it: a WordNet id for ImageNet
	Name  string `json:"name,omitempty"` // in words, where they are other than the label
}

// String is the name for a table: the first of the words, with the label where there are words.
func (c Class) String() string {
	if c.Name == "" {
		return c.Label
	}
	return datasets.Synset{Name: c.Name}.Short()
}

// ClassesOf are the outputs of the net: those of the file, a list of the user's own; else those that the weights name;
// else, of 1000 outputs, the classes of ILSVRC-2012 by WordNet id, the order of all published nets. 1001 outputs are
// these behind a background class, as in TensorFlow-slim.
func ClassesOf(n *backbone.Net, file string) ([]Class, error) {
	outputs := n.Config.Classes
	var classes []Class
	switch {
	case outputs == 0:
		return nil, fmt.Errorf("%s: %s here has no fc8, so no classes: weights with the last layer are needed", n.Path, n.Config.Name)
	case outputs == 1:
		return nil, fmt.Errorf("%s: the net has one output, whose probability is 1 for every image: a net of two classes or more is needed", n.Path)
	case file != "":
		var err error
		if classes, err = readClasses(file); err != nil {
			return nil, err
		}
		if len(classes) != outputs {
			return nil, fmt.Errorf("%s: %d classes, but the net of %s has %d outputs", file, len(classes), n.Path, outputs)
		}
		return classes, nil
	case n.NoLabels != nil:
		return nil, n.NoLabels
	case n.Labels != nil:
		for _, l := range n.Labels {
			classes = append(classes, parseClass(l))
		}
		return classes, nil
	}
	imagenet := datasets.ILSVRC2012()
	if outputs == len(imagenet)+1 {
		classes = append(classes, Class{Label: Background})
	}
	for _, s := range imagenet {
		classes = append(classes, Class{s.WNID, s.Name})
	}
	if len(classes) != outputs {
		return nil, fmt.Errorf("%s: the net has %d outputs, and the file does not name their classes: give them, one a line in the order of the outputs",
			n.Path, outputs)
	}
	return classes, nil
}

// Bounds of a list of classes.
const (
	maxClasses   = 1_000_000
	maxClassLine = 4096
)

// readClasses reads a list of classes, one a line in the order of the outputs: "n01440764 tench, Tinca tinca", the
// WordNet id alone, or any name.
func readClasses(path string) ([]Class, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("the list of classes: %w", err)
	}
	defer f.Close()
	sc := bufio.NewScanner(io.LimitReader(f, maxClasses*maxClassLine))
	sc.Buffer(nil, maxClassLine)
	var classes []Class
	seen := map[string]int{}
	for sc.Scan() {
		line := strings.TrimSpace(strings.TrimPrefix(sc.Text(), "\ufeff"))
		n := len(classes) + 1
		if line == "" || n > maxClasses {
			return nil, fmt.Errorf("%s:%d: want a class a line, at most %d, found %q", path, n, maxClasses, line)
		}
		c := parseClass(line)
		if before := seen[c.Label]; before > 0 {
			return nil, fmt.Errorf("%s:%d: the class %s is in line %d already", path, n, c.Label, before)
		}
		seen[c.Label] = n
		classes = append(classes, c)
	}
	if err := sc.Err(); err != nil {
		return nil, fmt.Errorf("%s:%d: %w", path, len(classes)+1, err)
	}
	return classes, nil
}

func parseClass(line string) Class {
	if s, ok := datasets.ParseSynset(line); ok {
		return Class{s.WNID, s.Name}
	}
	return Class{Label: line}
}

// sameClasses tells whether the posteriors of two nets may be averaged.
func sameClasses(a, b []Class) bool {
	return slices.EqualFunc(a, b, func(x, y Class) bool { return x.Label == y.Label })
}
