package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"fc7/pipeline/evaluation"
)

const classifyExample = `  fc7 classify accordion.jpg
  fc7 classify --weights vgg16.pth cat.jpg dog.png
  fc7 classify --weights vgg16.pth --weights vgg19.pth --scales 256,384,512 --views both cat.jpg
  fc7 classify --weights finetuned.safetensors --json --top 3 folder:/data/new > answers.jsonl
  fc7 classify --weights vgg16.caffemodel --split test --submission d.txt imagenet:/data/imagenet`

func newClassify(c *console) *cobra.Command {
	var j evaluation.ClassifyJob
	var to submissionFlags
	cmd := &cobra.Command{
		Use: "classify IMAGE|DATASET…", Short: "the classes a net sees in images, with their probabilities",
		Long: `Classify runs whole nets over images and prints the most probable classes. Image files and
data sets (KIND:PATH) can be mixed; an image that cannot be read is told with its reason,
and the exit status is then 3. A file that is named and is not there is an error.

` + submissionHelp + `

` + testingHelp + classesHelp + "\n\n" + readingHelp,
		Example: classifyExample,
		Args:    atLeastOne("IMAGE or DATASET"),
	}
	f := cmd.Flags()
	t := testingFlags(cmd, &j.Weights, &j.Net, &j.Classes)
	j.Top = 5
	wholeFlag(f, &j.Top, "top", 1, "classes to print an image")
	to.add(cmd, &j.Choice)
	maxPixelsFlag(cmd, &j.Decode, "larger images fail")
	memoryFlag(cmd)
	foldersFlag(cmd, &j.Choice)
	columnFlags(cmd, &j.Choice)
	threadsFlag(cmd, &j.Threads, netThreads)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		var err error
		if j.Testing, j.As, err = t.testing(c); err != nil {
			return err
		}
		j.Inputs = args
		if to.file != "" {
			return to.classify(cmd, c, j)
		}
		if err := idle(cmd, "no --submission is written", "devkit", "force"); err != nil {
			return err
		}
		tell := func(a evaluation.Classified) error { return c.answer(a, classifiedText(a)) }
		return evaluation.Classify(cmd.Context(), j, tell, c.events())
	}
	return cmd
}

// classifiedText is a line for the image, and one for each class.
func classifiedText(a evaluation.Classified) string {
	var b strings.Builder
	b.WriteString(a.Image)
	if len(a.Labels) > 0 {
		fmt.Fprintf(&b, "  (%s)", strings.Join(a.Labels, ", "))
	}
	b.WriteByte('\n')
	if a.Error != "" {
		fmt.Fprintf(&b, "  failed: %s\n", a.Error)
	}
	for _, p := range a.Top {
		fmt.Fprintf(&b, "  %6.2f %%  ", 100*p.Probability)
		if p.Name != "" {
			fmt.Fprintf(&b, "%s  %s\n", p.Label, p.Name)
		} else {
			fmt.Fprintf(&b, "%s\n", p.Label)
		}
	}
	return b.String()
}
