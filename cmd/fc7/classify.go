package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"fc7/internal/usage"

	"github.com/spf13/cobra"

	"fc7/extract/picture"
	"fc7/pipeline/evaluation"
)

const classifyExample = `  fc7 classify accordion.jpg
  fc7 classify --weights vgg16.pth cat.jpg dog.png
  fc7 classify --weights vgg16.pth --weights vgg19.pth --scales 256,384,512 --views both cat.jpg
  fc7 classify --weights finetuned.safetensors --json --top 3 folder:/data/new > answers.jsonl`

func newClassify(c *console) *cobra.Command {
	var j evaluation.ClassifyJob
	var asJSON bool
	cmd := &cobra.Command{
		Use: "classify IMAGE|DATASET…", Short: "the classes a net sees in images, with their probabilities",
		Long: `Classify runs whole nets over images and prints the most probable classes. Image files and
data sets (KIND:PATH) can be mixed; an image that cannot be read is told with its reason,
and the exit status is then 3.

` + testingHelp + classesHelp,
		Example: classifyExample,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage.Errorf("missing IMAGE or DATASET")
			}
			return nil
		},
	}
	f := cmd.Flags()
	t := testingFlags(cmd, &j.Weights, &j.Net, &j.Classes, "256")
	f.IntVar(&j.Top, "top", 5, "classes to print an image")
	f.BoolVar(&asJSON, "json", false, "print JSON, one object a line")
	f.IntVar(&j.Decode.MaxPixels, "max-pixels", picture.DefaultMaxPixels, "larger images fail")
	threadsFlag(cmd, &j.Threads)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		var err error
		if j.Testing, err = t.testing(c); err != nil {
			return usage.Wrap(err)
		}
		if j.Top < 1 {
			return usage.Errorf("--top %d: want 1 or more", j.Top)
		}
		j.Inputs = args
		lines := json.NewEncoder(c.out)
		tell := func(a evaluation.Classified) error {
			c.clear()
			if asJSON {
				return lines.Encode(a)
			}
			_, err := fmt.Fprint(c.out, classifiedText(a))
			return err
		}
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
