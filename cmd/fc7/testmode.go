package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"fc7/extract"
	"fc7/internal/usage"
	"fc7/pipeline/download"
	"fc7/pipeline/evaluation"
)

// testingHelp explains the flags that classify and evaluate share.
const testingHelp = `Testing follows the paper (arXiv 1409.1556, section 3.2). --scales are smallest sides Q;
--views dense (the default) applies the net to the whole image and averages the class scores
over space; crops takes a regular grid of 5x5 crops; both averages the two; centre is
torchvision's one crop of 224, at Q = 256 and without its mirror. Posteriors (softmax) are
averaged over the mirror images, the scales, the views and, where --weights is given several
times, the nets.

`

const classesHelp = `Classes are named by --classes, else by the weights where they name them (nets that fc7
trained do), else, for nets of 1000 outputs, by ImageNet's list in the order of the
published nets.`

// testingChoice are the flags of a way of testing.
type testingChoice struct {
	evaluation.Testing
	weights *[]string
	as      readingFlags
}

// testingFlags adds the flags. scales are those that are taken where none are given.
func testingFlags(cmd *cobra.Command, weights *[]string, net, classes *string) *testingChoice {
	t := &testingChoice{weights: weights}
	f := cmd.Flags()
	f.StringArrayVar(weights, "weights", nil, "weights file with the last layer"+weightsHelp+"; several: nets whose posteriors are averaged"+smallHelp)
	t.as.add(cmd)
	netFlag(cmd, net, "net that the weights must hold; default: whatever they hold")
	f.StringVar(classes, "classes", "", "file that names the net's outputs, one a line")
	scalesFlag(cmd, &t.Scales, "smallest image sides Q")
	dense, centre := evaluation.DefaultScales(nil), evaluation.DefaultScales([]extract.ViewMode{extract.ViewsCentre})
	f.Lookup("scales").DefValue = fmt.Sprintf("%s; %s with --views centre", commas(dense), commas(centre))
	flag(f, &t.Views, "views", "string", extract.ViewsDense.String(), evaluation.ParseViews, "dense, crops, both or centre")
	f.BoolVar(&t.NoFlip, "no-flip", false, "leave the mirror images out")
	return t
}

func (t *testingChoice) testing(c *console) (evaluation.Testing, download.Readings, error) {
	*t.weights = orSmall(c, *t.weights)
	for _, w := range *t.weights {
		if strings.TrimSpace(w) == "" {
			return evaluation.Testing{}, nil, usage.Unfit("--weights", w, "a file")
		}
	}
	as, err := t.as.readings(len(*t.weights))
	if err != nil {
		return evaluation.Testing{}, nil, err
	}
	return t.Testing, as, t.Check()
}

// commas writes numbers as a flag takes them.
func commas[T any](numbers []T) string {
	return strings.ReplaceAll(strings.Trim(fmt.Sprint(numbers), "[]"), " ", ",")
}
