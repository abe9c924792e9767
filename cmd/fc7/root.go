package main

import (
	"strings"

	"github.com/spf13/cobra"
)

const rootLong = `fc7 turns image collections into VGG descriptors and trained linear heads.

  images of a data set → dense, multi-scale fc7 descriptors → Parquet → linear SVM → score

It follows Simonyan and Zisserman, arXiv 1409.1556, to the letter: whole images, several
scales and flips, global average pooling, and the protocols of PASCAL VOC and Caltech-101.
A bad image becomes a row with its reason; an interrupted run goes on where it stopped.

Exit status: 0 done; 1 failed; 2 wrong usage; 3 done, but some images failed (each has its
row and reason); 130 interrupted, the same command goes on.`

const rootExample = `  fc7 demo                                                  the whole job, offline, in a minute
  fc7 extract voc2007:/data/VOCdevkit --weights vgg16.pth --out runs/voc
  fc7 svm runs/voc --protocol voc2007
  fc7 predict --head runs/voc/heads --weights vgg16.pth folder:/data/new`

func newRoot(c *console) *cobra.Command {
	root := &cobra.Command{
		Use: "fc7", Short: "image collections to VGG descriptors and linear heads",
		Long: rootLong, Example: rootExample,
		SilenceErrors: true, SilenceUsage: true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usage(cmd, unknownVerb(cmd, args[0]))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetOut(c.out)
	root.SetErr(c.err)
	root.SuggestionsMinimumDistance = 2
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return usage(cmd, err) })
	root.AddCommand(
		newClassify(c), newEvaluate(c),
		newDemo(c), newExtract(c), newVerify(c), newMerge(c), newAggregate(c), newSVM(c), newPredict(c), newHead(c), newReproduce(c), newReport(c),
		newTrain(c), newFinetune(c), newWeights(c), newDataset(c), newBench(c),
	)
	return root
}

func unknownVerb(cmd *cobra.Command, name string) error {
	msg := "there is no verb " + name
	if s := cmd.SuggestionsFor(name); len(s) > 0 {
		msg += "; did you mean " + strings.Join(s, " or ") + "?"
	}
	return errorString(msg)
}

type errorString string

func (e errorString) Error() string { return string(e) }

// usage marks an error as a wrong call of the command.
func usage(cmd *cobra.Command, err error) error {
	if err == nil {
		return nil
	}
	verb := strings.TrimPrefix(cmd.CommandPath(), "fc7")
	verb = strings.TrimSpace(verb)
	if verb != "" {
		verb += " "
	}
	return &usageError{err, verb}
}

// exactly asks for n arguments, named for the message.
func exactly(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == len(names) {
			return nil
		}
		want := strings.Join(names, " and ")
		if len(args) < len(names) {
			return usage(cmd, errorString("missing "+want))
		}
		return usage(cmd, errorString("too many arguments: want "+want+", found "+strings.Join(args, " ")))
	}
}

// atLeastOne asks for one or more arguments, named for the message.
func atLeastOne(name string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usage(cmd, errorString("missing "+name))
		}
		return nil
	}
}

// indent moves each line of a text to the right.
func indent(s string) string {
	return "    " + strings.ReplaceAll(strings.TrimRight(s, "\n"), "\n", "\n    ")
}
