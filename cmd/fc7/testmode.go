package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

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
	weights *[]string
	scales  []int
	views   string
	noFlip  bool
}

// testingFlags adds the flags. scales is what the help calls the default of --scales.
func testingFlags(cmd *cobra.Command, weights *[]string, net, classes *string, scales string) *testingChoice {
	t := &testingChoice{weights: weights}
	f := cmd.Flags()
	f.StringArrayVar(weights, "weights", nil, "weights file with the last layer, of any format that 'fc7 weights --help' lists, or the name of a fetched one; several: nets whose posteriors are averaged"+smallHelp)
	f.StringVar(net, "net", "", "net that the weights must hold; default: whatever they hold")
	f.StringVar(classes, "classes", "", "file that names the net's outputs, one a line")
	f.IntSliceVar(&t.scales, "scales", nil, "smallest image sides Q; default: "+scales)
	f.StringVar(&t.views, "views", "dense", "dense, crops, both or centre")
	f.BoolVar(&t.noFlip, "no-flip", false, "leave the mirror images out")
	return t
}

func (t *testingChoice) testing(c *console) (evaluation.Testing, error) {
	*t.weights = orSmall(c, *t.weights)
	for _, w := range *t.weights {
		if strings.TrimSpace(w) == "" {
			return evaluation.Testing{}, errors.New("--weights: want a file, found nothing")
		}
	}
	views, err := evaluation.ParseViews(t.views)
	if err != nil {
		return evaluation.Testing{}, fmt.Errorf("--%w", err)
	}
	return evaluation.Testing{Scales: t.scales, Views: views, NoFlip: t.noFlip}, nil
}
